import {
  atEntity,
  atService,
  entityOf,
  pagingOf,
  parseForm,
  type AtEntity,
  type Exchange,
  type Route,
} from './exchange.js';
import { FACTOR_FAMILY as family } from './refusal.js';
import { ENTITIES, ENTITY } from './represent.js';
import { CREATE_ENTITY, PAGING } from './requests.js';

export const createEntity: Route = {
  scope: 'factor',
  family,
  form: CREATE_ENTITY,
  answer: ENTITY,
  handle: async (exchange) => {
    const { res, actor } = exchange;
    const service = await atService(exchange);
    const { Identity } = parseForm(exchange, CREATE_ENTITY);
    const at = entityOf(service, Identity, family);
    await paceNewEntity(exchange, at);
    const entity = await at.room.entities.create(at.identity, actor);
    res.status(201).json(ENTITY.represent({ at, entity }));
  },
};

export const listEntities: Route = {
  scope: 'read',
  family,
  query: PAGING,
  answer: ENTITIES,
  handle: async (exchange) => {
    const service = await atService(exchange);
    const paging = pagingOf(exchange, `${service.url}/Entities`);
    const { entities, next } = await service.room.entities.list(paging.position, paging.pageSize);
    exchange.res.json(
      paging.representForward(ENTITIES, entities, next, (entity) => ({
        at: entityOf(service, entity.identity, family),
        entity,
      })),
    );
  },
};

export const fetchEntity: Route = {
  scope: 'read',
  family,
  answer: ENTITY,
  handle: async (exchange) => {
    const at = await atEntity(exchange);
    const entity = await at.room.entities.fetch(at.identity, exchange.actor);
    exchange.res.json(ENTITY.represent({ at, entity }));
  },
};

/** All below it goes with it. */
export const removeEntity: Route = {
  scope: 'factor',
  family,
  handle: async (exchange) => {
    const { identity, room } = await atEntity(exchange);
    await room.entities.remove(identity, exchange.actor);
    exchange.res.status(204).end();
  },
};

/** Counts an entity that is about to be made, also by its first factor. @throws ClientError `too_many_entities` */
export async function paceNewEntity(
  { caller, actor, newEntities, now }: Exchange,
  { room, identity }: AtEntity,
): Promise<void> {
  if (!(await room.entities.has(identity, actor))) newEntities.count(caller.accountSid, now);
}
