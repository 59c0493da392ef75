import type { VNode } from 'preact';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import type { NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** Which second factors protect an account. */
export interface OverviewModel {
  readonly notice: NoticeModel | null;
  /** The verified authenticators. */
  readonly factors: readonly { readonly name: string; readonly createdAt: Date; readonly url: string }[];
  /** Unused ones; null where there can be none. */
  readonly recoveryCodesLeft: number | null;
  readonly enrollUrl: string;
  readonly recoveryCodesUrl: string;
  /** Asks every other session for a code; null where there is nothing to ask for. */
  readonly logOutOthers: FormModel | null;
  /** Where the person was going, or the app's start. */
  readonly continueUrl: string;
}

export function Overview({ page, model }: { readonly page: Page; readonly model: OverviewModel }): VNode {
  const { text, formats } = page;
  const { notice, factors, recoveryCodesLeft, enrollUrl, recoveryCodesUrl, logOutOthers, continueUrl } = model;
  const t = text.overview;
  return (
    <Layout page={page} title={t.title} notice={notice}>
      <p>{factors.length === 0 ? t.off : t.on}</p>
      {factors.length > 0 && (
        <section>
          <h2>{t.apps}</h2>
          <ul class="rows">
            {factors.map(({ name, createdAt, url }, index) => (
              <li>
                <span>
                  <bdi id={`factor-${index.toString()}`}>{name}</bdi>
                  <small>{t.added(formats.date(createdAt))}</small>
                </span>
                <a href={url} id={`change-${index.toString()}`} aria-labelledby={`change-${index} factor-${index}`}>
                  {t.change}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p>
        <a class={factors.length === 0 ? 'button' : undefined} href={enrollUrl}>
          {factors.length === 0 ? t.addFirst : t.addAnother}
        </a>
      </p>
      {recoveryCodesLeft !== null && (
        <section>
          <h2>{t.recoveryCodes}</h2>
          <p>
            {recoveryCodesLeft === 0 ? t.noRecoveryCodes : formats.count(recoveryCodesLeft, t.recoveryCodesLeft)}{' '}
            <a href={recoveryCodesUrl}>{t.newRecoveryCodes}</a>
          </p>
        </section>
      )}
      {logOutOthers !== null && (
        <section>
          <h2>{t.otherSessions}</h2>
          <p>{t.otherSessionsExplained}</p>
          <Form {...logOutOthers}>
            <button class="plain" type="submit">
              {t.logOutOthers}
            </button>
          </Form>
        </section>
      )}
      <p>
        <a class={factors.length === 0 ? undefined : 'button'} href={continueUrl}>
          {t.done}
        </a>
      </p>
    </Layout>
  );
}
