import type { VNode } from 'preact';
import { explain, type NoticeModel } from './notice.js';
import type { Page } from './page.js';

interface CodeFieldProps {
  readonly page: Page;
  readonly label: string;
  readonly hint?: string;
  /** Which keyboard a phone shows. @default 'numeric' */
  readonly keyboard?: 'numeric' | 'text';
  /** Why the last code was not accepted. */
  readonly notice: NoticeModel | null;
}

/** The field for a code: what a phone offers to fill in, what a screen reader says, and why the last one failed. */
export function CodeField({ page, label, hint, keyboard = 'numeric', notice }: CodeFieldProps): VNode {
  const described = [hint !== undefined && 'code-hint', notice !== null && 'code-error'].filter((id) => id !== false);
  return (
    <>
      <label for="code">{label}</label>
      {hint !== undefined && (
        <p class="hint" id="code-hint">
          {hint}
        </p>
      )}
      <input
        id="code"
        name="code"
        class="code"
        type="text"
        dir="ltr"
        inputmode={keyboard}
        autocomplete={keyboard === 'numeric' ? 'one-time-code' : 'off'}
        autocapitalize="none"
        spellcheck={false}
        required
        autofocus
        aria-describedby={described.length === 0 ? undefined : described.join(' ')}
        aria-invalid={notice === null ? undefined : 'true'}
      />
      {notice !== null && (
        <p class="error" id="code-error" role="alert">
          {explain(notice, page)}
        </p>
      )}
    </>
  );
}
