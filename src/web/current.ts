import type { Request, Response } from 'express';
import type { SessionActor } from '../domain/actor.js';
import { isGrantAlive, type Grant } from '../domain/grant.js';
import type { Purpose } from '../domain/purpose.js';
import type { Settings } from '../domain/settings.js';
import { newEpoch, type Random } from '../domain/sid.js';
import type { Policy } from '../domain/standing.js';
import { MfaError } from '../errors.js';
import type { Standings } from '../use-cases/standings.js';
import type { Clock } from '../use-cases/transaction.js';
import type { FactorView } from '../use-cases/views.js';
import type { HostHooks } from './host-hooks.js';
import { readLoginRecord, writeLoginRecord, type LoginRecord, type Notice } from './login-record.js';
import { asPassportRequest } from './passport-request.js';
import type { MfaState, RequestMfa } from './session-state.js';
import type { WebSettings } from './web-settings.js';

/** What the state of a request is made from. */
export interface CurrentParts<User> {
  readonly settings: Settings;
  readonly web: WebSettings;
  readonly hooks: HostHooks<User>;
  readonly standings: Standings;
  readonly clock: Clock;
  readonly random: Random;
}

/** Who passed the first factor. */
interface Subject<User> {
  readonly user: User;
  readonly identity: string;
  readonly record: LoginRecord;
}

/** What came of looking at the subject's record. */
interface Resolution {
  readonly state: MfaState;
  readonly policy: Policy | null;
  readonly factors: readonly FactorView[];
  /** Why the state is `unavailable`. */
  readonly error: MfaError | null;
  /** Taken over from an earlier request within `grant.recheck`. */
  readonly isRemembered: boolean;
}

/** The session's `seenAt` is written at most this often (ms), or every request would save the session. */
const SEEN_INTERVAL = 60_000;

const ALL = new WeakMap<Request, Current<unknown>>();

/**
 * The second-factor state of one request, the only owner of it: `req.user`, `req.mfa`, the guards and the router all ask
 * here. Nobody is anybody before `resolve` said so.
 */
export class Current<User> {
  readonly req: Request;
  readonly res: Response;
  readonly parts: CurrentParts<User>;
  /** A second factor that was just shown, until the login that writes it into the new session. */
  pendingGrant: Grant | null = null;
  approved: Purpose | null = null;
  #seen: User | undefined;
  #isStateless = false;
  #subject: Subject<User> | null = null;
  #resolution: Resolution | null = null;

  constructor(req: Request, res: Response, parts: CurrentParts<User>) {
    this.req = req;
    this.res = res;
    this.parts = parts;
    ALL.set(req, this as Current<unknown>);
  }

  static find(req: Request): Current<unknown> | undefined {
    return ALL.get(req);
  }

  /** What the host's code reads at the user property. */
  get visibleUser(): User | undefined {
    const { state } = this;
    const isVisible = this.#isStateless || !this.parts.web.isolate || state === 'satisfied' || state === 'not_required';
    return isVisible ? this.#seen : undefined;
  }

  /** The user after the first factor, hidden or not. */
  get user(): User | undefined {
    return this.#seen;
  }

  get state(): MfaState {
    if (this.#seen === undefined) return 'anonymous';
    // Somebody is there, and it is not yet known who: until then nothing is granted.
    return this.#resolution?.state ?? 'challenge_required';
  }

  get isStateless(): boolean {
    return this.#isStateless;
  }

  get isImpersonated(): boolean {
    return this.#subject?.record.impersonated === true;
  }

  get policy(): Policy | null {
    return this.#resolution?.policy ?? null;
  }

  /** The verified factors. */
  get factors(): readonly FactorView[] {
    return this.#resolution?.factors ?? [];
  }

  get grant(): Grant | null {
    return this.#subject?.record.grant ?? null;
  }

  get record(): LoginRecord | null {
    return this.#subject?.record ?? null;
  }

  /** What `req.mfa` shows. */
  get mfa(): RequestMfa<User> {
    const { state, user, approved, grant } = this;
    const proved = state === 'satisfied' ? grant : null;
    return {
      state,
      user,
      amr: this.isImpersonated ? ['impersonated'] : (proved?.amr ?? []),
      aal: proved !== null ? 2 : user === undefined ? 0 : 1,
      authTime: proved === null ? null : new Date(proved.authAt),
      factorSid: proved?.factorSid ?? null,
      approved,
    };
  }

  /** The user property was set: by a restored session, a login, a logout, or the host's own code. */
  see(user: unknown): void {
    if (user === undefined || user === null || user === false) {
      this.#seen = undefined;
      this.#subject = null;
      this.#resolution = null;
      return;
    }
    // The host says of which type its users are; Passport hands them on as they come.
    this.#seen = user as User;
    if (!this.#isSubject(user as User)) {
      this.#subject = null;
      this.#resolution = null;
      this.#isStateless = false;
    }
  }

  /** A login without a session: visible as the host wants it, satisfied only by a code in this request. */
  seeStateless(user: unknown): void {
    this.see(user);
    this.#isStateless = true;
  }

  /**
   * Finds out where this request stands; `isFresh` with a new look at the record. A failure of the store or of a hook is
   * the state `unavailable`; a user without an identity is an error of the program.
   * @throws MfaError `hook_failed`
   */
  async resolve({ isFresh = false } = {}): Promise<void> {
    const user = this.#seen;
    if (user === undefined) return;
    if (this.#resolution !== null && !(isFresh && this.#resolution.isRemembered)) return;
    this.#subject ??= this.#identify(user, this.#isStateless ? this.#now() : 0);
    try {
      this.#resolution = await this.#look(this.#subject, isFresh);
    } catch (error) {
      if (!(error instanceof MfaError)) throw error;
      this.#resolution = { ...UNKNOWN, state: 'unavailable', error };
    }
  }

  /** The identity and the login that a request acts for. @throws MfaError `first_factor_required`, or why it is unavailable */
  requireSubject(): Subject<User> {
    if (this.#resolution?.error) throw this.#resolution.error;
    if (this.#subject === null || this.#resolution === null) throw new MfaError('first_factor_required');
    return this.#subject;
  }

  /** Who acts, for a decision. */
  actor(mayEnroll = false): SessionActor {
    const { identity, record } = this.requireSubject();
    const { loginId, loginAt, grant = null } = record;
    return { by: 'session', identity, login: { loginId, loginAt }, grant, mayEnroll };
  }

  /**
   * A first factor was passed: a new login, without a grant whatever the session held before.
   * @throws MfaError `hook_failed`
   */
  beginLogin(user: unknown, { isImpersonated }: { readonly isImpersonated: boolean }): void {
    this.see(user);
    // As in `see`.
    const subject = this.#identify(user as User, this.#now());
    this.#isStateless = false;
    this.#resolution = null;
    this.#remember({ ...subject, record: { ...subject.record, ...(isImpersonated && { impersonated: true }) } });
  }

  /** A second factor was shown by the login that goes on in this, new, session. */
  continueLogin(user: unknown, { loginAt }: LoginRecord, grant: Grant): void {
    this.see(user);
    const { service } = this.parts.settings;
    const { identity, loginId } = grant;
    const record = { service, identity, loginId, loginAt, grant, checkedAt: this.#now() };
    // As in `see`.
    this.#remember({ user: user as User, identity, record });
    this.#resolution = null;
  }

  /** This request is satisfied by the grant, without a further look at the record that was just written. */
  satisfy(grant: Grant): void {
    const { user, identity, record } = this.requireSubject();
    this.#subject = { user, identity, record: { ...record, grant } };
    this.#resolution = { ...(this.#resolution ?? UNKNOWN), state: 'satisfied', error: null, isRemembered: false };
  }

  /** Leaves a notice for the next page. */
  leaveNotice(notice: Notice): void {
    const subject = this.requireSubject();
    this.#remember({ ...subject, record: { ...subject.record, notice } });
  }

  /** The notice for this page, which is thereby gone. */
  takeNotice(): Notice | null {
    const subject = this.requireSubject();
    const { notice = null, ...record } = subject.record;
    if (notice !== null) this.#remember({ ...subject, record });
    return notice;
  }

  async #look(subject: Subject<User>, isFresh: boolean): Promise<Resolution> {
    const { hooks, standings, settings } = this.parts;
    const { user, identity, record } = subject;
    const now = this.#now();
    const policy = await hooks.policy(user, this.req);
    if (policy === 'off' || record.impersonated === true) return { ...UNKNOWN, policy, state: 'not_required' };
    const { grant = null, checkedAt = -Infinity } = record;
    const mayRemember = !isFresh && grant !== null && now - checkedAt < settings.grant.recheck;
    if (mayRemember && isGrantAlive(grant, settings.grant, now)) {
      return { ...UNKNOWN, policy, state: 'satisfied', isRemembered: true };
    }
    const enrolled = await hooks.enrolled(user);
    const { state, factors } = await standings.of({ identity, login: record, grant, policy, enrolled });
    if (state === 'satisfied' && grant !== null) this.#touch(subject, grant, now);
    return { ...UNKNOWN, policy, state, factors };
  }

  /** Notes that the grant was relied on, where what is noted is too old to serve. */
  #touch(subject: Subject<User>, grant: Grant, now: number): void {
    const { recheck } = this.parts.settings.grant;
    const isSeenOld = now - grant.seenAt >= SEEN_INTERVAL;
    if (!isSeenOld && recheck === 0) return;
    const record = { ...subject.record, grant: isSeenOld ? { ...grant, seenAt: now } : grant, checkedAt: now };
    this.#remember({ ...subject, record });
  }

  /** The subject with the record of its session, or with a new one: `loginAt` 0 where nobody saw the login. */
  #identify(user: User, loginAt = 0): Subject<User> {
    const { hooks, settings, random } = this.parts;
    const identity = hooks.identity(user);
    const isKnownLogin = loginAt === 0 && !this.#isStateless;
    const known = isKnownLogin ? readLoginRecord(this.#session(), settings.service, identity) : null;
    if (known !== null) return { user, identity, record: known };
    const record = { service: settings.service, identity, loginId: newEpoch(random), loginAt };
    const subject = { user, identity, record };
    this.#remember(subject);
    return subject;
  }

  #remember(subject: Subject<User>): void {
    this.#subject = subject;
    const session = this.#session();
    if (session && !this.#isStateless) writeLoginRecord(session, subject.record);
  }

  #isSubject(user: User): boolean {
    if (this.#subject === null) return false;
    try {
      return this.parts.hooks.identity(user) === this.#subject.identity;
    } catch {
      return false;
    }
  }

  #session(): ReturnType<typeof asPassportRequest>['session'] {
    return asPassportRequest(this.req).session;
  }

  #now(): number {
    return this.parts.clock.now();
  }
}

const UNKNOWN: Resolution = {
  state: 'challenge_required',
  policy: null,
  factors: [],
  error: null,
  isRemembered: false,
};
