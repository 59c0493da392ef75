import type { Request } from 'express';
import type { Source } from '../domain/event.js';

/** Characters of a user agent that are kept; it is ASCII (RFC 9110 §10.1.5), or made so. */
const USER_AGENT = 120;

/** Where a request came from: by the headers of a proxy only where Express's `trust proxy` says so. */
export function sourceOf(req: Request): Source {
  const userAgent = req
    .get('user-agent')
    ?.slice(0, USER_AGENT)
    .replace(/[^\x20-\x7e]/g, '?');
  return { address: req.ip ?? null, userAgent: userAgent ?? null };
}
