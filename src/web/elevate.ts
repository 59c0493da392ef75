import type { Grant } from '../domain/grant.js';
import type { Current } from './current.js';
import { asPassportRequest, promised } from './passport-request.js';

/**
 * Gives a session the grant of a second factor that was just shown: a new session id by Passport's own login, the grant
 * written after it and saved. A request without a session is satisfied itself.
 */
export async function elevate(current: Current<unknown>, grant: Grant): Promise<void> {
  if (current.isStateless) {
    current.satisfy(grant);
    return;
  }
  const req = asPassportRequest(current.req);
  current.holdGrant(grant);
  await promised((done) => req.logIn?.(current.user, {}, done));
}
