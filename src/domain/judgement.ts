import { MfaError } from '../errors.js';
import { chargeWrongCode, requireOpenBudget, restoreBudget, codesLeft } from './budget.js';
import { matchCode, type BurnedFactor, type WrongCodeReason } from './code-match.js';
import type { DecisionContext, Entity } from './entity.js';
import { event, type DomainEvent } from './event.js';
import type { VerifiedFactor } from './factor.js';
import { AMR_CODE } from './grant.js';

/** What a code was worth, with the entity in which it is burned or charged. */
export type Judgement = { readonly entity: Entity; readonly events: readonly DomainEvent[] } & (
  | { readonly verdict: 'right'; readonly factorSid: string | null; readonly amr: readonly string[] }
  | { readonly verdict: 'wrong'; readonly wrong: WrongCodeReason; readonly codesLeft: number }
);

/**
 * The factors that a code may be of, where it may be judged at all: a code that none of them can have made is malformed
 * and costs nothing, and a spent budget refuses without a change.
 * @throws MfaError `malformed_code`, `disabled`, `locked`
 */
export function requireJudgeable(
  entity: Entity,
  factors: readonly VerifiedFactor[],
  code: string,
  now: number,
): readonly VerifiedFactor[] {
  const tried = requireCodeLength(factors, code);
  requireOpenBudget(entity.budget, now);
  return tried;
}

/** The factors whose codes are as long as this one. @throws MfaError `malformed_code` where there is none */
export function requireCodeLength(factors: readonly VerifiedFactor[], code: string): readonly VerifiedFactor[] {
  const found = factors.filter(({ config }) => config.codeLength === code.length);
  if (found.length === 0) throw new MfaError('malformed_code', `codes here have ${lengthsOf(factors)} digits`);
  return found;
}

/** Judges a code against the factors that it may be of: it is right, and burned, or wrong, and charged. */
export function judgeCode(
  entity: Entity,
  tried: readonly VerifiedFactor[],
  code: string,
  context: DecisionContext,
): Judgement {
  const match = matchCode(tried, code, context);
  if ('wrong' in match) return judgeWrong(entity, tried, match.wrong, context);
  const [{ sid }] = match.burned;
  return {
    entity: { ...burn(entity, match.burned, context.now), budget: restoreBudget(entity.budget) },
    events: [],
    verdict: 'right',
    factorSid: sid,
    amr: AMR_CODE,
  };
}

function judgeWrong(
  entity: Entity,
  tried: readonly VerifiedFactor[],
  wrong: WrongCodeReason,
  { settings: { limits }, now }: DecisionContext,
): Judgement {
  if (wrong.reason === 'code_already_used') {
    return { entity, events: [], verdict: 'wrong', wrong, codesLeft: codesLeft(entity.budget, limits, now) };
  }
  const configs = tried.map(({ config }) => config);
  const budget = chargeWrongCode(entity.budget, configs, limits, now);
  const isLocked = !budget.disabled && now < budget.lockedUntil;
  return {
    entity: { ...entity, budget, disabledAt: budget.disabled ? now : entity.disabledAt },
    events: [...(budget.disabled ? [event('entity.disabled')] : []), ...(isLocked ? [event('entity.locked')] : [])],
    verdict: 'wrong',
    wrong: isLocked ? { ...wrong, retryAfter: Math.ceil((budget.lockedUntil - now) / 1000) } : wrong,
    codesLeft: codesLeft(budget, limits, now),
  };
}

/** The entity in which these steps, and all before them, are spent. */
export function burn(entity: Entity, burned: readonly BurnedFactor[], now: number): Entity {
  const lastSteps = new Map(burned.map(({ sid, step }) => [sid, step]));
  return {
    ...entity,
    factors: entity.factors.map((factor) => {
      const lastStep = lastSteps.get(factor.sid);
      return factor.status === 'unverified' || lastStep === undefined
        ? factor
        : { ...factor, lastStep, updatedAt: now };
    }),
  };
}

function lengthsOf(factors: readonly VerifiedFactor[]): string {
  return [...new Set(factors.map(({ config }) => config.codeLength))].sort((a, b) => a - b).join(' or ');
}
