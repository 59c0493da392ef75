/** What our member of a session says of its second factor; empty: nothing. */
export function grantIn(session: unknown): string {
  const kept: unknown = Reflect.get(Object(session) as object, 'mfa');
  return typeof kept === 'string' ? (kept.split(';')[1] ?? '') : '';
}

/** The member with the grant of another session in it. */
export function withGrant(kept: unknown, grant: string): string {
  const [login = ''] = String(kept).split(';');
  return `${login};${grant};`;
}
