import type { VNode } from 'preact';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** A person renames or removes an authenticator. */
export interface FactorModel {
  readonly notice: NoticeModel | null;
  readonly name: string;
  /** Whether the account has no other one. */
  readonly isLast: boolean;
  readonly rename: FormModel;
  readonly remove: FormModel;
  readonly overviewUrl: string;
}

export function Factor({ page, model }: { readonly page: Page; readonly model: FactorModel }): VNode {
  const { notice, name, isLast, rename, remove, overviewUrl } = model;
  const t = page.text.factor;
  return (
    <Layout page={page} title={t.title} notice={notice}>
      <Form {...rename}>
        <label for="friendly_name">{t.name}</label>
        <input id="friendly_name" name="friendly_name" type="text" dir="auto" value={name} maxLength={64} required />
        <button type="submit">{t.rename}</button>
      </Form>
      <section>
        <h2>{t.remove}</h2>
        <p>
          {t.removeExplained}
          {isLast && page.text.gap + t.removeLast}
        </p>
        <Form {...remove}>
          <button class="danger" type="submit">
            {t.remove}
          </button>
        </Form>
      </section>
      <p>
        <a href={overviewUrl}>{t.back}</a>
      </p>
    </Layout>
  );
}
