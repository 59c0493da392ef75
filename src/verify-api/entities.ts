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
import { representEntity } from './represent.js';
import { CREATE_ENTITY, PAGING } from './requests.js';

export const createEntity: Route = {
  scope: 'factor',
  family,
  form: CREATE_ENTITY,
  handle: async (exchange) => {
    const { res, actor } = exchange;
    const at = await atService(exchange);
    const { Identity } = parseForm(exchange, CREATE_ENTITY);
    const made = entityOf(at, Identity, family);
    await paceNewEntity(exchange, made);
    const entity = await made.room.entities.create(made.identity, actor);
    res.status(201).json(representEntity(entity, made.owner.entity_sid, at.owner, made.url));
  },
};

export const listEntities: Route = {
  scope: 'read',
  family,
  query: PAGING,
  handle: async (exchange) => {
    const at = await atService(exchange);
    const paging = pagingOf(exchange, `${at.url}/Entities`);
    const { entities, next } = await at.room.entities.list(paging.position, paging.pageSize);
    exchange.res.json(
      paging.representForward('entities', entities, next, (entity) => {
        const { owner, url } = entityOf(at, entity.identity, family);
        return representEntity(entity, owner.entity_sid, at.owner, url);
      }),
    );
  },
};

export const fetchEntity: Route = {
  scope: 'read',
  family,
  handle: async (exchange) => {
    const { identity, owner, room, url } = await atEntity(exchange);
    const { account_sid, service_sid, entity_sid } = owner;
    const entity = await room.entities.fetch(identity, exchange.actor);
    exchange.res.json(representEntity(entity, entity_sid, { account_sid, service_sid }, url));
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
