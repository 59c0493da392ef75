import type { Current } from '../web/current.js';
import { answerLogin } from '../web/login-answer.js';
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
    if (options.session === false || !req._sessionManager || done === undefined) {
      current.seeStateless(user);
      logIn.call(current.req, user, options, done);
      if (current.pendingGrant !== null) current.satisfy(current.pendingGrant);
      return;
    }
    const before = current.record;
    const kept = pick(req.session, keptKeys(current, options));
    dropLoginRecord(req.session);
    logIn.call(current.req, user, options, (error) => {
      if (error !== undefined && error !== null) {
        done(error);
        return;
      }
      restore(req.session, kept);
      settle(current, user, before, options).then((isOurs) => {
        if (!isOurs) done();
      }, done);
    });
  };
}

/** Writes the login, or its second factor, into the new session; says whether the answer is ours. */
async function settle<User>(
  current: Current<User>,
  user: unknown,
  before: Current<User>['record'],
  options: LogInOptions,
): Promise<boolean> {
  const { pendingGrant, req, parts } = current;
  current.pendingGrant = null;
  const isContinued =
    pendingGrant !== null && before !== null && parts.hooks.identity(user as User) === pendingGrant.identity;
  if (isContinued) current.continueLogin(user, before, pendingGrant);
  else current.beginLogin(user, { isImpersonated: options.secondFactor === false });
  await saveSession(asPassportRequest(req).session);
  await current.resolve();
  if (isContinued) return false;

  const { state } = current;
  const isWaiting = state === 'challenge_required' || state === 'enrollment_required';
  const isOurs = isWaiting && parts.web.isolate && (options.login ?? parts.web.login) === 'answer';
  if (state === 'unavailable') current.requireSubject();
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
function keptKeys<User>({ parts, pendingGrant }: Current<User>, options: LogInOptions): readonly string[] {
  const { preserve } = parts.web;
  if (pendingGrant === null) return preserve;
  return [...preserve, ...(options.successMessage ? ['messages'] : []), ...(options.successFlash ? ['flash'] : [])];
}

function pick(session: Session | null | undefined, keys: readonly string[]): Record<string, unknown> {
  const held = session ?? {};
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(held, key)).map((key) => [key, Reflect.get(held, key)]));
}

function restore(session: Session | null | undefined, kept: Record<string, unknown>): void {
  if (!session) return;
  for (const [key, value] of Object.entries(kept)) {
    if (!Object.hasOwn(session, key)) session[key] = value;
  }
}
