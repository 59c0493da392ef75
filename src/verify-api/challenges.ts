import { atEntity, pagingOf, parseForm, part, type Route } from './exchange.js';
import { parse } from './parameters.js';
import { CHALLENGE_FAMILY as family } from './refusal.js';
import { CHALLENGE, CHALLENGES } from './represent.js';
import { CREATE_CHALLENGE, LIST_CHALLENGES, PAGING, UPDATE_CHALLENGE } from './requests.js';

/** With a code it is answered at once; a wrong one leaves it pending. */
export const createChallenge: Route = {
  scope: 'challenge',
  family,
  form: CREATE_CHALLENGE,
  answer: CHALLENGE,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const form = parseForm(exchange, CREATE_CHALLENGE);
    const { 'Details.Message': message = '', 'Details.Fields': fields = [] } = form;
    const { outcome } = await at.room.challenges.create(at.identity, exchange.actor, {
      factorSid: form.FactorSid,
      code: form.AuthPayload,
      details: message === '' && fields.length === 0 ? null : { message, fields },
      hiddenDetails: form.HiddenDetails,
      expiresAt: form.ExpirationDate,
    });
    const { challenge } = outcome;
    exchange.res.status(201).json(CHALLENGE.represent({ at, challenge }));
  },
};

export const listChallenges: Route = {
  scope: 'read',
  family,
  query: { ...LIST_CHALLENGES, ...PAGING },
  answer: CHALLENGES,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const { identity, room, url } = at;
    const filters = parse(LIST_CHALLENGES, exchange.req.query, family);
    const { FactorSid: factorSid, Status: status, Order: order } = filters;
    const paging = pagingOf(exchange, `${url}/Challenges`, filters);
    await room.entities.fetch(identity, exchange.actor);
    const { page, pageSize } = paging;
    const found = await room.challenges.list(identity, exchange.actor, { page, pageSize, factorSid, status, order });
    exchange.res.json(paging.represent(CHALLENGES, found, (challenge) => ({ at, challenge })));
  },
};

export const fetchChallenge: Route = {
  scope: 'read',
  family,
  answer: CHALLENGE,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const challenge = await at.room.challenges.fetch(at.identity, exchange.actor, part(exchange, 'sid'));
    exchange.res.json(CHALLENGE.represent({ at, challenge }));
  },
};

/** A wrong code leaves it pending. */
export const updateChallenge: Route = {
  scope: 'challenge',
  family,
  form: UPDATE_CHALLENGE,
  answer: CHALLENGE,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const { AuthPayload: code, Metadata: metadata } = parseForm(exchange, UPDATE_CHALLENGE);
    const sid = part(exchange, 'sid');
    const challenge = await at.room.challenges.update(at.identity, exchange.actor, sid, { code, metadata });
    exchange.res.json(CHALLENGE.represent({ at, challenge }));
  },
};
