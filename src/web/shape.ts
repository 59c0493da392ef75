import * as v from 'valibot';

/** @throws TypeError that names the member that there is not, or that is of another kind than it must be */
export function requireShape(
  name: string,
  shape: v.StrictObjectSchema<v.ObjectEntries, v.ErrorMessage<v.StrictObjectIssue> | undefined>,
  given: unknown,
): void {
  const { issues } = v.safeParse(shape, given, { abortEarly: true });
  const [issue] = issues ?? [];
  if (issue === undefined) return;
  const path = issue.path?.map(({ key }) => String(key)).join('.');
  if (path === undefined) throw new TypeError(`${name}: the options must be an object`);
  if (issue.expected === 'never') {
    const isNested = path.includes('.');
    const known = isNested ? '' : `; the options are ${Object.keys(shape.entries).join(', ')}`;
    throw new TypeError(`${name}: there is no option "${path}"${known}`);
  }
  throw new TypeError(`${name}: ${path} must be ${issue.message}`);
}
