import type express from 'express';
import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from 'express';
import { MfaError } from '../errors.js';
import type { Asset } from '../pages/pages.js';
import { isBrowser, isSafe } from '../web/audience.js';
import { requireSameSite } from '../web/cross-site.js';
import { Current } from '../web/current.js';
import { bodyReader } from '../web/body.js';
import { sendRefusal } from '../web/refusal.js';
import type { Exchange, Route } from './exchange.js';
import { ROUTES } from './routes.js';

export interface RouterParts extends Pick<Exchange, 'factors' | 'challenges' | 'recoveryCodes' | 'logins'> {
  /** What the pages load. */
  readonly assets: readonly Asset[];
  /** Bytes of a body. */
  readonly bodyBytes: number;
}

/** The router for `ROUTES`. Express is loaded with the first request: the host has it by then. */
export function createRouter(parts: RouterParts): RequestHandler {
  let routed: Promise<Router> | undefined;
  return (req, res, next) => {
    routed ??= import('express').then((module) => routerOf(module.default, parts));
    routed.then((router) => {
      router(req, res, next);
    }, next);
  };
}

/** What every route has in common, in the order in which it protects. */
function routerOf(
  host: Pick<typeof express, 'Router' | 'json' | 'urlencoded'>,
  { bodyBytes, assets, ...useCases }: RouterParts,
): Router {
  const router = host.Router();
  const readBody = bodyReader(host, bodyBytes, true);

  async function serve(req: Request, res: Response, route: Route): Promise<void> {
    const current = requireCurrent(req);
    requireMount(req, current);
    if (!isSafe(req)) requireSameSite(req, current.parts.web.origins);
    await current.resolve({ isFresh: true });
    current.requireSubject();
    const body = req.method === 'POST' ? await readBody(req, res) : {};
    const { sid = '' } = req.params as { readonly sid?: string };
    const exchange = { req, res, current, ...useCases, body, base: current.parts.web.path, sid };
    await (isBrowser(req) ? route.page(exchange) : route.json(exchange));
  }

  router.use((_req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' });
    next();
  });
  for (const { name, type, content } of assets) {
    router.get(`/${ASSETS}/${name}`, (_req, res) => {
      res.set('Cache-Control', 'public, max-age=31536000, immutable').type(type).send(content);
    });
  }
  for (const [path, methods] of Object.entries(ROUTES)) {
    router.all(path, (req, res, next) => {
      const method = req.method === 'HEAD' ? 'GET' : req.method;
      const route = Object.entries(methods).find(([name]) => name === method)?.[1];
      (route === undefined ? refuseMethod(Object.keys(methods)) : serve(req, res, route))
        .catch(async (error: unknown) => {
          if (error instanceof MfaError) await sendRefusal(req, res, error);
          else next(error);
        })
        // The page of a refusal may be the host's own, and fail.
        .catch(next);
    });
  }
  router.use((req, res, next) => {
    sendRefusal(req, res, new MfaError('not_found')).catch(next);
  });
  router.use(((error: unknown, req, res, next) => {
    // A SID that is no text at all (`%ff`) is refused by Express before a route sees it.
    if (error instanceof URIError) sendRefusal(req, res, new MfaError('not_found')).catch(next);
    else next(error);
  }) satisfies ErrorRequestHandler);
  return router;
}

/** Below which path of the router its files are. */
export const ASSETS = 'assets';

async function refuseMethod(allowed: readonly string[]): Promise<void> {
  const allow = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  await Promise.reject(
    new MfaError('method_not_allowed', `the methods here are ${allow}`, { headers: { Allow: allow } }),
  );
}

function requireCurrent(req: Request): Current<unknown> {
  const current = Current.find(req);
  if (current !== undefined) return current;
  throw new Error('mfa.router() without mfa.session(): add app.use(mfa.session()) after passport.session()');
}

function requireMount({ baseUrl }: Request, { parts: { web } }: Current<unknown>): void {
  // Express matches paths in any case.
  if (baseUrl.toLowerCase() === web.path.toLowerCase()) return;
  throw new Error(`mfa.router() answers at "${baseUrl}" but createMfa has path "${web.path}"; say path: "${baseUrl}"`);
}
