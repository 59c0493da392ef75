import { elevate } from '../web/elevate.js';
import { MfaError } from '../errors.js';
import { representFactor, representPage, representReason } from '../web/represent.js';
import { redirect } from '../web/redirect.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, goOn, redirectWith, showPage, submit } from './page-answer.js';
import { ChangeFactorBody, CreateFactorBody, ListFactorsQuery, parse } from './requests.js';

/** GET `/factors`: the list, or the page on which one is added. */
export const listFactors: Route = {
  json: async ({ req, res, current, factors, base }) => {
    requireSecondFactor(current);
    const query = parse(ListFactorsQuery, req.query, '?page=0&page_size=50');
    const actor = current.actor();
    const page = await factors.list(actor.identity, actor, { page: query.page, pageSize: query.page_size });
    res.json(representPage('factors', page, (factor) => representFactor(factor, base), `${base}/factors`, {}));
  },
  page: async (exchange) => showEnrollment(exchange),
};

/** POST `/factors`: begins an enrollment. The secret is in this answer and no other. */
export const createFactor: Route = {
  json: async (exchange) => {
    const { res, base } = exchange;
    const { factor, binding } = await create(exchange);
    res.status(201).json({ ...representFactor(factor, base), binding });
  },
  page: async (exchange) =>
    submit(exchange, `${exchange.base}/factors`, async () => {
      await create(exchange);
      await redirect(exchange, `${exchange.base}/factors`);
    }),
};

/** GET `/factors/:sid`: the factor, or the page on which the one that was begun is proved. */
export const showFactor: Route = {
  json: async ({ res, current, factors, base, sid }) => {
    const actor = current.actor();
    res.json(representFactor(await factors.fetch(actor.identity, actor, sid), base));
  },
  page: async (exchange) => {
    const { current, factors, base, sid } = exchange;
    if (current.state === 'challenge_required') return redirect(exchange, `${base}/challenges`);
    return submit(exchange, `${base}/factors/${sid}`, async () => {
      const actor = current.actor();
      const { status, friendlyName } = await factors.fetch(actor.identity, actor, sid);
      if (status === 'unverified') return showEnrollment(exchange);
      return showPage(exchange, 'factor', {
        notice: current.takeNotice(),
        name: friendlyName,
        isLast: current.found.factors.length === 1,
        rename: formTo(exchange, `${base}/factors/${sid}`),
        remove: formTo(exchange, `${base}/factors/${sid}/remove`),
        overviewUrl: base,
      });
    });
  },
};

/** POST `/factors/:sid`: `{ code }` proves it, `{ friendly_name }` renames it. */
export const changeFactor: Route = {
  json: async (exchange) => {
    const { res, current, factors, base, sid } = exchange;
    const body = parseChange(exchange);
    const actor = current.actor();
    if (body.friendly_name !== undefined) {
      res.json(representFactor(await factors.rename(actor.identity, actor, sid, body.friendly_name), base));
      return;
    }
    const { outcome, grant } = await factors.verify(actor.identity, actor, sid, body.code);
    if (grant !== null) await elevate(current, grant);
    res.json({ ...representFactor(outcome.factor, base), ...representReason(outcome), state: current.state });
  },
  page: async (exchange) => {
    const { base, sid } = exchange;
    const body = parseChange(exchange);
    const { friendly_name: name } = body;
    if (name !== undefined) return submit(exchange, `${base}/factors/${sid}`, async () => rename(exchange, name));
    return submit(exchange, `${base}/factors`, async () => verify(exchange, body.code));
  },
};

/** DELETE `/factors/:sid`. The session goes on, all others must show a factor again. */
export const removeFactor: Route = {
  json: async (exchange) => {
    await remove(exchange);
    exchange.res.status(204).end();
  },
  page: async (exchange) =>
    submit(exchange, `${exchange.base}/factors/${exchange.sid}`, async () => {
      await remove(exchange);
      await redirectWith(exchange, exchange.base, { reason: 'factor_removed' });
    }),
};

async function rename(exchange: Exchange, name: string): Promise<void> {
  const { current, factors, base, sid } = exchange;
  const actor = current.actor();
  try {
    await factors.rename(actor.identity, actor, sid, name);
  } catch (error) {
    if (!(error instanceof MfaError) || error.code !== 'invalid_request') throw error;
    return redirectWith(exchange, `${base}/factors/${sid}`, { reason: 'invalid_name' });
  }
  return redirectWith(exchange, base, { reason: 'factor_renamed' });
}

async function verify(exchange: Exchange, code: unknown): Promise<void> {
  const { current, factors, base, sid } = exchange;
  const actor = current.actor();
  const { outcome, grant } = await factors.verify(actor.identity, actor, sid, code);
  if (outcome.status === 'unverified') return redirectWith(exchange, `${base}/factors`, outcome);
  const isWithoutRecovery = current.found.recoveryCodesLeft === 0;
  if (grant !== null) await elevate(current, grant);
  if (!isWithoutRecovery) return goOn(exchange, 'factor_verified');
  // Where the person was going is kept for after the recovery codes.
  return redirectWith(exchange, `${base}/recovery-codes`, { reason: 'factor_verified' });
}

async function remove({ current, factors, sid }: Exchange): Promise<void> {
  const actor = current.actor();
  const { grant } = await factors.remove(actor.identity, actor, sid);
  if (grant !== null) await elevate(current, grant);
}

async function create({ req, current, factors, body }: Exchange): ReturnType<Exchange['factors']['create']> {
  const { friendly_name: friendlyName } = parse(CreateFactorBody, body, '{ friendly_name?: text }');
  const { hooks } = current.parts;
  const { user } = current.requireSubject();
  const actor = current.actor(await hooks.canEnroll(user, req));
  return factors.create(actor.identity, actor, { friendlyName, accountName: hooks.accountName(user) });
}

function parseChange({ body }: Exchange): { readonly code?: unknown; readonly friendly_name?: string | undefined } {
  return parse(ChangeFactorBody, body, '{ code } or { friendly_name }, exactly one of them');
}

async function showEnrollment(exchange: Exchange): Promise<void> {
  const { current, factors, base } = exchange;
  if (current.state === 'challenge_required') return redirect(exchange, `${base}/challenges`);
  const { settings, hooks } = current.parts;
  const actor = current.actor();
  const begun = await factors.begun(actor.identity, actor, hooks.accountName(current.user));
  return showPage(exchange, 'enroll', {
    issuer: settings.issuer,
    notice: current.takeNotice(),
    start: formTo(exchange, `${base}/factors`),
    begun: begun && { ...begun.binding, form: formTo(exchange, `${base}/factors/${begun.factor.sid}`) },
  });
}

function requireSecondFactor({ state }: Exchange['current']): void {
  if (state !== 'satisfied' && state !== 'not_required') throw new MfaError('step_up_required');
}
