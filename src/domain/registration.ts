import { ClientError, MfaError } from '../errors.js';
import type { Actor } from './actor.js';
import { resetEntity } from './administration.js';
import type { Decision, DecisionContext, Entity } from './entity.js';
import { countOne, type Pace, type Tally } from './tally.js';

/** What is known of an entity that a client of the Verify API made: it lives until it is deleted, also without a factor. */
export interface Registration {
  readonly createdAt: number;
  /** Factors that clients made this day. */
  readonly factorsMade: Tally;
}

const FACTORS_PER_DAY: Pace = { most: 100, within: 24 * 60 * 60_000 };

/** Whether the Verify API knows this entity. */
export function isKnown({ registration, factors }: Entity): boolean {
  return registration !== null || factors.length > 0;
}

/** When the entity was made (ms), as far as its record tells. */
export function createdAt({ registration, factors }: Entity): number {
  return registration?.createdAt ?? Math.min(...factors.map((factor) => factor.createdAt));
}

/** @throws ClientError `entity_exists` */
export function registerEntity(entity: Entity, { now }: DecisionContext): Decision<Entity> {
  if (isKnown(entity)) throw new ClientError('entity_exists');
  const registered = { ...entity, registration: { createdAt: now, factorsMade: [] } };
  return { entity: registered, answer: registered, events: [] };
}

/**
 * The entity with one more factor made by a client, who thereby registers it.
 * @throws ClientError `too_many_factors`
 */
export function countFactor(entity: Entity, actor: Actor, now: number): Entity {
  if (actor.by !== 'client') return entity;
  const { factorsMade } = entity.registration ?? { factorsMade: [] };
  const registration = {
    createdAt: isKnown(entity) ? createdAt(entity) : now,
    factorsMade: countOne(factorsMade, FACTORS_PER_DAY, now, 'too_many_factors'),
  };
  return { ...entity, registration };
}

/**
 * Takes the entity away with all below it. What was guessed against one that had a verified factor stays counted:
 * deleting and creating it again buys nobody a new budget.
 * @throws MfaError `not_found`
 */
export function removeEntity(entity: Entity, context: DecisionContext): Decision<null> {
  if (!isKnown(entity)) throw new MfaError('not_found');
  const { entity: emptied, answer, events } = resetEntity({ ...entity, registration: null }, context);
  return { entity: { ...emptied, everVerified: entity.everVerified }, answer, events };
}
