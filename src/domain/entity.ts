import type { Budget } from './budget.js';
import { FULL_BUDGET } from './budget.js';
import type { Challenge } from './challenge.js';
import type { DomainEvent, RecordedEvent } from './event.js';
import type { Factor, UnverifiedFactor, VerifiedFactor } from './factor.js';
import type { Settings } from './settings.js';
import type { LoginTrace } from './login-trace.js';
import type { RecoveryCodes } from './recovery-codes.js';
import type { RecoveryRenewal } from './recovery-renewal.js';
import type { Registration } from './registration.js';
import { newEpoch, type Random } from './sid.js';

/** Everything known about one identity: the one record that every decision reads and replaces. */
export interface Entity {
  /** Compared for equality with a grant's: a security change replaces it, and every older grant dies. */
  readonly epoch: string;
  /** Whether a factor was ever verified here: then the record is permanent, and its absence is a loss. */
  readonly everVerified: boolean;
  readonly factors: readonly Factor[];
  /** Null: no client of the Verify API made it. */
  readonly registration: Registration | null;
  /** Oldest first. */
  readonly challenges: readonly Challenge[];
  readonly budget: Budget;
  /** When the budget was last spent for good (ms); 0: never. A login that waited then must start at its first factor. */
  readonly disabledAt: number;
  /** The set that counts; null: none was confirmed. */
  readonly recoveryCodes: RecoveryCodes | null;
  readonly renewal: RecoveryRenewal | null;
  /** Of the newest logins, oldest first. */
  readonly logins: readonly LoginTrace[];
  /** Security events of the last writes that may not have been delivered. */
  readonly undelivered: readonly RecordedEvent[];
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
  return {
    epoch: newEpoch(random),
    everVerified: false,
    factors: [],
    registration: null,
    challenges: [],
    budget: FULL_BUDGET,
    disabledAt: 0,
    recoveryCodes: null,
    renewal: null,
    logins: [],
    undelivered: [],
  };
}

export function verifiedFactors(entity: Entity): readonly VerifiedFactor[] {
  return entity.factors.filter((factor) => factor.status === 'verified');
}

/** The entity without what has ended its life by itself: what was shown and not proved or confirmed in time. */
export function withoutExpired(entity: Entity, now: number): Entity {
  const isAlive = (factor: Factor): boolean => factor.status === 'verified' || now < factor.expiresAt;
  const isRenewalOver = entity.renewal !== null && now >= entity.renewal.expiresAt;
  if (!isRenewalOver && entity.factors.every(isAlive)) return entity;
  return { ...entity, factors: entity.factors.filter(isAlive), renewal: isRenewalOver ? null : entity.renewal };
}

/**
 * The entity with a new epoch: every older grant and approval dies, and with them what was not yet proved or confirmed
 * (rule 6). Where a service has no sessions, and so no grants, its enrollments stay.
 */
export function startEpoch(entity: Entity, { settings, random }: EpochContext): Entity {
  const factors = settings.capacity.enrollments === 'many' ? entity.factors : verifiedFactors(entity);
  return { ...entity, epoch: newEpoch(random), factors, renewal: null };
}

type EpochContext = Pick<DecisionContext, 'settings' | 'random'>;

export function replaceFactor(entity: Entity, factor: UnverifiedFactor | VerifiedFactor): Entity {
  return { ...entity, factors: entity.factors.map((other) => (other.sid === factor.sid ? factor : other)) };
}
