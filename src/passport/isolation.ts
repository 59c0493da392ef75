import type { Request } from 'express';
import { Current } from '../web/current.js';
import { showMfa, type RequestMfa } from '../web/session-state.js';
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
  Object.defineProperty(req, property, USER);
  Object.defineProperty(req, 'mfa', MFA);
}

const USER: PropertyDescriptor & ThisType<Request> = {
  configurable: true,
  enumerable: true,
  get(): unknown {
    return Current.find(this)?.visibleUser;
  },
  set(user: unknown) {
    Current.find(this)?.see(user);
  },
};

const MFA: PropertyDescriptor & ThisType<Request> = {
  configurable: true,
  enumerable: true,
  get(): RequestMfa<unknown> | undefined {
    const current = Current.find(this);
    return current && showMfa(current);
  },
};
