import type { Request } from 'express';
import { MfaError } from '../errors.js';

/**
 * Refuses a request that a page of another site sent. `Sec-Fetch-Site` decides where a browser sends it, else `Origin`;
 * a request with neither comes from no browser, and carries no cookie that it should not have.
 * @throws MfaError `cross_site`
 */
export function requireSameSite(req: Request, allowed: readonly string[]): void {
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (site === 'same-origin' || site === 'none') return;
  if (site === undefined && origin === undefined) return;
  if (origin !== undefined && allowed.includes(origin)) return;
  const own = ownOrigin(req);
  if (site === undefined && origin === own) return;
  throw new MfaError(
    'cross_site',
    `this request came from ${origin ?? 'another site'}, this server is ${own}; ` +
      `if that is wrong behind a proxy, set Express's 'trust proxy', and list further origins in createMfa's origins`,
  );
}

/** The origin of this server as the browser sees it: by the headers of the proxy where Express trusts it. */
function ownOrigin(req: Request): string {
  // Express tells the host without its port; of the two headers it took the one that names this host.
  const [forwarded = ''] = (req.get('x-forwarded-host') ?? '').split(',');
  const hosts = [forwarded.trim(), req.get('host') ?? ''];
  const host = hosts.find((candidate) => candidate.replace(/:\d+$/, '') === req.hostname);
  return `${req.protocol}://${host ?? req.hostname}`;
}
