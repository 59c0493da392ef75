import fc from 'fast-check';
import { HOST, isSatisfied, type Actor } from '../../../src/domain/actor.js';
import { openEntity, resetEntity } from '../../../src/domain/administration.js';
import { answerChallenge, createChallenge, statusAt, type ChallengeAnswer } from '../../../src/domain/challenge.js';
import { startEpoch, verifiedFactors, type Decision, type Entity } from '../../../src/domain/entity.js';
import { noteLogin } from '../../../src/domain/login-trace.js';
import { confirmRecoveryCodes, createRecoveryCodes } from '../../../src/domain/recovery-renewal.js';
import { unlockEntity, type CodeRow } from '../../../src/domain/unlock.js';
import { MfaError } from '../../../src/errors.js';
import { DAY, recoveryProof, SECOND } from '../entity-builders.js';
import {
  actorOf,
  anyAsking,
  decide,
  isSame,
  isSpent,
  pick,
  request,
  requireGrantWhereEnrolled,
  requireNewEpoch,
  requireNothingJudged,
  requireSameVerified,
  rule,
  type History,
} from './history.js';

/** Which recovery code somebody types. */
interface TypingRecovery {
  readonly kind: 'unused' | 'unconfirmed' | 'shown' | 'wrong';
  readonly index: number;
}

const anyTypingRecovery: fc.Arbitrary<TypingRecovery> = fc.record({
  kind: fc.constantFrom('unused', 'unused', 'unconfirmed', 'unconfirmed', 'shown', 'wrong'),
  index: fc.nat(40),
});

/** Three codes of one authenticator, by their steps seen from now. */
const anyRow: fc.Arbitrary<readonly [number, number, number]> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }).map((last) => [last - 2, last - 1, last] as const) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.integer({ min: -4, max: 2 }),
      fc.integer({ min: -4, max: 2 }),
      fc.integer({ min: -4, max: 2 }),
    ),
  },
);

const canonical = (written: string): string => written.replaceAll('-', '');

/** Everything that can be asked about recovery codes, unlocking, logins and by an administrator. */
export const RECOVERY_REQUESTS = {
  createRecoveryCodes: request('create recovery codes', anyAsking, (asking, history, service) => {
    const before = service.entity;
    const actor = actorOf(asking, history);
    const done = decide(history, service, actor, (entity, context) => createRecoveryCodes(entity, actor, context));
    if (done === null) return;
    requireGrantWhereEnrolled(before, done);
    rule('recovery codes stand in for a factor', verifiedFactors(before).length > 0);
    rule('the old recovery codes go on until the new ones are confirmed', isSameSet(before, done.entity));
    requireSameVerified(before, done.entity);
    const codes = done.answer.codes.map(canonical);
    rule(
      'no recovery code is given out twice',
      codes.every((code) => !history.shownRecoveryCodes.includes(code)),
    );
    history.shownRecoveryCodes.push(...codes);
    const loginId = actor.by !== 'session' ? null : actor.login.loginId;
    history.renewal = { id: done.answer.id, codes, loginId, expiresAt: done.answer.expiresAt };
  }),

  confirmRecoveryCodes: request(
    'confirm recovery codes',
    fc.record({ asking: anyAsking, typing: anyTypingRecovery, isUnknown: fc.boolean() }),
    ({ asking, typing, isUnknown }, history, service) => {
      const before = service.entity;
      const { renewal } = history;
      const actor = actorOf(asking, history);
      // Mostly the one that is there.
      const id = isUnknown && typing.kind === 'wrong' ? 'no set' : (renewal?.id ?? '');
      const code = recoveryCodeOf(typing, history);
      const done = decide(history, service, actor, (entity, context) =>
        confirmRecoveryCodes(entity, actor, { id, code }, context),
      );
      if (done === null) return;
      requireGrantWhereEnrolled(before, done);
      rule('only a set that waits for it is confirmed', renewal !== null && renewal.id === id);
      rule('a set is confirmed in its time', history.now < renewal.expiresAt);
      rule('only the login that was shown a set confirms it', isBy(actor, renewal.loginId));
      requireSameVerified(before, done.entity);
      const isRight = renewal.codes.includes(code);
      rule('one of its own codes, and no other, confirms a set', (done.answer.status === 'confirmed') === isRight);
      rule('the old recovery codes go on until the new ones are confirmed', isRight || isSameSet(before, done.entity));
      if (!isRight) return;
      requireNewEpoch(before, done.entity);
      history.beginRecoveryCodes(renewal.codes);
      history.carry(actor, done.entity);
    },
  ),

  createByRecoveryCode: request(
    'create a challenge with a recovery code',
    fc.record({
      asking: anyAsking,
      typing: anyTypingRecovery,
      purpose: fc.option(fc.constantFrom('a transfer', 'a deletion'), { freq: 3 }),
    }),
    ({ asking, typing, purpose }, history, service) => {
      const before = service.entity;
      const actor = actorOf(asking, history);
      const code = recoveryCodeOf(typing, history);
      const wanted = { proof: recoveryProof(code), purpose: purpose ?? undefined };
      const done = decide(
        history,
        service,
        actor,
        (entity, context) => createChallenge(entity, actor, wanted, context),
        history.recoveryCodes.has(code),
      );
      if (done !== null) requireRightlyRecovered(before, done, code, actor, history);
    },
  ),

  answerByRecoveryCode: request(
    'answer a challenge by a recovery code',
    fc.record({
      asking: anyAsking,
      challenge: fc.nat(4),
      typing: anyTypingRecovery,
      times: fc.integer({ min: 1, max: 6 }),
    }),
    ({ asking, challenge, typing, times }, history, service) => {
      const actor = actorOf(asking, history);
      const asked = pick([...service.entity.challenges].reverse(), challenge);
      if (asked === undefined) return;
      for (let time = 0; time < times; time += 1) {
        const before = service.entity;
        const code = recoveryCodeOf(typing, history);
        const done = decide(
          history,
          service,
          actor,
          (entity, context) => answerChallenge(entity, actor, asked.sid, recoveryProof(code), context),
          history.recoveryCodes.has(code),
        );
        if (done === null) return;
        rule('only a pending challenge is answered', statusAt(asked, history.now) === 'pending');
        requireRightlyRecovered(before, done, code, actor, history);
      }
    },
  ),

  unlock: request(
    'unlock',
    fc.record({ asking: anyAsking, factor: fc.nat(5), row: anyRow, isWrong: fc.nat(9) }),
    ({ asking, factor, row, isWrong }, history, service) => {
      const before = service.entity;
      const actor = actorOf(asking, history);
      const held = pick(verifiedFactors(before), factor);
      if (actor.by !== 'session' || held === undefined) return;
      const { now } = history;
      const authenticator = history.of(held.sid);
      const present = authenticator.stepAt(now);
      const codeOf = (index: 0 | 1 | 2): string =>
        isWrong === index ? authenticator.wrongCode(now) : authenticator.codeOf(present + row[index]);
      const codes: CodeRow = [codeOf(0), codeOf(1), codeOf(2)];
      const shown = verifiedFactors(before).flatMap(({ sid, lastStep }) => {
        const end = endOfRow(history, sid, codes, lastStep);
        return end === null ? [] : [{ sid, end }];
      });
      const done = decide(
        history,
        service,
        actor,
        (entity, context) => unlockEntity(entity, actor, codes, context),
        shown.length > 0,
      );
      if (done === null) return;
      rule('there is something to unlock', isSpent(before, now));
      const login = history.loginOf(actor);
      rule('a login tries to unlock once in ten seconds', now - login.triedUnlockAt >= 10 * SECOND);
      rule('three new codes in a row, and no others, unlock', (done.answer.status === 'unlocked') === shown.length > 0);
      if (done.answer.status === 'locked') {
        login.triedUnlockAt = now;
        requireNothingJudged(before, done.entity);
        return;
      }
      for (const { sid, end } of shown) history.accept(sid, end);
      const steps = before.factors.map((one) => shown.find(({ sid }) => sid === one.sid)?.end ?? lastStepOfFactor(one));
      rule('1: the row is burned, and nothing else', isSame(done.entity.factors.map(lastStepOfFactor), steps));
      requireFullBudget(done.entity);
      history.give(actor, done.entity, done.answer.factorSid);
    },
  ),

  endOthers: request('end the other logins', anyAsking, (asking, history, service) => {
    const before = service.entity;
    const actor = actorOf(asking, history);
    if (actor.by !== 'session') return;
    const done = decide(history, service, actor, (entity, context) => {
      if (!isSatisfied(entity, actor, context)) throw new MfaError('step_up_required');
      return { entity: startEpoch(entity, context), answer: null, events: [] };
    });
    if (done === null) return;
    rule('only a satisfied login ends the others', done.isSatisfied);
    requireSameVerified(before, done.entity);
    requireNewEpoch(before, done.entity);
    history.carry(actor, done.entity);
  }),

  endLogin: request('log out', anyAsking, (asking, history, service) => {
    const before = service.entity;
    const actor = actorOf(asking, history);
    if (actor.by !== 'session') return;
    const { loginId } = actor.login;
    const done = decide(history, service, actor, (entity, { now }) => ({
      entity: noteLogin(entity, loginId, { ended: true }, now),
      answer: null,
      events: [],
    }));
    if (done === null) return;
    requireNothingJudged(before, done.entity);
    history.loginOf(actor).endedAt = history.now;
  }),

  reset: request('reset', fc.constant(null), (_asked, history, service) => {
    const before = service.entity;
    const done = decide(history, service, HOST, resetEntity, true);
    if (done === null) return;
    requireNewEpoch(before, done.entity);
    rule('a reset leaves no factor', done.entity.factors.length === 0 && done.entity.challenges.length === 0);
    rule('a reset leaves an emptied record', done.entity.everVerified);
    rule('a reset does not reset the rolling cap', done.entity.budget.guesses === before.budget.guesses);
    history.beginRecoveryCodes();
  }),

  openByAdministrator: request('unlock by an administrator', fc.constant(null), (_asked, history, service) => {
    const before = service.entity;
    const done = decide(history, service, HOST, openEntity, true);
    if (done === null) return;
    requireFullBudget(done.entity);
    rule('an administrator’s unlock changes no factor', isSame(done.entity.factors, before.factors));
  }),
};

/** A recovery code is accepted at most once, whatever the budget; a wrong one is counted against its login alone. */
function requireRightlyRecovered(
  before: Entity,
  { answer, entity: after }: Decision<ChallengeAnswer>,
  code: string,
  actor: Actor,
  history: History,
): void {
  const { now } = history;
  rule('a recovery code touches no factor', isSame(after.factors, before.factors));
  const isRight = history.recoveryCodes.has(code);
  rule('an unused code of the set that counts, and no other, approves', (answer.status === 'approved') === isRight);
  const { challenge } = answer;
  const wrongCodes = before.challenges.find(({ sid }) => sid === challenge.sid)?.wrongCodes ?? 0;
  rule('a recovery code is counted against no challenge', challenge.wrongCodes === wrongCodes);
  if (isRight) {
    history.useRecoveryCode(code);
    rule('the other codes of the set stay', after.recoveryCodes?.digests.length === history.recoveryCodes.size);
    requireFullBudget(after);
    const isOwn = actor.by === 'session' && challenge.loginId === actor.login.loginId;
    if (isOwn && challenge.purpose === null) history.give(actor, after, null);
    return;
  }
  rule('a wrong recovery code costs the budget nothing', after.budget === before.budget);
  rule('a wrong recovery code uses none up', isSameSet(before, after));
  if (actor.by !== 'session') return;
  if (history.usedRecoveryCodes.has(code)) {
    rule('a used recovery code is counted against nobody', isSame(after.logins, before.logins));
    return;
  }
  const login = history.loginOf(actor);
  login.wrongRecoveryCodes.push(now);
  // The count may be forgotten after a day in which nothing was added.
  const times = login.wrongRecoveryCodes;
  const gap = times.findLastIndex((time, index) => index > 0 && time - (times[index - 1] ?? time) >= DAY);
  const isEnded = after.logins.some(({ loginId, ended }) => loginId === actor.login.loginId && ended);
  rule('five wrong recovery codes end their login', isEnded || times.slice(Math.max(0, gap)).length < 5);
  rule('fewer than five end no login', !isEnded || times.length >= 5);
  if (isEnded) login.endedAt = now;
}

function recoveryCodeOf({ kind, index }: TypingRecovery, history: History): string {
  const wrong = index.toString().padStart(26, '0');
  switch (kind) {
    case 'unused':
      return pick([...history.recoveryCodes], index) ?? wrong;
    case 'unconfirmed':
      return pick(history.renewal?.codes ?? [], index) ?? wrong;
    case 'shown':
      return pick(history.shownRecoveryCodes, index) ?? wrong;
    case 'wrong':
      return wrong;
  }
}

/** The step of the last code, where the three are of steps in a row above `lastStep`, the last one in the window. */
function endOfRow(history: History, sid: string, codes: CodeRow, lastStep: number): number | null {
  const authenticator = history.of(sid);
  const { skew, codeLength } = authenticator.config;
  if (codes.some((code) => code.length !== codeLength)) return null;
  const present = authenticator.stepAt(history.now);
  const ends = Array.from({ length: 2 * skew + 1 }, (_, index) => present - skew + index);
  const isRow = (end: number): boolean =>
    end - 2 > lastStep && codes.every((code, index) => authenticator.codeOf(end - 2 + index) === code);
  return ends.findLast(isRow) ?? null;
}

function requireFullBudget({ budget }: Entity): void {
  const { wrongCodes, lockedUntil, disabled, guesses } = budget;
  rule('what opens a spent budget opens all of it', wrongCodes === 0 && lockedUntil === 0 && !disabled);
  rule('what opens a spent budget opens the rolling cap too', guesses.length === 0);
}

function lastStepOfFactor(factor: Entity['factors'][number]): number | null {
  return factor.status === 'verified' ? factor.lastStep : null;
}

function isSameSet(before: Entity, after: Entity): boolean {
  return JSON.stringify(after.recoveryCodes) === JSON.stringify(before.recoveryCodes);
}

function isBy(actor: Actor, loginId: string | null): boolean {
  return actor.by !== 'session' || actor.login.loginId === loginId;
}
