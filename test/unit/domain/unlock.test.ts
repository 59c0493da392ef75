import type { Budget } from '../../../src/domain/budget.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import { lastStepOfRow } from '../../../src/domain/code-match.js';
import type { DecisionContext, Entity } from '../../../src/domain/entity.js';
import { traceOf } from '../../../src/domain/login-trace.js';
import { unlockEntity, type CodeRow } from '../../../src/domain/unlock.js';
import type { Authenticator } from '../authenticator.js';
import {
  codeProof,
  contextAt,
  DAY,
  entityWith,
  factorIn,
  frozen,
  MINUTE,
  newAuthenticator,
  NOW,
  nth,
  SECOND,
  sessionOf,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { errorOf, refusalOf } from '../refusal.js';

const guesses = [{ day: 20_777, chance: 29_000 }];
const DISABLED: Budget = { wrongCodes: 20, lockedUntil: NOW + MINUTE, disabled: true, guesses };
const WAITING: Budget = { wrongCodes: 9, lockedUntil: NOW + MINUTE, disabled: false, guesses };

const context = contextAt(NOW);
const actor = sessionOf();
const authenticator = newAuthenticator();
const factor = verifiedFactor(authenticator);
const present = authenticator.stepAt(NOW);
const LOCKED = lockedWith(authenticator);

function lockedWith(of: Authenticator, differing: Parameters<typeof verifiedFactor>[1] = {}): Entity {
  return frozen(
    entityWith([of === authenticator ? { ...factor, ...differing } : verifiedFactor(of, differing)], {
      budget: DISABLED,
    }),
  );
}

/** Codes of these steps, seen from now. */
function rowOf([first, second, third]: readonly [number, number, number], of = authenticator): CodeRow {
  const step = of.stepAt(NOW);
  return [of.codeOf(step + first), of.codeOf(step + second), of.codeOf(step + third)];
}

const unlock = (entity: Entity, row: CodeRow, at: DecisionContext = context): ReturnType<typeof unlockEntity> =>
  unlockEntity(entity, actor, row, at);

const WRONG = { status: 'locked', reason: 'incorrect_code', retryAfter: 10 };

describe('three codes in a row, the oldest first', () => {
  it.each([
    ['disabled', DISABLED],
    ['waiting', WAITING],
  ])('open a budget that is %s, with all that was guessed in it', (_state, budget) => {
    const done = unlock({ ...LOCKED, budget }, rowOf([-2, -1, 0]));
    expect(done.answer).toEqual({ status: 'unlocked', factorSid: factor.sid });
    expect(done.entity.budget).toEqual({ wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] });
    expect(done.events).toMatchObject([{ type: 'entity.unlocked', factorSid: factor.sid, reason: 'codes' }]);
  });

  it('are spent: none of them is accepted afterwards, nor one before', () => {
    const { entity } = unlock(LOCKED, rowOf([-2, -1, 0]));
    expect(factorIn(entity, factor.sid)).toMatchObject({ lastStep: present, updatedAt: NOW });
    for (const later of [-1, 0]) {
      const proof = codeProof(authenticator.codeAt(NOW, later));
      expect(createChallenge(entity, actor, { proof }, context).answer).toMatchObject({ reason: 'code_already_used' });
    }
    const next = codeProof(authenticator.codeAt(NOW, 1));
    expect(createChallenge(entity, actor, { proof: next }, context).answer.status).toBe('approved');
  });

  it('are told with no epoch changed and no login counted', () => {
    const { entity } = unlock(LOCKED, rowOf([-2, -1, 0]));
    expect(entity.epoch).toBe(LOCKED.epoch);
    expect(entity.logins).toEqual([]);
  });

  it.each([-1, 0, 1])('may end anywhere in the window: now%i', (last) => {
    expect(unlock(LOCKED, rowOf([last - 2, last - 1, last])).answer.status).toBe('unlocked');
  });

  it.each([-2, -3, -20, 2, 3, 20])('may not end outside of it: now%i', (last) => {
    expect(unlock(LOCKED, rowOf([last - 2, last - 1, last])).answer).toEqual(WRONG);
  });

  it.each<readonly [number, readonly number[], readonly number[]]>([
    [0, [0], [-2, -1, 1, 2]],
    [2, [-2, -1, 0, 1, 2], [-3, 3]],
  ])('of a factor with skew %i may end at now%j, and not at now%j', (skew, accepted, refused) => {
    const other = newAuthenticator({ skew });
    const entity = lockedWith(other);
    for (const last of accepted) {
      expect(unlock(entity, rowOf([last - 2, last - 1, last], other)).answer.status).toBe('unlocked');
    }
    for (const last of refused) expect(unlock(entity, rowOf([last - 2, last - 1, last], other)).answer).toEqual(WRONG);
  });

  it('are of one factor, whichever it is', () => {
    const others = [newAuthenticator(), newAuthenticator({ codeLength: 8 }), newAuthenticator({ timeStep: 60 })];
    const factors = others.map((other) => verifiedFactor(other));
    const entity = frozen(entityWith([factor, ...factors], { budget: DISABLED }));
    others.forEach((other, index) => {
      const { sid } = nth(factors, index);
      const done = unlock(entity, rowOf([-2, -1, 0], other));
      expect(done.answer).toEqual({ status: 'unlocked', factorSid: sid });
      expect(done.entity.factors.filter(({ updatedAt }) => updatedAt === NOW).map((burned) => burned.sid)).toEqual([
        sid,
      ]);
    });
  });

  it('that two factors have burn both', () => {
    const twin = verifiedFactor(authenticator);
    const { entity } = unlock(frozen(entityWith([factor, twin], { budget: DISABLED })), rowOf([-2, -1, 0]));
    expect(entity.factors).toMatchObject([{ lastStep: present }, { lastStep: present }]);
  });

  it('work at the first steps of time itself', () => {
    const early = contextAt(authenticator.config.timeStep * 1000);
    const row: CodeRow = [authenticator.codeOf(0), authenticator.codeOf(1), authenticator.codeOf(2)];
    const entity = { ...lockedWith(authenticator, { lastStep: -1, createdAt: 0 }), budget: DISABLED };
    expect(unlock(entity, row, early).answer.status).toBe('unlocked');
    const before: CodeRow = [authenticator.wrongCode(0), authenticator.codeOf(0), authenticator.codeOf(1)];
    expect(unlock(entity, before, early).answer).toEqual(WRONG);
  });
});

describe('any other three codes', () => {
  const wrong = authenticator.wrongCode(NOW);
  const other = newAuthenticator();
  const [a, b, c] = rowOf([-2, -1, 0]);
  const [otherA, otherB] = rowOf([-2, -1, 0], other);

  it.each<readonly [string, CodeRow]>([
    ['the newest first', [c, b, a]],
    ['the last two changed', [a, c, b]],
    ['the first two changed', [b, a, c]],
    ['a step left out', rowOf([-3, -1, 0])],
    ['the last one left out', rowOf([-2, -1, 1])],
    ['a step twice', [b, b, c]],
    ['one code three times', [c, c, c]],
    ['the first one wrong', [wrong, b, c]],
    ['the second one wrong', [a, wrong, c]],
    ['the third one wrong', [a, b, wrong]],
    ['the first one of another factor', [otherA, b, c]],
    ['the second one of another factor', [a, otherB, c]],
    ['two of another factor', [otherA, otherB, c]],
  ])('%s: are one wrong answer, and which of them was wrong is not told', (_what, row) => {
    const entity = frozen(entityWith([factor, verifiedFactor(other)], { budget: DISABLED }));
    const done = unlock(entity, row);
    expect(done.answer).toEqual(WRONG);
    expect(done.events).toMatchObject([{ type: 'entity.unlock_rejected', reason: 'incorrect_code' }]);
    expect({ ...done.entity, logins: [] }).toEqual(entity);
    expect(done.entity.logins).toMatchObject([{ loginId: 'login-1', triedUnlockAt: NOW, ended: false }]);
  });

  it.each([
    [-2, 'the first one used', WRONG],
    [-1, 'the second one used too', WRONG],
    [0, 'all three used', WRONG],
    [-3, 'the one before used', { status: 'unlocked', factorSid: factor.sid }],
  ])('with lastStep now%i, %s: are judged so', (last, _what, answer) => {
    expect(unlock(lockedWith(authenticator, { lastStep: present + last }), [a, b, c]).answer).toEqual(answer);
  });

  it('of steps that a lost write may have burned are wrong: all three must be of after it', () => {
    const since = NOW - DAY / 2;
    const later = since + 5 * 30 * SECOND;
    const stepThen = authenticator.stepAt(since);
    const entity = { ...LOCKED, budget: { ...DISABLED, lockedUntil: later + MINUTE } };
    const rowFrom = (first: number): CodeRow => [
      authenticator.codeOf(first),
      authenticator.codeOf(first + 1),
      authenticator.codeOf(first + 2),
    ];
    // The quarantine ends with the window of `since`; a row after it ends three steps later.
    const at = (last: number): DecisionContext => contextAt(last * 30 * SECOND, { since });
    expect(unlock(entity, rowFrom(stepThen + 1), at(stepThen + 3)).answer).toEqual(WRONG);
    expect(unlock(entity, rowFrom(stepThen + 2), at(stepThen + 4)).answer.status).toBe('unlocked');
  });

  it('are of verified factors only', () => {
    const enrolling = unverifiedFactor(other);
    const entity = frozen(entityWith([factor, enrolling], { budget: DISABLED }));
    expect(unlock(entity, rowOf([-2, -1, 0], other)).answer).toEqual(WRONG);
  });

  it('are wrong where there are fewer: no row is in a row', () => {
    expect(lastStepOfRow(factor, [], context)).toBeNull();
  });
});

describe('a try to unlock', () => {
  const right = rowOf([-2, -1, 0]);
  const tried = frozen(unlock(LOCKED, rowOf([-3, -1, 0])).entity);

  it('is judged once in ten seconds, even the right one, and a refusal puts nothing off', () => {
    for (const [ms, retryAfter] of [
      [0, 10],
      [1, 10],
      [SECOND, 9],
      [10 * SECOND - 1, 1],
    ] as const) {
      expect(errorOf(() => unlock(tried, right, contextAt(NOW + ms)))).toMatchObject({
        code: 'too_many_attempts',
        retryAfter,
      });
    }
    expect(unlock(tried, right, contextAt(NOW + 10 * SECOND)).answer.status).toBe('unlocked');
  });

  it('of another login is judged at once: nobody waits for the tries of others', () => {
    expect(unlockEntity(tried, sessionOf('login-2'), right, context).answer.status).toBe('unlocked');
  });

  it('is put off by no more than that where the clock was set back', () => {
    const later = frozen(unlock(LOCKED, rowOf([-3, -1, 0]), contextAt(NOW + DAY)).entity);
    expect(unlock(later, right).answer.status).toBe('unlocked');
  });

  it('that was wrong again is noted anew', () => {
    const again = unlock(tried, rowOf([-3, -1, 0]), contextAt(NOW + 10 * SECOND));
    expect(traceOf(again.entity, 'login-1').triedUnlockAt).toBe(NOW + 10 * SECOND);
  });

  it.each<readonly [string, CodeRow]>([
    ['of another length', ['12345', '12345', '12345']],
    ['of which one has another length', [right[0], '1234567', right[2]]],
    ['of which the last has another length', [right[0], right[1], '12345678']],
  ])('with codes %s is malformed: it is no try', (_what, row) => {
    expect(refusalOf(() => unlock(LOCKED, row))).toBe('malformed_code');
    expect(refusalOf(() => unlock(tried, row))).toBe('malformed_code');
    expect(LOCKED.logins).toEqual([]);
  });

  it('with codes of the lengths of two factors is malformed: they are of one', () => {
    const eight = newAuthenticator({ codeLength: 8 });
    const entity = frozen(entityWith([factor, verifiedFactor(eight)], { budget: DISABLED }));
    expect(refusalOf(() => unlock(entity, [eight.codeAt(NOW, -2), right[1], right[2]]))).toBe('malformed_code');
  });

  it.each<readonly [string, Budget]>([
    ['never spent', { wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] }],
    ['of which a code is left', { wrongCodes: 4, lockedUntil: 0, disabled: false, guesses }],
    ['whose wait is over', { ...WAITING, lockedUntil: NOW }],
  ])('of a budget %s is refused: there is nothing to open', (_what, budget) => {
    expect(refusalOf(() => unlock({ ...LOCKED, budget }, right))).toBe('not_locked');
  });

  it('of a user without a factor is refused', () => {
    expect(refusalOf(() => unlock({ ...LOCKED, factors: [] }, right))).toBe('enrollment_required');
  });
});
