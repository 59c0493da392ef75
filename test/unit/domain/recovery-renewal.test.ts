import { HOST, type Actor } from '../../../src/domain/actor.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import { withoutExpired, type Decision, type Entity } from '../../../src/domain/entity.js';
import { importFactor } from '../../../src/domain/enrollment.js';
import { removeFactor } from '../../../src/domain/factor.js';
import { isGrantValid } from '../../../src/domain/grant.js';
import {
  confirmRecoveryCodes,
  createRecoveryCodes,
  madeRecoveryCodes,
  type RecoveryConfirmation,
} from '../../../src/domain/recovery-renewal.js';
import {
  contextAt,
  entityWith,
  eventTypes,
  frozen,
  grantOn,
  IDENTITY,
  MINUTE,
  newAuthenticator,
  newRecoverySet,
  NOW,
  nth,
  recoveryProof,
  satisfiedOn,
  sessionOf,
  SETTINGS,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf, toldBy } from '../refusal.js';

const context = contextAt(NOW);
const OLD = newRecoverySet();
const ENROLLED = frozen(entityWith([verifiedFactor(newAuthenticator())], { recoveryCodes: OLD.set }));
const actor = satisfiedOn(ENROLLED);
const canonical = (written: string): string => written.replaceAll('-', '');

/** ENROLLED after `login-1` was shown a new set. */
function renewing(): { entity: Entity; id: string; codes: readonly string[] } {
  const { entity, answer } = createRecoveryCodes(ENROLLED, actor, context);
  return { entity: frozen(entity), id: answer.id, codes: answer.codes };
}

function confirmBy(entity: Entity, id: string, code: string, by: Actor = actor): Decision<RecoveryConfirmation> {
  return confirmRecoveryCodes(entity, by, { id, code: canonical(code) }, context);
}

const accepts = (entity: Entity, code: string): boolean =>
  createChallenge(entity, sessionOf('login-9'), { proof: recoveryProof(code) }, context).answer.status === 'approved';

describe('making recovery codes', () => {
  it('shows ten, which can be confirmed for ten minutes', () => {
    const made = createRecoveryCodes(ENROLLED, actor, context);
    expect(made.answer).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      codes: made.answer.codes,
      expiresAt: NOW + 10 * MINUTE,
    });
    expect(made.answer.codes).toHaveLength(10);
    expect(made.entity.renewal).toMatchObject({ loginId: 'login-1', expiresAt: NOW + 10 * MINUTE });
    expect(eventTypes(made)).toEqual(['recovery_codes.created']);
  });

  it('changes nothing else: no code counts before it is confirmed, and the old ones go on', () => {
    const { entity, codes } = renewing();
    expect({ ...entity, renewal: null }).toEqual(ENROLLED);
    expect(codes.map((code) => accepts(entity, code))).toEqual(codes.map(() => false));
    expect(OLD.codes.map((code) => accepts(entity, code))).toEqual(codes.map(() => true));
  });

  it('for the first time leaves the user without any until they are confirmed', () => {
    const none = { ...ENROLLED, recoveryCodes: null };
    const made = createRecoveryCodes(none, actor, context);
    expect(made.entity.recoveryCodes).toBeNull();
    expect(accepts(made.entity, nth(made.answer.codes, 0))).toBe(false);
  });

  it('again replaces what was not confirmed', () => {
    const first = renewing();
    const second = createRecoveryCodes(first.entity, actor, context);
    expect(second.answer.id).not.toBe(first.id);
    expect(refusalOf(() => confirmBy(second.entity, first.id, nth(first.codes, 0)))).toBe('not_found');
  });

  it.each([
    ['no grant', sessionOf()],
    ['a grant of eleven minutes ago', satisfiedOn(ENROLLED, 'login-1', { authAt: NOW - 11 * MINUTE })],
    ['a grant of an older epoch', satisfiedOn(ENROLLED, 'login-1', { epoch: 'older' })],
  ])('with %s is refused', (_what, asking) => {
    expect(refusalOf(() => createRecoveryCodes(ENROLLED, asking, context))).toBe('step_up_required');
  });

  it.each([
    ['no factor', entityWith([])],
    ['an unverified factor only', entityWith([unverifiedFactor(newAuthenticator())])],
  ])('with %s is refused: they stand in for a factor', (_what, entity) => {
    for (const asking of [sessionOf(), HOST]) {
      expect(refusalOf(() => createRecoveryCodes(entity, asking, context))).toBe('enrollment_required');
    }
  });

  it('by the host’s own code needs no grant', () => {
    const made = createRecoveryCodes(ENROLLED, HOST, context);
    expect(made.entity.renewal).toMatchObject({ loginId: null });
    expect(confirmBy(made.entity, made.answer.id, nth(made.answer.codes, 0), HOST).answer.status).toBe('confirmed');
  });
});

describe('confirming recovery codes', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('by code %i puts the new set in place of the old one', (index) => {
    const { entity, id, codes } = renewing();
    const confirmed = confirmBy(entity, id, nth(codes, index));
    expect(confirmed.answer).toEqual({ status: 'confirmed', left: 10 });
    expect(confirmed.entity.recoveryCodes).toBe(entity.renewal?.set);
    expect(confirmed.entity.renewal).toBeNull();
    expect(confirmed.events).toMatchObject([{ type: 'recovery_codes.confirmed', recoveryCodesLeft: 10 }]);
    expect(OLD.codes.map((code) => accepts(confirmed.entity, code))).toEqual(codes.map(() => false));
  });

  it('uses none up, also not the one that was shown', () => {
    const { entity, id, codes } = renewing();
    const confirmed = confirmBy(entity, id, nth(codes, 0)).entity;
    expect(codes.map((code) => accepts(confirmed, code))).toEqual(codes.map(() => true));
  });

  it('ends every older grant, and an enrollment that was begun', () => {
    const begun = { ...ENROLLED, factors: [...ENROLLED.factors, unverifiedFactor(newAuthenticator())] };
    const made = createRecoveryCodes(begun, actor, context);
    const { entity } = confirmBy(made.entity, made.answer.id, nth(made.answer.codes, 0));
    expect(entity.factors).toEqual(ENROLLED.factors);
    const older = { identity: IDENTITY, loginId: 'login-1' };
    expect(isGrantValid(grantOn(ENROLLED), older, ENROLLED, SETTINGS.grant, NOW)).toBe(true);
    expect(isGrantValid(grantOn(ENROLLED), older, entity, SETTINGS.grant, NOW)).toBe(false);
  });

  it.each(['an old code', 'a code of nobody'])('by %s changes nothing: it is an answer, not an error', (what) => {
    const { entity, id } = renewing();
    const wrong = nth(what === 'an old code' ? OLD.codes : newRecoverySet().codes, 0);
    const answered = confirmBy(entity, id, wrong);
    expect(answered).toEqual({ entity, answer: { status: 'pending', reason: 'incorrect_code' }, events: [] });
    expect(answered.entity).toBe(entity);
  });

  it('works for the login that they were shown to and the host, and for nobody else', () => {
    const { entity, id, codes } = renewing();
    const code = nth(codes, 0);
    const other = satisfiedOn(entity, 'login-2');
    const foreign = toldBy(() => confirmBy(entity, id, code, other));
    expect(foreign).toMatchObject({ code: 'not_found' });
    expect(toldBy(() => confirmBy(ENROLLED, id, code))).toEqual(foreign);
    expect(toldBy(() => confirmBy(entity, 'no name of a set', code))).toEqual(foreign);
    expect(confirmBy(entity, id, code, HOST).answer.status).toBe('confirmed');
  });

  it('that the host made is for the host alone', () => {
    const made = createRecoveryCodes(ENROLLED, HOST, context);
    expect(refusalOf(() => confirmBy(made.entity, made.answer.id, nth(made.answer.codes, 0)))).toBe('not_found');
  });

  it('needs a fresh grant at that moment too', () => {
    const { entity, id, codes } = renewing();
    const stale = satisfiedOn(entity, 'login-1', { authAt: NOW - 10 * MINUTE });
    for (const asking of [stale, sessionOf()]) {
      expect(refusalOf(() => confirmBy(entity, id, nth(codes, 0), asking))).toBe('step_up_required');
    }
  });

  it.each([
    ['a session', actor],
    ['the host', HOST],
  ])('is refused to %s where none were made', (_who, by) => {
    expect(refusalOf(() => confirmBy(ENROLLED, 'a set', nth(OLD.codes, 0), by))).toBe('not_found');
  });

  it('is possible once', () => {
    const { entity, id, codes } = renewing();
    const confirmed = confirmBy(entity, id, nth(codes, 0)).entity;
    expect(refusalOf(() => confirmBy(confirmed, id, nth(codes, 0), satisfiedOn(confirmed)))).toBe('not_found');
  });
});

describe('recovery codes that were not confirmed', () => {
  it('are gone when their time is over, and nothing else is', () => {
    const { entity, id, codes } = renewing();
    expect(withoutExpired(entity, NOW + 10 * MINUTE - 1)).toBe(entity);
    const later = withoutExpired(entity, NOW + 10 * MINUTE);
    expect(later).toEqual(ENROLLED);
    expect(refusalOf(() => confirmBy(later, id, nth(codes, 0)))).toBe('not_found');
  });

  it('stay while only an enrollment is over', () => {
    const { entity } = renewing();
    const over = unverifiedFactor(newAuthenticator(), { expiresAt: NOW });
    const later = withoutExpired({ ...entity, factors: [...entity.factors, over] }, NOW);
    expect(later).toEqual(entity);
  });

  it('are gone with the epoch that they were made in', () => {
    const { entity, id, codes } = renewing();
    const { secret, config } = newAuthenticator();
    const after = importFactor(entity, { secret, config }, context).entity;
    expect(after.renewal).toBeNull();
    expect(after.recoveryCodes).toBe(OLD.set);
    expect(refusalOf(() => confirmBy(after, id, nth(codes, 0), satisfiedOn(after)))).toBe('not_found');
  });
});

describe('recovery codes and the factors they stand in for', () => {
  it('go with the last factor', () => {
    const { entity } = renewing();
    const after = removeFactor(entity, actor, nth(entity.factors, 0).sid, context).entity;
    expect(after).toMatchObject({ recoveryCodes: null, renewal: null, factors: [] });
  });

  it('stay while there is another factor', () => {
    const two = entityWith([...ENROLLED.factors, verifiedFactor(newAuthenticator())], { recoveryCodes: OLD.set });
    const after = removeFactor(two, satisfiedOn(two), nth(two.factors, 0).sid, context).entity;
    expect(after.recoveryCodes).toBe(OLD.set);
  });

  it('stay when an enrollment beside the factor is given up', () => {
    const enrolling = unverifiedFactor(newAuthenticator());
    const both = { ...ENROLLED, factors: [...ENROLLED.factors, enrolling] };
    expect(removeFactor(both, actor, enrolling.sid, context).entity).toEqual(ENROLLED);
  });
});

describe('the codes that were made', () => {
  const { entity, id, codes } = renewing();

  it('are there to be seen again by the login that made them, until it has confirmed them', () => {
    expect(madeRecoveryCodes(entity, actor, context)).toEqual({ id, codes, expiresAt: NOW + 10 * MINUTE });
    expect(madeRecoveryCodes(ENROLLED, actor, context)).toBeNull();
    const confirmed = confirmBy(entity, id, nth(codes, 0)).entity;
    expect(madeRecoveryCodes(confirmed, { ...actor, grant: grantOn(confirmed) }, context)).toBeNull();
    expect(JSON.stringify(confirmed)).not.toContain(nth(codes, 0));
  });

  it('are seen by no other login, nor by that one with a stale second factor', () => {
    const other = satisfiedOn(entity, 'login-2');
    expect(madeRecoveryCodes(entity, other, context)).toBeNull();
    expect(refusalOf(() => madeRecoveryCodes(entity, { ...actor, grant: null }, context))).toBe('step_up_required');
  });

  it('are not kept for the host, which has them', () => {
    const made = createRecoveryCodes(ENROLLED, HOST, context);
    expect(made.entity.renewal?.codes).toEqual([]);
    expect(JSON.stringify(made.entity)).not.toContain(nth(made.answer.codes, 0));
  });
});
