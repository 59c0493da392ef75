import type { VNode } from 'preact';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** A request could not be honoured. */
export interface RefusalModel {
  /** Why, and when to try again. */
  readonly notice: NoticeModel;
  /** What a developer wants to know, in English; null where there is no more to tell. */
  readonly detail: string | null;
  /** Where one starts again. */
  readonly url: string;
}

export function Refusal({
  page,
  model: { notice, detail, url },
}: {
  readonly page: Page;
  readonly model: RefusalModel;
}): VNode {
  const t = page.text.refusal;
  return (
    <Layout page={page} title={t.title} notice={notice}>
      {detail !== null && (
        <p lang="en" dir="ltr">
          {detail}
        </p>
      )}
      <p>
        <a href={url}>{t.back}</a>
      </p>
    </Layout>
  );
}
