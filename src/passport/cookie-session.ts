import type { Request } from 'express';
import { asPassportRequest, type Session } from '../web/passport-request.js';

const WARNING =
  'the session is kept in a cookie (cookie-session): an old one can be put back, so that a grant lives 1 h at most there; ' +
  'for longer ones use a session that is kept on the server (express-session)';

/**
 * Says once, by `warn`, that the session is kept by the client, and gives it what Passport asks of every session: to begin
 * anew, empty, when somebody logs in.
 */
export function completeCookieSession(request: Request, warn: (message: string) => void): void {
  const req = asPassportRequest(request);
  if (!req.session || req.sessionID !== undefined) return;
  warn(WARNING);
  if (typeof req.session.regenerate !== 'function') complete(req.session);

  function complete(session: Session): void {
    const methods = {
      regenerate: (done: (error?: unknown) => void) => {
        // An empty session would not be written, and the browser would keep the old one.
        req.session = { passport: {} };
        complete(req.session);
        done();
      },
      save: (done: (error?: unknown) => void) => {
        done();
      },
    };
    for (const [name, value] of Object.entries(methods)) {
      // What can be enumerated would go into the cookie.
      Object.defineProperty(session, name, { value, configurable: true, writable: true });
    }
  }
}
