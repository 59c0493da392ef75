import type { TotpConfig } from '../domain/totp.js';
import { paceNewEntity } from './entities.js';
import { atEntity, pagingOf, parseForm, part, type Route } from './exchange.js';
import { FACTOR_FAMILY as family, unsupported } from './refusal.js';
import { FACTOR, FACTORS, NEW_FACTOR } from './represent.js';
import { CREATE_FACTOR, PAGING, UPDATE_FACTOR } from './requests.js';

/** The secret is in this answer and no other. */
export const createFactor: Route = {
  scope: 'factor',
  family,
  form: CREATE_FACTOR,
  answer: NEW_FACTOR,
  handle: async (exchange) => {
    const { res, actor } = exchange;
    const at = await atEntity(exchange);
    const form = parseForm(exchange, CREATE_FACTOR);
    if (form.FactorType !== 'totp') throw unsupported();
    await paceNewEntity(exchange, at);
    const { factor, binding } = await at.room.factors.create(at.identity, actor, {
      friendlyName: form.FriendlyName,
      accountName: form.FriendlyName,
      secret: form['Binding.Secret'],
      metadata: form.Metadata,
      config: { ...configOf(form), allowWeak: true },
    });
    res.status(201).json(NEW_FACTOR.represent({ at, factor, binding }));
  },
};

export const listFactors: Route = {
  scope: 'read',
  family,
  query: PAGING,
  answer: FACTORS,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const { identity, room, url } = at;
    const paging = pagingOf(exchange, `${url}/Factors`);
    await room.entities.fetch(identity, exchange.actor);
    const page = await room.factors.list(identity, exchange.actor, paging);
    exchange.res.json(paging.represent(FACTORS, page, (factor) => ({ at, factor })));
  },
};

export const fetchFactor: Route = {
  scope: 'read',
  family,
  answer: FACTOR,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const factor = await at.room.factors.fetch(at.identity, exchange.actor, part(exchange, 'sid'));
    exchange.res.json(FACTOR.represent({ at, factor }));
  },
};

/** A code verifies it; a wrong one is an answer. */
export const updateFactor: Route = {
  scope: 'factor',
  family,
  form: UPDATE_FACTOR,
  answer: FACTOR,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const form = parseForm(exchange, UPDATE_FACTOR);
    const config = configOf(form);
    const factor = await at.room.factors.update(at.identity, exchange.actor, part(exchange, 'sid'), {
      friendlyName: form.FriendlyName,
      config: Object.keys(config).length === 0 ? undefined : config,
      code: form.AuthPayload,
    });
    exchange.res.json(FACTOR.represent({ at, factor }));
  },
};

export const removeFactor: Route = {
  scope: 'factor',
  family,
  handle: async (exchange) => {
    const { identity, room } = await atEntity(exchange);
    await room.factors.remove(identity, exchange.actor, part(exchange, 'sid'));
    exchange.res.status(204).end();
  },
};

type Given = ReturnType<typeof parseForm<typeof UPDATE_FACTOR>>;

/** What was given, and nothing else. */
function configOf(given: Pick<Given, `Config.${string}` & keyof Given>): Partial<TotpConfig> {
  const {
    'Config.Alg': algorithm,
    'Config.CodeLength': codeLength,
    'Config.TimeStep': timeStep,
    'Config.Skew': skew,
  } = given;
  return {
    ...(algorithm !== undefined && { algorithm }),
    ...(codeLength !== undefined && { codeLength }),
    ...(timeStep !== undefined && { timeStep }),
    ...(skew !== undefined && { skew }),
  };
}
