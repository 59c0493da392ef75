import type { DecisionContext } from './entity.js';
import type { UnverifiedFactor, VerifiedFactor } from './factor.js';
import type { Secret } from './secret.js';
import { DRIFT_STEPS } from './settings.js';
import { acceptedSteps, matchingSteps, stepAt, type StepRange, type TotpConfig } from './totp.js';

/** Why a well-formed code was not accepted. */
export interface WrongCodeReason {
  readonly reason: 'incorrect_code' | 'code_already_used' | 'clock_drift';
  /** Seconds until a code can be right again: for a used code the next one, for a spent budget the end of the wait. */
  readonly retryAfter?: number;
  /** Seconds by which the authenticator's clock is behind (negative) or ahead. */
  readonly driftSeconds?: number;
}

export interface WrongCode extends WrongCodeReason {
  /** Further codes that will be judged before something must be waited for or started again. */
  readonly attemptsRemaining: number;
}

export interface BurnedFactor {
  readonly sid: string;
  readonly step: number;
}

export type CodeMatch =
  | { readonly burned: readonly [BurnedFactor, ...BurnedFactor[]] }
  | { readonly burned: readonly []; readonly wrong: WrongCodeReason };

/**
 * Tries a code against these verified factors: all of them, all accepted steps, without an early exit. What it matches
 * above a factor's `lastStep` is to be burned, the highest step of each. A future step beyond the window is never looked
 * at: naming it would tell a guesser when his guess becomes right.
 */
export function matchCode(factors: readonly VerifiedFactor[], code: string, context: DecisionContext): CodeMatch {
  const { now } = context;
  const tried = factors.map((factor) => {
    const window = acceptedSteps(now, factor.config);
    const steps = matchingSteps(factor.secret, factor.config, code, window);
    const floor = floorOf(factor, context);
    return { factor, window, steps, fresh: steps.filter((step) => step > floor) };
  });
  const [first, ...others] = tried.flatMap(({ factor, fresh }) => {
    const step = fresh.at(-1);
    return step === undefined ? [] : [{ sid: factor.sid, step }];
  });
  if (first !== undefined) return { burned: [first, ...others] };

  const used = tried.find(({ steps }) => steps.length > 0);
  if (used !== undefined) {
    return {
      burned: [],
      wrong: { reason: 'code_already_used', retryAfter: secondsToNextStep(now, used.factor.config) },
    };
  }
  for (const { factor, window } of tried) {
    const drift = findDrift(factor.secret, factor.config, code, now, {
      first: stepAt(now, factor.config.timeStep) - DRIFT_STEPS,
      last: window.first - 1,
    });
    if (drift !== null) return { burned: [], wrong: drift };
  }
  return { burned: [], wrong: { reason: 'incorrect_code' } };
}

/**
 * The step of the last of these codes, where they are of consecutive steps of one factor, the oldest first, none of them
 * used and the last one of the window; else null.
 */
export function lastStepOfRow(factor: VerifiedFactor, row: readonly string[], context: DecisionContext): number | null {
  const { secret, config } = factor;
  const { first, last } = acceptedSteps(context.now, config);
  const floor = floorOf(factor, context);
  const ends = row.map((code, index) => {
    const later = row.length - 1 - index;
    const steps = matchingSteps(secret, config, code, { first: first - later, last: last - later });
    return steps.filter((step) => step > floor).map((step) => step + later);
  });
  const [anyEnds = [], ...others] = ends;
  return anyEnds.findLast((end) => others.every((steps) => steps.includes(end))) ?? null;
}

/**
 * Tries the code of an enrollment. Here drift is named both ways: whoever enrolls has seen the secret, and a wrong clock
 * is what keeps most people out.
 */
export function matchWhileEnrolling(
  { secret, config }: Pick<UnverifiedFactor, 'config'> & { readonly secret: Secret },
  code: string,
  { now }: DecisionContext,
): { readonly step: number } | { readonly step: null; readonly wrong: WrongCodeReason } {
  const window = acceptedSteps(now, config);
  const step = matchingSteps(secret, config, code, window).at(-1);
  if (step !== undefined) return { step };
  const present = stepAt(now, config.timeStep);
  const around = { first: present - DRIFT_STEPS, last: present + DRIFT_STEPS };
  return { step: null, wrong: findDrift(secret, config, code, now, around) ?? { reason: 'incorrect_code' } };
}

/**
 * The highest step that is not accepted any more: the last that was, or the last that a lost write may have burned. After
 * a failover nothing up to the moment from which the store vouches again is accepted; a factor that was made since then
 * has lost nothing.
 */
function floorOf({ createdAt, config, lastStep }: VerifiedFactor, { since }: DecisionContext): number {
  return createdAt >= since ? lastStep : Math.max(lastStep, stepAt(since, config.timeStep) + config.skew);
}

function findDrift(
  secret: Secret,
  config: TotpConfig,
  code: string,
  now: number,
  range: StepRange,
): WrongCodeReason | null {
  const step = matchingSteps(secret, config, code, range).at(-1);
  if (step === undefined) return null;
  return { reason: 'clock_drift', driftSeconds: (step - stepAt(now, config.timeStep)) * config.timeStep };
}

function secondsToNextStep(now: number, { timeStep }: TotpConfig): number {
  return timeStep - (Math.floor(now / 1000) % timeStep);
}
