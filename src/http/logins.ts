import type { UnlockAnswer } from '../domain/unlock.js';
import { elevate } from '../web/elevate.js';
import { describeState } from '../web/login-answer.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, goOn, redirectWith, showPage, submit } from './page-answer.js';
import { parse, UnlockBody } from './requests.js';

/** GET `/unlock`: the state, or the page that asks for three codes. */
export const showUnlock: Route = {
  json: async ({ res, current }) => {
    res.json(describeState(current));
    await Promise.resolve();
  },
  page: async (exchange) =>
    showPage(exchange, 'unlock', {
      notice: exchange.current.takeNotice(),
      form: formTo(exchange, `${exchange.base}/unlock`),
      challengeUrl: `${exchange.base}/challenges`,
    }),
};

/** POST `/unlock`: three codes in a row open a budget that wrong codes have spent, and are the login's second factor. */
export const unlock: Route = {
  json: async (exchange) => {
    const { res, current } = exchange;
    const outcome = await tryUnlock(exchange);
    const { status } = outcome;
    const told = status === 'locked' ? { reason: outcome.reason, retry_after: outcome.retryAfter } : {};
    res.json({ status, ...told, state: current.state });
  },
  page: async (exchange) => {
    const page = `${exchange.base}/unlock`;
    await submit(exchange, page, async () => {
      const outcome = await tryUnlock(exchange);
      if (outcome.status === 'locked') return redirectWith(exchange, page, outcome);
      return goOn(exchange, 'unlocked');
    });
  },
};

/** POST `/logout-others`: every other session must show a factor again; this one goes on. */
export const logOutOthers: Route = {
  json: async (exchange) => {
    await endOthers(exchange);
    exchange.res.status(204).end();
  },
  page: async (exchange) =>
    submit(exchange, exchange.base, async () => {
      await endOthers(exchange);
      await redirectWith(exchange, exchange.base, { reason: 'others_logged_out' });
    }),
};

async function tryUnlock({ current, logins, body }: Exchange): Promise<UnlockAnswer> {
  const { codes } = parse(UnlockBody, body, '{ codes: [first, second, third] }');
  const actor = current.actor();
  const { outcome, grant } = await logins.unlock(actor.identity, actor, codes);
  if (grant !== null) await elevate(current, grant);
  return outcome;
}

async function endOthers({ current, logins }: Exchange): Promise<void> {
  const actor = current.actor();
  const { grant } = await logins.endOthers(actor.identity, actor);
  if (grant !== null) await elevate(current, grant);
}
