import type { VNode } from 'preact';

/** Where a form goes, and what the host's CSRF protection wants in it. */
export interface FormModel {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

export function HiddenFields({ hidden }: Pick<FormModel, 'hidden'>): VNode {
  return (
    <>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
