import type { VNode } from 'preact';
import { HiddenFields, type FormModel } from './form.js';
import { explain, type NoticeModel } from './notice.js';

interface CodeFormProps extends FormModel {
  /** @default that it is a code of the authenticator */
  readonly label?: string;
  /** Which keyboard a phone shows. @default 'numeric' */
  readonly keyboard?: 'numeric' | 'text';
  readonly button: string;
  readonly notice: NoticeModel | null;
}

/** The field for a code: what a phone offers to fill in, what a screen reader says, and why the last one failed. */
export function CodeForm({ action, hidden, label, keyboard = 'numeric', button, notice }: CodeFormProps): VNode {
  return (
    <form method="post" action={action}>
      <HiddenFields hidden={hidden} />
      <label for="code">{label ?? 'Code from your authenticator app, or a recovery code'}</label>
      <input
        id="code"
        name="code"
        class="code"
        type="text"
        inputmode={keyboard}
        autocomplete="one-time-code"
        required
        autofocus
        aria-describedby={notice === null ? undefined : 'code-error'}
        aria-invalid={notice === null ? undefined : 'true'}
      />
      {notice !== null && (
        <p class="error" id="code-error" role="alert">
          {explain(notice)}
        </p>
      )}
      <button type="submit">{button}</button>
    </form>
  );
}
