import type { VNode } from 'preact';
import type { Details } from '../domain/challenge.js';
import { CodeField } from './code-field.js';
import { Form, type FormModel } from './form.js';
import { Layout } from './layout.js';
import { isFine, type NoticeModel } from './notice.js';
import type { Page } from './page.js';

/** A person shows a second factor, for a login or to approve something. */
export interface ChallengeModel {
  readonly form: FormModel;
  readonly notice: NoticeModel | null;
  /** What is being approved; null for a login. */
  readonly approval: { readonly details: Details | null; readonly deny: FormModel } | null;
  /** Names of the authenticators whose codes will do. */
  readonly factors: readonly string[];
  /** What the person wants to type. Either is accepted. */
  readonly method: 'totp' | 'recovery_code';
  /** Where the other one is asked for; null where there is none. */
  readonly otherMethodUrl: string | null;
  /** Where three codes in a row are asked for; null where nothing is locked. */
  readonly unlockUrl: string | null;
}

export function Challenge({ page, model }: { readonly page: Page; readonly model: ChallengeModel }): VNode {
  const { form, notice, approval, method } = model;
  const t = page.text.challenge;
  const details = approval?.details ?? null;
  const isRecovery = method === 'recovery_code';
  const isWrong = notice !== null && !isFine(notice, page);
  return (
    <Layout page={page} title={approval === null ? t.title : t.approvalTitle} notice={isWrong ? null : notice}>
      {details !== null && <DetailsList details={details} />}
      <Form {...form}>
        <CodeField
          page={page}
          label={isRecovery ? t.recoveryLabel : t.label}
          hint={isRecovery ? t.recoveryHint : t.hint}
          keyboard={isRecovery ? 'text' : 'numeric'}
          notice={isWrong ? notice : null}
        />
        <button type="submit">{approval === null ? t.proceed : t.approve}</button>
      </Form>
      {approval !== null && (
        <Form {...approval.deny}>
          <button class="plain" type="submit">
            {t.deny}
          </button>
        </Form>
      )}
      <OtherWays page={page} model={model} />
    </Layout>
  );
}

function DetailsList({ details: { message, fields } }: { readonly details: Details }): VNode {
  return (
    <section class="details">
      <p>{message}</p>
      <dl>
        {fields.map(({ label, value }) => (
          <div>
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function OtherWays({ page, model }: { readonly page: Page; readonly model: ChallengeModel }): VNode {
  const { factors, method, otherMethodUrl, unlockUrl } = model;
  const t = page.text.challenge;
  return (
    <details open={unlockUrl !== null}>
      <summary>{t.otherWays}</summary>
      <ul>
        {factors.length > 1 && <li>{t.anyApp(page.formats.either(factors))}</li>}
        {otherMethodUrl !== null && (
          <li>
            <a href={otherMethodUrl}>{method === 'totp' ? t.withRecoveryCode : t.withApp}</a>
          </li>
        )}
        {unlockUrl !== null && (
          <li>
            <a href={unlockUrl}>{t.withThreeCodes}</a>
          </li>
        )}
        <li>{t.help}</li>
      </ul>
    </details>
  );
}
