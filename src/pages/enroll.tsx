import type { VNode } from 'preact';
import { CodeField } from './code-field.js';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';
import { QrCode } from './qr-code.js';

/** A person adds an authenticator. */
export interface EnrollModel {
  readonly issuer: string;
  readonly notice: NoticeModel | null;
  /** Begins an enrollment. */
  readonly start: FormModel;
  /** The enrollment that was begun: its secret and the form that proves it; null before. */
  readonly begun: { readonly secret: string; readonly uri: string; readonly form: FormModel } | null;
}

export function Enroll({ page, model }: { readonly page: Page; readonly model: EnrollModel }): VNode {
  const { issuer, notice, start, begun } = model;
  const t = page.text.enroll;
  const title = t.title(issuer);
  if (begun === null) {
    return (
      <Layout page={page} title={title} notice={notice}>
        <p>{t.why}</p>
        <Form {...start}>
          <button type="submit">{t.begin}</button>
        </Form>
      </Layout>
    );
  }
  return (
    <Layout page={page} title={title}>
      <ol class="steps">
        <li>
          <p>{t.scan}</p>
          <QrCode text={begun.uri} label={t.qrCode} />
          <p>
            <a href={begun.uri}>{t.openApp}</a>
          </p>
          <p id="key">{t.typeKey}</p>
          <p>
            <code class="secret" dir="ltr" aria-labelledby="key">
              {inGroups(begun.secret)}
            </code>
          </p>
        </li>
        <li>
          <p>{t.typeCode}</p>
          <Form {...begun.form}>
            <CodeField page={page} label={t.label} notice={notice} />
            <button type="submit">{t.confirm}</button>
          </Form>
        </li>
      </ol>
    </Layout>
  );
}

function inGroups(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(' ');
}
