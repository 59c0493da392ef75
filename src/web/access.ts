import { isGrantFresh } from '../domain/grant.js';
import { MfaError } from '../errors.js';
import type { Current } from './current.js';

/** How strong and how fresh the second factor of a request must be. */
export interface AccessRequest {
  /** How long ago the second factor may have been shown (ms). */
  readonly maxAge?: number | undefined;
  /** Asks again, however fresh it is. */
  readonly force?: boolean | undefined;
  /** Lets users without a factor pass. */
  readonly ifEnrolled?: boolean | undefined;
}

/** What `maxAge` of a guard may be (ms): a grant lives no longer than a day. */
export const MAX_AGE_BOUNDS: readonly [number, number] = [1000, 24 * 60 * 60_000];

/**
 * Whether the request may pass: null, or why not. The one check behind `passport.authenticate('totp')` and
 * `mfa.require()`.
 * @throws MfaError where it is not known: `store_unavailable`, `record_missing`, `record_unreadable`, `hook_failed`
 */
export async function judgeAccess<User>(
  current: Current<User>,
  { maxAge, force, ifEnrolled }: AccessRequest,
): Promise<MfaError | null> {
  await current.resolve({ isFresh: maxAge !== undefined });
  switch (current.state) {
    case 'anonymous':
      return new MfaError('first_factor_required');
    case 'unavailable':
      throw current.failure ?? new MfaError('store_unavailable');
    case 'challenge_required':
      return new MfaError('code_required');
    case 'enrollment_required':
      return new MfaError('enrollment_required');
    case 'not_required':
      if (current.isImpersonated) return new MfaError('impersonated');
      return current.found.policy === 'off' || ifEnrolled === true ? null : new MfaError('enrollment_required');
    case 'satisfied': {
      const { grant } = current;
      const now = current.parts.clock.now();
      const isFresh = grant !== null && (maxAge === undefined || isGrantFresh(grant, maxAge, now));
      return isFresh && force !== true ? null : new MfaError('step_up_required');
    }
  }
}
