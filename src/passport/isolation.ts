import type { Current } from '../web/current.js';
import { showMfa } from '../web/session-state.js';
import { asPassportRequest } from '../web/passport-request.js';

/**
 * Puts an accessor in the place of the user property. Isolation is thereby a state, not a moment: whatever sets the
 * property later in the request (a second `passport.session()`, a remember-me strategy, a login) stays hidden until it is
 * resolved.
 */
export function isolateUser<User>(current: Current<User>): void {
  const { req } = current;
  const property = asPassportRequest(req)._userProperty ?? 'user';
  current.see(Reflect.get(req, property));
  Object.defineProperty(req, property, {
    configurable: true,
    enumerable: true,
    get: () => current.visibleUser,
    set: (user: unknown) => {
      current.see(user);
    },
  });
  Object.defineProperty(req, 'mfa', { configurable: true, enumerable: true, get: () => showMfa(current) });
}
