/// <reference types="passport" preserve="true" />
import type { Purpose } from '../domain/purpose.js';
import type { Current } from './current.js';

/** Where a request stands (the table is in the documentation of `mfa.session()`). */
export type MfaState =
  'anonymous' | 'challenge_required' | 'enrollment_required' | 'not_required' | 'satisfied' | 'unavailable';

/** What the app sees of the second factor: `req.mfa`. */
export interface RequestMfa<User = Express.User> {
  readonly state: MfaState;
  /** The user, also while hidden from `req.user`; after the first factor. */
  readonly user: User | undefined;
  /** Methods of the second factor (RFC 8176), `['impersonated']`, or none. */
  readonly amr: readonly string[];
  /** Authenticator assurance level: 0 nobody, 1 first factor, 2 second factor. */
  readonly aal: 0 | 1 | 2;
  /** When the second factor was shown. */
  readonly authTime: Date | null;
  /** The factor that was shown. */
  readonly factorSid: string | null;
  /** What was approved for this very request, frozen; after `mfa.require({ purpose })`. */
  readonly approved: Purpose | null;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express declares its request in a namespace.
  namespace Express {
    interface Request {
      /** The second factor of this request; after `mfa.session()`. */
      mfa: RequestMfa;
    }
  }
}

/** What `req.mfa` shows of this request's state. */
export function showMfa<User>(current: Current<User>): RequestMfa<User> {
  const { state, user, approved, grant, isImpersonated } = current;
  return {
    state,
    user,
    amr: isImpersonated ? ['impersonated'] : (grant?.amr ?? []),
    aal: grant !== null ? 2 : user === undefined ? 0 : 1,
    authTime: grant === null ? null : new Date(grant.authAt),
    factorSid: grant?.factorSid ?? null,
    approved,
  };
}
