import type { Subject } from '../web/resolution.js';
import type { Grant } from '../domain/grant.js';
import type { Current } from '../web/current.js';
import { answerLogin } from '../web/login-answer.js';
import { localPath } from '../web/local-path.js';
import { dropLoginRecord, saveSession } from '../web/login-record.js';
import {
  asPassportRequest,
  type LogIn,
  type LogInOptions,
  type LogOut,
  type Session,
} from '../web/passport-request.js';

/**
 * Wraps `req.logIn` and `req.logOut`. Every login starts without a grant: what the session held is dropped before
 * Passport can merge it into the new one (`keepSessionInfo`). What follows the login is written after Passport
 * regenerated the session, and saved before anything is answered.
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
    const options: LogInOptions = typeof optionsOrDone === 'object' ? optionsOrDone : {};
    const done = typeof optionsOrDone === 'function' ? optionsOrDone : maybeDone;
    // What a strategy that failed before in this request said of the next try.
    current.res.removeHeader('Retry-After');
    const grant = current.takeGrant(user);
    if (options.session === false || !req._sessionManager || done === undefined) {
      current.seeStateless(user);
      if (grant !== null) current.satisfy(grant);
      logIn.call(current.req, user, options, done);
      return;
    }
    const continued = grant === null ? null : { subject: current.requireSubject(), grant };
    const kept = pick(req.session, keptKeys(current, options, continued !== null));
    dropLoginRecord(req.session);
    logIn.call(current.req, user, options, (error) => {
      if (error !== undefined && error !== null) {
        done(error);
        return;
      }
      restore(req.session, kept);
      settle(current, user, continued, options)
        .then((isAnswered) => {
          if (!isAnswered) done();
        }, done)
        // What the host's own callback throws.
        .catch((cause: unknown) => current.req.next?.(cause));
    });
  };
}

/** A login that goes on with the grant of its second factor. */
interface Continued<User> {
  readonly subject: Subject<User>;
  readonly grant: Grant;
}

/** Writes the login, or its second factor, into the new session; says whether the answer was ours. */
async function settle<User>(
  current: Current<User>,
  user: unknown,
  continued: Continued<User> | null,
  options: LogInOptions,
): Promise<boolean> {
  const { req, parts } = current;
  if (continued === null) current.beginLogin(user, { isImpersonated: options.secondFactor === false });
  else current.continueLogin(continued.subject, continued.grant);
  await saveSession(asPassportRequest(req).session);
  await current.resolve();

  if (current.failure !== null) throw current.failure;
  const isWaiting = current.state === 'challenge_required' || current.state === 'enrollment_required';
  const isOurs = isWaiting && parts.web.isolate && (options.login ?? parts.web.login) === 'answer';
  if (isOurs) answerLogin(current, options);
  return isOurs;
}

function wrapLogOut<User>(current: Current<User>, logOut: LogOut): LogOut {
  return (options, done) => {
    dropLoginRecord(asPassportRequest(current.req).session);
    logOut.call(current.req, options, done);
  };
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

function restore(session: Session | null | undefined, kept: Record<string, unknown>): void {
  if (!session) return;
  for (const [key, value] of Object.entries(kept)) {
    // Passport redirects to it as it stands.
    const isSafe = key !== 'returnTo' || localPath(value) !== null;
    if (isSafe && !Object.hasOwn(session, key)) session[key] = value;
  }
}
