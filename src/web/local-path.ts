/**
 * A path on this origin, as a browser would understand it, or null. `//evil`, `/\evil`, a tab between slashes and
 * `/.//evil` all lead elsewhere once a browser has normalised them (A42).
 */
export function localPath(target: unknown): string | null {
  if (typeof target !== 'string' || !target.startsWith('/')) return null;
  const origin = 'http://origin.invalid';
  if (!URL.canParse(target, origin)) return null;
  const { origin: resolved, pathname, search, hash } = new URL(target, origin);
  const path = pathname + search + hash;
  return resolved === origin && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : null;
}
