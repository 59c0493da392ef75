import { isIP } from 'node:net';
import { arePublic, lookupPublic } from './addresses.js';

/** Whom webhooks may reach. */
export interface Reach {
  readonly allowHttp: boolean;
  readonly allowPrivate: boolean;
}

/** Milliseconds that a receiver has. */
const PATIENCE = 5000;

/** Whether a webhook may be set to this URL; where its name leads is looked at when something is sent. */
export function mayReach(url: string, { allowHttp, allowPrivate }: Reach): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== 'https:' && !(allowHttp && protocol === 'http:')) return false;
  const address = hostname.replace(/^\[|\]$/g, '');
  return username === '' && password === '' && (allowPrivate || isIP(address) === 0 || arePublic([address]));
}

/**
 * Sends a form, and says whether the receiver answered 200. No redirect is followed, and nothing of the answer is read
 * beyond its status. Never rejects.
 */
export async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { allowPrivate, ...reach }: Reach,
  ended: AbortSignal,
): Promise<boolean> {
  if (!mayReach(url, { ...reach, allowPrivate })) return false;
  // An import would cost whoever sends no webhook 30 ms (nodejs/node#59686).
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'passport-factors',
        ...headers,
      },
      signal: AbortSignal.any([ended, AbortSignal.timeout(PATIENCE)]),
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    sent.on('response', (answer) => {
      resolve(answer.statusCode === 200);
      answer.destroy();
    });
    sent.on('error', () => resolve(false));
    sent.end(body);
  });
}
