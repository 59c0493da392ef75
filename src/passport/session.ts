import type { NextFunction, Request, RequestHandler } from 'express';
import { memberOf } from '../domain/unknown-value.js';
import { Current, type CurrentParts } from '../web/current.js';
import { asPassportRequest } from '../web/passport-request.js';
import { completeCookieSession } from './cookie-session.js';
import { isolateUser } from './isolation.js';
import { wrapLogins } from './login.js';

/**
 * The middleware that decides who a request is: enrolled users are not authenticated until their code is right.
 * Idempotent; plain middleware, so that it also runs on upgrade requests.
 */
export function sessionMiddleware<User>(parts: CurrentParts<User>): RequestHandler {
  const warned = new Set<string>();
  const warnOnce = (message: string): void => {
    if (!warned.has(message)) process.emitWarning(message, { type: 'MfaWarning' });
    warned.add(message);
  };
  return (req, res, next) => {
    const known = Current.find(req);
    if (known !== undefined) {
      if (known.parts === (parts as CurrentParts<unknown>)) resolve(known, next);
      else next(new Error('two createMfa answered one request: use one instance for the whole app'));
      return;
    }
    if (!isAfterPassport(req)) {
      next(new Error('mfa.session() ran before passport.session(): move app.use(mfa.session()) below it'));
      return;
    }
    completeCookieSession(req, warnOnce);
    const current = new Current(req, res, parts);
    isolateUser(current);
    wrapLogins(current);
    resolve(current, next);
  };
}

/** Whether `passport.session()` ran: it put `logIn` there, and the user that its session names. */
function isAfterPassport(req: Request): boolean {
  const { logIn, session, _userProperty = 'user' } = asPassportRequest(req);
  const isRestored =
    Reflect.get(req, _userProperty) !== undefined || memberOf(session?.['passport'], 'user') === undefined;
  return logIn !== undefined && isRestored;
}

function resolve<User>(current: Current<User>, next: NextFunction): void {
  current.resolve().then(() => {
    next();
  }, next);
}
