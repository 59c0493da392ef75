import type { TotpConfig } from '../domain/totp.js';
import { paceNewEntity } from './entities.js';
import { atEntity, pagingOf, parseForm, part, type Route } from './exchange.js';
import { FACTOR_FAMILY as family, unsupported } from './refusal.js';
import { representFactor, representNewFactor } from './represent.js';
import { CREATE_FACTOR, PAGING, UPDATE_FACTOR } from './requests.js';

/** The secret is in this answer and no other. */
export const createFactor: Route = {
  scope: 'factor',
  family,
  form: CREATE_FACTOR,
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
    res.status(201).json(representNewFactor(factor, binding, at.owner, `${at.url}/Factors/${factor.sid}`));
  },
};

export const listFactors: Route = {
  scope: 'read',
  family,
  query: PAGING,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const paging = pagingOf(exchange, `${url}/Factors`);
    await room.entities.fetch(identity, exchange.actor);
    const page = await room.factors.list(identity, exchange.actor, paging);
    exchange.res.json(
      paging.represent('factors', page, (factor) => representFactor(factor, owner, `${url}/Factors/${factor.sid}`)),
    );
  },
};

export const fetchFactor: Route = {
  scope: 'read',
  family,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const factor = await room.factors.fetch(identity, exchange.actor, part(exchange, 'sid'));
    exchange.res.json(representFactor(factor, owner, `${url}/Factors/${factor.sid}`));
  },
};

/** A code verifies it; a wrong one is an answer. */
export const updateFactor: Route = {
  scope: 'factor',
  family,
  form: UPDATE_FACTOR,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const form = parseForm(exchange, UPDATE_FACTOR);
    const config = configOf(form);
    const factor = await room.factors.update(identity, exchange.actor, part(exchange, 'sid'), {
      friendlyName: form.FriendlyName,
      config: Object.keys(config).length === 0 ? undefined : config,
      code: form.AuthPayload,
    });
    exchange.res.json(representFactor(factor, owner, `${url}/Factors/${factor.sid}`));
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
