import { HOST } from '../../../src/domain/actor.js';
import { answerChallenge, createChallenge } from '../../../src/domain/challenge.js';
import type { Budget } from '../../../src/domain/budget.js';
import type { Entity } from '../../../src/domain/entity.js';
import { endLogin, isLoginOver, traceOf } from '../../../src/domain/login-trace.js';
import { judgeRecoveryCode } from '../../../src/domain/recovery.js';
import {
  codeProof,
  contextAt,
  entityWith,
  eventTypes,
  frozen,
  MINUTE,
  newAuthenticator,
  newRecoverySet,
  NOW,
  nth,
  pendingChallenge,
  recoveryProof,
  satisfiedOn,
  sessionOf,
  SECOND,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const context = contextAt(NOW);
const authenticator = newAuthenticator();
const { set, codes } = newRecoverySet();
const wrong = newRecoverySet().codes;
const ENROLLED = frozen(entityWith([verifiedFactor(authenticator)], { recoveryCodes: set }));
const guesses = [{ day: 20_777, chance: 29_000 }];

const STATES: readonly (readonly [string, Budget])[] = [
  ['open', { wrongCodes: 4, lockedUntil: 0, disabled: false, guesses }],
  ['waiting', { wrongCodes: 9, lockedUntil: NOW + MINUTE, disabled: false, guesses }],
  ['disabled', { wrongCodes: 20, lockedUntil: NOW + MINUTE, disabled: true, guesses }],
];

const use = (entity: Entity, code: string, actor = sessionOf()): ReturnType<typeof createChallenge> =>
  createChallenge(entity, actor, { proof: recoveryProof(code) }, context);

/** The entity after so many wrong recovery codes of one login. */
function afterWrong(count: number, entity: Entity = ENROLLED, loginId = 'login-1'): Entity {
  const decided = wrong.slice(0, count).reduce((now, code) => use(now, code, sessionOf(loginId)).entity, entity);
  return frozen(decided);
}

describe('a recovery code', () => {
  it('that is wrong is judged as one: counted, and nothing told before the login ends', () => {
    const canonical = nth(wrong, 0).replaceAll('-', '');
    const judge = (entity: Entity): ReturnType<typeof judgeRecoveryCode> =>
      judgeRecoveryCode(entity, sessionOf(), canonical, context);
    const { entity: _entity, ...judged } = judge(ENROLLED);
    const wrongCode = { reason: 'incorrect_code' };
    expect(judged).toEqual({ events: [], verdict: 'wrong', wrong: wrongCode, codesLeft: 4 });
    expect(judge(afterWrong(4)).events).toMatchObject([{ type: 'login.ended', reason: 'wrong_recovery_codes' }]);
  });

  it.each(STATES)('opens a budget that is %s, with all that was guessed in it', (_state, budget) => {
    const used = use({ ...ENROLLED, budget }, nth(codes, 0));
    expect(used.answer).toMatchObject({ status: 'approved', factorSid: null, amr: ['recovery_code', 'mfa'] });
    expect(used.entity.budget).toEqual({ wrongCodes: 0, lockedUntil: 0, disabled: false, guesses: [] });
  });

  it('approves a challenge of any state of wrong codes, and names no factor', () => {
    const challenge = pendingChallenge({ wrongCodes: 5, factorSid: nth(ENROLLED.factors, 0).sid });
    const entity = { ...ENROLLED, challenges: [challenge] };
    const answered = answerChallenge(entity, sessionOf(), challenge.sid, recoveryProof(nth(codes, 0)), context);
    expect(answered.answer).toMatchObject({ status: 'approved', challenge: { factorSid: null, respondedAt: NOW } });
    expect(answered.events).toMatchObject([{ type: 'challenge.approved', factorSid: null }, { recoveryCodesLeft: 9 }]);
  });

  it('is used up, by whomever, and the other nine are not', () => {
    const used = use(ENROLLED, nth(codes, 3)).entity;
    for (const actor of [sessionOf(), sessionOf('login-2'), HOST]) {
      const again = createChallenge(used, actor, { proof: recoveryProof(nth(codes, 3)) }, context);
      expect(again.answer).toMatchObject({ status: 'pending', reason: 'incorrect_code' });
    }
    const all = codes.reduce((entity, code) => use(entity, code).entity, used);
    const { digests } = set;
    const inOrderOfUse = [nth([...digests], 3), ...digests.filter((_, index) => index !== 3)];
    expect(all.recoveryCodes).toEqual({ ...set, digests: [], used: inOrderOfUse });
  });

  it('costs nothing once it was used, however often it comes again: its login stays', () => {
    let entity = use(use(ENROLLED, nth(wrong, 0)).entity, nth(codes, 3)).entity;
    const { logins } = entity;
    for (let time = 0; time < 6; time += 1) {
      const again = use(entity, nth(codes, 3));
      expect(again.answer).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: 4 });
      expect(eventTypes(again)).toEqual(['challenge.created', 'challenge.rejected']);
      ({ entity } = again);
    }
    expect(entity.logins).toBe(logins);
  });

  it('touches no factor and starts no epoch', () => {
    const used = use(ENROLLED, nth(codes, 0)).entity;
    expect(used.factors).toBe(ENROLLED.factors);
    expect(used.epoch).toBe(ENROLLED.epoch);
  });

  it('is told with how many are left, and as few from the third last on', () => {
    let entity: Entity = ENROLLED;
    const told = codes.map((code) => {
      const used = use(entity, code);
      ({ entity } = used);
      return used.events.slice(2).map(({ type, recoveryCodesLeft }) => `${type} ${String(recoveryCodesLeft)}`);
    });
    expect(told.map(([first]) => first)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `recovery_code.used ${n}`));
    expect(told.flatMap(([, ...low]) => low)).toEqual([3, 2, 1, 0].map((n) => `recovery_codes.low ${n}`));
  });

  it('of a user who has none is wrong', () => {
    const none = { ...ENROLLED, recoveryCodes: null };
    expect(use(none, nth(codes, 0)).answer).toMatchObject({ status: 'pending', reason: 'incorrect_code' });
  });

  it('of a user who has no factor is refused: there is nothing that it stands in for', () => {
    expect(refusalOf(() => use({ ...ENROLLED, factors: [] }, nth(codes, 0)))).toBe('enrollment_required');
  });
});

describe('a wrong recovery code', () => {
  it('the fifth of a login with its second factor ends it for good, whatever other logins try then', () => {
    const satisfied = satisfiedOn(ENROLLED);
    const ended = wrong.slice(0, 5).reduce((entity, code) => use(entity, code, satisfied).entity, ENROLLED);
    const names = Array.from({ length: 25 }, (_, index) => `other-${index.toString()}`);
    const tried = names.reduce((entity, name) => afterWrong(1, entity, name), ended);
    expect(isLoginOver(tried, satisfied, context)).toBe(true);
    expect(traceOf(tried, 'login-1')).toMatchObject({ ended: true, wrongRecoveryCodes: 0 });
  });

  it('the fifth of a login without it does not take the place of one that was logged out', () => {
    const out = endLogin(ENROLLED, 'out', context);
    const names = Array.from({ length: 25 }, (_, index) => `other-${index.toString()}`);
    const tried = names.reduce((entity, name) => afterWrong(5, entity, name), out);
    expect([traceOf(tried, 'out').ended, tried.epoch]).toEqual([true, ENROLLED.epoch]);
  });

  it.each(STATES)('costs the budget nothing, be it %s', (_state, budget) => {
    const entity = frozen({ ...ENROLLED, budget });
    const { answer, entity: after, events } = use(entity, nth(wrong, 0));
    expect(answer).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(after.budget).toBe(budget);
    expect(after.recoveryCodes).toBe(set);
    expect(eventTypes({ events })).toEqual(['challenge.created', 'challenge.rejected']);
  });

  it('costs its challenge nothing', () => {
    const challenge = pendingChallenge();
    let entity: Entity = { ...ENROLLED, challenges: [challenge] };
    for (const code of wrong.slice(0, 4)) {
      const answered = answerChallenge(entity, sessionOf(), challenge.sid, recoveryProof(code), context);
      expect(answered.answer.challenge.wrongCodes).toBe(0);
      ({ entity } = answered);
    }
    const right = answerChallenge(entity, sessionOf(), challenge.sid, codeProof(authenticator.codeAt(NOW)), context);
    expect(right.answer.status).toBe('approved');
  });

  it('is counted against its login, over all challenges, and the fifth ends it', () => {
    const remaining = [0, 1, 2, 3, 4].map((count) => use(afterWrong(count), nth(wrong, count)).answer);
    expect(remaining.map((answer) => 'attemptsRemaining' in answer && answer.attemptsRemaining)).toEqual([
      4, 3, 2, 1, 0,
    ]);
    for (const count of [1, 2, 3, 4]) expect(isLoginOver(afterWrong(count), sessionOf(), context)).toBe(false);
    const fifth = use(afterWrong(4), nth(wrong, 4));
    expect(fifth.events.slice(2)).toMatchObject([{ type: 'login.ended', reason: 'wrong_recovery_codes' }]);
    expect(traceOf(fifth.entity, 'login-1')).toMatchObject({ wrongRecoveryCodes: 5, ended: true });
    expect(isLoginOver(fifth.entity, sessionOf(), context)).toBe(true);
  });

  it('is counted against no other login', () => {
    const entity = afterWrong(5);
    expect(isLoginOver(entity, sessionOf('login-2'), context)).toBe(false);
    expect(use(entity, nth(wrong, 9), sessionOf('login-2')).answer).toMatchObject({ attemptsRemaining: 4 });
  });

  it('a right one sets that count not back: whoever has a code may guess no more than others', () => {
    const used = use(afterWrong(3), nth(codes, 0)).entity;
    expect(use(used, nth(wrong, 4)).answer).toMatchObject({ attemptsRemaining: 1 });
  });

  it('by the host’s own code is counted by nobody', () => {
    const judged = judgeRecoveryCode(ENROLLED, HOST, nth(wrong, 0).replaceAll('-', ''), context);
    expect(judged).toEqual({
      entity: ENROLLED,
      events: [],
      verdict: 'wrong',
      wrong: { reason: 'incorrect_code' },
      codesLeft: 5,
    });
    expect(judged.entity).toBe(ENROLLED);
    const answers = wrong.map(
      (code) => createChallenge(ENROLLED, HOST, { proof: recoveryProof(code) }, context).answer,
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 'pending', attemptsRemaining: 5 });
  });

  it('leaves a wrong code of an authenticator what it costs', () => {
    const entity = afterWrong(4);
    const later = contextAt(NOW + SECOND);
    const made = createChallenge(entity, sessionOf(), { proof: codeProof(authenticator.wrongCode(NOW)) }, later);
    expect(made.entity.budget.wrongCodes).toBe(1);
    expect(traceOf(made.entity, 'login-1')).toMatchObject({ wrongRecoveryCodes: 4, ended: false });
  });
});
