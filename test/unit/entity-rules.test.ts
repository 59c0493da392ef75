import fc from 'fast-check';
import { HOST, type Actor, type SessionActor } from '../../src/domain/actor.js';
import { useApproval } from '../../src/domain/approval.js';
import { answerChallenge, createChallenge, denyChallenge, statusAt } from '../../src/domain/challenge.js';
import type { ChallengeAnswer, ChallengeStatus } from '../../src/domain/challenge.js';
import { verifiedFactors, withoutExpiredFactors, type Decision, type Entity } from '../../src/domain/entity.js';
import { createFactor, importFactor, verifyFactor } from '../../src/domain/enrollment.js';
import { lookAtFactor, removeFactor, renameFactor, type VerifiedFactor } from '../../src/domain/factor.js';
import { AMR_CODE, type Grant } from '../../src/domain/grant.js';
import { DOCUMENT_BYTES } from '../../src/domain/settings.js';
import { DEFAULT_TOTP } from '../../src/domain/totp-config.js';
import { MfaError } from '../../src/errors.js';
import { encodeEntity } from '../../src/vault/codec.js';
import { Authenticator } from './authenticator.js';
import { contextAt, DAY, entityWith, frozen, HOUR, IDENTITY, MINUTE, NOW, SECOND } from './entity-builders.js';

/**
 * Random sequences of everything that can be asked of an entity, by several logins and the host. After each request
 * the rules of the domain must hold, judged here from what the authenticators show and what the logins were granted.
 */

/** What happened so far, as somebody sees it who knows the authenticators and no entity. */
class History {
  now = NOW;
  /** Every authenticator that a factor was made for, by the factor's SID. */
  readonly authenticators = new Map<string, Authenticator>();
  /** The highest step accepted of each secret. */
  readonly accepted = new Map<string, number>();
  readonly grants = new Map<string, Grant[]>(LOGINS.map(({ loginId }) => [loginId, []]));
  readonly usedApprovals = new Set<string>();
  #secrets = 0;

  /** A new authenticator; one time in four with codes of eight digits. */
  newAuthenticator(): Authenticator {
    this.#secrets += 1;
    const bytes = Buffer.from(`secret number ${this.#secrets.toString().padStart(6, '0')}`);
    return new Authenticator(bytes, this.#secrets % 4 === 0 ? { codeLength: 8 } : {});
  }

  of(sid: string): Authenticator {
    const authenticator = this.authenticators.get(sid);
    if (authenticator === undefined) throw new Error(`no authenticator was set up for ${sid}`);
    return authenticator;
  }

  /** The only place where a code is accepted: it must be in the window, and above all that was accepted before. */
  accept(sid: string, step: number): void {
    const authenticator = this.of(sid);
    const secret = authenticator.secret.base32();
    const isInWindow = Math.abs(step - authenticator.stepAt(this.now)) <= authenticator.config.skew;
    rule('1: only a step of the window is accepted', isInWindow);
    rule('1: no step of a secret is accepted twice, nor one below', step > (this.accepted.get(secret) ?? -1));
    this.accepted.set(secret, step);
  }
}

class Service {
  entity: Entity = frozen(entityWith([]));
}

/** A user who has a factor already, and the first login of whom has shown it. */
function enrolled(): { readonly model: History; readonly real: Service } {
  const model = new History();
  const real = new Service();
  const authenticator = model.newAuthenticator();
  const wanted = { secret: authenticator.secret, config: authenticator.config };
  const { entity, answer } = importFactor(real.entity, wanted, contextAt(NOW - DAY));
  real.entity = frozen(entity);
  model.authenticators.set(answer.sid, authenticator);
  give(actorOf({ login: 0, grant: 0 }, model), entity, answer.sid, model);
  return { model, real };
}

const LOGINS = [
  { loginId: 'login-1', loginAt: NOW },
  { loginId: 'login-2', loginAt: NOW },
  { loginId: 'login-3', loginAt: 0 },
] as const;

interface Asking {
  /** Which login, or null: the host's own code. */
  readonly login: number | null;
  /** Which of the grants that it was given, the newest first; beyond the last: none. */
  readonly grant: number;
}

interface Typing {
  readonly kind: 'right' | 'old' | 'future' | 'wrong' | 'malformed' | 'last';
  /** Whose code. */
  readonly factor: number;
  readonly by: number;
}

const anyAsking: fc.Arbitrary<Asking> = fc.record({
  login: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(LOGINS.length - 1) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  grant: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
});
const anyTyping: fc.Arbitrary<Typing> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant('right' as const) },
    { weight: 4, arbitrary: fc.constantFrom('old' as const, 'future' as const, 'wrong' as const, 'last' as const) },
    { weight: 1, arbitrary: fc.constant('malformed' as const) },
  ),
  factor: fc.nat(5),
  by: fc.integer({ min: 1, max: 24 }),
});

/** One request, and what must be true of it. */
class Request implements fc.Command<History, Service> {
  readonly #told: string;
  readonly #ask: (history: History, service: Service) => void;

  constructor(name: string, asked: unknown, ask: (history: History, service: Service) => void) {
    this.#told = `${name} ${JSON.stringify(asked)}`;
    this.#ask = ask;
  }

  check(): boolean {
    return true;
  }

  run(history: History, service: Service): void {
    this.#ask(history, service);
  }

  toString(): string {
    return this.#told;
  }
}

const request = <Asked>(
  name: string,
  anyAsked: fc.Arbitrary<Asked>,
  ask: (asked: Asked, history: History, service: Service) => void,
): fc.Arbitrary<Request> =>
  anyAsked.map((asked) => new Request(name, asked, (history, service) => ask(asked, history, service)));

const REQUESTS = {
  wait: request(
    'wait',
    fc.constantFrom(SECOND, SECOND, 30 * SECOND, 30 * SECOND, 31 * SECOND, 5 * MINUTE, HOUR, DAY, 31 * DAY),
    (ms, history, service) => {
      history.now += ms;
      // As every load does.
      service.entity = frozen(withoutExpiredFactors(service.entity, history.now));
    },
  ),

  createFactor: request('create a factor', anyAsking, (asking, history, service) => {
    const actor = actorOf(asking, history);
    const authenticator = history.newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    const before = service.entity;
    const done = decide(history, service, (entity, context) => createFactor(entity, actor, wanted, context));
    if (done === null) return;
    history.authenticators.set(done.answer.sid, authenticator);
    requireGrantWhereEnrolled(before, actor, history.now);
    requireSameVerified(before, done.entity);
    const isRecent = actor.by === 'host' || history.now - actor.login.loginAt < 10 * MINUTE;
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
      const done = decide(history, service, (entity, context) =>
        verifyFactor(entity, actor, factor.sid, code, context),
      );
      if (done === null) return;
      requireGrantWhereEnrolled(before, actor, history.now);
      rule('a factor is verified once', factor.status === 'unverified');
      const isOwn = actor.by === 'host' || factor.loginId === actor.login.loginId;
      rule('6: only the login that created a factor verifies it', isOwn);
      requireSameVerified(before, done.entity, factor.sid);
      const authenticator = history.of(factor.sid);
      const right = stepsInWindow(authenticator, code, history.now);
      rule('a right code, and no other, verifies', (done.answer.status === 'verified') === right.length > 0);
      if (done.answer.status === 'verified') {
        rule('1: the code that verified is spent', done.answer.factor.lastStep === right.at(-1));
        history.accept(factor.sid, done.answer.factor.lastStep);
        requireNewEpoch(before, done.entity);
        give(actor, done.entity, factor.sid, history);
      }
    },
  ),

  importFactor: request('import a factor', fc.record({ again: fc.boolean() }), ({ again }, history, service) => {
    const before = service.entity;
    const removed = [...history.authenticators].find(([sid]) => !before.factors.some((factor) => factor.sid === sid));
    const authenticator = again && removed !== undefined ? removed[1] : history.newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    const done = decide(history, service, (entity, context) => importFactor(entity, wanted, context));
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
      const done = decide(history, service, (entity, context) => renameFactor(entity, actor, sid, 'Phone', context));
      if (done !== null) requireGrantWhereEnrolled(before, actor, history.now);
    },
  ),

  removeFactor: request(
    'remove a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5) }),
    ({ asking, factor }, history, service) => {
      const before = service.entity;
      const sid = pick(before.factors, factor)?.sid ?? 'YF0';
      const actor = actorOf(asking, history);
      const done = decide(history, service, (entity, context) => removeFactor(entity, actor, sid, context));
      if (done === null) return;
      requireGrantWhereEnrolled(before, actor, history.now);
      requireSameVerified(before, done.entity, sid);
      if (done.answer.status === 'verified') requireNewEpoch(before, done.entity);
      else rule('6: removing an enrollment ends no grant', done.entity.epoch === before.epoch);
    },
  ),

  lookAtFactor: request(
    'look at a factor',
    fc.record({ asking: anyAsking, factor: fc.nat(5) }),
    ({ asking, factor }, history, service) => {
      const { entity } = service;
      const actor = actorOf(asking, history);
      const sid = pick(entity.factors, factor)?.sid ?? 'YF0';
      const done = decide(history, service, (before, context) => ({
        entity: before,
        answer: lookAtFactor(before, actor, sid, context),
        events: [],
      }));
      if (done !== null) requireGrantWhereEnrolled(entity, actor, history.now);
    },
  ),

  guess: request(
    'guess',
    fc.record({ asking: anyAsking, times: fc.integer({ min: 1, max: 8 }) }),
    ({ asking, times }, history, service) => {
      const actor = actorOf(asking, history);
      for (let guess = 1; guess <= times; guess += 1) {
        const before = service.entity;
        const code = codeOf({ kind: 'wrong', factor: guess, by: guess }, history, before);
        const done = decide(history, service, (entity, context) => createChallenge(entity, actor, { code }, context));
        if (done !== null) requireRightlyJudged(before, done, null, code, actor, history);
        history.now = Math.max(history.now, service.entity.budget.lockedUntil);
        service.entity = frozen(withoutExpiredFactors(service.entity, history.now));
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
      const wanted = { factorSid, code, purpose: purpose ?? undefined, metadata: { note: 'x'.repeat(200) } };
      const done = decide(history, service, (entity, context) => createChallenge(entity, actor, wanted, context));
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
      const done = decide(history, service, (entity, context) =>
        answerChallenge(entity, actor, asked.sid, code, context),
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
      const done = decide(history, service, (entity, context) => denyChallenge(entity, actor, sid, context));
      if (done === null) return;
      const isOwn = actor.by === 'host' || done.answer.loginId === actor.login.loginId;
      rule(
        'only its login or a satisfied one denies a challenge',
        isOwn || holdsGrant(before, actor, history.now, DAY),
      );
      requireNothingJudged(before, done.entity);
    },
  ),

  useApproval: request(
    'use an approval',
    fc.record({ asking: anyAsking, purpose: fc.constantFrom('a transfer', 'a deletion') }),
    ({ asking, purpose }, history, service) => {
      const before = service.entity;
      const actor = actorOf(asking, history);
      if (actor.by === 'host') return;
      const done = decide(history, service, (entity, context) => useApproval(entity, actor, { purpose }, context));
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

/** More of what is asked more often. */
const ASKED: readonly fc.Arbitrary<Request>[] = [
  REQUESTS.wait,
  REQUESTS.wait,
  REQUESTS.createFactor,
  REQUESTS.createFactor,
  REQUESTS.verifyFactor,
  REQUESTS.verifyFactor,
  REQUESTS.verifyFactor,
  REQUESTS.importFactor,
  REQUESTS.renameFactor,
  REQUESTS.removeFactor,
  REQUESTS.lookAtFactor,
  REQUESTS.guess,
  REQUESTS.createChallenge,
  REQUESTS.createChallenge,
  REQUESTS.createChallenge,
  REQUESTS.answerChallenge,
  REQUESTS.answerChallenge,
  REQUESTS.answerChallenge,
  REQUESTS.answerChallenge,
  REQUESTS.denyChallenge,
  REQUESTS.useApproval,
  REQUESTS.useApproval,
  REQUESTS.useApproval,
];

/** Lets the domain decide on the frozen entity, and checks what holds of every decision. Null: it refused. */
function decide<Answer>(
  history: History,
  service: Service,
  ask: (entity: Entity, context: ReturnType<typeof contextAt>) => Decision<Answer>,
): Decision<Answer> | null {
  const before = service.entity;
  let decision: Decision<Answer>;
  try {
    decision = ask(before, contextAt(history.now));
  } catch (error) {
    if (error instanceof MfaError) return null;
    throw error;
  }
  service.entity = frozen(decision.entity);
  requireSound(before, decision.entity, history.now);
  return decision;
}

function requireSound(before: Entity, after: Entity, now: number): void {
  for (const factor of before.factors) {
    const then = after.factors.find(({ sid }) => sid === factor.sid);
    if (then === undefined || factor.status !== 'verified') continue;
    rule('a verified factor never becomes unverified', then.status === 'verified');
    rule('1: lastStep never falls', then.lastStep >= factor.lastStep);
  }
  const isEnrolled = verifiedFactors(after).length > 0;
  rule(
    'a record that held a verified factor never forgets it',
    after.everVerified || !(before.everVerified || isEnrolled),
  );
  rule('at most five verified factors and one unverified', verifiedFactors(after).length <= 5);
  rule('at most five verified factors and one unverified', after.factors.length - verifiedFactors(after).length <= 1);
  const hasUnverified = after.factors.some(({ status }) => status === 'unverified');
  rule('6: all unverified factors die when the epoch changes', after.epoch === before.epoch || !hasUnverified);

  const { wrongCodes, lockedUntil, guesses } = after.budget;
  rule('the budget is never negative', Math.min(wrongCodes, lockedUntil, ...guesses.map(({ chance }) => chance)) >= 0);
  rule('the rolling cap is kept in 31 buckets', guesses.length <= 31);

  for (const challenge of before.challenges) {
    const then = after.challenges.find(({ sid }) => sid === challenge.sid);
    if (then === undefined) continue;
    rule('a challenge that has ended stays what it is', NEXT[statusAt(challenge, now)].includes(statusAt(then, now)));
  }
  const pending = after.challenges.filter(({ status }) => status === 'pending');
  rule('at most 20 challenges are pending', pending.length <= 20);
  rule('few challenges are kept', after.challenges.length <= 45);
  rule('the document stays small', encodeEntity(after).length < DOCUMENT_BYTES / 2);
}

const NEXT: Readonly<Record<ChallengeStatus, readonly ChallengeStatus[]>> = {
  pending: ['pending', 'approved', 'denied', 'expired'],
  approved: ['approved'],
  denied: ['denied'],
  expired: ['expired'],
};

/** Rules 1 and 4: a code is accepted where it must be, once, or charged, once. */
function requireRightlyJudged(
  before: Entity,
  { answer, entity: after }: Decision<ChallengeAnswer>,
  factorSid: string | null,
  code: string,
  actor: Actor,
  history: History,
): void {
  const { now } = history;
  rule('4: a disabled entity has no code judged', !before.budget.disabled);
  rule('4: a waiting entity has no code judged', before.budget.lockedUntil <= now);
  const tried = verifiedFactors(before).filter(
    ({ sid, config }) => (factorSid ?? sid) === sid && config.codeLength === code.length,
  );
  rule('6: only codes of verified factors are judged', tried.length > 0);
  const inWindow = tried.map((factor) => ({ factor, steps: stepsInWindow(history.of(factor.sid), code, now) }));
  const fresh = inWindow
    .map(({ factor, steps }) => ({ factor, step: steps.filter((step) => step > factor.lastStep).at(-1) }))
    .filter((match): match is { factor: VerifiedFactor; step: number } => match.step !== undefined);

  if (fresh.length > 0) {
    rule('a right code approves', answer.status === 'approved');
    rule(
      'the factor that was shown is named',
      fresh.some(({ factor }) => factor.sid === answer.factorSid),
    );
    for (const { factor, step } of fresh) history.accept(factor.sid, step);
    const steps = before.factors.map(
      (factor) => fresh.find((match) => match.factor === factor)?.step ?? lastStepOf(factor),
    );
    rule('1: everything that a code matches is burned, and nothing else', isSame(after.factors.map(lastStepOf), steps));
    rule('a right code sets the count to 0', after.budget.wrongCodes === 0 && after.budget.lockedUntil === 0);
    rule('a right code does not reset the rolling cap', after.budget.guesses === before.budget.guesses);
    const isOwn = actor.by === 'session' && answer.challenge.loginId === actor.login.loginId;
    if (isOwn && answer.challenge.purpose === null) give(actor, after, answer.factorSid, history);
    return;
  }
  rule('2: any other code leaves the challenge pending', answer.status === 'pending');
  rule('2: any other code leaves the factors as they are', isSame(after.factors, before.factors));
  if (inWindow.some(({ steps }) => steps.length > 0)) {
    rule('2: a used code is named so', answer.reason === 'code_already_used');
    rule('a used code is charged to nobody', after.budget === before.budget);
    return;
  }
  const behind = tried.some(({ sid }) => stepsWith(history.of(sid), code, now, -20, -2).length > 0);
  rule('2: drift is named for a past step only', answer.reason === (behind ? 'clock_drift' : 'incorrect_code'));
  rule('4: a wrong code is charged once', after.budget.wrongCodes === before.budget.wrongCodes + 1);
  const chance = tried.reduce((sum, { config }) => sum + (config.codeLength === 8 ? 3 : 300), 0);
  const today = Math.floor(now / DAY);
  rule('4: it is charged for every factor tried', chanceOn(after, today) === chanceOn(before, today) + chance);
}

/** Rule 4: what judges no code charges none. */
function requireNothingJudged(before: Entity, after: Entity): void {
  rule('4: what judges no code charges none', after.budget === before.budget);
  rule('what judges no code changes no factor', isSame(after.factors, before.factors));
}

/** Rule 7. The grant is looked at as the rule says it, not as the domain does. */
function requireGrantWhereEnrolled(before: Entity, actor: Actor, now: number): void {
  const isFresh = holdsGrant(before, actor, now, 10 * MINUTE);
  rule(
    '7: factors of an enrolled user are managed with a fresh grant',
    verifiedFactors(before).length === 0 || isFresh,
  );
}

function holdsGrant(entity: Entity, actor: Actor, now: number, maxAge: number): boolean {
  if (actor.by === 'host') return true;
  const { grant } = actor;
  return (
    grant !== null &&
    grant.loginId === actor.login.loginId &&
    grant.epoch === entity.epoch &&
    verifiedFactors(entity).some(({ sid }) => sid === grant.factorSid) &&
    now - grant.authAt < maxAge &&
    now - grant.seenAt < HOUR
  );
}

/** Rule 6: verified factors stay as they are, but for the one in question; and the budget is not touched. */
function requireSameVerified(before: Entity, after: Entity, but?: string): void {
  const others = (entity: Entity): readonly VerifiedFactor[] =>
    verifiedFactors(entity).filter(({ sid }) => sid !== but);
  rule('6: no other verified factor is touched', isSame(others(after), others(before)));
  rule('6: an enrollment costs the budget nothing', after.budget === before.budget);
}

function requireNewEpoch(before: Entity, after: Entity): void {
  rule('7: older grants end with a factor verified or removed', after.epoch !== before.epoch);
}

function rule(claim: string, holds: boolean): asserts holds {
  if (!holds) throw new Error(`broken: ${claim}`);
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((item, index) => item === others[index]);
}

/** The grant of a session that has just shown a factor. */
function give(actor: Actor, { epoch }: Entity, factorSid: string, { grants, now }: History): void {
  if (actor.by === 'host') return;
  const { loginId } = actor.login;
  grants
    .get(loginId)
    ?.unshift({ identity: IDENTITY, loginId, epoch, factorSid, amr: AMR_CODE, authAt: now, seenAt: now });
}

function actorOf({ login, grant }: Asking, { grants }: History): Actor {
  const used = login === null ? undefined : LOGINS[login];
  if (used === undefined) return HOST;
  const held = grants.get(used.loginId) ?? [];
  const actor: SessionActor = {
    by: 'session',
    identity: IDENTITY,
    login: used,
    grant: held[grant] ?? null,
    mayEnroll: true,
  };
  return actor;
}

function codeOf({ kind, factor, by }: Typing, history: History, entity: Entity): string {
  const { now } = history;
  const held = pick(entity.factors, factor);
  const authenticator = held === undefined ? new Authenticator(Buffer.alloc(20), DEFAULT_TOTP) : history.of(held.sid);
  switch (kind) {
    case 'right':
      return authenticator.codeAt(now, (by % 3) - 1);
    case 'old':
      return authenticator.codeAt(now, -by);
    case 'future':
      return authenticator.codeAt(now, by);
    case 'last':
      return held?.status === 'verified' ? authenticator.codeOf(held.lastStep) : authenticator.codeAt(now);
    case 'wrong':
      // Whether it is wrong at this moment the rules tell, as of every code.
      return by.toString().padStart(authenticator.config.codeLength, '0');
    case 'malformed':
      return '1234567';
  }
}

function stepsInWindow(authenticator: Authenticator, code: string, now: number): readonly number[] {
  const { skew } = authenticator.config;
  return stepsWith(authenticator, code, now, -skew, skew);
}

function stepsWith(
  authenticator: Authenticator,
  code: string,
  now: number,
  first: number,
  last: number,
): readonly number[] {
  const present = authenticator.stepAt(now);
  return Array.from({ length: last - first + 1 }, (_, index) => present + first + index).filter(
    (step) => authenticator.codeOf(step) === code,
  );
}

function lastStepOf(factor: Entity['factors'][number]): number | null {
  return factor.status === 'verified' ? factor.lastStep : null;
}

function chanceOn({ budget }: Entity, day: number): number {
  return budget.guesses.find((bucket) => bucket.day === day)?.chance ?? 0;
}

function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)];
}

it('whatever is asked, in whatever order, by whomever: no rule of the domain bends', () => {
  const anySequence = fc.commands([...ASKED], { maxCommands: 60, size: 'max' });
  fc.assert(
    fc.property(anySequence, fc.boolean(), (sequence, isEnrolled) => {
      fc.modelRun(isEnrolled ? enrolled : () => ({ model: new History(), real: new Service() }), sequence);
    }),
    { numRuns: 2000 },
  );
});
