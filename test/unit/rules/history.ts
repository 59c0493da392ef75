import fc from 'fast-check';
import { HOST, type Actor, type SessionActor } from '../../../src/domain/actor.js';
import { statusAt, type ChallengeStatus } from '../../../src/domain/challenge.js';
import { verifiedFactors, type Decision, type DecisionContext, type Entity } from '../../../src/domain/entity.js';
import type { VerifiedFactor } from '../../../src/domain/factor.js';
import type { Grant, Login } from '../../../src/domain/grant.js';
import { requireLogin } from '../../../src/domain/login-trace.js';
import { APP_CAPACITY } from '../../../src/domain/settings.js';
import { MfaError } from '../../../src/errors.js';
import { encodeEntity } from '../../../src/vault/codec.js';
import { Authenticator } from '../authenticator.js';
import { contextAt, DAY, entityWith, frozen, HOUR, IDENTITY, MINUTE, NOW, SOURCE } from '../entity-builders.js';

/** What happened so far, as somebody sees it who knows authenticators, codes and logins, and no entity. */
export class History {
  now = NOW;
  /** Every authenticator that a factor was made for, by the factor's SID. */
  readonly authenticators = new Map<string, Authenticator>();
  /** The highest step accepted of each secret. */
  readonly accepted = new Map<string, number>();
  readonly usedApprovals = new Set<string>();
  /** The codes of the set that counts which were not used yet. */
  recoveryCodes: ReadonlySet<string> = new Set();
  /** Those of the same set that were used. */
  usedRecoveryCodes: ReadonlySet<string> = new Set();
  /** Every recovery code that was ever shown. */
  readonly shownRecoveryCodes: string[] = [];
  renewal: Renewal | null = null;
  /** When the budget was last spent for good. */
  disabledAt = 0;
  readonly logins: LoginHistory[] = [];
  #secrets = 0;
  #loginCount = 0;

  constructor() {
    for (const loginAt of [NOW, NOW, 0]) this.#logIn(this.logins.length, loginAt);
  }

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

  /** A set, or none, in the place of the one before. */
  beginRecoveryCodes(codes: readonly string[] = []): void {
    this.recoveryCodes = new Set(codes);
    this.usedRecoveryCodes = new Set();
  }

  useRecoveryCode(code: string): void {
    this.recoveryCodes = new Set([...this.recoveryCodes].filter((other) => other !== code));
    this.usedRecoveryCodes = new Set([...this.usedRecoveryCodes, code]);
  }

  /** Whoever used this seat logs in again; the third never says when. */
  logInAgain(seat: number): void {
    this.#logIn(seat, seat === 2 ? 0 : this.now);
  }

  loginOf(actor: SessionActor): LoginHistory {
    const found = this.logins.find(({ login }) => login.loginId === actor.login.loginId);
    if (found === undefined) throw new Error(`nobody has logged in as ${actor.login.loginId}`);
    return found;
  }

  /** The grant of a session that has just shown a factor, or by null a recovery code. */
  give(actor: Actor, { epoch }: Entity, factorSid: string | null): void {
    if (actor.by !== 'session') return;
    const { loginId } = actor.login;
    const grant = { identity: IDENTITY, loginId, epoch, factorSid, amr: [], authAt: this.now, seenAt: this.now };
    this.loginOf(actor).grants.unshift(grant);
  }

  /** The grant of a session that goes on in the new epoch. */
  carry(actor: Actor, { epoch, factors }: Entity): void {
    if (actor.by !== 'session' || actor.grant === null) return;
    const { factorSid } = actor.grant;
    const isThere = factors.some(({ sid }) => sid === factorSid);
    this.loginOf(actor).grants.unshift({ ...actor.grant, epoch, factorSid: isThere ? factorSid : null });
  }

  /** A security change: no grant that was given so far counts any more, and what waits to be confirmed is gone. */
  endGrants(): void {
    for (const { grants, endedGrants } of this.logins) for (const grant of grants) endedGrants.add(grant);
    this.renewal = null;
  }

  #logIn(seat: number, loginAt: number): void {
    this.#loginCount += 1;
    const loginId = `login-${this.#loginCount.toString()}`;
    const login = { loginId, loginAt, seenSince: this.now };
    this.logins[seat] = {
      login,
      grants: [],
      endedGrants: new Set(),
      endedAt: null,
      wrongRecoveryCodes: [],
      triedUnlockAt: -Infinity,
    };
  }
}

interface LoginHistory {
  readonly login: Login;
  /** The newest first. */
  readonly grants: Grant[];
  readonly endedGrants: Set<Grant>;
  endedAt: number | null;
  /** When each was shown. */
  readonly wrongRecoveryCodes: number[];
  triedUnlockAt: number;
}

interface Renewal {
  readonly id: string;
  readonly codes: readonly string[];
  /** Null: the host. */
  readonly loginId: string | null;
  readonly expiresAt: number;
}

export class Service {
  entity: Entity = frozen(entityWith([]));
}

export interface Asking {
  /** Which seat's login, or null: the host's own code. */
  readonly login: number | null;
  /** Whether it logs in again first. */
  readonly isNew: boolean;
  /** Which of the grants that it was given, the newest first; beyond the last: none. */
  readonly grant: number;
}

export const anyAsking: fc.Arbitrary<Asking> = fc.record({
  login: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(2) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  isNew: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  grant: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
});

export function actorOf({ login, isNew, grant }: Asking, history: History): Actor {
  if (login === null) return HOST;
  if (isNew) history.logInAgain(login);
  const known = history.logins[login];
  if (known === undefined) throw new Error(`there is no seat ${login.toString()}`);
  return {
    by: 'session',
    source: SOURCE,
    identity: IDENTITY,
    login: known.login,
    grant: known.grants[grant] ?? null,
    mayEnroll: true,
  };
}

/** One request, and what must be true of it. */
export class Request implements fc.Command<History, Service> {
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

export const request = <Asked>(
  name: string,
  anyAsked: fc.Arbitrary<Asked>,
  ask: (asked: Asked, history: History, service: Service) => void,
): fc.Arbitrary<Request> =>
  anyAsked.map((asked) => new Request(name, asked, (history, service) => ask(asked, history, service)));

/** What was decided, and what the grant of whoever asked was worth then. */
interface Decided<Answer> extends Decision<Answer> {
  readonly isSatisfied: boolean;
  readonly isFresh: boolean;
}

/**
 * Lets the domain decide on the frozen entity, as a transaction does, and checks what holds of every decision. Null: it
 * refused. `mayOpen`: whether this may open a spent budget.
 */
export function decide<Answer>(
  history: History,
  service: Service,
  actor: Actor,
  ask: (entity: Entity, context: DecisionContext) => Decision<Answer>,
  mayOpen = false,
): Decided<Answer> | null {
  const before = service.entity;
  const context = contextAt(history.now);
  let decision: Decision<Answer>;
  try {
    requireLogin(before, actor, context);
    decision = ask(before, context);
  } catch (error) {
    if (error instanceof MfaError) return null;
    throw error;
  }
  // Looked at before the decision counts: it may have ended the grant that it was made with.
  const isSatisfied = holdsGrant(before, actor, history, DAY);
  const isFresh = holdsGrant(before, actor, history, 10 * MINUTE);
  requireLivingLogin(actor, before, isSatisfied, history);
  service.entity = frozen(decision.entity);
  requireSound(before, decision.entity, history);
  rule(
    '4: nothing but a recovery code, three codes in a row and an administrator opens a spent budget',
    mayOpen || !isSpent(before, history.now) || isSpent(decision.entity, history.now),
  );
  return { ...decision, isSatisfied, isFresh };
}

/**
 * Nobody acts in the name of a login that was ended, or, once codes are judged again, of one that waited for its second
 * factor when the entity was disabled.
 */
function requireLivingLogin(actor: Actor, before: Entity, isSatisfied: boolean, history: History): void {
  if (actor.by !== 'session') return;
  const { endedAt } = history.loginOf(actor);
  rule('a login that was ended does nothing more', endedAt === null || history.now - endedAt >= DAY);
  rule(
    'a login that waited when the entity was disabled does nothing more once it is open again',
    isSatisfied || before.budget.disabled || actor.login.seenSince >= history.disabledAt,
  );
}

export function isSpent({ budget }: Entity, now: number): boolean {
  return budget.disabled || now < budget.lockedUntil;
}

function requireSound(before: Entity, after: Entity, history: History): void {
  const { now } = history;
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

  if (after.epoch !== before.epoch) history.endGrants();
  rule('what was not confirmed dies with the epoch', after.epoch === before.epoch || after.renewal === null);
  rule('recovery codes go with the last factor', isEnrolled || after.recoveryCodes === null);
  rule('few logins are remembered', after.logins.length <= 20);

  if (after.budget.disabled && !before.budget.disabled) history.disabledAt = now;
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
  rule(
    'the document stays small',
    Buffer.byteLength(JSON.stringify(encodeEntity({ identity: IDENTITY, entity: after }))) <
      APP_CAPACITY.documentBytes / 2,
  );
}

const NEXT: Readonly<Record<ChallengeStatus, readonly ChallengeStatus[]>> = {
  pending: ['pending', 'approved', 'denied', 'expired'],
  approved: ['approved'],
  denied: ['denied'],
  expired: ['expired'],
};

/** Rule 4: what judges no code charges none. */
export function requireNothingJudged(before: Entity, after: Entity): void {
  rule('4: what judges no code charges none', after.budget === before.budget);
  rule('what judges no code changes no factor', isSame(after.factors, before.factors));
}

/** Rule 7. */
export function requireGrantWhereEnrolled(before: Entity, { isFresh }: Decided<unknown>): void {
  const isEnrolled = verifiedFactors(before).length > 0;
  rule('7: what an enrolled user has is managed with a fresh grant', isFresh || !isEnrolled);
}

/** The grant is looked at as rule 7 says it, not as the domain does. */
function holdsGrant(entity: Entity, actor: Actor, history: History, maxAge: number): boolean {
  if (actor.by !== 'session') return true;
  const { now } = history;
  const { grant } = actor;
  return (
    grant !== null &&
    grant.loginId === actor.login.loginId &&
    !history.loginOf(actor).endedGrants.has(grant) &&
    (grant.factorSid === null || verifiedFactors(entity).some(({ sid }) => sid === grant.factorSid)) &&
    now - grant.authAt < maxAge &&
    now - grant.seenAt < HOUR
  );
}

/** Rule 6: verified factors stay as they are, but for the one in question; and the budget is not touched. */
export function requireSameVerified(before: Entity, after: Entity, but?: string): void {
  const others = (entity: Entity): readonly VerifiedFactor[] =>
    verifiedFactors(entity).filter(({ sid }) => sid !== but);
  rule('6: no other verified factor is touched', isSame(others(after), others(before)));
  rule('6: an enrollment costs the budget nothing', after.budget === before.budget);
}

export function requireNewEpoch(before: Entity, after: Entity): void {
  rule('7: older grants end with every security change', after.epoch !== before.epoch);
}

export function rule(claim: string, holds: boolean): asserts holds {
  if (!holds) throw new Error(`broken: ${claim}`);
}

export function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((item, index) => item === others[index]);
}

export function stepsInWindow(authenticator: Authenticator, code: string, now: number): readonly number[] {
  const { skew } = authenticator.config;
  return stepsWith(authenticator, code, now, -skew, skew);
}

export function stepsWith(
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

export function lastStepOf(factor: Entity['factors'][number]): number | null {
  return factor.status === 'verified' ? factor.lastStep : null;
}

export function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)];
}
