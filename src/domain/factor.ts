import { MfaError } from '../errors.js';
import { requireManagement, type Actor } from './actor.js';
import {
  replaceFactor,
  startEpoch,
  verifiedFactors,
  type Decision,
  type DecisionContext,
  type Entity,
  type UnknownMembers,
} from './entity.js';
import { event } from './event.js';
import type { Secret } from './secret.js';
import type { Tally } from './tally.js';
import type { TotpConfig } from './totp.js';

/** One enrolled authenticator. */
export type Factor = UnverifiedFactor | VerifiedFactor;

interface FactorBase {
  readonly sid: string;
  readonly friendlyName: string;
  readonly config: TotpConfig;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** As `Entity.unknown`. */
  readonly unknown?: UnknownMembers;
}

/** A secret that was handed out but not yet proved. It is nothing to anybody but the login that created it (rule 6). */
export interface UnverifiedFactor extends FactorBase {
  readonly status: 'unverified';
  /** Null once spent by wrong codes: then it only waits for its time to end. */
  readonly secret: Secret | null;
  /** The login that created it; null: a program. */
  readonly loginId: string | null;
  readonly expiresAt: number;
  readonly wrongCodes: number;
}

export interface VerifiedFactor extends FactorBase {
  readonly status: 'verified';
  readonly secret: Secret;
  /** The highest step whose code was accepted; nothing up to it ever is again (RFC 6238 §5.2). */
  readonly lastStep: number;
  /** How many challenges clients of the Verify API made of it, this hour and this day. */
  readonly challengesMade?: ChallengesMade;
}

export interface ChallengesMade {
  readonly hour: Tally;
  readonly day: Tally;
}

export type Metadata = Readonly<Record<string, string>>;

export function renameFactor(
  entity: Entity,
  actor: Actor,
  sid: string,
  friendlyName: string,
  context: DecisionContext,
): Decision<Factor> {
  const factor = findFactor(entity, actor, sid);
  requireManagement(entity, actor, context);
  const renamed: Factor = { ...factor, friendlyName, updatedAt: context.now };
  return {
    entity: replaceFactor(entity, renamed),
    answer: renamed,
    events: [event('factor.updated', { factorSid: sid })],
  };
}

/** Removes a factor. Where it was a verified one every older grant dies, also those of other sessions. */
export function removeFactor(entity: Entity, actor: Actor, sid: string, context: DecisionContext): Decision<Factor> {
  const factor = findFactor(entity, actor, sid);
  requireManagement(entity, actor, context);
  const without = {
    ...entity,
    factors: entity.factors.filter((other) => other.sid !== sid),
    challenges: entity.challenges.filter((challenge) => challenge.factorSid !== sid || challenge.status !== 'pending'),
  };
  return {
    entity: factor.status === 'verified' ? withoutLoneCodes(startEpoch(without, context)) : without,
    answer: factor,
    events: [event('factor.deleted', { factorSid: sid })],
  };
}

/** Recovery codes stand in for a factor; they go with the last one. */
function withoutLoneCodes(entity: Entity): Entity {
  return verifiedFactors(entity).length === 0 ? { ...entity, recoveryCodes: null } : entity;
}

/** The factor for a look at it, which needs what a change of it needs. */
export function lookAtFactor(entity: Entity, actor: Actor, sid: string, context: DecisionContext): Factor {
  const factor = findFactor(entity, actor, sid);
  requireManagement(entity, actor, context);
  return factor;
}

/**
 * The factor with this SID as far as the actor may know of it: an unverified one exists for its own login only.
 * @throws MfaError `not_found`, alike for unknown, foreign and malformed SIDs
 */
export function findFactor(entity: Entity, actor: Actor, sid: string): Factor {
  const factor = entity.factors.find((candidate) => candidate.sid === sid);
  if (factor === undefined || !isVisibleTo(actor, factor)) throw new MfaError('not_found');
  return factor;
}

export function isVisibleTo(actor: Actor, factor: Factor): boolean {
  return actor.by !== 'session' || factor.status === 'verified' || factor.loginId === actor.login.loginId;
}
