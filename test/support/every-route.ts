import { ROUTES, type Method } from '../../src/http/routes.js';

export interface KnownRoute {
  readonly method: Method;
  /** Where it is in an app whose router is at `/mfa`. */
  readonly url: string;
}

/**
 * Every route of the router, from the table that makes it, with SIDs that exist in its paths: what is claimed of all of
 * them holds of one that is added later, too.
 */
export function everyRoute(sids: { readonly factor: string; readonly challenge: string }): readonly KnownRoute[] {
  return Object.entries(ROUTES).flatMap(([path, methods]) =>
    // The table is typed by its methods.
    (Object.keys(methods) as Method[]).map((method) => ({ method, url: urlOf(path, sids) })),
  );
}

function urlOf(path: string, { factor, challenge }: { readonly factor: string; readonly challenge: string }): string {
  const url = path
    .replace('/factors/:sid', `/factors/${factor}`)
    .replace('/challenges/:sid', `/challenges/${challenge}`);
  if (url.includes(':')) throw new Error(`say what stands for the parameter of ${path}`);
  return `/mfa${url}`;
}
