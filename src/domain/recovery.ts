import { isSatisfied, loginIdOf, type Actor } from './actor.js';
import { FULL_BUDGET } from './budget.js';
import type { DecisionContext, Entity } from './entity.js';
import { event, type DomainEvent } from './event.js';
import { AMR_RECOVERY_CODE } from './grant.js';
import type { Judgement } from './judgement.js';
import { endLogin, noteLogin, traceOf } from './login-trace.js';
import { FEW_RECOVERY_CODES, hasRecoveryCode, hasUsedRecoveryCode, withoutRecoveryCode } from './recovery-codes.js';
import { WRONG_CODES_PER_ATTEMPT } from './settings.js';

/**
 * Judges a recovery code, in any state of the budget: 128 bits need none. A right one is used up and opens the budget; a
 * wrong one is counted against its login, which the fifth ends. One that was used is no guess, and counts for nothing: of
 * many posts of one code, all but one come too late.
 */
export function judgeRecoveryCode(entity: Entity, actor: Actor, code: string, context: DecisionContext): Judgement {
  const { recoveryCodes: set } = entity;
  if (set === null || !hasRecoveryCode(set, code)) {
    const isGuess = set === null || !hasUsedRecoveryCode(set, code);
    return reject(entity, actor, isGuess, context);
  }
  const rest = withoutRecoveryCode(set, code);
  return {
    entity: { ...entity, recoveryCodes: rest, budget: FULL_BUDGET },
    events: eventsOfUse(rest.digests.length),
    verdict: 'right',
    factorSid: null,
    amr: AMR_RECOVERY_CODE,
  };
}

function reject(entity: Entity, actor: Actor, isGuess: boolean, context: DecisionContext): Judgement {
  const loginId = loginIdOf(actor);
  const wrong = { reason: 'incorrect_code' } as const;
  const uncounted = { entity, events: [], verdict: 'wrong', wrong } as const;
  if (loginId === null) return { ...uncounted, codesLeft: WRONG_CODES_PER_ATTEMPT };
  const before = traceOf(entity, loginId).wrongRecoveryCodes;
  if (!isGuess) return { ...uncounted, codesLeft: WRONG_CODES_PER_ATTEMPT - before };
  const wrongRecoveryCodes = before + 1;
  const ended = wrongRecoveryCodes >= WRONG_CODES_PER_ATTEMPT;
  return {
    entity:
      ended && isSatisfied(entity, actor, context)
        ? endLogin(entity, loginId, context)
        : noteLogin(entity, loginId, { wrongRecoveryCodes, ended }, context.now),
    events: ended ? [event('login.ended', { reason: 'wrong_recovery_codes' })] : [],
    verdict: 'wrong',
    wrong,
    codesLeft: WRONG_CODES_PER_ATTEMPT - wrongRecoveryCodes,
  };
}

function eventsOfUse(recoveryCodesLeft: number): readonly DomainEvent[] {
  const used = event('recovery_code.used', { recoveryCodesLeft });
  const isLow = recoveryCodesLeft <= FEW_RECOVERY_CODES;
  return isLow ? [used, event('recovery_codes.low', { recoveryCodesLeft })] : [used];
}
