import { ClientError } from '../errors.js';
import type { Actor } from './actor.js';
import type { Entity } from './entity.js';
import type { ChallengesMade, VerifiedFactor } from './factor.js';
import { countOne, type Pace } from './tally.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Twilio's limits of challenges of one factor; what is not limited has no pace. */
const PER_HOUR: Pace = { most: 50, within: HOUR };
const PER_DAY: Pace = { most: 100, within: DAY };
/** Where a code has four digits or fewer. */
const SHORT_CODES_PER_DAY: Pace = { most: 10, within: DAY };

/** A client is told that a factor is not proved yet; to a session there is no such factor. @throws ClientError `factor_unverified` */
export function requireProvable({ factors }: Entity, actor: Actor, factorSid: string | undefined): void {
  const factor = factors.find(({ sid }) => sid === factorSid);
  if (actor.by === 'client' && factor?.status === 'unverified') throw new ClientError('factor_unverified');
}

/**
 * The entity in which one more challenge was made of these factors by a client. What the app asks for itself is not
 * counted: there the budget rules.
 * @throws ClientError `too_many_challenges`
 */
export function countChallenge(entity: Entity, actor: Actor, made: readonly VerifiedFactor[], now: number): Entity {
  if (actor.by !== 'client') return entity;
  const factors = entity.factors.map((factor) =>
    factor.status === 'verified' && made.includes(factor) ? { ...factor, challengesMade: count(factor, now) } : factor,
  );
  return { ...entity, factors };
}

function count({ config, challengesMade }: VerifiedFactor, now: number): ChallengesMade {
  const { hour, day } = challengesMade ?? { hour: [], day: [] };
  const perDay = config.codeLength <= 4 ? SHORT_CODES_PER_DAY : PER_DAY;
  return {
    day: countOne(day, perDay, now, 'too_many_challenges'),
    hour: countOne(hour, PER_HOUR, now, 'too_many_challenges'),
  };
}
