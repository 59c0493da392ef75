/// <reference types="passport" preserve="true" />
import type { Purpose } from '../domain/purpose.js';

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
