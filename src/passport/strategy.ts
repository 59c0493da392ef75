import type { Request } from 'express';
import { Strategy } from 'passport-strategy';
import { parseCode } from '../domain/code.js';
import type { Grant } from '../domain/grant.js';
import { resolveDuration } from '../duration.js';
import { MfaError } from '../errors.js';
import type { Challenges } from '../use-cases/challenges.js';
import { judgeAccess, MAX_AGE_BOUNDS } from '../web/access.js';
import { hasBody, hasFormBody, hasJsonBody, isBrowserNavigation } from '../web/audience.js';
import { requireSameSite } from '../web/cross-site.js';
import { Current } from '../web/current.js';
import { tellRefusal } from '../web/refusal.js';
import { intend, pageFor, takeIntended } from '../web/way-back.js';
import { prepareFailure } from './failure-answer.js';
import type { TotpAuthenticateOptions, TotpInfo } from './totp-options.js';

/** Exactly one of these is done, once. */
type Action =
  | { readonly do: 'success'; readonly user: Express.User; readonly info: TotpInfo }
  | { readonly do: 'fail'; readonly info: TotpInfo; readonly status: number }
  | { readonly do: 'redirect'; readonly url: string }
  | { readonly do: 'pass' }
  | { readonly do: 'error'; readonly error: Error };

type Actions = Pick<Strategy, 'success' | 'fail' | 'redirect' | 'pass' | 'error'>;

const REASONS: Readonly<Record<'incorrect_code' | 'code_already_used' | 'clock_drift', string>> = {
  incorrect_code: 'The code is wrong',
  code_already_used: 'The code was used already, wait for the next one',
  clock_drift: 'The code is of a past moment: check the clock of your authenticator',
};

/** The Passport strategy `'totp'`: guards a route, and takes the code that satisfies it. */
export class TotpStrategy extends Strategy {
  readonly name = 'totp';
  /** Not a #private field: Passport calls `authenticate` on an object that only inherits from this one. */
  private readonly challenges: Challenges;

  constructor(challenges: Challenges) {
    super();
    this.challenges = challenges;
  }

  override authenticate(req: Request, options: TotpAuthenticateOptions = {}): void {
    // Taken now: where the host hands Passport this very instance, the next request overwrites what it put there.
    const actions: Actions = {
      success: this.success.bind(this),
      fail: this.fail.bind(this),
      redirect: this.redirect.bind(this),
      pass: this.pass.bind(this),
      error: this.error.bind(this),
    };
    this.decide(req, options)
      .catch((cause: unknown): Action => {
        if (cause instanceof MfaError) tellRefusal(req, cause);
        return { do: 'error', error: asError(cause) };
      })
      .then((action) => {
        perform(req, actions, action);
      })
      // What the host's own callback throws goes where it would have gone had it thrown at once.
      .catch((cause: unknown) => {
        req.next?.(cause);
      });
  }

  /** Rejects where it is not known whether the request may pass. */
  private async decide(req: Request, options: TotpAuthenticateOptions): Promise<Action> {
    const current = Current.find(req);
    if (current === undefined) {
      throw new Error(
        "passport.authenticate('totp') without mfa.session(): add app.use(mfa.session()) after passport.session()",
      );
    }
    const maxAge = options.maxAge === undefined ? undefined : resolveDuration('maxAge', options.maxAge, MAX_AGE_BOUNDS);
    const refusal = await judgeAccess(current, { maxAge, force: options.force, ifEnrolled: options.ifEnrolled });
    if (refusal === null) return passOn(current, options);
    if (refusal.code !== 'code_required' && refusal.code !== 'step_up_required') {
      return refusal.code === 'enrollment_required' ? askFor(current, options, refusal) : fail(current, refusal);
    }
    const code = readCode(current);
    if (code === undefined) return askFor(current, options, refusal);
    try {
      requireSameSite(req, current.parts.web.origins);
      return await this.judge(current, code, options);
    } catch (error) {
      if (error instanceof MfaError && error.status < 500) return fail(current, error);
      throw error;
    }
  }

  private async judge(current: Current<unknown>, code: unknown, options: TotpAuthenticateOptions): Promise<Action> {
    const actor = current.actor();
    if (options.recovery !== true) parseCode(code);
    const { outcome, grant } = await this.challenges.create(actor.identity, actor, { code });
    if (outcome.status === 'pending') {
      const { reason = 'incorrect_code', attemptsRemaining, retryAfter, driftSeconds } = outcome;
      return {
        do: 'fail',
        status: 401,
        info: {
          code: reason,
          message: REASONS[reason],
          attemptsRemaining,
          ...(retryAfter !== undefined && { retryAfter }),
          ...(driftSeconds !== undefined && { driftSeconds }),
        },
      };
    }
    if (grant !== null) holdGrant(current, grant, options);
    const { user } = current;
    // Passport's own type of users; ours is the host's.
    return { do: 'success', user: user as Express.User, info: success(grant) };
  }
}

function perform(req: Request, actions: Actions, action: Action): void {
  switch (action.do) {
    case 'success':
      actions.success(action.user, action.info);
      return;
    case 'fail':
      prepareFailure(req, action.info, action.status);
      actions.fail(action.info, action.status);
      return;
    case 'redirect':
      actions.redirect(action.url, 303);
      return;
    case 'pass':
      actions.pass();
      return;
    case 'error':
      actions.error(action.error);
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('unknown failure', { cause });
}

/** Gives the grant to the login by which Passport goes on, and to this request where no session will hold it. */
function holdGrant(current: Current<unknown>, grant: Grant, options: TotpAuthenticateOptions): void {
  const isOfRequest = options.session === false || options.assignProperty !== undefined;
  if (isOfRequest || current.isStateless) current.satisfy(grant);
  if (!isOfRequest) current.holdGrant(grant);
}

function success(grant: Grant | null): TotpInfo {
  return { message: 'The code is right', amr: grant?.amr ?? [], factorSid: grant?.factorSid ?? null };
}

function passOn(current: Current<unknown>, options: TotpAuthenticateOptions): Action {
  const { successReturnToOrRedirect, successRedirect } = options;
  if (successReturnToOrRedirect !== undefined) {
    return { do: 'redirect', url: takeIntended(current, successReturnToOrRedirect) };
  }
  return successRedirect === undefined ? { do: 'pass' } : { do: 'redirect', url: successRedirect };
}

/** No code came: a browser that asks for a page is sent to the one that takes it, and back afterwards. */
function askFor(current: Current<unknown>, options: TotpAuthenticateOptions, refusal: MfaError): Action {
  const { failureRedirect, failureMessage, failureFlash, failWithError } = options;
  const isHandled = [failureRedirect, failureMessage, failureFlash, failWithError].some(Boolean);
  if (!isBrowserNavigation(current.req) || isHandled) return fail(current, refusal);
  tellRefusal(current.req, refusal);
  intend(current, current.req.originalUrl);
  return { do: 'redirect', url: pageFor(current, refusal) };
}

function fail(current: Current<unknown>, error: MfaError): Action {
  tellRefusal(current.req, error);
  const { code, message, retryAfter, status } = error;
  return { do: 'fail', status, info: { code, message, ...(retryAfter !== undefined && { retryAfter }) } };
}

/**
 * The code in the body or the header; never in the query, which ends up in logs.
 * @throws Error where no body parser ran, MfaError `malformed_code` where the body is of another kind
 */
function readCode({ req, parts: { web } }: Current<unknown>): unknown {
  const header = web.codeHeader === null ? undefined : req.get(web.codeHeader);
  if (header !== undefined) return header;
  const body: unknown = req.body;
  if (body === undefined && hasBody(req) && (hasFormBody(req) || hasJsonBody(req))) {
    throw new Error(
      `no body parser ran before ${req.method} ${req.baseUrl}${req.path}: ` +
        'add app.use(express.urlencoded({ extended: false })) or express.json()',
    );
  }
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, web.codeField)) return undefined;
  return Reflect.get(body, web.codeField);
}
