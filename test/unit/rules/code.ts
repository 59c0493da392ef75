import fc from 'fast-check';
import type { Actor } from '../../../src/domain/actor.js';
import type { ChallengeAnswer } from '../../../src/domain/challenge.js';
import { verifiedFactors, type Decision, type Entity } from '../../../src/domain/entity.js';
import type { VerifiedFactor } from '../../../src/domain/factor.js';
import { DEFAULT_TOTP } from '../../../src/domain/totp-config.js';
import { Authenticator } from '../authenticator.js';
import { DAY } from '../entity-builders.js';
import { isSame, lastStepOf, pick, rule, stepsInWindow, stepsWith, type History } from './history.js';

export interface Typing {
  readonly kind: 'right' | 'old' | 'future' | 'wrong' | 'malformed' | 'last';
  /** Whose code. */
  readonly factor: number;
  readonly by: number;
}

export const anyTyping: fc.Arbitrary<Typing> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant('right' as const) },
    { weight: 4, arbitrary: fc.constantFrom('old' as const, 'future' as const, 'wrong' as const, 'last' as const) },
    { weight: 1, arbitrary: fc.constant('malformed' as const) },
  ),
  factor: fc.nat(5),
  by: fc.integer({ min: 1, max: 24 }),
});

export function codeOf({ kind, factor, by }: Typing, history: History, entity: Entity): string {
  const { now } = history;
  const held = pick(entity.factors, factor);
  const authenticator = held === undefined ? new Authenticator(Buffer.alloc(20), DEFAULT_TOTP) : history.of(held.sid);
  switch (kind) {
    case 'right':
      return authenticator.codeAt(now, (by % 3) - 1);
    case 'old':
      return authenticator.codeAt(now, -by);
    case 'future':
      return authenticator.codeAt(now, by);
    case 'last':
      return held?.status === 'verified' ? authenticator.codeOf(held.lastStep) : authenticator.codeAt(now);
    case 'wrong':
      // Whether it is wrong at this moment the rules tell, as of every code.
      return by.toString().padStart(authenticator.config.codeLength, '0');
    case 'malformed':
      return '1234567';
  }
}

/** Rules 1 and 4: a code is accepted where it must be, once, or charged, once. */
export function requireRightlyJudged(
  before: Entity,
  { answer, entity: after }: Decision<ChallengeAnswer>,
  factorSid: string | null,
  code: string,
  actor: Actor,
  history: History,
): void {
  const { now } = history;
  rule('4: a disabled entity has no code judged', !before.budget.disabled);
  rule('4: a waiting entity has no code judged', before.budget.lockedUntil <= now);
  const tried = verifiedFactors(before).filter(
    ({ sid, config }) => (factorSid ?? sid) === sid && config.codeLength === code.length,
  );
  rule('6: only codes of verified factors are judged', tried.length > 0);
  const inWindow = tried.map((factor) => ({ factor, steps: stepsInWindow(history.of(factor.sid), code, now) }));
  const fresh = inWindow
    .map(({ factor, steps }) => ({ factor, step: steps.filter((step) => step > factor.lastStep).at(-1) }))
    .filter((match): match is { factor: VerifiedFactor; step: number } => match.step !== undefined);

  if (fresh.length > 0) {
    rule('a right code approves', answer.status === 'approved');
    rule(
      'the factor that was shown is named',
      fresh.some(({ factor }) => factor.sid === answer.factorSid),
    );
    for (const { factor, step } of fresh) history.accept(factor.sid, step);
    const steps = before.factors.map(
      (factor) => fresh.find((match) => match.factor === factor)?.step ?? lastStepOf(factor),
    );
    rule('1: everything that a code matches is burned, and nothing else', isSame(after.factors.map(lastStepOf), steps));
    rule('a right code sets the count to 0', after.budget.wrongCodes === 0 && after.budget.lockedUntil === 0);
    rule('a right code does not reset the rolling cap', after.budget.guesses === before.budget.guesses);
    const isOwn = actor.by === 'session' && answer.challenge.loginId === actor.login.loginId;
    if (isOwn && answer.challenge.purpose === null) history.give(actor, after, answer.factorSid);
    return;
  }
  rule('2: any other code leaves the challenge pending', answer.status === 'pending');
  rule('2: any other code leaves the factors as they are', isSame(after.factors, before.factors));
  if (inWindow.some(({ steps }) => steps.length > 0)) {
    rule('2: a used code is named so', answer.reason === 'code_already_used');
    rule('a used code is charged to nobody', after.budget === before.budget);
    return;
  }
  const behind = tried.some(({ sid }) => stepsWith(history.of(sid), code, now, -20, -2).length > 0);
  rule('2: drift is named for a past step only', answer.reason === (behind ? 'clock_drift' : 'incorrect_code'));
  rule('4: a wrong code is charged once', after.budget.wrongCodes === before.budget.wrongCodes + 1);
  const chance = tried.reduce((sum, { config }) => sum + (config.codeLength === 8 ? 3 : 300), 0);
  const today = Math.floor(now / DAY);
  rule('4: it is charged for every factor tried', chanceOn(after, today) === chanceOn(before, today) + chance);
}

function chanceOn({ budget }: Entity, day: number): number {
  return budget.guesses.find((bucket) => bucket.day === day)?.chance ?? 0;
}
