import { MfaError } from '../errors.js';
import { loginIdOf, requireManagement, type Actor, type SessionActor } from './actor.js';
import { startEpoch, verifiedFactors, type Decision, type DecisionContext, type Entity } from './entity.js';
import { event } from './event.js';
import { hasRecoveryCode, newRecoveryCodes, type RecoveryCodes } from './recovery-codes.js';

/** A set that was shown and is not yet confirmed: it opens nothing, and the old one goes on. */
export interface RecoveryRenewal {
  readonly set: RecoveryCodes;
  /** As they were shown, for the same login to see until it has confirmed them; empty for the host's own code. */
  readonly codes: readonly string[];
  /** The login that it was shown to; null: the host's own code. */
  readonly loginId: string | null;
  readonly expiresAt: number;
}

export interface NewRecoveryCodes {
  readonly id: string;
  readonly codes: readonly string[];
  readonly expiresAt: number;
}

/**
 * Makes a set of recovery codes that replaces the present one as soon as it is confirmed, so that nobody loses the old
 * codes before the new ones are on paper.
 * @throws MfaError `enrollment_required`, `step_up_required`
 */
export function createRecoveryCodes(
  entity: Entity,
  actor: Actor,
  context: DecisionContext,
): Decision<NewRecoveryCodes> {
  requireManagement(entity, actor, context);
  if (verifiedFactors(entity).length === 0) throw new MfaError('enrollment_required');
  const { now, random, settings } = context;
  const { set, codes } = newRecoveryCodes(random, now);
  const expiresAt = now + settings.limits.unverifiedFactorLife;
  return {
    entity: {
      ...entity,
      renewal: { set, codes: actor.by !== 'session' ? [] : codes, loginId: loginIdOf(actor), expiresAt },
    },
    answer: { id: set.id, codes, expiresAt },
    events: [event('recovery_codes.created')],
  };
}

/** The set that this login was shown and has not confirmed; null where there is none. @throws MfaError `step_up_required` */
export function madeRecoveryCodes(
  entity: Entity,
  actor: SessionActor,
  context: DecisionContext,
): NewRecoveryCodes | null {
  const { renewal } = entity;
  if (renewal?.loginId !== actor.login.loginId) return null;
  requireManagement(entity, actor, context);
  return { id: renewal.set.id, codes: renewal.codes, expiresAt: renewal.expiresAt };
}

/** Whether the code was one of the set's; then the set counts. */
export type RecoveryConfirmation =
  | { readonly status: 'confirmed'; readonly left: number }
  | { readonly status: 'pending'; readonly reason: 'incorrect_code' };

/**
 * Puts the new set in the place of the old one, for whoever shows that it was kept: by one of its codes, which stays
 * unused. Every older grant dies.
 * @throws MfaError `not_found`, `step_up_required`
 */
export function confirmRecoveryCodes(
  entity: Entity,
  actor: Actor,
  { id, code }: { readonly id: string; readonly code: string },
  context: DecisionContext,
): Decision<RecoveryConfirmation> {
  requireManagement(entity, actor, context);
  const { renewal } = entity;
  const isOwn = actor.by !== 'session' || renewal?.loginId === actor.login.loginId;
  if (renewal === null || !isOwn || renewal.set.id !== id) throw new MfaError('not_found');
  if (!hasRecoveryCode(renewal.set, code)) {
    return { entity, answer: { status: 'pending', reason: 'incorrect_code' }, events: [] };
  }
  const left = renewal.set.digests.length;
  return {
    entity: { ...startEpoch(entity, context), recoveryCodes: renewal.set, renewal: null },
    answer: { status: 'confirmed', left },
    events: [event('recovery_codes.confirmed', { recoveryCodesLeft: left })],
  };
}
