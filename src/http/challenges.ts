import { MfaError } from '../errors.js';
import type { ChallengeModel } from '../pages/challenge.js';
import type { ChallengeOutcome } from '../use-cases/challenges.js';
import type { WithGrant } from '../use-cases/grants.js';
import { elevate } from '../web/elevate.js';
import { representChallenge, representPage, representReason } from '../web/represent.js';
import type { Notice } from '../web/login-record.js';
import { takeIntended } from '../web/way-back.js';
import { redirect } from '../web/redirect.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, redirectWith, showPage, submit } from './page-answer.js';
import { AnswerChallengeBody, CreateChallengeBody, ListChallengesQuery, parse } from './requests.js';

/** GET `/challenges`: the list, or the page that asks for the code of a login. */
export const listChallenges: Route = {
  json: async ({ req, res, current, challenges, base }) => {
    if (current.state !== 'satisfied') throw new MfaError('step_up_required');
    const query = parse(ListChallengesQuery, req.query, '?status, factor_sid, order=asc|desc, page, page_size');
    const actor = current.actor();
    const { status, factor_sid: factorSid, order, page_size: pageSize, page } = query;
    const found = await challenges.list(actor.identity, actor, { status, factorSid, order, page, pageSize });
    const filters = Object.entries({ status, factor_sid: factorSid, order }).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const represent = (challenge: (typeof found.items)[number]): object => representChallenge(challenge, base);
    res.json(representPage('challenges', found, represent, `${base}/challenges`, Object.fromEntries(filters)));
  },
  page: async (exchange) => {
    const { current, base } = exchange;
    if (current.found.factors.length === 0) return redirect(exchange, base);
    return ask(exchange, { action: `${base}/challenges`, factorSid: null, approval: null });
  },
};

/** POST `/challenges`: a challenge, answered at once where a code comes with it. */
export const createChallenge: Route = {
  json: async (exchange) => {
    const { res, current, base } = exchange;
    const { outcome, grant } = await create(exchange);
    if (grant !== null) await elevate(current, grant);
    res.status(201).json(represent(exchange, outcome, base));
  },
  page: async (exchange) => {
    const page = backTo(exchange, `${exchange.base}/challenges`);
    await submit(exchange, page, async () => conclude(exchange, page, await create(exchange)));
  },
};

/** GET `/challenges/:sid`: the challenge, or the page that asks for its code. */
export const showChallenge: Route = {
  json: async ({ res, current, challenges, base, sid }) => {
    const actor = current.actor();
    res.json(representChallenge(await challenges.fetch(actor.identity, actor, sid), base));
  },
  page: async (exchange) => {
    const { current, challenges, base, sid } = exchange;
    const actor = current.actor();
    const { status, details, isApproval, factorSid } = await challenges.fetch(actor.identity, actor, sid);
    if (status !== 'pending') return showPage(exchange, 'endedChallenge', { status, overviewUrl: base });
    const action = `${base}/challenges/${sid}`;
    const approval = isApproval ? { details, deny: formTo(exchange, action, { status: 'denied' }) } : null;
    return ask(exchange, { action, factorSid, approval });
  },
};

/** POST `/challenges/:sid`: `{ code }` answers it, `{ status: 'denied' }` denies it. */
export const answerChallenge: Route = {
  json: async (exchange) => {
    const { res, current, challenges, base, sid } = exchange;
    const actor = current.actor();
    const body = parseAnswer(exchange);
    if (body.status === 'denied') {
      res.json(representChallenge(await challenges.deny(actor.identity, actor, sid), base));
      return;
    }
    const { outcome, grant } = await challenges.answer(actor.identity, actor, sid, body.code);
    if (grant !== null) await elevate(current, grant);
    res.json(represent(exchange, outcome, base));
  },
  page: async (exchange) => {
    const { current, challenges, base, sid } = exchange;
    const page = backTo(exchange, `${base}/challenges/${sid}`);
    await submit(exchange, page, async () => {
      const actor = current.actor();
      const body = parseAnswer(exchange);
      if (body.status !== 'denied') {
        return conclude(exchange, page, await challenges.answer(actor.identity, actor, sid, body.code));
      }
      await challenges.deny(actor.identity, actor, sid);
      return redirect(exchange, page);
    });
  },
};

async function create({ current, challenges, body }: Exchange): Promise<WithGrant<ChallengeOutcome>> {
  const { factor_sid: factorSid, code } = parse(CreateChallengeBody, body, '{ factor_sid?: SID, code?: code }');
  const actor = current.actor();
  return challenges.create(actor.identity, actor, { factorSid, code });
}

function parseAnswer({ body }: Exchange): { readonly code?: unknown; readonly status?: 'denied' | undefined } {
  return parse(AnswerChallengeBody, body, `{ code } or { status: 'denied' }, exactly one of them`);
}

function represent({ current }: Exchange, outcome: ChallengeOutcome, base: string): object {
  return { ...representChallenge(outcome.challenge, base), ...representReason(outcome), state: current.state };
}

/** Where a browser goes after its code: on, or back to the field. */
async function conclude(
  exchange: Exchange,
  page: string,
  { outcome, grant }: WithGrant<ChallengeOutcome>,
): Promise<void> {
  const { current, base } = exchange;
  if (outcome.status === 'pending') {
    const { reason } = outcome;
    return reason === undefined ? redirect(exchange, page) : redirectWith(exchange, page, { ...outcome, reason });
  }
  if (grant !== null) await elevate(current, grant);
  return redirect(exchange, takeIntended(current, grant === null ? page : base));
}

interface Question extends Pick<ChallengeModel, 'approval'> {
  readonly action: string;
  /** The only factor whose codes will do. */
  readonly factorSid: string | null;
}

async function ask(exchange: Exchange, { action, factorSid, approval }: Question): Promise<void> {
  const { req, current, base } = exchange;
  const { factors, recoveryCodesLeft } = current.found;
  const notice = current.takeNotice();
  const method = req.query['method'] === 'recovery_code' ? 'recovery_code' : 'totp';
  return showPage(exchange, 'challenge', {
    form: formTo(exchange, action, method === 'recovery_code' ? { method } : {}),
    notice,
    approval,
    factors: factors.filter(({ sid }) => factorSid === null || sid === factorSid).map((factor) => factor.friendlyName),
    method,
    otherMethodUrl: method === 'recovery_code' ? action : recoveryCodesLeft > 0 ? withRecoveryCode(action) : null,
    unlockUrl: approval === null && isWorthUnlocking(notice) ? `${base}/unlock` : null,
  });
}

/** Whether three codes in a row come sooner than the end of the wait. */
function isWorthUnlocking(notice: Notice | null): boolean {
  if (notice === null) return false;
  const { reason, attemptsRemaining, retryAfter = 0 } = notice;
  // No attempt left and nothing to wait for: this code has switched codes off.
  const isDisabled = reason === 'disabled' || (attemptsRemaining === 0 && retryAfter === 0);
  return isDisabled || retryAfter > SECONDS_OF_THREE_CODES;
}

const SECONDS_OF_THREE_CODES = 90;

/** The page that a form stands on: a browser that typed a recovery code is asked for one again. */
function backTo({ body }: Exchange, page: string): string {
  return body['method'] === 'recovery_code' ? withRecoveryCode(page) : page;
}

function withRecoveryCode(page: string): string {
  return `${page}?method=recovery_code`;
}
