import { CodeForm } from './code-form.js';
import { HiddenFields, type FormModel } from './form.js';
import { Layout, renderPage } from './layout.js';
import { explain, type NoticeModel } from './notice.js';
import { QrCode } from './qr-code.js';

export interface EnrollModel {
  readonly issuer: string;
  readonly notice: NoticeModel | null;
  /** Begins an enrollment. */
  readonly start: FormModel;
  /** The enrollment that was begun: its secret and the form that proves it; null before. */
  readonly begun: { readonly secret: string; readonly uri: string; readonly form: FormModel } | null;
}

/** The page on which a person adds an authenticator. */
export function renderEnroll({ issuer, notice, start, begun }: EnrollModel): string {
  return renderPage(
    <Layout title={`Set up your authenticator app for ${issuer}`}>
      {begun === null ? (
        <>
          {notice !== null && (
            <p class="error" role="alert">
              {explain(notice)}
            </p>
          )}
          <p>
            With an authenticator app on your phone, nobody can sign in as you who has only your password. It takes less
            than a minute.
          </p>
          <form method="post" action={start.action}>
            <HiddenFields hidden={start.hidden} />
            <button type="submit">Set up now</button>
          </form>
        </>
      ) : (
        <>
          <p>1. Scan this with your authenticator app:</p>
          <QrCode text={begun.uri} label="QR code for your authenticator app" />
          <p>
            <a href={begun.uri}>Open in an app on this device</a>, or type this key:
            <br />
            <span class="secret">{inGroups(begun.secret)}</span>
          </p>
          <p>2. Type the code that the app shows:</p>
          <CodeForm {...begun.form} label="Code from your authenticator app" button="Confirm" notice={notice} />
        </>
      )}
    </Layout>,
  );
}

function inGroups(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(' ');
}
