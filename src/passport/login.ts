import { actorOf } from '../web/resolution.js';
import type { Current } from '../web/current.js';
import { answerLogin } from '../web/login-answer.js';
import { localPath } from '../web/local-path.js';
import { dropLoginRecord } from '../web/login-record.js';
import {
  asPassportRequest,
  promised,
  type LogIn,
  type LogInOptions,
  type LogOut,
  type Session,
} from '../web/passport-request.js';

/**
 * Wraps `req.logIn` and `req.logOut`. Every login starts without a grant: what the session held is dropped before
 * Passport can merge it into the new one (`keepSessionInfo`). The login is written into the session that Passport makes
 * for it, which Passport saves before anything is answered.
 */
export function wrapLogins<User>(current: Current<User>): void {
  const req = asPassportRequest(current.req);
  const { logIn, logOut } = req;
  if (logIn !== undefined) req.logIn = req.login = wrapLogIn(current, logIn);
  if (logOut !== undefined) req.logOut = req.logout = wrapLogOut(current, logOut);
}

function wrapLogIn<User>(current: Current<User>, logIn: LogIn): LogIn {
  return (user, optionsOrDone, maybeDone) => {
    const req = asPassportRequest(current.req);
    const options: LogInOptions = (typeof optionsOrDone === 'object' ? optionsOrDone : null) ?? {};
    const done = typeof optionsOrDone === 'function' ? optionsOrDone : maybeDone;
    // What a strategy that failed before in this request said of the next try.
    current.res.removeHeader('Retry-After');
    dropForeignReturn(req.session);
    const grant = current.takeGrant(user);
    const isProvedStateless = grant !== null && current.isStateless;
    if (isProvedStateless || options.session === false || !req._sessionManager || done === undefined) {
      current.seeStateless(user);
      if (grant !== null) current.satisfy(grant);
      logIn.call(current.req, user, isProvedStateless ? { ...options, session: false } : options, done);
      return;
    }
    const continued = grant === null ? null : { subject: current.requireSubject(), grant };
    const ended = continued === null ? endLogin(current) : null;
    const kept = pick(req.session, keptKeys(current, options, continued !== null));
    dropLoginRecord(req.session);
    onNewSession(req.session, () => {
      Object.assign(req.session ?? {}, kept);
      if (continued === null) current.beginLogin(user, { isImpersonated: options.secondFactor === false });
      else current.continueLogin(continued.subject, continued.grant);
    });
    const loggedIn = promised((callback) => {
      logIn.call(current.req, user, options, callback);
    }).catch((error: unknown) => {
      // The session may be there already, without its user.
      dropLoginRecord(req.session);
      throw error;
    });
    Promise.all([loggedIn, ended])
      .then(() => settle(current, options))
      .then((isAnswered) => {
        if (!isAnswered) done();
      }, done)
      // What the host's own callback throws.
      .catch((cause: unknown) => current.req.next?.(cause));
  };
}

/** Has this written, once, into the session that Passport makes in the place of this one, before it is saved. */
function onNewSession(session: Session | null | undefined, write: () => void): void {
  const regenerate = session?.regenerate?.bind(session);
  if (regenerate === undefined) return;
  const replaceWith = (value: typeof regenerate): void => {
    Object.defineProperty(session, 'regenerate', { configurable: true, writable: true, value });
  };
  replaceWith((done) => {
    // A session that outlives this would write the login again when it is logged out.
    replaceWith(regenerate);
    regenerate((error) => {
      try {
        if (error === undefined || error === null) write();
      } catch (cause) {
        done(cause);
        return;
      }
      done(error);
    });
  });
}

/** Finds out where the login stands; says whether the answer was ours. */
async function settle<User>(current: Current<User>, options: LogInOptions): Promise<boolean> {
  const { parts } = current;
  await current.resolve();

  if (current.failure !== null) throw current.failure;
  const isWaiting = current.state === 'challenge_required' || current.state === 'enrollment_required';
  const isOurs =
    isWaiting && parts.web.isolate && !isAtRouter(current) && (options.login ?? parts.web.login) === 'answer';
  if (isOurs) await answerLogin(current, options);
  return isOurs;
}

/** Whether the request is on its way to our router: a login before it must not send it there once more. */
function isAtRouter<User>({ req, parts: { web } }: Current<User>): boolean {
  const [path = ''] = req.originalUrl.split('?', 1);
  return path === web.path || path.startsWith(`${web.path}/`);
}

function wrapLogOut<User>(current: Current<User>, logOut: LogOut): LogOut {
  return (optionsOrDone, maybeDone) => {
    const options = (typeof optionsOrDone === 'object' ? optionsOrDone : null) ?? {};
    const done = typeof optionsOrDone === 'function' ? optionsOrDone : maybeDone;
    const ended = endLogin(current);
    dropLoginRecord(asPassportRequest(current.req).session);
    if (done === undefined) {
      logOut.call(current.req, options);
      return;
    }
    const loggedOut = promised((callback) => {
      logOut.call(current.req, options, callback);
    });
    Promise.all([loggedOut, ended])
      .then(() => {
        done();
      }, done)
      // What the host's own callback throws.
      .catch((cause: unknown) => current.req.next?.(cause));
  };
}

/** The session is about to leave this login: its grant counts no more, whatever brings the old session back. */
async function endLogin<User>({ req, parts, record, isStateless }: Current<User>): Promise<void> {
  if (record?.grant === undefined || isStateless) return;
  const actor = actorOf(req, { identity: record.identity, record });
  // A person who logs out is logged out; that the record could not be told is an event of its own.
  await parts.logins.end(actor.identity, actor).catch(() => undefined);
}

/** What outlives the old session: what the host says, and what Passport itself wrote there a moment ago. */
function keptKeys<User>({ parts }: Current<User>, options: LogInOptions, isContinued: boolean): readonly string[] {
  const { preserve } = parts.web;
  if (!isContinued) return preserve;
  return [...preserve, ...(options.successMessage ? ['messages'] : []), ...(options.successFlash ? ['flash'] : [])];
}

function pick(session: Session | null | undefined, keys: readonly string[]): Record<string, unknown> {
  const held = session ?? {};
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(held, key)).map((key) => [key, Reflect.get(held, key)]));
}

/** Passport redirects to `returnTo` as it stands, also where it has merged it into the new session itself (A42). */
function dropForeignReturn(session: Session | null | undefined): void {
  if (session && localPath(session['returnTo']) === null) Reflect.deleteProperty(session, 'returnTo');
}
