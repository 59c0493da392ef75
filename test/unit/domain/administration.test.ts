import { openEntity, resetEntity } from '../../../src/domain/administration.js';
import type { Budget } from '../../../src/domain/budget.js';
import { newEntity, type Entity } from '../../../src/domain/entity.js';
import { isGrantValid } from '../../../src/domain/grant.js';
import { standingOf } from '../../../src/domain/standing.js';
import {
  contextAt,
  entityWith,
  frozen,
  grantOn,
  IDENTITY,
  MINUTE,
  newAuthenticator,
  newRecoverySet,
  NOW,
  pendingChallenge,
  repeatableRandom,
  SETTINGS,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';

const context = contextAt(NOW);
const guesses = [{ day: 20_777, chance: 29_000 }];
const WAITING: Budget = { wrongCodes: 9, lockedUntil: NOW + MINUTE, disabled: false, guesses };
const DISABLED: Budget = { ...WAITING, wrongCodes: 20, disabled: true };

const FULL = frozen(
  entityWith([verifiedFactor(newAuthenticator()), unverifiedFactor(newAuthenticator())], {
    challenges: [pendingChallenge(), pendingChallenge({ status: 'approved', respondedAt: NOW })],
    budget: WAITING,
    disabledAt: NOW,
    recoveryCodes: newRecoverySet().set,
    renewal: { ...newRecoverySet(), loginId: null, expiresAt: NOW + MINUTE },
    logins: [{ loginId: 'login-1', at: NOW, wrongRecoveryCodes: 5, triedUnlockAt: NOW, ended: true }],
  }),
);

describe('a reset', () => {
  it('takes every factor, challenge and recovery code away, and is told', () => {
    const done = resetEntity(FULL, context);
    expect(done.entity).toMatchObject({ factors: [], challenges: [], recoveryCodes: null, renewal: null });
    expect(done.answer).toBeNull();
    expect(done.events).toMatchObject([{ type: 'entity.reset', factorSid: null }]);
  });

  it('ends every grant', () => {
    const { entity } = resetEntity(FULL, context);
    const grant = { ...grantOn(FULL), factorSid: null };
    const of = { identity: IDENTITY, loginId: 'login-1' };
    expect(isGrantValid(grant, of, FULL, SETTINGS.grant, NOW)).toBe(true);
    expect(isGrantValid(grant, of, entity, SETTINGS.grant, NOW)).toBe(false);
  });

  it('brings no ended login back, nor one that was waiting when the entity was disabled', () => {
    const { logins, disabledAt } = resetEntity(FULL, context).entity;
    expect({ logins, disabledAt }).toEqual({ logins: FULL.logins, disabledAt: NOW });
  });

  it.each<readonly [string, Budget, Budget]>([
    ['waiting goes on waiting', WAITING, WAITING],
    ['disabled is open', DISABLED, { wrongCodes: 0, lockedUntil: 0, disabled: false, guesses }],
  ])('of an entity that is %s, and what was guessed stays counted', (_what, budget, after) => {
    expect(resetEntity({ ...FULL, budget }, context).entity.budget).toEqual(after);
  });

  it.each<readonly [string, Entity]>([
    ['a user of ours', FULL],
    ['a user whose record is lost', newEntity(repeatableRandom('lost'))],
  ])('of %s lets the policy decide, also where the host knows of a factor', (_who, entity) => {
    const after = resetEntity(entity, context).entity;
    expect(standingOf(after, 'required', true)).toBe('enrollment_required');
    expect(standingOf(after, 'optional', true)).toBe('not_required');
  });
});

describe('the administrator’s unlock', () => {
  it.each([
    ['waiting', WAITING],
    ['disabled', DISABLED],
  ])('opens a budget that is %s, and changes nothing else', (_state, budget) => {
    const done = openEntity({ ...FULL, budget }, context);
    expect(done.entity).toEqual({
      ...FULL,
      budget: { wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] },
    });
    expect(done.answer).toBeNull();
    expect(done.events).toMatchObject([{ type: 'entity.unlocked', reason: 'administrator', factorSid: null }]);
  });

  it('of a budget that is open, or is again, tells nobody, and takes what was guessed', () => {
    for (const lockedUntil of [0, context.now]) {
      const done = openEntity({ ...FULL, budget: { ...WAITING, lockedUntil } }, context);
      expect(done.entity.budget).toEqual({ wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] });
      expect(done.events).toEqual([]);
    }
  });
});
