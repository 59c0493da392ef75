import { MfaError } from '../errors.js';
import type { Limits } from './settings.js';
import type { TotpConfig } from './totp.js';

/** What wrong codes an entity may still spend; one for every path that takes a code of a verified factor. */
export interface Budget {
  /** Consecutive wrong codes; a right one sets it to 0. */
  readonly wrongCodes: number;
  /** End of the present wait (ms); 0: none. */
  readonly lockedUntil: number;
  /** No code is judged any more, until it is unlocked. */
  readonly disabled: boolean;
  /** What was guessed in the last 30 days, in buckets of one day: they only over-count. */
  readonly guesses: readonly GuessBucket[];
}

interface GuessBucket {
  /** Day since the epoch. */
  readonly day: number;
  /** Chances of having been right, in units of 10⁻⁸. */
  readonly chance: number;
}

export const FULL_BUDGET: Budget = { wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] };

const DAY = 24 * 60 * 60_000;
const CAP_DAYS = 30;
const CHANCE_UNIT = 1e8;
/** 3·10⁻⁴ in 30 days, in those units: 100 wrong codes against one default factor, 0.36 % in a year. */
const CAP = 30_000;

/**
 * Refuses while the entity waits or is disabled. The refusal changes nothing, so retries never extend a wait.
 * @throws MfaError `disabled`, `locked` (with `retryAfter`)
 */
export function requireOpenBudget(budget: Budget, now: number): void {
  if (budget.disabled) throw new MfaError('disabled');
  if (now < budget.lockedUntil) {
    throw new MfaError('locked', undefined, { retryAfter: Math.ceil((budget.lockedUntil - now) / 1000) });
  }
}

/** Whether codes are judged now. */
export function isOpen({ disabled, lockedUntil }: Budget, now: number): boolean {
  return !disabled && now >= lockedUntil;
}

/** The budget after one wrong code that was tried against factors with these configurations. */
export function chargeWrongCode(budget: Budget, tried: readonly TotpConfig[], limits: Limits, now: number): Budget {
  const wrongCodes = budget.wrongCodes + 1;
  const guesses = addGuess(budget.guesses, tried, now);
  const spent = guesses.reduce((sum, { chance }) => sum + chance, 0);
  const waits = wrongCodes - limits.wrongCodesBeforeWait;
  return {
    wrongCodes,
    lockedUntil: waits < 0 ? budget.lockedUntil : now + Math.min(limits.firstWait * 2 ** waits, limits.longestWait),
    disabled: wrongCodes >= limits.wrongCodesBeforeDisable || spent >= CAP,
    guesses,
  };
}

/** The budget after a right code. The rolling cap is not reset: a login a day would buy an attacker 36,135 guesses a year. */
export function restoreBudget(budget: Budget): Budget {
  return { ...budget, wrongCodes: 0, lockedUntil: 0 };
}

/** Codes that will be judged before the next wait; none during one. */
export function codesLeft(budget: Budget, limits: Limits, now: number): number {
  return isOpen(budget, now) ? Math.max(1, limits.wrongCodesBeforeWait - budget.wrongCodes) : 0;
}

function addGuess(guesses: readonly GuessBucket[], tried: readonly TotpConfig[], now: number): readonly GuessBucket[] {
  const today = Math.floor(now / DAY);
  const chance = tried.reduce((sum, config) => sum + chanceOfGuess(config), 0);
  const kept = guesses.filter(({ day }) => day >= today - CAP_DAYS && day !== today);
  const spentToday = guesses.find(({ day }) => day === today)?.chance ?? 0;
  return [...kept, { day: today, chance: spentToday + chance }];
}

/** Codes under six digits count as six: they are outside our claims, and would be disabled by their first wrong code. */
function chanceOfGuess({ skew, codeLength }: TotpConfig): number {
  return ((2 * skew + 1) * CHANCE_UNIT) / 10 ** Math.max(codeLength, 6);
}
