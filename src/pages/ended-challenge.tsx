import type { VNode } from 'preact';
import { Layout } from './layout.js';
import type { Page } from './page.js';

/** What became of an approval. */
export interface EndedChallengeModel {
  readonly status: 'approved' | 'denied' | 'expired';
  readonly overviewUrl: string;
}

export function EndedChallenge({ page, model }: { readonly page: Page; readonly model: EndedChallengeModel }): VNode {
  const t = page.text.ended;
  return (
    <Layout page={page} title={t.title}>
      <p role="status">{t[model.status]}</p>
      <p>
        <a href={model.overviewUrl}>{t.back}</a>
      </p>
    </Layout>
  );
}
