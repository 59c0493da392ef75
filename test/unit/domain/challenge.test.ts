import { HOST, type Actor } from '../../../src/domain/actor.js';
import {
  answerChallenge,
  createChallenge,
  denyChallenge,
  findChallenge,
  statusAt,
  type Challenge,
} from '../../../src/domain/challenge.js';
import type { Entity } from '../../../src/domain/entity.js';
import {
  challengeIn,
  codeProof,
  contextAt,
  DAY,
  entityWith,
  eventTypes,
  factorIn,
  frozen,
  grantOn,
  HOUR,
  MINUTE,
  newAuthenticator,
  NOW,
  pendingChallenge,
  satisfiedOn,
  SECOND,
  sessionOf,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { errorOf, refusalOf, toldBy } from '../refusal.js';

const authenticator = newAuthenticator();
const context = contextAt(NOW);
const actor = sessionOf();
const ENROLLED = frozen(entityWith([verifiedFactor(authenticator)]));
const [FACTOR_SID] = ENROLLED.factors.map(({ sid }) => sid);

/** ENROLLED with one pending challenge of `login-1`. */
function withPending(differing: Partial<Challenge> = {}, entity = ENROLLED): { entity: Entity; sid: string } {
  const challenge = pendingChallenge(differing);
  return { entity: frozen({ ...entity, challenges: [challenge] }), sid: challenge.sid };
}

/** The entity after wrong codes, each in a challenge of its own and as soon as it is judged. */
function afterWrongCodes(count: number): { entity: Entity; now: number } {
  let entity = ENROLLED;
  let now = NOW;
  for (const code of authenticator.wrongCodes(NOW, count)) {
    now = Math.max(now, entity.budget.lockedUntil);
    entity = createChallenge(entity, actor, { proof: codeProof(code) }, contextAt(now)).entity;
  }
  return { entity: frozen(entity), now };
}

describe('creating a challenge', () => {
  it('gives a pending one to the login that asked, for five minutes', () => {
    const made = createChallenge(ENROLLED, actor, {}, context);
    expect(made.answer).toEqual({
      status: 'pending',
      attemptsRemaining: 5,
      challenge: {
        sid: expect.stringMatching(/^YC[0-9a-f]{32}$/),
        status: 'pending',
        factorSid: FACTOR_SID,
        loginId: 'login-1',
        purpose: null,
        details: null,
        hiddenDetails: null,
        metadata: null,
        wrongCodes: 0,
        createdAt: NOW,
        updatedAt: NOW,
        expiresAt: NOW + 5 * MINUTE,
        respondedAt: null,
      },
    });
    expect(made.entity.challenges).toEqual([made.answer.challenge]);
    expect(eventTypes(made)).toEqual(['challenge.created']);
  });

  it('with the right code is approved at once', () => {
    const made = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.codeAt(NOW)) }, context);
    expect(made.answer).toMatchObject({ status: 'approved', factorSid: FACTOR_SID });
    expect(made.entity.challenges).toMatchObject([{ status: 'approved', respondedAt: NOW, factorSid: FACTOR_SID }]);
    expect(eventTypes(made)).toEqual(['challenge.created', 'challenge.approved']);
  });

  it('with a wrong code is pending, and says why', () => {
    const made = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.wrongCode(NOW)) }, context);
    expect(made.answer).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(made.entity.challenges).toMatchObject([{ status: 'pending', wrongCodes: 1, respondedAt: null }]);
    expect(eventTypes(made)).toEqual(['challenge.created', 'challenge.rejected']);
  });

  it('replaces the pending one of the same login, and no other', () => {
    const own = pendingChallenge();
    const ownEnded = pendingChallenge({ status: 'denied' });
    const others = [pendingChallenge({ loginId: 'login-2' }), pendingChallenge({ loginId: null })];
    const entity = { ...ENROLLED, challenges: [own, ownEnded, ...others] };
    const made = createChallenge(entity, actor, {}, context);
    expect(made.entity.challenges).toEqual([ownEnded, ...others, made.answer.challenge]);
  });

  it('by the host’s own code replaces none', () => {
    const entity = { ...ENROLLED, challenges: [pendingChallenge(), pendingChallenge({ loginId: null })] };
    const made = createChallenge(entity, HOST, {}, context);
    expect(made.entity.challenges).toEqual([...entity.challenges, made.answer.challenge]);
    expect(made.answer.challenge.loginId).toBeNull();
  });

  it('names no factor where several may answer, and the one that did once it has', () => {
    const other = newAuthenticator();
    const entity = entityWith([...ENROLLED.factors, verifiedFactor(other)]);
    const made = createChallenge(entity, actor, {}, context);
    expect(made.answer.challenge.factorSid).toBeNull();
    const { sid } = made.answer.challenge;
    const answered = answerChallenge(made.entity, actor, sid, codeProof(other.codeAt(NOW)), context);
    expect(answered.answer.challenge.factorSid).toBe(entity.factors.at(-1)?.sid);
  });

  it('for a named factor takes that factor’s codes alone', () => {
    const other = verifiedFactor(newAuthenticator());
    const entity = entityWith([...ENROLLED.factors, other]);
    const wanted = { factorSid: other.sid, proof: codeProof(authenticator.codeAt(NOW)) };
    const made = createChallenge(entity, actor, wanted, context);
    expect(made.answer).toMatchObject({ status: 'pending', reason: 'incorrect_code' });
    expect(made.entity.budget.guesses).toMatchObject([{ chance: 300 }]);
  });

  it('without a verified factor is refused, whatever is being enrolled', () => {
    const entity = entityWith([unverifiedFactor(authenticator)]);
    const code = authenticator.codeAt(NOW);
    expect(refusalOf(() => createChallenge(entity, actor, { proof: codeProof(code) }, context))).toBe(
      'enrollment_required',
    );
  });

  it.each(['YF00000000000000000000000000000000', 'YF0', ''])(
    'for %j, no factor of this user, is refused',
    (factorSid) => {
      expect(refusalOf(() => createChallenge(ENROLLED, actor, { factorSid }, context))).toBe('not_found');
    },
  );

  it('for an unverified factor is refused, though its code is right', () => {
    const enrolling = unverifiedFactor(newAuthenticator());
    const entity = entityWith([...ENROLLED.factors, enrolling]);
    expect(refusalOf(() => createChallenge(entity, actor, { factorSid: enrolling.sid }, context))).toBe('not_found');
  });

  it('without a code is possible while the budget waits: somebody else’s guesses block no page', () => {
    const { entity, now } = afterWrongCodes(5);
    expect(createChallenge(entity, actor, {}, contextAt(now)).answer.status).toBe('pending');
  });

  it('remembers what it approves, in the epoch of now', () => {
    const made = createChallenge(ENROLLED, actor, { purpose: 'digest' }, context);
    expect(made.answer.challenge.purpose).toEqual({ digest: 'digest', epoch: ENROLLED.epoch, used: false });
  });

  it('shows what was attached while it is pending', () => {
    const details = { message: 'Transfer', fields: [] };
    const attached = { details, hiddenDetails: { a: 'b' }, metadata: { c: 'd' }, expiresAt: NOW + HOUR };
    const made = createChallenge(ENROLLED, actor, attached, context);
    expect(made.entity.challenges).toMatchObject([attached]);
  });
});

describe('answering a challenge', () => {
  it('with a right code approves it, burns the code and forgets the wrong ones', () => {
    const { entity: guessed, now } = afterWrongCodes(4);
    const { entity, sid } = withPending({}, guessed);
    const { guesses } = entity.budget;
    const answered = answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(now)), contextAt(now));
    expect(answered.answer).toMatchObject({ status: 'approved', factorSid: FACTOR_SID });
    expect(answered.entity.budget).toEqual({ wrongCodes: 0, lockedUntil: 0, disabled: false, guesses });
    expect(answered.entity.factors).toMatchObject([{ lastStep: authenticator.stepAt(now), updatedAt: now }]);
    expect(eventTypes(answered)).toEqual(['challenge.approved']);
  });

  it('drops what was attached from the record, and still gives it with the answer', () => {
    const { entity, sid } = withPending({ metadata: { ip: '::1' } });
    const answered = answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context);
    expect(answered.answer.challenge.metadata).toEqual({ ip: '::1' });
    expect(challengeIn(answered.entity, sid).metadata).toBeNull();
  });

  it('the same code is refused afterwards, in every other challenge', () => {
    const approved = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.codeAt(NOW)) }, context).entity;
    for (const other of [actor, sessionOf('login-2'), HOST]) {
      const again = createChallenge(approved, other, { proof: codeProof(authenticator.codeAt(NOW)) }, context);
      expect(again.answer).toMatchObject({ status: 'pending', reason: 'code_already_used', retryAfter: 25 });
    }
  });

  it.each([31, 59, 89])('the same code is refused %i s later too, by whatever name', (seconds) => {
    const code = authenticator.codeAt(NOW, 1);
    const approved = createChallenge(ENROLLED, actor, { proof: codeProof(code) }, context).entity;
    const later = contextAt(NOW + seconds * SECOND);
    expect(createChallenge(approved, actor, { proof: codeProof(code) }, later).answer.status).toBe('pending');
  });

  it('codes cannot be taken in turn: after step now+1, now is used, and then now+1 too', () => {
    let entity = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.codeAt(NOW, 1)) }, context).entity;
    for (const later of [0, 1, -1, 1, 0]) {
      const again = createChallenge(entity, actor, { proof: codeProof(authenticator.codeAt(NOW, later)) }, context);
      expect(again.answer).toMatchObject({ reason: 'code_already_used' });
      entity = again.entity;
    }
  });

  it('a used code is charged to nobody: not to the entity, not to the challenge', () => {
    const approved = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.codeAt(NOW)) }, context).entity;
    const { entity, sid } = withPending({}, approved);
    const again = answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context);
    expect(again.entity.budget).toBe(entity.budget);
    expect(again.answer).toMatchObject({ attemptsRemaining: 5, challenge: { wrongCodes: 0, updatedAt: NOW } });
  });

  it('a code that two factors have burns both: neither takes it again', () => {
    const twin = verifiedFactor(authenticator);
    const { entity, sid } = withPending({}, entityWith([...ENROLLED.factors, twin]));
    const answered = answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context);
    for (const factorSid of [FACTOR_SID, twin.sid]) {
      const again = createChallenge(
        answered.entity,
        actor,
        { factorSid, proof: codeProof(authenticator.codeAt(NOW)) },
        context,
      );
      expect(again.answer).toMatchObject({ reason: 'code_already_used' });
    }
  });

  it('an enrollment with the same secret is never burned, nor does its code count', () => {
    const enrolling = unverifiedFactor(authenticator);
    const { entity, sid } = withPending({}, entityWith([enrolling, ...ENROLLED.factors]));
    const answered = answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context);
    expect(factorIn(answered.entity, enrolling.sid)).toBe(enrolling);
    expect(answered.answer).toMatchObject({ factorSid: FACTOR_SID });
  });

  it('with a wrong code charges the entity once, for every factor that it was tried against', () => {
    const others = Array.from({ length: 4 }, () => verifiedFactor(newAuthenticator()));
    const { entity, sid } = withPending({}, entityWith([...ENROLLED.factors, ...others]));
    const answered = answerChallenge(entity, actor, sid, codeProof(authenticator.wrongCode(NOW)), context);
    expect(answered.entity.budget).toMatchObject({ wrongCodes: 1, guesses: [{ chance: 5 * 300 }] });
    expect(answered.entity.factors).toEqual(entity.factors);
  });

  it('a code of six digits is not tried against, nor charged for, a factor with eight', () => {
    const eight = newAuthenticator({ codeLength: 8 });
    const { entity, sid } = withPending({}, entityWith([...ENROLLED.factors, verifiedFactor(eight)]));
    const wrong = answerChallenge(entity, actor, sid, codeProof(authenticator.wrongCode(NOW)), context);
    expect(wrong.entity.budget.guesses).toMatchObject([{ chance: 300 }]);
    expect(answerChallenge(entity, actor, sid, codeProof(eight.codeAt(NOW)), context).answer.status).toBe('approved');
  });

  it('a length that no factor in question has is malformed and costs nothing', () => {
    const { entity, sid } = withPending({ wrongCodes: 5 }, afterWrongCodes(20).entity);
    const error = errorOf(() => answerChallenge(entity, actor, sid, codeProof('1234567'), context));
    expect(error).toMatchObject({ code: 'malformed_code', message: 'codes here have 6 digits' });
    const mixed = entityWith([8, 6, 8].map((codeLength) => verifiedFactor(newAuthenticator({ codeLength }))));
    expect(errorOf(() => createChallenge(mixed, actor, { proof: codeProof('1234567') }, context))?.message).toBe(
      'codes here have 6 or 8 digits',
    );
  });

  it('the 5th wrong code is pending, a 6th is 429, even the right one', () => {
    let { entity } = withPending();
    const [{ sid }] = entity.challenges as readonly [Challenge];
    let now = NOW;
    const remaining = authenticator.wrongCodes(NOW, 5).map((code) => {
      const { entity: after, answer } = answerChallenge(entity, actor, sid, codeProof(code), contextAt(now));
      entity = frozen(after);
      return answer.status === 'pending' ? answer.attemptsRemaining : null;
    });
    expect(remaining).toEqual([4, 3, 2, 1, 0]);
    now = entity.budget.lockedUntil;
    const before = entity;
    expect(
      refusalOf(() => answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(now)), contextAt(now))),
    ).toBe('too_many_attempts');
    expect(entity).toBe(before);
  });

  it('the remaining attempts are those of the entity where these are fewer', () => {
    const { entity: guessed, now } = afterWrongCodes(3);
    const { entity, sid } = withPending({}, guessed);
    const [code = ''] = authenticator.wrongCodes(NOW, 9).slice(-1);
    expect(answerChallenge(entity, actor, sid, codeProof(code), contextAt(now)).answer).toMatchObject({
      attemptsRemaining: 1,
    });
  });

  it('the wrong code that starts a wait says how long it is', () => {
    const { entity: guessed, now } = afterWrongCodes(4);
    const made = createChallenge(guessed, actor, { proof: codeProof(authenticator.wrongCode(NOW)) }, contextAt(now));
    expect(made.answer).toMatchObject({ reason: 'incorrect_code', attemptsRemaining: 0, retryAfter: 30 });
    expect(eventTypes(made)).toEqual(['challenge.created', 'challenge.rejected', 'entity.locked']);
  });

  it('the wrong code that disables says so in an event, and promises no time', () => {
    const { entity: guessed } = afterWrongCodes(19);
    const now = guessed.budget.lockedUntil;
    const made = createChallenge(guessed, actor, { proof: codeProof(authenticator.wrongCode(now)) }, contextAt(now));
    expect(made.answer).toMatchObject({ reason: 'incorrect_code', attemptsRemaining: 0 });
    expect(made.answer).not.toHaveProperty('retryAfter');
    expect(eventTypes(made)).toEqual(['challenge.created', 'challenge.rejected', 'entity.disabled']);
  });

  it('while the budget waits even the right code is refused, and the wait grows by nothing', () => {
    const { entity: guessed, now } = afterWrongCodes(5);
    const { entity, sid } = withPending({}, guessed);
    const at = contextAt(now + SECOND);
    const right = authenticator.codeAt(now + SECOND);
    expect(errorOf(() => answerChallenge(entity, actor, sid, codeProof(right), at))).toMatchObject({
      code: 'locked',
      retryAfter: 29,
    });
    expect(refusalOf(() => createChallenge(entity, actor, { proof: codeProof(right) }, at))).toBe('locked');
    const over = now + 30 * SECOND;
    expect(
      answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(over)), contextAt(over)).answer.status,
    ).toBe('approved');
  });

  it('once disabled every code is refused, whenever and by whomever', () => {
    const { entity: guessed, now } = afterWrongCodes(20);
    const later = now + 100 * DAY;
    const { entity, sid } = withPending({ expiresAt: later + HOUR }, guessed);
    for (const asking of [actor, HOST]) {
      const answer = (): unknown =>
        answerChallenge(entity, asking, sid, codeProof(authenticator.codeAt(later)), contextAt(later));
      expect(refusalOf(answer)).toBe('disabled');
    }
  });

  it('a new challenge or login sets no count back: the budget is the entity’s', () => {
    let entity: Entity = ENROLLED;
    const codes = authenticator.wrongCodes(NOW, 5);
    codes.forEach((code, index) => {
      entity = createChallenge(
        entity,
        sessionOf(`login-${index.toString()}`),
        { proof: codeProof(code) },
        context,
      ).entity;
    });
    const right = { proof: codeProof(authenticator.codeAt(NOW)) };
    expect(refusalOf(() => createChallenge(entity, sessionOf('login-9'), right, context))).toBe('locked');
    expect(refusalOf(() => createChallenge(entity, HOST, right, context))).toBe('locked');
  });

  it('that has ended is refused, and stays what it was', () => {
    for (const status of ['approved', 'denied', 'expired'] as const) {
      const { entity, sid } = withPending({ status });
      const error = errorOf(() => answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context));
      expect(error).toMatchObject({ code: 'challenge_ended', message: `the challenge is ${status} already` });
    }
  });

  it('that is past its time has expired', () => {
    const { entity, sid } = withPending();
    const later = NOW + 5 * MINUTE;
    const answer = (now: number): unknown =>
      answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(now)), contextAt(now));
    expect(refusalOf(() => answer(later - 1))).toBe('not refused');
    expect(refusalOf(() => answer(later))).toBe('challenge_ended');
    expect(statusAt(challengeIn(entity, sid), later - 1)).toBe('pending');
    expect(statusAt(challengeIn(entity, sid), later)).toBe('expired');
  });

  it('of a factor that is gone is refused', () => {
    const { entity, sid } = withPending({ factorSid: 'YF00000000000000000000000000000000' });
    expect(refusalOf(() => answerChallenge(entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context))).toBe(
      'not_found',
    );
  });
});

describe('denying a challenge', () => {
  it.each<readonly [string, Actor]>([
    ['the login that made it', actor],
    ['a satisfied session', satisfiedOn(ENROLLED, 'login-2')],
    ['the host', HOST],
  ])('by %s ends it', (_who, denying) => {
    const { entity, sid } = withPending({ metadata: { ip: '::1' } });
    const denied = denyChallenge(entity, denying, sid, context);
    expect(denied.answer).toMatchObject({ status: 'denied', respondedAt: NOW, updatedAt: NOW });
    expect(challengeIn(denied.entity, sid)).toMatchObject({ status: 'denied', metadata: null });
    expect(denied.entity.budget).toBe(entity.budget);
    expect(eventTypes(denied)).toEqual(['challenge.denied']);
    expect(
      refusalOf(() => answerChallenge(denied.entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context)),
    ).toBe('challenge_ended');
  });

  it('by another login is refused', () => {
    const { entity, sid } = withPending();
    expect(refusalOf(() => denyChallenge(entity, sessionOf('login-2'), sid, context))).toBe('not_found');
  });

  it('that has ended is refused', () => {
    const { entity, sid } = withPending({ status: 'approved' });
    expect(refusalOf(() => denyChallenge(entity, actor, sid, context))).toBe('challenge_ended');
  });
});

describe('a challenge is found', () => {
  const { entity, sid } = withPending();

  it.each<readonly [string, string, Actor]>([
    ['its own login', 'not refused', actor],
    ['the host', 'not refused', HOST],
    ['a satisfied session', 'not refused', satisfiedOn(ENROLLED, 'login-2')],
    ['another login', 'not_found', sessionOf('login-2')],
    [
      'another login with a grant that is none of its own',
      'not_found',
      sessionOf('login-2', { grant: grantOn(ENROLLED) }),
    ],
    ['a login whose grant is of an older epoch', 'not_found', satisfiedOn(ENROLLED, 'login-2', { epoch: 'older' })],
  ])('by %s: %s', (_who, refusal, looking) => {
    expect(refusalOf(() => findChallenge(entity, looking, sid, context))).toBe(refusal);
  });

  it('by nobody where there is none; foreign, unknown and malformed SIDs are alike', () => {
    const told = [sid, 'YC00000000000000000000000000000000', 'YC', ''].map((asked) =>
      JSON.stringify(toldBy(() => findChallenge(entity, sessionOf('login-2'), asked, context))),
    );
    expect(told[0]).toContain('not_found');
    expect(new Set(told).size).toBe(1);
    expect(refusalOf(() => findChallenge(entity, HOST, 'YC0', context))).toBe('not_found');
  });
});
