import { Layout, renderPage } from './layout.js';

export interface RefusalModel {
  readonly title: string;
  /** What was wrong, where it can be told; else null. */
  readonly detail: string | null;
  readonly retryAfter: number | null;
}

/** The page for a request that could not be honoured. */
export function renderRefusal({ title, detail, retryAfter }: RefusalModel): string {
  return renderPage(
    <Layout title={title}>
      {detail !== null && <p>{detail}</p>}
      <p>{retryAfter === null ? 'Go back and start again.' : 'Try again in a moment.'}</p>
    </Layout>,
  );
}
