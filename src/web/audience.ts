import type { Request } from 'express';

/**
 * Who reads the answer: a person in a browser, who gets pages and redirects, or a program, which gets JSON and never a
 * redirect. Browsers name text/html when they navigate; a JSON body or a fetch() comes from a program.
 */
export function isBrowser(req: Request): boolean {
  if (req.get('sec-fetch-mode') === 'cors' || hasJsonBody(req)) return false;
  return req.accepts(['json', 'html']) === 'html';
}

/** A request by which a browser fetches a page, so that it can be sent elsewhere and back. */
export function isBrowserNavigation(req: Request): boolean {
  return isBrowser(req) && isSafe(req);
}

/** Whether the request only looks (RFC 9110 §9.2.1). */
export function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Exactly application/json: `application/json-patch+json` and look-alikes are something else. */
export function hasJsonBody(req: Request): boolean {
  return mediaType(req) === 'application/json';
}

export function hasFormBody(req: Request): boolean {
  return mediaType(req) === 'application/x-www-form-urlencoded';
}

/** Whether the request carries a body at all. */
export function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
}

function mediaType(req: Request): string {
  return (req.get('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}
