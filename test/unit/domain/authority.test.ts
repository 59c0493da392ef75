import { HOST, isSatisfied, requireEnrollment, requireManagement, type Actor } from '../../../src/domain/actor.js';
import type { Entity } from '../../../src/domain/entity.js';
import { isGrantAlive, isGrantFresh, isGrantValid, type Grant } from '../../../src/domain/grant.js';
import {
  contextAt,
  DAY,
  entityWith,
  grantOn,
  HOUR,
  IDENTITY,
  MINUTE,
  newAuthenticator,
  NOW,
  satisfiedOn,
  sessionOf,
  SETTINGS,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const NEW = entityWith([]);
const ENROLLING = entityWith([unverifiedFactor(newAuthenticator())]);
const EMPTIED = entityWith([], { everVerified: true });
const ENROLLED = entityWith([verifiedFactor(newAuthenticator())]);
const limits = SETTINGS.grant;

const manage = (entity: Entity, actor: Actor, now = NOW): string =>
  refusalOf(() => requireManagement(entity, actor, contextAt(now)));
const enroll = (entity: Entity, actor: Actor, now = NOW): string =>
  refusalOf(() => requireEnrollment(entity, actor, contextAt(now)));
const isValid = (grant: Grant, entity = ENROLLED, now = NOW): boolean =>
  isGrantValid(grant, { identity: IDENTITY, loginId: 'login-1' }, entity, limits, now);

describe('a grant', () => {
  it('counts for the login, identity and epoch that it was made for', () => {
    expect(isValid(grantOn(ENROLLED))).toBe(true);
  });

  it.each<readonly [string, Partial<Grant>]>([
    ['another identity', { identity: 'user-2' }],
    ['another login of the same user', { loginId: 'login-2' }],
    ['an older epoch', { epoch: 'fedcba9876543210' }],
    ['a factor that is gone', { factorSid: 'YF00000000000000000000000000000000' }],
  ])('of %s counts for nothing', (_of, differing) => {
    expect(isValid(grantOn(ENROLLED, differing))).toBe(false);
  });

  it('of a factor that was never verified counts for nothing', () => {
    const sid = ENROLLING.factors.map((factor) => factor.sid).join();
    expect(isValid(grantOn(ENROLLING, { factorSid: sid }), ENROLLING)).toBe(false);
  });

  it('of the session that removed its own factor goes on', () => {
    expect(isValid(grantOn(ENROLLED, { factorSid: null }))).toBe(true);
  });

  it('lives 24 hours, however much it is used', () => {
    const used = (at: number): boolean => isGrantAlive(grantOn(ENROLLED, { seenAt: at }), limits, at);
    expect(used(NOW + DAY - 1)).toBe(true);
    expect(used(NOW + DAY)).toBe(false);
    expect(isValid(grantOn(ENROLLED, { seenAt: NOW + DAY }), ENROLLED, NOW + DAY)).toBe(false);
  });

  it('dies after an hour without a request', () => {
    const grant = grantOn(ENROLLED, { seenAt: NOW + HOUR });
    expect(isGrantAlive(grant, limits, NOW + 2 * HOUR - 1)).toBe(true);
    expect(isGrantAlive(grant, limits, NOW + 2 * HOUR)).toBe(false);
  });

  it('is fresh from when the factor was shown, not from when it was last used', () => {
    const grant = grantOn(ENROLLED, { seenAt: NOW + 30 * MINUTE });
    expect(isGrantFresh(grant, 10 * MINUTE, NOW + 10 * MINUTE - 1)).toBe(true);
    expect(isGrantFresh(grant, 10 * MINUTE, NOW + 10 * MINUTE)).toBe(false);
  });
});

describe('a session is satisfied', () => {
  it.each<readonly [string, boolean, Actor]>([
    ['with a valid grant', true, satisfiedOn(ENROLLED)],
    ['without one', false, sessionOf()],
    ['with the grant of another login', false, sessionOf('login-2', { grant: grantOn(ENROLLED) })],
    [
      'with the grant of another user',
      false,
      sessionOf('login-1', { grant: grantOn(ENROLLED, { identity: 'user-2' }) }),
    ],
    ['where it is the host’s own code', true, HOST],
  ])('%s: %s', (_with, satisfied, actor) => {
    expect(isSatisfied(ENROLLED, actor, contextAt(NOW))).toBe(satisfied);
  });
});

describe('once a verified factor exists', () => {
  it.each<readonly [string, string, Actor]>([
    ['a fresh grant', 'not refused', satisfiedOn(ENROLLED)],
    ['the host’s own code', 'not refused', HOST],
    ['no grant, though the login is recent and may enroll', 'step_up_required', sessionOf()],
    ['a grant of an older epoch', 'step_up_required', satisfiedOn(ENROLLED, 'login-1', { epoch: 'older' })],
    ['a grant of another login', 'step_up_required', sessionOf('login-2', { grant: grantOn(ENROLLED) })],
    ['a grant of another user', 'step_up_required', satisfiedOn(ENROLLED, 'login-1', { identity: 'user-2' })],
    ['a grant of a factor that is gone', 'step_up_required', satisfiedOn(ENROLLED, 'login-1', { factorSid: 'YF0' })],
    ['a grant that was idle', 'step_up_required', satisfiedOn(ENROLLED, 'login-1', { seenAt: NOW - HOUR })],
    [
      'a grant older than ten minutes',
      'step_up_required',
      satisfiedOn(ENROLLED, 'login-1', { authAt: NOW - 10 * MINUTE }),
    ],
    ['one of nearly ten minutes', 'not refused', satisfiedOn(ENROLLED, 'login-1', { authAt: NOW - 10 * MINUTE + 1 })],
  ])('with %s the management of factors is %s', (_with, refusal, actor) => {
    expect(manage(ENROLLED, actor)).toBe(refusal);
    expect(enroll(ENROLLED, actor)).toBe(refusal);
  });

  it('a further factor needs neither a recent login nor canEnroll, but the grant', () => {
    const actor = {
      ...satisfiedOn(ENROLLED),
      mayEnroll: false,
      login: { loginId: 'login-1', loginAt: 0, seenSince: NOW },
    };
    expect(enroll(ENROLLED, actor)).toBe('not refused');
  });
});

describe.each([
  ['a new record', NEW],
  ['a record with an unverified factor only', ENROLLING],
  ['a record that was emptied', EMPTIED],
])('on %s', (_state, entity) => {
  it('every login of the user may manage what is its own', () => {
    expect(manage(entity, sessionOf())).toBe('not refused');
  });

  it('a recent login that the host lets enroll may create a factor', () => {
    expect(enroll(entity, sessionOf())).toBe('not refused');
    expect(enroll(entity, sessionOf(), NOW + 10 * MINUTE - 1)).toBe('not refused');
  });

  it('a login of ten minutes ago may not', () => {
    expect(enroll(entity, sessionOf(), NOW + 10 * MINUTE)).toBe('recent_login_required');
  });

  it('a login that a clock, set back since, will reach in ten minutes may not', () => {
    expect(enroll(entity, sessionOf(), NOW - 10 * MINUTE + 1)).toBe('not refused');
    expect(enroll(entity, sessionOf(), NOW - 10 * MINUTE)).toBe('recent_login_required');
  });

  it('a login of an unknown time may not', () => {
    expect(enroll(entity, sessionOf('login-1', { login: { loginId: 'login-1', loginAt: 0, seenSince: NOW } }))).toBe(
      'recent_login_required',
    );
  });

  it('a login that canEnroll refuses may not, however recent', () => {
    expect(enroll(entity, sessionOf('login-1', { mayEnroll: false }))).toBe('enrollment_refused');
  });

  it('the host’s own code may', () => {
    expect(enroll(entity, HOST)).toBe('not refused');
  });
});
