/** The cookies that an answer set, as a request sends them. */
export function cookiesOf({ headers }: { readonly headers: unknown }): string {
  const set = (headers as { readonly 'set-cookie'?: readonly string[] })['set-cookie'] ?? [];
  return set.map((cookie) => cookie.split(';', 1).join('')).join('; ');
}
