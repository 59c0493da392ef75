import type { ComponentChildren, VNode } from 'preact';

/** Where a form goes, and what the host's CSRF protection wants in it. */
export interface FormModel {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

export function Form({ action, hidden, children }: FormModel & { readonly children: ComponentChildren }): VNode {
  return (
    <form method="post" action={action}>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  );
}
