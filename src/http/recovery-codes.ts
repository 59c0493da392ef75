import { renderRecoveryCodes } from '../pages/recovery-codes.js';
import type { NewRecoveryCodes } from '../use-cases/recovery-codes.js';
import { elevate } from '../web/elevate.js';
import { representDate } from '../web/represent.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, redirect, redirectWith, showPage, submit } from './page-answer.js';
import { ConfirmRecoveryCodesBody, parse } from './requests.js';

/** POST `/recovery-codes`: a new set, in this answer and no other; the old one counts until it is confirmed. */
export const createRecoveryCodes: Route = {
  json: async (exchange) => {
    const { id, codes, expiresAt } = await create(exchange);
    exchange.res.status(201).json({ id, codes, expiration_date: representDate(expiresAt) });
  },
  page: async (exchange) =>
    submit(exchange, exchange.base, async () => {
      const { id, codes } = await create(exchange);
      const { action, hidden } = formTo(exchange, `${exchange.base}/recovery-codes/confirm`);
      await showPage(exchange, renderRecoveryCodes({ codes, form: { action, hidden: { ...hidden, id } } }));
    }),
};

/** POST `/recovery-codes/confirm`: `{ id, code }` puts the new set in the place of the old one. */
export const confirmRecoveryCodes: Route = {
  json: async (exchange) => {
    const { res, current } = exchange;
    const outcome = await confirm(exchange);
    const { status } = outcome;
    const told = status === 'confirmed' ? { recovery_codes_left: outcome.left } : { reason: outcome.reason };
    res.json({ status, ...told, state: current.state });
  },
  page: async (exchange) =>
    submit(exchange, exchange.base, async () => {
      const outcome = await confirm(exchange);
      if (outcome.status === 'confirmed') return redirect(exchange, exchange.base);
      return redirectWith(exchange, exchange.base, outcome);
    }),
};

async function create({ current, recoveryCodes }: Exchange): Promise<NewRecoveryCodes> {
  const actor = current.actor();
  return recoveryCodes.create(actor.identity, actor);
}

async function confirm({
  current,
  recoveryCodes,
  body,
}: Exchange): Promise<Awaited<ReturnType<Exchange['recoveryCodes']['confirm']>>['outcome']> {
  const { id, code } = parse(ConfirmRecoveryCodesBody, body, '{ id, code }');
  const actor = current.actor();
  const { outcome, grant } = await recoveryCodes.confirm(actor.identity, actor, id, code);
  if (grant !== null) await elevate(current, grant);
  return outcome;
}
