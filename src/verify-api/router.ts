import { randomBytes } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import type { Clock } from '../use-cases/transaction.js';
import { bodyReader } from '../web/body.js';
import { sourceOf } from '../web/source.js';
import { mayUse, type Caller, type Credentials } from './credentials.js';
import type { Exchange, Route } from './exchange.js';
import { Paces } from './paces.js';
import { notFound, refusalOf, sendRefusal, SERVICE_FAMILY, TwilioError } from './refusal.js';
import { ROUTES } from './routes.js';

export interface RouterParts extends Pick<Exchange, 'directory' | 'mayCall'> {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Where clients find the root of this router; null: as each request says. */
  readonly publicUrl: string | null;
}

/** Bytes of a form. */
const BODY_BYTES = 16 * 1024;

/** The router for `ROUTES`: what every route has in common, in the order in which it protects. */
export function createRouter({ credentials, clock, publicUrl, directory, mayCall }: RouterParts): Router {
  const router = express.Router({ caseSensitive: true });
  const readBody = bodyReader(express, BODY_BYTES, false);
  const failures = new Paces({ most: 10, within: 60_000 }, 'too_many_failed_logins');
  const callers = new WeakMap<Request, Caller>();
  const newEntities = new Paces({ most: 40, within: 1000 }, 'too_many_entities');

  /** @throws TwilioError where nobody is who he says; ClientError where too many were not */
  function authenticate(req: Request): Caller {
    const address = req.ip ?? '';
    failures.require(address, clock.now());
    const caller = credentials.caller(req.get('authorization'));
    if (caller !== null) return caller;
    failures.count(address, clock.now());
    throw new TwilioError(401, 20003, 'Authenticate', { 'WWW-Authenticate': 'Basic realm="Twilio API"' });
  }

  async function serve(req: Request, res: Response, { scope, family, readsForm = true, handle }: Route): Promise<void> {
    const caller = callers.get(req) ?? authenticate(req);
    if (!mayUse(caller, scope)) throw new TwilioError(403, 20403, `Forbidden: this API key lacks the scope ${scope}`);
    const form = req.method === 'POST' && readsForm ? await readBody(req, res) : {};
    const root = publicUrl ?? originOf(req) + req.baseUrl;
    const actor = { by: 'client', source: sourceOf(req) } as const;
    await handle({ req, res, caller, directory, family, actor, form, root, now: clock.now(), newEntities, mayCall });
  }

  router.use('/v2', (req, res, next) => {
    res.set({
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Twilio-Request-Id': `RQ${randomBytes(16).toString('hex')}`,
    });
    try {
      callers.set(req, authenticate(req));
    } catch (error) {
      sendRefusal(res, refusalOf(error, pathOf(req), SERVICE_FAMILY));
      return;
    }
    next();
  });
  for (const [path, methods] of Object.entries(ROUTES)) {
    router.all(path, (req, res) => {
      const method = req.method === 'HEAD' ? 'GET' : req.method;
      const route = Object.entries(methods).find(([name]) => name === method)?.[1];
      const served = route === undefined ? refuseMethod(Object.keys(methods)) : serve(req, res, route);
      served.catch((error: unknown) => {
        sendRefusal(res, refusalOf(error, pathOf(req), route?.family ?? SERVICE_FAMILY));
      });
    });
  }
  router.use('/v2', (req, res) => {
    sendRefusal(res, notFound(pathOf(req)));
  });
  router.use('/v2', ((error: unknown, req, res, next) => {
    if (res.headersSent) next(error);
    else sendRefusal(res, refusalOf(error, pathOf(req), SERVICE_FAMILY));
  }) satisfies ErrorRequestHandler);
  return router;
}

async function refuseMethod(allowed: readonly string[]): Promise<void> {
  const allow = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  await Promise.reject(new TwilioError(405, 20004, 'Method not allowed', { Allow: allow }));
}

/** From the root of this router, without the query. */
function pathOf({ originalUrl, baseUrl }: Request): string {
  const [path = ''] = originalUrl.split('?', 1);
  // Below `use` the base is as long as what it matched.
  const mount = baseUrl.replace(/\/v2$/, '');
  return path.startsWith(mount) ? path.slice(mount.length) : path;
}

/** How the client reached this server: by the headers of a proxy only where Express's `trust proxy` says so. */
function originOf(req: Request): string {
  const isTrusted = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const [forwarded = ''] = (req.get('x-forwarded-host') ?? '').split(',', 1);
  const host = forwarded !== '' && isTrusted(req.socket.remoteAddress ?? '', 0) ? forwarded.trim() : req.get('host');
  return `${req.protocol}://${host ?? 'localhost'}`;
}
