import type { VNode } from 'preact';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** A person opens codes that too many wrong ones have locked. */
export interface UnlockModel {
  readonly notice: NoticeModel | null;
  readonly form: FormModel;
  readonly challengeUrl: string;
}

export function Unlock({ page, model }: { readonly page: Page; readonly model: UnlockModel }): VNode {
  const { notice, form, challengeUrl } = model;
  const t = page.text.unlock;
  return (
    <Layout page={page} title={t.title} notice={notice}>
      <p>{t.explained}</p>
      <Form {...form}>
        {t.labels.map((label, index) => (
          <>
            <label for={`code-${index.toString()}`}>{label}</label>
            <input
              id={`code-${index.toString()}`}
              name="codes"
              class="code"
              type="text"
              dir="ltr"
              inputmode="numeric"
              autocomplete="one-time-code"
              required
              autofocus={index === 0}
            />
          </>
        ))}
        <button type="submit">{t.unlock}</button>
      </Form>
      <p>
        <a href={challengeUrl}>{page.text.challenge.withApp}</a>
      </p>
    </Layout>
  );
}
