import type { Request, RequestHandler, Response } from 'express';
import * as v from 'valibot';
import type { Details } from '../domain/challenge.js';
import type { Purpose } from '../domain/purpose.js';
import { resolveDuration, type Duration } from '../duration.js';
import { MfaError } from '../errors.js';
import { requireShape } from '../web/shape.js';
import type { Challenges } from '../use-cases/challenges.js';
import { judgeAccess, MAX_AGE_BOUNDS } from '../web/access.js';
import { isBrowser, isSafe } from '../web/audience.js';
import { requireSameSite } from '../web/cross-site.js';
import { Current } from '../web/current.js';
import { methodsOf } from '../web/login-answer.js';
import { localPath } from '../web/local-path.js';
import { redirect } from '../web/redirect.js';
import { sendRefusal, tellRefusal } from '../web/refusal.js';
import { intend, pageFor } from '../web/way-back.js';

/** Options of `mfa.require()`. */
export interface RequireOptions {
  /** How long ago the second factor, or with a purpose its approval, may have been shown. @default as long as it lives */
  readonly maxAge?: Duration;
  /** Lets users without a factor pass. @default false */
  readonly ifEnrolled?: boolean;
  /**
   * What the request does: it passes only with an approval given for exactly this, by this login, in the last 5 minutes,
   * which it uses up. From your code, with values of the request where they matter; read them in `req.mfa.approved`.
   */
  readonly purpose?: Purpose | ((req: Request) => unknown);
  /** What the person reads before approving. */
  readonly details?: Details | ((req: Request) => Details);
}

/**
 * Lets a request pass with a second factor, and answers every other one itself. It never reads a code.
 * @throws TypeError, RangeError that name the option
 */
export function guard(challenges: Challenges, options: RequireOptions): RequestHandler {
  requireShape('mfa.require', SHAPE, options);
  const { purpose, details, ifEnrolled } = options;
  const maxAge = options.maxAge === undefined ? undefined : resolveDuration('maxAge', options.maxAge, MAX_AGE_BOUNDS);
  if (details !== undefined && purpose === undefined) throw new TypeError('mfa.require: details need a purpose');

  /** Null: it may pass. With a purpose the approval is what must be fresh; it proves more than an old login. */
  async function judge(current: Current<unknown>): Promise<Refusal | null> {
    if (purpose === undefined) return refusalOf(current, await judgeAccess(current, { maxAge, ifEnrolled }));
    const refusal = await judgeAccess(current, { ifEnrolled });
    if (refusal !== null || current.state !== 'satisfied') return refusalOf(current, refusal);
    const { req } = current;
    // A link of another site may lead to a page; no page of another site uses an approval.
    if (!isSafe(req)) requireSameSite(req, current.parts.web.origins);
    const actor = current.actor();
    const outcome = await challenges.useApproval(actor.identity, actor, {
      purpose: typeof purpose === 'function' ? purpose(req) : purpose,
      details: typeof details === 'function' ? details(req) : details,
      maxAge,
    });
    if (outcome.status === 'pending') {
      return {
        error: new MfaError('step_up_required', 'this must be approved with a code'),
        page: `${current.parts.web.path}/challenges/${outcome.challenge.sid}`,
      };
    }
    current.approved = outcome.purpose;
    return null;
  }

  /** Says whether the request may go on; else it is answered. */
  async function admit(req: Request, res: Response): Promise<boolean> {
    const current = Current.find(req);
    if (current === undefined) {
      throw new Error('mfa.require() without mfa.session(): add app.use(mfa.session()) after passport.session()');
    }
    try {
      const refusal = await judge(current);
      if (refusal !== null) await answer(current, refusal);
      return refusal === null;
    } catch (error) {
      if (!(error instanceof MfaError)) throw error;
      await sendRefusal(req, res, error);
      return false;
    }
  }

  return (req, res, next) => {
    admit(req, res).then((isAdmitted) => {
      if (isAdmitted) next();
    }, next);
  };
}

const SHAPE = v.strictObject({
  maxAge: v.optional(v.unknown()),
  ifEnrolled: v.optional(v.boolean('true or false')),
  purpose: v.optional(v.unknown()),
  details: v.optional(v.union([v.function(), v.looseObject({})], 'an object or a function')),
});

interface Refusal {
  readonly error: MfaError;
  /** Where a person can do what is asked for; null: nowhere here. */
  readonly page: string | null;
}

function refusalOf(current: Current<unknown>, error: MfaError | null): Refusal | null {
  if (error === null) return null;
  return { error, page: error.code === 'first_factor_required' ? null : pageFor(current, error) };
}

async function answer(current: Current<unknown>, { error, page }: Refusal): Promise<void> {
  const { req, res, state, parts } = current;
  if (page !== null && isBrowser(req)) {
    tellRefusal(req, error);
    intend(current, cameFrom(req));
    res.set('Cache-Control', 'no-store');
    await redirect(current, page);
    return;
  }
  const isEnrollment = error.code === 'enrollment_required';
  await sendRefusal(req, res, error, {
    state,
    methods: page === null || isEnrollment ? [] : methodsOf(current),
    challenge_url: isEnrollment ? null : page,
    enroll_url: isEnrollment ? `${parts.web.path}/factors` : null,
  });
}

/** Where to go on afterwards: a page again, but never a post; that one begins at the form it came from. */
function cameFrom(req: Request): string | undefined {
  if (isSafe(req)) return req.originalUrl;
  const referrer = req.get('referer') ?? '';
  if (!URL.canParse(referrer)) return undefined;
  const { host, pathname, search } = new URL(referrer);
  return host === req.get('host') ? (localPath(pathname + search) ?? undefined) : undefined;
}
