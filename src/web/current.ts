import type { Request, Response } from 'express';
import type { SessionActor } from '../domain/actor.js';
import type { Grant } from '../domain/grant.js';
import type { Purpose } from '../domain/purpose.js';
import { newEpoch, type Random } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { Pages } from '../pages/pages.js';
import type { Logins } from '../use-cases/logins.js';
import type { Outbox } from '../use-cases/outbox.js';
import type { Clock } from '../use-cases/transaction.js';
import { readLoginRecord, writeLoginRecord, type LoginRecord, type Notice } from './login-record.js';
import { asPassportRequest, logOut } from './passport-request.js';
import {
  actorOf,
  resolveSubject,
  UNRESOLVED,
  type Resolution,
  type ResolverParts,
  type Subject,
} from './resolution.js';
import type { MfaState } from './session-state.js';
import type { WebSettings } from './web-settings.js';

/** What the state of a request is made from. */
export interface CurrentParts<User> extends ResolverParts<User> {
  readonly web: WebSettings;
  readonly pages: Pages;
  readonly logins: Logins;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where a request keeps its state: out of sight, and there through a proxy too. */
const CURRENT = Symbol('passport-factors');

/**
 * The second-factor state of one request, and its only owner: `req.user`, `req.mfa`, the guards and the router all ask
 * here. Nobody is anybody before `resolve` said so.
 */
export class Current<User> {
  readonly req: Request;
  readonly res: Response;
  readonly parts: CurrentParts<User>;
  /** What was approved for this very request. */
  approved: Purpose | null = null;
  #user: User | undefined;
  #isStateless = false;
  #subject: Subject<User> | null = null;
  #resolution: Resolution | null = null;
  #pendingGrant: Grant | null = null;

  constructor(req: Request, res: Response, parts: CurrentParts<User>) {
    this.req = req;
    this.res = res;
    this.parts = parts;
    Object.defineProperty(req, CURRENT, { value: this });
  }

  static find(req: Request): Current<unknown> | undefined {
    return (req as { [CURRENT]?: Current<unknown> })[CURRENT];
  }

  /** The user after the first factor, hidden or not. */
  get user(): User | undefined {
    return this.#user;
  }

  /** What the host's code reads at the user property. */
  get visibleUser(): User | undefined {
    const { state } = this;
    const isVisible = this.#isStateless || !this.parts.web.isolate || state === 'satisfied' || state === 'not_required';
    return isVisible ? this.#user : undefined;
  }

  get state(): MfaState {
    return this.#user === undefined ? 'anonymous' : this.found.state;
  }

  /** Why the state is `unavailable`. */
  get failure(): MfaError | null {
    return this.found.failure;
  }

  /** Logged in for this request alone. */
  get isStateless(): boolean {
    return this.#isStateless;
  }

  get isImpersonated(): boolean {
    return this.record?.impersonated === true;
  }

  /** What was found out about the user; of nobody, nothing. */
  get found(): Resolution {
    return this.#resolution ?? UNRESOLVED;
  }

  get record(): LoginRecord | null {
    return this.#subject?.record ?? null;
  }

  /** The grant on which the state `satisfied` rests; null in every other state. */
  get grant(): Grant | null {
    return this.state === 'satisfied' ? (this.record?.grant ?? null) : null;
  }

  /** The user property was set: by a restored session, a login, a logout, or the host's own code. */
  see(seen: unknown): void {
    // Passport hands users on as they come; of which type they are, the host said.
    const user = (seen === null || seen === false ? undefined : seen) as User | undefined;
    const isSame = this.#isSame(user, this.#user);
    this.#user = user;
    if (isSame) return;
    this.#subject = null;
    this.#resolution = null;
    this.#isStateless = false;
  }

  /** A login without a session: visible as the host wants it, satisfied only by a code in this request. */
  seeStateless(user: unknown): void {
    this.see(user);
    this.#isStateless = true;
  }

  /**
   * Finds out where this request stands; `isFresh` does so with a new look at the record.
   * @throws MfaError `hook_failed` for a user without an identity, which is an error of the program
   */
  async resolve({ isFresh = false } = {}): Promise<void> {
    if (this.#user === undefined) return;
    if (this.#resolution !== null && !(isFresh && this.#resolution.isRemembered)) return;
    const { req, parts } = this;
    const subject = this.#subject ?? this.#identify(this.#user);
    const { resolution, record } = await resolveSubject(parts, subject, { req, now: parts.clock.now(), isFresh });
    if (resolution.isOver) {
      this.see(undefined);
      await logOut(req);
      return;
    }
    this.#subject = subject;
    this.#resolution = resolution;
    if (record !== subject.record) this.#remember({ ...subject, record });
  }

  /** Whom this request acts for. @throws MfaError `first_factor_required`, or why that is not known */
  requireSubject(): Subject<User> {
    if (this.failure !== null) throw this.failure;
    if (this.#subject === null || this.#resolution === null) throw new MfaError('first_factor_required');
    return this.#subject;
  }

  /** Who acts, for a decision. @throws MfaError `impersonated`, and as `requireSubject` */
  actor(mayEnroll = false): SessionActor {
    const subject = this.requireSubject();
    if (this.isImpersonated) throw new MfaError('impersonated');
    return actorOf(this.req, subject, mayEnroll);
  }

  /** Holds the grant of a second factor until Passport's login writes it into the new session. */
  holdGrant(grant: Grant): void {
    this.#pendingGrant = grant;
  }

  /** The held grant, once, and for the user who showed the factor. */
  takeGrant(user: unknown): Grant | null {
    const grant = this.#pendingGrant;
    this.#pendingGrant = null;
    return grant !== null && this.#identityOf(user as User) === grant.identity ? grant : null;
  }

  /** A first factor was passed: a new login, without a grant whatever the session held before. @throws MfaError `hook_failed` */
  beginLogin(user: unknown, { isImpersonated }: { readonly isImpersonated: boolean }): void {
    // As in `see`.
    this.#user = user as User;
    this.#isStateless = false;
    this.#resolution = null;
    const { hooks, clock } = this.parts;
    const identity = hooks.identity(this.#user);
    const record = this.#newRecord(identity, clock.now());
    this.#remember({ user: this.#user, identity, record: isImpersonated ? { ...record, impersonated: true } : record });
  }

  /** The login goes on, in a new session, with the grant of the second factor that it has just shown. */
  continueLogin({ user, identity, record }: Subject<User>, grant: Grant): void {
    const { loginId, loginAt, seenSince, service } = record;
    const checkedAt = this.parts.clock.now();
    this.#user = user;
    this.#remember({ user, identity, record: { service, identity, loginId, loginAt, seenSince, grant, checkedAt } });
    this.#resolution = { ...this.found, state: 'satisfied', isRemembered: false };
  }

  /** This request alone is satisfied by the grant. @throws MfaError as `requireSubject` */
  satisfy(grant: Grant): void {
    const subject = this.requireSubject();
    this.#subject = { ...subject, record: { ...subject.record, grant } };
    this.#resolution = { ...this.found, state: 'satisfied', isRemembered: false };
  }

  /** Leaves a notice for the next page. @throws MfaError as `requireSubject` */
  leaveNotice(notice: Notice): void {
    const subject = this.requireSubject();
    this.#remember({ ...subject, record: { ...subject.record, notice } });
  }

  /** The notice for this page, which is thereby gone. @throws MfaError as `requireSubject` */
  takeNotice(): Notice | null {
    const subject = this.requireSubject();
    const { notice = null, ...record } = subject.record;
    if (notice !== null) this.#remember({ ...subject, record });
    return notice;
  }

  /** The subject with the record of its session, or with a new one where nobody saw the login. */
  #identify(user: User): Subject<User> {
    const { hooks, settings, clock } = this.parts;
    const identity = hooks.identity(user);
    if (this.#isStateless) return { user, identity, record: this.#newRecord(identity, clock.now()) };
    const known = readLoginRecord(asPassportRequest(this.req), settings.service, identity, clock.now());
    if (known !== null) return { user, identity, record: known };
    const subject = { user, identity, record: this.#newRecord(identity, 0) };
    this.#remember(subject);
    return subject;
  }

  #newRecord(identity: string, loginAt: number): LoginRecord {
    const { settings, random, clock } = this.parts;
    return { service: settings.service, identity, loginId: newEpoch(random), loginAt, seenSince: clock.now() };
  }

  #remember(subject: Subject<User>): void {
    this.#subject = subject;
    const { session } = asPassportRequest(this.req);
    if (session && !this.#isStateless) writeLoginRecord(session, subject.record);
  }

  #isSame(one: User | undefined, other: User | undefined): boolean {
    if (one === undefined || other === undefined) return false;
    return one === other || (this.#identityOf(one) ?? Symbol()) === this.#identityOf(other);
  }

  #identityOf(user: User): string | null {
    try {
      return this.parts.hooks.identity(user);
    } catch {
      // `resolve` tells what is wrong with it.
      return null;
    }
  }
}
