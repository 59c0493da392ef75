import { MfaError } from '../errors.js';
import { verifiedFactors, type Entity } from './entity.js';

/** Whether a user must, may or need not have a second factor. */
export type Policy = (typeof POLICIES)[number];

export const POLICIES = ['required', 'optional', 'off'] as const;

/** What a first factor alone is worth. */
export type Standing = 'challenge_required' | 'enrollment_required' | 'not_required';

/**
 * Where a user stands after the first factor (domain table "When no verified factor is found"). A record that should be
 * there and is not is a loss, and never taken for a user without a factor.
 * @throws MfaError `record_missing`
 */
export function standingOf(entity: Entity | null, policy: Policy, enrolled: boolean | undefined): Standing {
  if (policy === 'off') return 'not_required';
  if (entity !== null && verifiedFactors(entity).length > 0) return 'challenge_required';
  const wasEmptiedHere = entity?.everVerified === true;
  if (enrolled === true && !wasEmptiedHere) throw new MfaError('record_missing');
  return policy === 'required' ? 'enrollment_required' : 'not_required';
}
