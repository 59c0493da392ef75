import { MfaError } from '../errors.js';
import { renderChallenge, type ChallengeModel } from '../pages/challenge.js';
import { renderOverview } from '../pages/overview.js';
import type { ChallengeOutcome } from '../use-cases/challenges.js';
import type { WithGrant } from '../use-cases/grants.js';
import { elevate } from '../web/elevate.js';
import { representChallenge, representPage, representReason } from '../web/represent.js';
import { takeIntended } from '../web/way-back.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, redirect, redirectWith, showPage, submit } from './page-answer.js';
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
    return ask(exchange, { action: `${base}/challenges`, details: null, isApproval: false });
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
    const page = `${exchange.base}/challenges`;
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
    const { status, details, isApproval } = await challenges.fetch(actor.identity, actor, sid);
    if (status === 'pending') return ask(exchange, { action: `${base}/challenges/${sid}`, details, isApproval });
    const factors = current.found.factors.map(({ friendlyName }) => friendlyName);
    const message = ENDED[status];
    return showPage(exchange, renderOverview({ factors, message, enrollUrl: `${base}/factors` }));
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
    const page = `${base}/challenges/${sid}`;
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

const ENDED = {
  approved: 'Approved. Go back and send the form once more.',
  denied: 'Denied. Nothing was done.',
  expired: 'This request has expired. Start again.',
} as const;

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

async function ask(
  exchange: Exchange,
  { action, ...what }: Pick<ChallengeModel, 'details' | 'isApproval'> & { readonly action: string },
): Promise<void> {
  const notice = exchange.current.takeNotice();
  return showPage(exchange, renderChallenge({ form: formTo(exchange, action), notice, ...what }));
}
