import type { NewRecoveryCodes } from '../use-cases/recovery-codes.js';
import { MfaError } from '../errors.js';
import { elevate } from '../web/elevate.js';
import { representDate } from '../web/represent.js';
import { redirect } from '../web/redirect.js';
import type { Exchange, Route } from './exchange.js';
import { formTo, goOn, redirectWith, showPage, submit } from './page-answer.js';
import { ConfirmRecoveryCodesBody, parse } from './requests.js';

/** GET `/recovery-codes`: how many are left, or the page on which new ones are made and kept. */
export const showRecoveryCodes: Route = {
  json: async ({ res, current, recoveryCodes }) => {
    if (current.state !== 'satisfied') throw new MfaError('step_up_required');
    const actor = current.actor();
    const { left, createdAt } = await recoveryCodes.fetch(actor.identity, actor);
    res.json({ recovery_codes_left: left, date_created: createdAt && representDate(createdAt) });
  },
  page: async (exchange) => {
    const { current, recoveryCodes, base } = exchange;
    if (current.state !== 'satisfied') return redirect(exchange, base);
    return submit(exchange, `${base}/recovery-codes`, async () => {
      const actor = current.actor();
      const made = await recoveryCodes.made(actor.identity, actor);
      await showPage(exchange, 'recoveryCodes', {
        notice: current.takeNotice(),
        left: current.found.recoveryCodesLeft,
        start: formTo(exchange, `${base}/recovery-codes`),
        made: made && {
          codes: made.codes,
          form: formTo(exchange, `${base}/recovery-codes/confirm`, { id: made.id }),
        },
        overviewUrl: base,
      });
    });
  },
};

/** POST `/recovery-codes`: a new set, in this answer and no other; the old one counts until it is confirmed. */
export const createRecoveryCodes: Route = {
  json: async (exchange) => {
    const { id, codes, expiresAt } = await create(exchange);
    exchange.res.status(201).json({ id, codes, expiration_date: representDate(expiresAt) });
  },
  page: async (exchange) =>
    submit(exchange, `${exchange.base}/recovery-codes`, async () => {
      await create(exchange);
      await redirect(exchange, `${exchange.base}/recovery-codes`);
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
  page: async (exchange) => {
    const page = `${exchange.base}/recovery-codes`;
    await submit(exchange, page, async () => {
      const outcome = await confirm(exchange);
      if (outcome.status === 'pending') return redirectWith(exchange, page, outcome);
      return goOn(exchange, 'recovery_codes_confirmed');
    });
  },
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
