import { CodeForm } from './code-form.js';
import type { FormModel } from './form.js';
import { Layout, renderPage } from './layout.js';

export interface RecoveryCodesModel {
  readonly codes: readonly string[];
  /** Confirms that they were kept. */
  readonly form: FormModel;
}

/** The page on which a person gets new recovery codes, the only time that they are shown. */
export function renderRecoveryCodes({ codes, form }: RecoveryCodesModel): string {
  return renderPage(
    <Layout title="Your new recovery codes">
      <p>
        Each of these codes signs you in once, together with your password, when you do not have your phone. Keep them
        where nobody else finds them. They are not shown again.
      </p>
      <ol class="secret">
        {codes.map((code) => (
          <li>{code}</li>
        ))}
      </ol>
      <p>Type one of them to show that you kept them. It stays unused; from then on your old codes are void.</p>
      <CodeForm {...form} label="One of your new recovery codes" keyboard="text" button="I kept them" notice={null} />
    </Layout>,
  );
}
