import { FULL_BUDGET } from '../../../src/domain/budget.js';
import { HOST, isSatisfied } from '../../../src/domain/actor.js';
import type { Entity } from '../../../src/domain/entity.js';
import { endLogin, isLoginOver, noteLogin, requireLogin, traceOf } from '../../../src/domain/login-trace.js';
import {
  contextAt,
  entityWith,
  frozen,
  HOUR,
  newAuthenticator,
  NOW,
  satisfiedOn,
  SECOND,
  sessionOf,
  verifiedFactor,
} from '../entity-builders.js';
import { errorOf, refusalOf } from '../refusal.js';

const context = contextAt(NOW);
const ENROLLED = frozen(entityWith([verifiedFactor(newAuthenticator())]));
const loginIds = (entity: Entity): readonly string[] => entity.logins.map(({ loginId }) => loginId);

describe('what a record keeps of a login', () => {
  it('is nothing as long as nothing was noted', () => {
    expect(traceOf(ENROLLED, 'login-1')).toEqual({
      loginId: 'login-1',
      at: 0,
      wrongRecoveryCodes: 0,
      triedUnlockAt: 0,
      ended: false,
    });
  });

  it('is what was noted last of each thing', () => {
    const noted = noteLogin(ENROLLED, 'login-1', { wrongRecoveryCodes: 2 }, NOW);
    const again = noteLogin(noted, 'login-1', { triedUnlockAt: NOW + SECOND }, NOW + SECOND);
    expect(again.logins).toEqual([
      { loginId: 'login-1', at: NOW + SECOND, wrongRecoveryCodes: 2, triedUnlockAt: NOW + SECOND, ended: false },
    ]);
    expect({ ...again, logins: [] }).toEqual(ENROLLED);
  });

  it('is kept of the twenty that were noted last', () => {
    const names = Array.from({ length: 25 }, (_, index) => `login-${index.toString()}`);
    const all = names.reduce((entity, name) => noteLogin(entity, name, { ended: true }, NOW), ENROLLED);
    expect(loginIds(all)).toEqual(names.slice(5));
    const first = noteLogin(all, 'login-5', {}, NOW);
    expect(loginIds(first)).toEqual([...names.slice(6), 'login-5']);
  });

  it('is kept of twenty that are over beside twenty that tried something: neither pushes out the other', () => {
    const over = endLogin(ENROLLED, 'over', context);
    const names = Array.from({ length: 25 }, (_, index) => `login-${index.toString()}`);
    const tried = names.reduce((entity, name) => noteLogin(entity, name, { wrongRecoveryCodes: 1 }, NOW), over);
    expect(loginIds(tried)).toEqual(['over', ...names.slice(5)]);
    expect(isLoginOver(tried, sessionOf('over'), context)).toBe(true);
    const unlocked = names.reduce((entity, name) => noteLogin(entity, name, { triedUnlockAt: NOW }, NOW), over);
    expect(loginIds(unlocked)).toEqual(['over', ...names.slice(5)]);
    const trying = noteLogin(ENROLLED, 'trying', { wrongRecoveryCodes: 1 }, NOW);
    const ended = names.slice(0, 20).reduce((entity, name) => endLogin(entity, name, context), trying);
    expect(loginIds(ended)).toEqual(['trying', ...names.slice(0, 20)]);
    const both = noteLogin(ended, 'trying too', { wrongRecoveryCodes: 1 }, NOW);
    expect(loginIds(both)).toEqual(['trying', ...names.slice(0, 20), 'trying too']);
  });

  it('that is over is never pushed out by others that are: where there is no room, every grant ends', () => {
    const names = Array.from({ length: 20 }, (_, index) => `login-${index.toString()}`);
    const trying = noteLogin(ENROLLED, 'trying', { wrongRecoveryCodes: 1 }, NOW);
    const full = names.reduce((entity, name) => endLogin(entity, name, context), trying);
    expect(full.epoch).toBe(ENROLLED.epoch);
    expect(endLogin(full, 'login-0', context).epoch).toBe(ENROLLED.epoch);
    expect(endLogin(full, 'one more', contextAt(NOW + 24 * HOUR)).epoch).toBe(ENROLLED.epoch);
    const fallen = endLogin(full, 'one more', context);
    expect(fallen.epoch).not.toBe(ENROLLED.epoch);
    expect(loginIds(fallen)).toEqual(['trying', 'one more']);
    expect(isSatisfied(fallen, satisfiedOn(ENROLLED, 'login-0'), context)).toBe(false);
  });

  it('is of a login that is over nothing of what it tried', () => {
    const tried = noteLogin(ENROLLED, 'login-1', { wrongRecoveryCodes: 3, triedUnlockAt: NOW }, NOW);
    expect(endLogin(tried, 'login-1', context).logins).toEqual([
      { loginId: 'login-1', at: NOW, wrongRecoveryCodes: 0, triedUnlockAt: 0, ended: true },
    ]);
  });

  it('is kept for a day: no grant lives longer', () => {
    const old = noteLogin(ENROLLED, 'login-1', { ended: true }, NOW);
    expect(loginIds(noteLogin(old, 'login-2', {}, NOW + 24 * HOUR - 1))).toEqual(['login-1', 'login-2']);
    expect(loginIds(noteLogin(old, 'login-2', {}, NOW + 24 * HOUR))).toEqual(['login-2']);
  });

  it('is not forgotten while the clock was set back', () => {
    const old = noteLogin(ENROLLED, 'login-1', { ended: true }, NOW);
    expect(loginIds(noteLogin(old, 'login-2', {}, NOW - 48 * HOUR))).toEqual(['login-1', 'login-2']);
  });
});

describe('a login that is over', () => {
  const ended = noteLogin(ENROLLED, 'login-1', { ended: true }, NOW);

  it('is one that was ended, whatever grant its session holds', () => {
    for (const actor of [sessionOf(), satisfiedOn(ended)]) {
      expect(isLoginOver(ended, actor, context)).toBe(true);
      expect(errorOf(() => requireLogin(ended, actor, context))).toMatchObject({
        code: 'first_factor_required',
        message: 'this login is over',
      });
    }
  });

  it('is no other login of the user, nor the host', () => {
    for (const actor of [sessionOf('login-2'), satisfiedOn(ended, 'login-2'), HOST]) {
      expect(refusalOf(() => requireLogin(ended, actor, context))).toBe('not refused');
    }
  });

  it('is none of which something else was noted', () => {
    const noted = noteLogin(ENROLLED, 'login-1', { wrongRecoveryCodes: 4, triedUnlockAt: NOW }, NOW);
    expect(isLoginOver(noted, sessionOf(), context)).toBe(false);
  });
});

describe('when the entity was disabled', () => {
  const disabled = { ...ENROLLED, disabledAt: NOW };
  const seen = (seenSince: number): { login: { loginId: string; loginAt: number; seenSince: number } } => ({
    login: { loginId: 'login-1', loginAt: 0, seenSince },
  });

  it('a login that was seen before and waits for its second factor is over', () => {
    expect(isLoginOver(disabled, sessionOf('login-1', seen(NOW - 1)), context)).toBe(true);
    expect(refusalOf(() => requireLogin(disabled, sessionOf('login-1', seen(0)), context))).toBe(
      'first_factor_required',
    );
  });

  it('and still is, the login goes on: recovery and unlocking are open to it', () => {
    const still = { ...disabled, budget: { ...FULL_BUDGET, disabled: true } };
    expect(isLoginOver(still, sessionOf('login-1', seen(NOW - 1)), context)).toBe(false);
  });

  it('a login that was seen since then goes on', () => {
    for (const seenSince of [NOW, NOW + 1]) {
      expect(isLoginOver(disabled, sessionOf('login-1', seen(seenSince)), context)).toBe(false);
    }
  });

  it('a satisfied one goes on: guesses of others end no session', () => {
    const satisfied = { ...satisfiedOn(disabled), ...seen(0) };
    expect(isLoginOver(disabled, satisfied, context)).toBe(false);
    const stale = { ...satisfiedOn(disabled, 'login-1', { seenAt: NOW - HOUR }), ...seen(0) };
    expect(isLoginOver(disabled, stale, context)).toBe(true);
  });

  it('the host’s own code goes on', () => {
    expect(isLoginOver(disabled, HOST, context)).toBe(false);
  });
});
