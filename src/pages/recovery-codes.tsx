import type { VNode } from 'preact';
import { CodeField } from './code-field.js';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** A person gets new recovery codes. */
export interface RecoveryCodesModel {
  readonly notice: NoticeModel | null;
  /** Unused ones of the present set. */
  readonly left: number;
  /** Makes a new set. */
  readonly start: FormModel;
  /** The set that was made and the form that confirms that it was kept; null before. */
  readonly made: { readonly codes: readonly string[]; readonly form: FormModel } | null;
  /** For whoever wants none now. */
  readonly overviewUrl: string;
}

export function RecoveryCodes({ page, model }: { readonly page: Page; readonly model: RecoveryCodesModel }): VNode {
  const { notice, left, start, made, overviewUrl } = model;
  const t = page.text.recoveryCodes;
  if (made === null) {
    return (
      <Layout page={page} title={t.title} notice={notice}>
        <p>{t.why}</p>
        {left > 0 && <p>{t.replace}</p>}
        <Form {...start}>
          <button type="submit">{t.make}</button>
        </Form>
        <p>
          <a href={overviewUrl}>{t.notNow}</a>
        </p>
      </Layout>
    );
  }
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${page.brand.name}\n\n${made.codes.join('\n')}\n`)}`;
  return (
    <Layout page={page} title={t.title} isScripted>
      <p>{t.why}</p>
      <p>{t.keep}</p>
      <ol class="codes" id="codes" dir="ltr" aria-label={t.list}>
        {made.codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <p class="actions">
        <button class="plain" type="button" hidden data-copy="codes" data-done={t.copied}>
          {t.copy}
        </button>
        <a class="button plain" href={file} download="recovery-codes.txt">
          {t.download}
        </a>
        <button class="plain" type="button" hidden data-print>
          {t.print}
        </button>
      </p>
      <Form {...made.form}>
        <p>{t.prove}</p>
        <CodeField page={page} label={t.label} keyboard="text" notice={notice} />
        <button type="submit">{t.confirm}</button>
      </Form>
    </Layout>
  );
}
