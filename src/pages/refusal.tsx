import { Layout, renderPage } from './layout.js';

export interface RefusalModel {
  readonly title: string;
  readonly retryAfter: number | null;
}

/** The page for a request that could not be honoured. */
export function renderRefusal({ title, retryAfter }: RefusalModel): string {
  return renderPage(
    <Layout title={title}>
      <p>{retryAfter === null ? 'Go back and start again.' : 'Try again in a moment.'}</p>
    </Layout>,
  );
}
