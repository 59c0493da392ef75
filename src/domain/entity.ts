import type { Budget } from './budget.js';
import { FULL_BUDGET } from './budget.js';
import type { Challenge } from './challenge.js';
import type { DomainEvent } from './event.js';
import type { Factor, UnverifiedFactor, VerifiedFactor } from './factor.js';
import type { Settings } from './settings.js';
import { newEpoch, type Random } from './sid.js';

/** Everything known about one identity: the one record that every decision reads and replaces. */
export interface Entity {
  /** Compared for equality with a grant's: a security change replaces it, and every older grant dies. */
  readonly epoch: string;
  /** Whether a factor was ever verified here: then the record is permanent, and its absence is a loss. */
  readonly everVerified: boolean;
  readonly factors: readonly Factor[];
  /** Oldest first. */
  readonly challenges: readonly Challenge[];
  readonly budget: Budget;
  /** Members that a newer release wrote; carried along, never read. */
  readonly unknown?: UnknownMembers;
}

export type UnknownMembers = Readonly<Record<string, unknown>>;

/** What a decision may look at besides the entity and the command. */
export interface DecisionContext {
  readonly settings: Settings;
  /** The instant of the use case (ms). */
  readonly now: number;
  /** From when on the store vouches for its record (ms). */
  readonly since: number;
  readonly random: Random;
}

/** What a decision says: the entity to be written (the same value: nothing to write), the answer, and what happened. */
export interface Decision<Answer> {
  readonly entity: Entity;
  readonly answer: Answer;
  readonly events: readonly DomainEvent[];
}

export function newEntity(random: Random): Entity {
  return { epoch: newEpoch(random), everVerified: false, factors: [], challenges: [], budget: FULL_BUDGET };
}

export function verifiedFactors(entity: Entity): readonly VerifiedFactor[] {
  return entity.factors.filter((factor) => factor.status === 'verified');
}

/** The entity without what has ended its life by itself: unverified factors past their time. */
export function withoutExpiredFactors(entity: Entity, now: number): Entity {
  const isAlive = (factor: Factor): boolean => factor.status === 'verified' || now < factor.expiresAt;
  return entity.factors.every(isAlive) ? entity : { ...entity, factors: entity.factors.filter(isAlive) };
}

/** The entity with a new epoch: every older grant and approval dies, and with them every unverified factor (rule 6). */
export function startEpoch(entity: Entity, random: Random): Entity {
  return { ...entity, epoch: newEpoch(random), factors: verifiedFactors(entity) };
}

export function replaceFactor(entity: Entity, factor: UnverifiedFactor | VerifiedFactor): Entity {
  return { ...entity, factors: entity.factors.map((other) => (other.sid === factor.sid ? factor : other)) };
}
