import fc from 'fast-check';
import {
  chargeWrongCode,
  codesLeft,
  FULL_BUDGET,
  requireOpenBudget,
  restoreBudget,
  type Budget,
} from '../../../src/domain/budget.js';
import { DEFAULT_TOTP } from '../../../src/domain/totp-config.js';
import type { TotpConfig } from '../../../src/domain/totp.js';
import { DAY, HOUR, MINUTE, NOW, SECOND, SETTINGS } from '../entity-builders.js';
import { errorOf, refusalOf } from '../refusal.js';

const { limits } = SETTINGS;
const ONE_FACTOR = [DEFAULT_TOTP];

function charge(budget: Budget, now = NOW, tried: readonly TotpConfig[] = ONE_FACTOR): Budget {
  return chargeWrongCode(budget, tried, limits, now);
}

/** The budget after so many consecutive wrong codes, each tried as soon as it would be judged. */
function afterWrongCodes(count: number): { readonly budget: Budget; readonly now: number } {
  let budget = FULL_BUDGET;
  let now = NOW;
  for (let wrong = 0; wrong < count; wrong += 1) {
    now = Math.max(now, budget.lockedUntil);
    budget = charge(budget, now);
  }
  return { budget, now };
}

/** How many wrong codes, with a right one after each, are judged until the rolling cap disables. */
function codesUntilDisabled(tried: readonly TotpConfig[], at: (index: number) => number): number {
  let budget = FULL_BUDGET;
  for (let count = 1; count <= 20_000; count += 1) {
    budget = chargeWrongCode(budget, tried, limits, at(count));
    if (budget.disabled) return count;
    budget = restoreBudget(budget);
  }
  return Infinity;
}

describe('consecutive wrong codes', () => {
  it('four cost nothing but their count', () => {
    const { budget, now } = afterWrongCodes(4);
    expect(budget).toMatchObject({ wrongCodes: 4, lockedUntil: 0, disabled: false });
    expect(refusalOf(() => requireOpenBudget(budget, now))).toBe('not refused');
    expect(codesLeft(budget, limits, now)).toBe(1);
  });

  it.each([
    [5, 30 * SECOND],
    [6, MINUTE],
    [7, 2 * MINUTE],
    [8, 4 * MINUTE],
    [9, 8 * MINUTE],
    [10, 16 * MINUTE],
    [11, 32 * MINUTE],
    [12, HOUR],
    [13, HOUR],
    [19, HOUR],
  ])('the %ith starts a wait of %i ms', (count, wait) => {
    const { budget, now } = afterWrongCodes(count);
    expect(budget.lockedUntil - now).toBe(wait);
    expect(budget.disabled).toBe(false);
    expect(codesLeft(budget, limits, now)).toBe(0);
    // Waited out, one more code is judged.
    expect(codesLeft(budget, limits, now + wait)).toBe(1);
  });

  it('the 20th disables', () => {
    expect(afterWrongCodes(19).budget.disabled).toBe(false);
    const { budget } = afterWrongCodes(20);
    expect(budget.disabled).toBe(true);
    expect(refusalOf(() => requireOpenBudget(budget, NOW + 365 * DAY))).toBe('disabled');
  });

  it('the waits of twenty come to nine hours: guessing cannot be hurried', () => {
    const { now } = afterWrongCodes(20);
    expect((now - NOW) / HOUR).toBeGreaterThan(9);
  });

  it('are forgotten with a right code, and the next wait is the first one again', () => {
    const { budget, now } = afterWrongCodes(7);
    const restored = restoreBudget(budget);
    expect(restored).toMatchObject({ wrongCodes: 0, lockedUntil: 0 });
    let again = restored;
    for (let wrong = 0; wrong < 5; wrong += 1) again = charge(again, now);
    expect(again.lockedUntil - now).toBe(30 * SECOND);
  });

  it('a right code does not open a disabled budget', () => {
    expect(restoreBudget(afterWrongCodes(20).budget).disabled).toBe(true);
  });
});

describe('a wait', () => {
  const { budget, now } = afterWrongCodes(5);

  it('refuses with the seconds that are left, rounded up', () => {
    expect(errorOf(() => requireOpenBudget(budget, now))).toMatchObject({ code: 'locked', retryAfter: 30 });
    expect(errorOf(() => requireOpenBudget(budget, now + 1))).toMatchObject({ code: 'locked', retryAfter: 30 });
    expect(errorOf(() => requireOpenBudget(budget, now + 29_999))).toMatchObject({ code: 'locked', retryAfter: 1 });
  });

  it('ends at its very millisecond', () => {
    expect(refusalOf(() => requireOpenBudget(budget, now + 30_000))).toBe('not refused');
  });
});

describe('the rolling cap', () => {
  it('disables at the 100th wrong code against one default factor, though right codes come between', () => {
    expect(codesUntilDisabled(ONE_FACTOR, () => NOW)).toBe(100);
  });

  it('counts over days: five a day disable on the twentieth', () => {
    expect(codesUntilDisabled(ONE_FACTOR, (count) => NOW + Math.floor((count - 1) / 5) * DAY)).toBe(100);
  });

  it('never disables who makes three wrong codes a day', () => {
    expect(codesUntilDisabled(ONE_FACTOR, (count) => NOW + Math.floor(count / 3) * DAY)).toBe(Infinity);
  });

  it.each<readonly [string, number, Partial<TotpConfig>]>([
    ['skew 0 is guessed three times less often', 300, { skew: 0 }],
    ['skew 2 is guessed more often', 60, { skew: 2 }],
    ['seven digits are guessed ten times less often', 1000, { codeLength: 7 }],
    ['eight digits are guessed a hundred times less often', 10_000, { codeLength: 8 }],
    ['codes under six digits count as six: outside our claims, but of use', 100, { codeLength: 4 }],
  ])('%s: %i wrong codes', (_title, count, config) => {
    expect(codesUntilDisabled([{ ...DEFAULT_TOTP, ...config }], () => NOW)).toBe(count);
  });

  it('a guess against five factors costs five times as much', () => {
    expect(
      codesUntilDisabled(
        Array.from({ length: 5 }, () => DEFAULT_TOTP),
        () => NOW,
      ),
    ).toBe(20);
  });

  it('adds up what was tried against factors of any kind', () => {
    let budget = FULL_BUDGET;
    const disabledAt = Array.from({ length: 200 }, (_, index) => index + 1).filter((count) => {
      const tried = [{ ...DEFAULT_TOTP, skew: count % 2 }];
      budget = restoreBudget(chargeWrongCode(budget, tried, limits, NOW));
      return budget.disabled;
    });
    expect(disabledAt[0]).toBe(150);
  });

  it('forgets a guess after thirty days, and never before: its buckets only over-count', () => {
    const anyGuesses = fc.array(fc.nat(45 * DAY), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(anyGuesses, (offsets) => {
        const instants = offsets.map((offset) => NOW + offset).sort((a, b) => a - b);
        let budget = FULL_BUDGET;
        instants.forEach((now, index) => {
          budget = restoreBudget(charge(budget, now));
          const counted = budget.guesses.reduce((sum, { chance }) => sum + chance, 0) / 300;
          const judged = instants.slice(0, index + 1);
          expect(counted).toBeGreaterThanOrEqual(judged.filter((then) => now - then < 30 * DAY).length);
          expect(counted).toBeLessThanOrEqual(judged.filter((then) => now - then < 31 * DAY).length);
        });
      }),
    );
  });

  it('after 31 days all is free again', () => {
    let budget = FULL_BUDGET;
    for (let wrong = 0; wrong < 99; wrong += 1) budget = restoreBudget(charge(budget));
    expect(charge(budget).disabled).toBe(true);
    const later = charge(budget, NOW + 31 * DAY);
    expect(later.disabled).toBe(false);
    expect(later.guesses).toHaveLength(1);
  });

  it('is kept in at most 31 buckets', () => {
    let budget = FULL_BUDGET;
    for (let day = 0; day < 100; day += 1) budget = restoreBudget(charge(budget, NOW + day * DAY));
    expect(budget.guesses).toHaveLength(31);
  });

  it('is not outrun by a clock that jumps back', () => {
    let budget = FULL_BUDGET;
    for (let wrong = 0; wrong < 99; wrong += 1) budget = restoreBudget(charge(budget, NOW - (wrong % 3) * DAY));
    expect(charge(budget, NOW - 40 * DAY).disabled).toBe(true);
  });
});
