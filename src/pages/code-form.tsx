import type { VNode } from 'preact';
import { HiddenFields, type FormModel } from './form.js';
import { explain, type NoticeModel } from './notice.js';

interface CodeFormProps extends FormModel {
  readonly button: string;
  readonly notice: NoticeModel | null;
}

/** The field for a code: what a phone offers to fill in, what a screen reader says, and why the last one failed. */
export function CodeForm({ action, hidden, button, notice }: CodeFormProps): VNode {
  return (
    <form method="post" action={action}>
      <HiddenFields hidden={hidden} />
      <label for="code">Code from your authenticator app</label>
      <input
        id="code"
        name="code"
        class="code"
        type="text"
        inputmode="numeric"
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
