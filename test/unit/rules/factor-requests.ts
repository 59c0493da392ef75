import fc from 'fast-check';
import { HOST } from '../../../src/domain/actor.js';
import { verifiedFactors } from '../../../src/domain/entity.js';
import { createFactor, importFactor, verifyFactor } from '../../../src/domain/enrollment.js';
import { lookAtFactor, removeFactor, renameFactor } from '../../../src/domain/factor.js';
import { MINUTE } from '../entity-builders.js';
import { anyTyping, codeOf } from './code.js';
import {
  actorOf,
  anyAsking,
  decide,
  pick,
  request,
  requireGrantWhereEnrolled,
  requireNewEpoch,
  requireSameVerified,
  rule,
  stepsInWindow,
} from './history.js';

/** Everything that can be asked about factors. */
export const FACTOR_REQUESTS = {
  createFactor: request('create a factor', anyAsking, (asking, history, service) => {
    const actor = actorOf(asking, history);
    const authenticator = history.newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    const before = service.entity;
    const done = decide(history, service, actor, (entity, context) => createFactor(entity, actor, wanted, context));
    if (done === null) return;
    history.authenticators.set(done.answer.sid, authenticator);
    requireGrantWhereEnrolled(before, done);
    requireSameVerified(before, done.entity);
    const isRecent = actor.by !== 'session' || history.now - actor.login.loginAt < 10 * MINUTE;
    rule('7: the first enrollment needs a recent login', isRecent || verifiedFactors(before).length > 0);
  }),

  verifyFactor: request(
    'verify a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5), typing: anyTyping }),
    (asked, history, service) => {
      const before = service.entity;
      // The newest first: it is the one that may be unverified.
      const factor = pick([...before.factors].reverse(), asked.factor >> 1);
      if (factor === undefined) return;
      const actor = actorOf(asked.asking, history);
      const code = codeOf({ ...asked.typing, factor: before.factors.indexOf(factor) }, history, before);
      const done = decide(history, service, actor, (entity, context) =>
        verifyFactor(entity, actor, factor.sid, code, context),
      );
      if (done === null) return;
      requireGrantWhereEnrolled(before, done);
      rule('a factor is verified once', factor.status === 'unverified');
      const isOwn = actor.by !== 'session' || factor.loginId === actor.login.loginId;
      rule('6: only the login that created a factor verifies it', isOwn);
      requireSameVerified(before, done.entity, factor.sid);
      const authenticator = history.of(factor.sid);
      const right = stepsInWindow(authenticator, code, history.now);
      rule('a right code, and no other, verifies', (done.answer.status === 'verified') === right.length > 0);
      if (done.answer.status === 'verified') {
        rule('1: the code that verified is spent', done.answer.factor.lastStep === right.at(-1));
        history.accept(factor.sid, done.answer.factor.lastStep);
        requireNewEpoch(before, done.entity);
        history.give(actor, done.entity, factor.sid);
      }
    },
  ),

  importFactor: request('import a factor', fc.record({ again: fc.boolean() }), ({ again }, history, service) => {
    const before = service.entity;
    const removed = [...history.authenticators].find(([sid]) => !before.factors.some((factor) => factor.sid === sid));
    const authenticator = again && removed !== undefined ? removed[1] : history.newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    const done = decide(history, service, HOST, (entity, context) => importFactor(entity, wanted, context));
    if (done === null) return;
    history.authenticators.set(done.answer.sid, authenticator);
    requireSameVerified(before, done.entity, done.answer.sid);
    requireNewEpoch(before, done.entity);
    rule('1: an import burns the present window', done.answer.lastStep === authenticator.stepAt(history.now) + 1);
  }),

  renameFactor: request(
    'rename a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5) }),
    ({ asking, factor }, history, service) => {
      const before = service.entity;
      const sid = pick(before.factors, factor)?.sid ?? 'YF0';
      const actor = actorOf(asking, history);
      const done = decide(history, service, actor, (entity, context) =>
        renameFactor(entity, actor, sid, 'Phone', context),
      );
      if (done !== null) requireGrantWhereEnrolled(before, done);
    },
  ),

  removeFactor: request(
    'remove a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5) }),
    ({ asking, factor }, history, service) => {
      const before = service.entity;
      const sid = pick(before.factors, factor)?.sid ?? 'YF0';
      const actor = actorOf(asking, history);
      const done = decide(history, service, actor, (entity, context) => removeFactor(entity, actor, sid, context));
      if (done === null) return;
      requireGrantWhereEnrolled(before, done);
      requireSameVerified(before, done.entity, sid);
      if (done.answer.status === 'verified') {
        requireNewEpoch(before, done.entity);
        history.carry(actor, done.entity);
        if (verifiedFactors(done.entity).length === 0) history.beginRecoveryCodes();
      } else rule('6: removing an enrollment ends no grant', done.entity.epoch === before.epoch);
    },
  ),

  lookAtFactor: request(
    'look at a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5) }),
    ({ asking, factor }, history, service) => {
      const { entity } = service;
      const actor = actorOf(asking, history);
      const sid = pick(entity.factors, factor)?.sid ?? 'YF0';
      const done = decide(history, service, actor, (before, context) => ({
        entity: before,
        answer: lookAtFactor(before, actor, sid, context),
        events: [],
      }));
      if (done !== null) requireGrantWhereEnrolled(entity, done);
    },
  ),
};
