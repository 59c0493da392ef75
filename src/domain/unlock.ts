import { MfaError } from '../errors.js';
import type { SessionActor } from './actor.js';
import { FULL_BUDGET, isOpen } from './budget.js';
import { lastStepOfRow } from './code-match.js';
import { verifiedFactors, type Decision, type DecisionContext, type Entity } from './entity.js';
import { event } from './event.js';
import { burn, requireCodeLength } from './judgement.js';
import { noteLogin, traceOf } from './login-trace.js';

/** Codes of three steps in a row, the oldest first. */
export type CodeRow = readonly [string, string, string];

export type UnlockAnswer =
  | { readonly status: 'unlocked'; readonly factorSid: string }
  | { readonly status: 'locked'; readonly reason: 'incorrect_code'; readonly retryAfter: number };

/** One try in so many ms per login: three codes need no budget, but no storm of tries either. */
const TRY_EVERY = 10_000;

/**
 * Opens a spent budget for whoever shows three codes in a row of one factor, none of them used, the last one of now.
 * Judged as a whole: which of the three was wrong is not told.
 * @throws MfaError `enrollment_required`, `not_locked`, `malformed_code`, `too_many_attempts` (with `retryAfter`)
 */
export function unlockEntity(
  entity: Entity,
  actor: SessionActor,
  row: CodeRow,
  context: DecisionContext,
): Decision<UnlockAnswer> {
  const { now } = context;
  const { loginId } = actor.login;
  const factors = verifiedFactors(entity);
  if (factors.length === 0) throw new MfaError('enrollment_required');
  if (isOpen(entity.budget, now)) throw new MfaError('not_locked');
  const tried = row.reduce(requireCodeLength, factors);
  const sinceLastTry = Math.abs(now - traceOf(entity, loginId).triedUnlockAt);
  if (sinceLastTry < TRY_EVERY) throw new MfaError('too_many_attempts', undefined, retryIn(TRY_EVERY - sinceLastTry));

  const burned = tried.flatMap((factor) => {
    const step = lastStepOfRow(factor, row, context);
    return step === null ? [] : [{ sid: factor.sid, step }];
  });
  const [shown] = burned;
  if (shown === undefined) {
    return {
      entity: noteLogin(entity, loginId, { triedUnlockAt: now }, now),
      answer: { status: 'locked', reason: 'incorrect_code', ...retryIn(TRY_EVERY) },
      events: [event('entity.unlock_rejected', { reason: 'incorrect_code' })],
    };
  }
  return {
    entity: { ...burn(entity, burned, now), budget: FULL_BUDGET },
    answer: { status: 'unlocked', factorSid: shown.sid },
    events: [event('entity.unlocked', { factorSid: shown.sid, reason: 'codes' })],
  };
}

function retryIn(ms: number): { readonly retryAfter: number } {
  return { retryAfter: Math.ceil(ms / 1000) };
}
