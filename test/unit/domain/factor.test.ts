import { HOST, type Actor } from '../../../src/domain/actor.js';
import type { Entity } from '../../../src/domain/entity.js';
import { verifiedFactors, withoutExpired } from '../../../src/domain/entity.js';
import { createFactor, importFactor, verifyFactor, type NewFactor } from '../../../src/domain/enrollment.js';
import { isVisibleTo, lookAtFactor, removeFactor, renameFactor } from '../../../src/domain/factor.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import { DEFAULT_TOTP } from '../../../src/domain/totp-config.js';
import {
  codeProof,
  contextAt,
  entityWith,
  eventTypes,
  factorIn,
  frozen,
  MINUTE,
  newAuthenticator,
  NOW,
  pendingChallenge,
  plain,
  satisfiedOn,
  SECOND,
  sessionOf,
  SETTINGS,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf, toldBy } from '../refusal.js';

const context = contextAt(NOW);
const SID = /^YF[0-9a-f]{32}$/;

const wanted = (differing: Partial<NewFactor> = {}): NewFactor => ({
  secret: newAuthenticator().secret,
  config: DEFAULT_TOTP,
  ...differing,
});

const first = newAuthenticator();
const second = newAuthenticator();

/** A record with a verified factor of `first`, and an enrollment of `second` begun by `login-1`. */
function enrolledAndEnrolling(): { entity: Entity; verified: string; unverified: string; actor: Actor } {
  const verified = verifiedFactor(first);
  const unverified = unverifiedFactor(second);
  const entity = frozen(entityWith([verified, unverified]));
  return { entity, verified: verified.sid, unverified: unverified.sid, actor: satisfiedOn(entity) };
}

describe('creating a factor', () => {
  it('gives an unverified one to the login that asked, for ten minutes', () => {
    const { secret } = newAuthenticator();
    const made = createFactor(entityWith([]), sessionOf(), wanted({ secret, metadata: { os: 'iOS' } }), context);
    expect(made.answer).toEqual({
      status: 'unverified',
      sid: expect.stringMatching(SID),
      friendlyName: 'Authenticator',
      config: DEFAULT_TOTP,
      metadata: { os: 'iOS' },
      secret,
      loginId: 'login-1',
      expiresAt: NOW + 10 * MINUTE,
      wrongCodes: 0,
      createdAt: NOW,
      updatedAt: NOW,
    });
    expect(made.entity.factors).toEqual([made.answer]);
    expect(eventTypes(made)).toEqual(['factor.created']);
  });

  it('replaces the enrollment that was there, whichever login began it', () => {
    const entity = entityWith([unverifiedFactor(second, { loginId: 'login-2' })]);
    const made = createFactor(entity, sessionOf(), wanted(), context);
    expect(made.entity.factors).toEqual([made.answer]);
  });

  it('touches no verified factor, no budget and no grant', () => {
    const { entity, actor } = enrolledAndEnrolling();
    const made = createFactor(entity, actor, wanted(), context);
    expect(verifiedFactors(made.entity)).toEqual(verifiedFactors(entity));
    expect(made.entity).toMatchObject({ epoch: entity.epoch, budget: entity.budget, everVerified: true });
  });

  it('numbers the default names from the second on', () => {
    const { entity, actor } = enrolledAndEnrolling();
    expect(createFactor(entity, actor, wanted(), context).answer.friendlyName).toBe('Authenticator 2');
    expect(createFactor(entity, actor, wanted({ friendlyName: 'Phone' }), context).answer.friendlyName).toBe('Phone');
  });

  it('gives no default name that another factor has, also when one was removed between', () => {
    const names = ['Authenticator', 'Authenticator 2', 'Authenticator 3'];
    const all = names.map((friendlyName) => verifiedFactor(newAuthenticator(), { friendlyName }));
    for (const removed of names) {
      const entity = entityWith(all.filter(({ friendlyName }) => friendlyName !== removed));
      const { friendlyName } = createFactor(entity, HOST, wanted(), context).answer;
      expect(entity.factors.map((factor) => factor.friendlyName)).not.toContain(friendlyName);
    }
  });

  it('of an enrolled user needs a fresh grant', () => {
    const { entity } = enrolledAndEnrolling();
    expect(refusalOf(() => createFactor(entity, sessionOf(), wanted(), context))).toBe('step_up_required');
  });

  it('needs leave of the host and a recent login for the first one', () => {
    const refused = sessionOf('login-1', { mayEnroll: false });
    expect(refusalOf(() => createFactor(entityWith([]), refused, wanted(), context))).toBe('enrollment_refused');
    const later = contextAt(NOW + 10 * MINUTE);
    expect(refusalOf(() => createFactor(entityWith([]), sessionOf(), wanted(), later))).toBe('recent_login_required');
  });

  it('refuses a secret that a verified factor has already', () => {
    const { entity, actor } = enrolledAndEnrolling();
    expect(refusalOf(() => createFactor(entity, actor, wanted({ secret: first.secret }), context))).toBe(
      'duplicate_secret',
    );
    expect(refusalOf(() => importFactor(entity, wanted({ secret: first.secret }), context))).toBe('duplicate_secret');
  });

  it('refuses a sixth verified factor, also by import', () => {
    const entity = entityWith(Array.from({ length: 5 }, () => verifiedFactor(newAuthenticator())));
    expect(refusalOf(() => createFactor(entity, HOST, wanted(), context))).toBe('factor_limit');
    expect(refusalOf(() => importFactor(entity, wanted(), context))).toBe('factor_limit');
    const fewer = contextAt(NOW, { settings: { ...SETTINGS, limits: { ...SETTINGS.limits, factors: 1 } } });
    const { entity: one } = enrolledAndEnrolling();
    expect(refusalOf(() => createFactor(one, HOST, wanted(), fewer))).toBe('factor_limit');
  });
});

describe('verifying a factor', () => {
  const enrolling = unverifiedFactor(second);
  const entity = frozen(entityWith([enrolling]));
  const verify = (code: string, on = entity, actor: Actor = sessionOf(), now = NOW): ReturnType<typeof verifyFactor> =>
    verifyFactor(on, actor, enrolling.sid, code, contextAt(now));

  it('with a right code makes it count, and spends that code', () => {
    const verified = verify(second.codeAt(NOW));
    expect(verified.answer.status).toBe('verified');
    expect(factorIn(verified.entity, enrolling.sid)).toEqual({
      status: 'verified',
      sid: enrolling.sid,
      friendlyName: 'Authenticator',
      config: DEFAULT_TOTP,
      metadata: null,
      secret: second.secret,
      lastStep: second.stepAt(NOW),
      createdAt: NOW,
      updatedAt: NOW,
    });
    expect(verified.entity.everVerified).toBe(true);
    expect(eventTypes(verified)).toEqual(['factor.verified']);
    const again = createChallenge(verified.entity, sessionOf(), { proof: codeProof(second.codeAt(NOW)) }, context);
    expect(again.answer).toMatchObject({ status: 'pending', reason: 'code_already_used' });
  });

  it('starts a new epoch: older grants die', () => {
    expect(verify(second.codeAt(NOW)).entity.epoch).not.toBe(entity.epoch);
  });

  it('with a wrong code is an answer that leaves it unverified and costs the entity nothing', () => {
    const wrong = verify(second.wrongCode(NOW));
    expect(wrong.answer).toMatchObject({ status: 'unverified', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(wrong.entity).toMatchObject({ epoch: entity.epoch, everVerified: false });
    expect(wrong.entity.budget).toBe(entity.budget);
    expect(wrong.events).toMatchObject([
      { type: 'factor.rejected', factorSid: enrolling.sid, reason: 'incorrect_code' },
    ]);
  });

  it('names a wrong clock both ways', () => {
    expect(verify(second.codeAt(NOW, -10)).answer).toMatchObject({ reason: 'clock_drift', driftSeconds: -300 });
    expect(verify(second.codeAt(NOW, 10)).answer).toMatchObject({ reason: 'clock_drift', driftSeconds: 300 });
  });

  it('the fifth wrong code erases the secret; then even the right code is refused', () => {
    let on = entity;
    const remaining = second.wrongCodes(NOW, 5).map((code) => {
      const { entity: after, answer } = verify(code, on);
      on = after;
      return answer.status === 'unverified' ? answer.attemptsRemaining : null;
    });
    expect(remaining).toEqual([4, 3, 2, 1, 0]);
    expect(factorIn(on, enrolling.sid)).toMatchObject({ status: 'unverified', secret: null, wrongCodes: 5 });
    expect(refusalOf(() => verify(second.codeAt(NOW), on))).toBe('too_many_attempts');
  });

  it('of four wrong codes and a right one counts', () => {
    let on = entity;
    for (const code of second.wrongCodes(NOW, 4)) on = verify(code, on).entity;
    expect(verify(second.codeAt(NOW), on).answer.status).toBe('verified');
  });

  it('is for the login that created it: to another it does not exist', () => {
    expect(refusalOf(() => verify(second.codeAt(NOW), entity, sessionOf('login-2')))).toBe('not_found');
    const unknown = toldBy(() => verifyFactor(entity, sessionOf(), 'YF0', second.codeAt(NOW), context));
    expect(toldBy(() => verify(second.codeAt(NOW), entity, sessionOf('login-2')))).toEqual(unknown);
  });

  it('by the host’s own code needs no login', () => {
    expect(verify(second.codeAt(NOW), entity, HOST).answer.status).toBe('verified');
  });

  it('is over when its time is', () => {
    expect(withoutExpired(entity, NOW + 10 * MINUTE - 1)).toBe(entity);
    const later = withoutExpired(entity, NOW + 10 * MINUTE);
    expect(later.factors).toEqual([]);
    expect(refusalOf(() => verify(second.codeAt(NOW), later))).toBe('not_found');
  });

  it.each(['12345', '1234567', '123'])('takes %s, a length that it has not, for no code at all', (code) => {
    expect(refusalOf(() => verify(code))).toBe('malformed_code');
  });

  it('that is verified already is refused: its codes answer challenges', () => {
    const verified = verify(second.codeAt(NOW));
    const actor = satisfiedOn(verified.entity);
    const next = second.codeAt(NOW, 1);
    expect(refusalOf(() => verifyFactor(verified.entity, actor, enrolling.sid, next, context))).toBe('invalid_request');
  });

  it('beside a verified one needs a fresh grant, at the moment of verifying', () => {
    const { entity: enrolled, unverified, actor } = enrolledAndEnrolling();
    const code = second.codeAt(NOW);
    expect(refusalOf(() => verifyFactor(enrolled, sessionOf(), unverified, code, context))).toBe('step_up_required');
    const later = NOW + 10 * MINUTE;
    expect(refusalOf(() => verifyFactor(enrolled, actor, unverified, second.codeAt(later), contextAt(later)))).toBe(
      'step_up_required',
    );
    expect(verifyFactor(enrolled, actor, unverified, code, context).answer.status).toBe('verified');
  });

  it('beside a verified one leaves that one as it was', () => {
    const { entity: enrolled, verified, unverified, actor } = enrolledAndEnrolling();
    const after = verifyFactor(enrolled, actor, unverified, second.codeAt(NOW), context).entity;
    expect(factorIn(after, verified)).toEqual(factorIn(enrolled, verified));
    expect(verifiedFactors(after)).toHaveLength(2);
  });
});

describe('importing a factor', () => {
  const imported = importFactor(entityWith([]), wanted({ secret: first.secret, friendlyName: 'Old phone' }), context);

  it('gives a verified one at once, to nobody’s login', () => {
    expect(imported.answer).toMatchObject({ status: 'verified', sid: expect.stringMatching(SID), createdAt: NOW });
    expect(imported.entity.everVerified).toBe(true);
    expect(imported.events).toMatchObject([{ type: 'factor.verified', reason: 'imported' }]);
  });

  it.each([-1, 0, 1])('burns the codes of the present window: now%i', (later) => {
    const code = first.codeAt(NOW, later);
    const { answer } = createChallenge(imported.entity, sessionOf(), { proof: codeProof(code) }, context);
    expect(answer).toMatchObject({ status: 'pending', reason: 'code_already_used' });
  });

  it('lets the next step after that window in', () => {
    const later = NOW + 30 * SECOND;
    const { answer } = createChallenge(
      imported.entity,
      sessionOf(),
      { proof: codeProof(first.codeAt(later, 1)) },
      contextAt(later),
    );
    expect(answer.status).toBe('approved');
  });

  it('starts a new epoch, and ends an enrollment that was begun', () => {
    const { entity, verified } = enrolledAndEnrolling();
    const after = importFactor(entity, wanted(), context).entity;
    expect(after.epoch).not.toBe(entity.epoch);
    expect(after.factors.map(({ status }) => status)).toEqual(['verified', 'verified']);
    expect(factorIn(after, verified)).toEqual(factorIn(entity, verified));
    expect(after.factors.at(-1)?.friendlyName).toBe('Authenticator 2');
  });
});

describe('renaming a factor', () => {
  it('changes its name and nothing else', () => {
    const { entity, verified, actor } = enrolledAndEnrolling();
    const later = NOW + MINUTE;
    const renamed = renameFactor(entity, actor, verified, 'Phone', contextAt(later));
    const expected = { ...factorIn(entity, verified), friendlyName: 'Phone', updatedAt: later };
    expect(renamed.answer).toEqual(expected);
    expect(plain(renamed.entity)).toEqual(plain({ ...entity, factors: [expected, ...entity.factors.slice(1)] }));
    expect(eventTypes(renamed)).toEqual(['factor.updated']);
  });

  it('needs a fresh grant', () => {
    const { entity, verified } = enrolledAndEnrolling();
    expect(refusalOf(() => renameFactor(entity, sessionOf(), verified, 'Phone', context))).toBe('step_up_required');
  });

  it('of somebody else’s enrollment is not found', () => {
    const { entity, unverified } = enrolledAndEnrolling();
    const other = satisfiedOn(entity, 'login-2');
    expect(refusalOf(() => renameFactor(entity, other, unverified, 'Phone', context))).toBe('not_found');
  });
});

describe('removing a factor', () => {
  it('that is verified ends every older grant and every enrollment', () => {
    const { entity, verified, actor } = enrolledAndEnrolling();
    const removed = removeFactor(entity, actor, verified, context);
    expect(removed.entity.factors).toEqual([]);
    expect(removed.entity.epoch).not.toBe(entity.epoch);
    expect(removed.entity).toMatchObject({ everVerified: true, budget: entity.budget });
    expect(eventTypes(removed)).toEqual(['factor.deleted']);
  });

  it('that is unverified changes nothing else', () => {
    const { entity, verified, unverified, actor } = enrolledAndEnrolling();
    const { entity: after } = removeFactor(entity, actor, unverified, context);
    expect(after).toEqual({ ...entity, factors: [factorIn(entity, verified)] });
    expect(after.epoch).toBe(entity.epoch);
  });

  it('takes its pending challenges with it, and leaves the rest', () => {
    const { entity, verified, actor } = enrolledAndEnrolling();
    const of = pendingChallenge({ factorSid: verified });
    const ended = pendingChallenge({ factorSid: verified, status: 'approved' });
    const other = pendingChallenge();
    const { entity: after } = removeFactor({ ...entity, challenges: [of, ended, other] }, actor, verified, context);
    expect(after.challenges).toEqual([ended, other]);
  });

  it('needs a fresh grant', () => {
    const { entity, verified } = enrolledAndEnrolling();
    expect(refusalOf(() => removeFactor(entity, sessionOf(), verified, context))).toBe('step_up_required');
    expect(refusalOf(() => removeFactor(entity, HOST, 'YF0', context))).toBe('not_found');
  });
});

describe('looking at a factor', () => {
  it('needs what changing it needs', () => {
    const { entity, verified, unverified, actor } = enrolledAndEnrolling();
    expect(lookAtFactor(entity, actor, verified, context)).toBe(factorIn(entity, verified));
    expect(refusalOf(() => lookAtFactor(entity, sessionOf(), verified, context))).toBe('step_up_required');
    expect(refusalOf(() => lookAtFactor(entity, satisfiedOn(entity, 'login-2'), unverified, context))).toBe(
      'not_found',
    );
  });

  it('an enrollment is visible to its own login and to the host', () => {
    const factor = unverifiedFactor(second);
    expect([HOST, sessionOf(), sessionOf('login-2')].map((actor) => isVisibleTo(actor, factor))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isVisibleTo(sessionOf('login-2'), verifiedFactor(first))).toBe(true);
  });

  it('an enrollment by the host’s own code is no session’s', () => {
    expect(isVisibleTo(sessionOf(), unverifiedFactor(second, { loginId: null }))).toBe(false);
  });
});
