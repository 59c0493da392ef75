import { atEntity, pagingOf, parseForm, part, type Route } from './exchange.js';
import { parse } from './parameters.js';
import { CHALLENGE_FAMILY as family } from './refusal.js';
import { representChallenge } from './represent.js';
import { CREATE_CHALLENGE, LIST_CHALLENGES, PAGING, UPDATE_CHALLENGE } from './requests.js';

/** With a code it is answered at once; a wrong one leaves it pending. */
export const createChallenge: Route = {
  scope: 'challenge',
  family,
  form: CREATE_CHALLENGE,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const form = parseForm(exchange, CREATE_CHALLENGE);
    const { 'Details.Message': message = '', 'Details.Fields': fields = [] } = form;
    const { outcome } = await room.challenges.create(identity, exchange.actor, {
      factorSid: form.FactorSid,
      code: form.AuthPayload,
      details: message === '' && fields.length === 0 ? null : { message, fields },
      hiddenDetails: form.HiddenDetails,
      expiresAt: form.ExpirationDate,
    });
    const { challenge } = outcome;
    exchange.res.status(201).json(representChallenge(challenge, owner, `${url}/Challenges/${challenge.sid}`));
  },
};

export const listChallenges: Route = {
  scope: 'read',
  family,
  query: { ...LIST_CHALLENGES, ...PAGING },
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const filters = parse(LIST_CHALLENGES, exchange.req.query, family);
    const { FactorSid: factorSid, Status: status, Order: order } = filters;
    const paging = pagingOf(exchange, `${url}/Challenges`, filters);
    await room.entities.fetch(identity, exchange.actor);
    const { page, pageSize } = paging;
    const found = await room.challenges.list(identity, exchange.actor, { page, pageSize, factorSid, status, order });
    exchange.res.json(
      paging.represent('challenges', found, (challenge) =>
        representChallenge(challenge, owner, `${url}/Challenges/${challenge.sid}`),
      ),
    );
  },
};

export const fetchChallenge: Route = {
  scope: 'read',
  family,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const challenge = await room.challenges.fetch(identity, exchange.actor, part(exchange, 'sid'));
    exchange.res.json(representChallenge(challenge, owner, `${url}/Challenges/${challenge.sid}`));
  },
};

/** A wrong code leaves it pending. */
export const updateChallenge: Route = {
  scope: 'challenge',
  family,
  form: UPDATE_CHALLENGE,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const { AuthPayload: code, Metadata: metadata } = parseForm(exchange, UPDATE_CHALLENGE);
    const sid = part(exchange, 'sid');
    const challenge = await room.challenges.update(identity, exchange.actor, sid, { code, metadata });
    exchange.res.json(representChallenge(challenge, owner, `${url}/Challenges/${challenge.sid}`));
  },
};
