import fc from 'fast-check';
import { useApproval } from '../../../src/domain/approval.js';
import { answerChallenge, createChallenge, denyChallenge, statusAt } from '../../../src/domain/challenge.js';
import { withoutExpired } from '../../../src/domain/entity.js';
import { codeProof, DAY, frozen, HOUR, MINUTE, SECOND } from '../entity-builders.js';
import { anyTyping, codeOf, requireRightlyJudged } from './code.js';
import { actorOf, anyAsking, decide, pick, request, requireNothingJudged, rule } from './history.js';

/** Everything that can be asked about challenges and approvals; and time goes by. */
export const CHALLENGE_REQUESTS = {
  wait: request(
    'wait',
    fc.constantFrom(SECOND, SECOND, 30 * SECOND, 30 * SECOND, 31 * SECOND, 5 * MINUTE, HOUR, DAY, 31 * DAY),
    (ms, history, service) => {
      history.now += ms;
      // As every load does.
      service.entity = frozen(withoutExpired(service.entity, history.now));
    },
  ),

  guess: request(
    'guess',
    fc.record({ asking: anyAsking, times: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(5, 20)) }),
    ({ asking, times }, history, service) => {
      const actor = actorOf(asking, history);
      for (let guess = 1; guess <= times; guess += 1) {
        const before = service.entity;
        const code = codeOf({ kind: 'wrong', factor: guess, by: guess }, history, before);
        const done = decide(history, service, actor, (entity, context) =>
          createChallenge(entity, actor, { proof: codeProof(code) }, context),
        );
        if (done !== null) requireRightlyJudged(before, done, null, code, actor, history);
        history.now = Math.max(history.now, service.entity.budget.lockedUntil);
        service.entity = frozen(withoutExpired(service.entity, history.now));
      }
    },
  ),

  createChallenge: request(
    'create a challenge',
    fc.record({
      asking: anyAsking,
      factor: fc.oneof(fc.constant(null), fc.nat(5)),
      typing: fc.option(anyTyping, { freq: 4 }),
      purpose: fc.option(fc.constantFrom('a transfer', 'a deletion'), { freq: 3 }),
    }),
    ({ asking, factor, typing, purpose }, history, service) => {
      const before = service.entity;
      const actor = actorOf(asking, history);
      const factorSid = factor === null ? undefined : pick(before.factors, factor)?.sid;
      const code = typing === null ? undefined : codeOf(typing, history, before);
      const proof = code === undefined ? undefined : codeProof(code);
      const wanted = { factorSid, proof, purpose: purpose ?? undefined, metadata: { note: 'x'.repeat(200) } };
      const done = decide(history, service, actor, (entity, context) =>
        createChallenge(entity, actor, wanted, context),
      );
      if (done === null) return;
      if (code === undefined) requireNothingJudged(before, done.entity);
      else requireRightlyJudged(before, done, factorSid ?? null, code, actor, history);
    },
  ),

  answerChallenge: request(
    'answer a challenge',
    fc.record({ asking: anyAsking, challenge: fc.nat(4), typing: anyTyping }),
    ({ asking, challenge, typing }, history, service) => {
      const before = service.entity;
      const asked = pick([...before.challenges].reverse(), challenge);
      if (asked === undefined) return;
      const actor = actorOf(asking, history);
      const code = codeOf(typing, history, before);
      const done = decide(history, service, actor, (entity, context) =>
        answerChallenge(entity, actor, asked.sid, codeProof(code), context),
      );
      if (done === null) return;
      rule('only a pending challenge is answered', statusAt(asked, history.now) === 'pending');
      rule('a challenge takes five wrong codes', asked.wrongCodes < 5);
      requireRightlyJudged(before, done, asked.factorSid, code, actor, history);
    },
  ),

  denyChallenge: request(
    'deny a challenge',
    fc.record({ asking: anyAsking, challenge: fc.nat(4) }),
    ({ asking, challenge }, history, service) => {
      const before = service.entity;
      const sid = pick([...before.challenges].reverse(), challenge)?.sid ?? 'YC0';
      const actor = actorOf(asking, history);
      const done = decide(history, service, actor, (entity, context) => denyChallenge(entity, actor, sid, context));
      if (done === null) return;
      const isOwn = actor.by !== 'session' || done.answer.loginId === actor.login.loginId;
      rule('only its login or a satisfied one denies a challenge', isOwn || done.isSatisfied);
      requireNothingJudged(before, done.entity);
    },
  ),

  useApproval: request(
    'use an approval',
    fc.record({ asking: anyAsking, purpose: fc.constantFrom('a transfer', 'a deletion') }),
    ({ asking, purpose }, history, service) => {
      const before = service.entity;
      const actor = actorOf(asking, history);
      if (actor.by !== 'session') return;
      const done = decide(history, service, actor, (entity, context) =>
        useApproval(entity, actor, { purpose }, context),
      );
      if (done === null) return;
      requireNothingJudged(before, done.entity);
      if (done.answer.status === 'pending') return;
      const { sid } = done.answer.challenge;
      const given = before.challenges.find((challenge) => challenge.sid === sid);
      rule('an approval is used after it was given', given?.status === 'approved');
      rule('an approval is for its own login', given.loginId === actor.login.loginId);
      rule('an approval is for its purpose alone', given.purpose?.digest === purpose);
      rule('an approval dies with its epoch', given.purpose.epoch === before.epoch);
      rule('an approval lives five minutes', history.now - (given.respondedAt ?? 0) < 5 * MINUTE);
      rule('an approval is used once', !history.usedApprovals.has(sid));
      history.usedApprovals.add(sid);
    },
  ),
};
