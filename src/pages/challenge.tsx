import type { Details } from '../domain/challenge.js';
import { CodeForm } from './code-form.js';
import { HiddenFields, type FormModel } from './form.js';
import { Layout, renderPage } from './layout.js';
import type { NoticeModel } from './notice.js';

export interface ChallengeModel {
  readonly form: FormModel;
  readonly notice: NoticeModel | null;
  /** What is being approved; null for a login. */
  readonly details: Details | null;
  /** Whether this approves something, which can also be denied. */
  readonly isApproval: boolean;
}

/** The page on which a person proves an authenticator. */
export function renderChallenge({ form, notice, details, isApproval }: ChallengeModel): string {
  return renderPage(
    <Layout title={isApproval ? 'Approve with your authenticator' : 'Enter your code'}>
      {details !== null && (
        <>
          <p>{details.message}</p>
          <dl>
            {details.fields.map(({ label, value }) => (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </>
      )}
      <CodeForm {...form} button={isApproval ? 'Approve' : 'Continue'} notice={notice} />
      {isApproval && (
        <form method="post" action={form.action}>
          <HiddenFields hidden={{ ...form.hidden, status: 'denied' }} />
          <button class="plain" type="submit">
            Deny
          </button>
        </form>
      )}
    </Layout>,
  );
}
