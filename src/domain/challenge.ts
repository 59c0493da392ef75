import { ClientError, MfaError } from '../errors.js';
import { isSatisfied, loginIdOf, type Actor } from './actor.js';
import { makeAttachmentRoom } from './attachments.js';
import { codesLeft } from './budget.js';
import { keepChallenges, replaceChallenge } from './challenge-history.js';
import type { Proof } from './code.js';
import type { WrongCode, WrongCodeReason } from './code-match.js';
import { verifiedFactors, type Decision, type DecisionContext, type Entity, type UnknownMembers } from './entity.js';
import { event } from './event.js';
import type { Metadata, VerifiedFactor } from './factor.js';
import { countChallenge, requireProvable } from './pace.js';
import { respond } from './response.js';
import { WRONG_CODES_PER_ATTEMPT } from './settings.js';
import { newSid } from './sid.js';

/** One bounded attempt to prove a factor. */
export interface Challenge {
  readonly sid: string;
  readonly status: ChallengeStatus;
  /** The factor to prove; null: any, until one was. */
  readonly factorSid: string | null;
  /** The login that made it; null: a program. */
  readonly loginId: string | null;
  /** What it is to approve; null: a login. */
  readonly purpose: PurposeUse | null;
  readonly details: Details | null;
  readonly hiddenDetails: Metadata | null;
  readonly metadata: Metadata | null;
  readonly wrongCodes: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
  readonly respondedAt: number | null;
  /** As `Entity.unknown`. */
  readonly unknown?: UnknownMembers;
}

export type ChallengeStatus = 'pending' | 'approved' | 'denied' | 'expired';

/** What a person reads before approving (Twilio's shape). */
export interface Details {
  readonly message: string;
  readonly fields: readonly { readonly label: string; readonly value: string }[];
}

interface PurposeUse {
  /** Digest of the canonical purpose. */
  readonly digest: string;
  /** The epoch that it was made in: in a later one its approval serves nobody. */
  readonly epoch: string;
  /** Whether the approval has been used; it is, once. */
  readonly used: boolean;
}

export interface NewChallenge {
  readonly factorSid?: string | undefined;
  readonly proof?: Proof | undefined;
  /** Digest of what it is to approve. */
  readonly purpose?: string | undefined;
  readonly details?: Details | null | undefined;
  readonly hiddenDetails?: Metadata | null | undefined;
  readonly metadata?: Metadata | null | undefined;
  /** When it ends (ms). @default `limits.challengeLife` from now */
  readonly expiresAt?: number | undefined;
}

export type ChallengeAnswer =
  | {
      readonly status: 'approved';
      readonly challenge: Challenge;
      /** The factor that was proved; null: a recovery code was used. */
      readonly factorSid: string | null;
      readonly amr: readonly string[];
    }
  | ({ readonly status: 'pending'; readonly challenge: Challenge } & Pending);

/** `reason` is there after a wrong code. */
export type Pending = Partial<WrongCodeReason> & Pick<WrongCode, 'attemptsRemaining'>;

/**
 * Makes a challenge, in place of the pending one of the same login, and answers it at once where a code comes with it.
 * @throws MfaError `enrollment_required`, `not_found` (factor), and those of `requireJudgeable`; of clients also
 * `factor_unverified`, `too_many_challenges`
 */
export function createChallenge(
  entity: Entity,
  actor: Actor,
  { proof, ...wanted }: NewChallenge,
  context: DecisionContext,
): Decision<ChallengeAnswer> {
  const { now, random, settings } = context;
  const { capacity } = settings;
  requireProvable(entity, actor, wanted.factorSid);
  const factors = factorsInQuestion(entity, wanted.factorSid ?? null);
  const loginId = loginIdOf(actor);
  const challenge: Challenge = {
    sid: newSid('YC', random),
    status: 'pending',
    factorSid: wanted.factorSid ?? onlyOne(factors)?.sid ?? null,
    loginId,
    purpose: wanted.purpose === undefined ? null : { digest: wanted.purpose, epoch: entity.epoch, used: false },
    details: wanted.details ?? null,
    hiddenDetails: wanted.hiddenDetails ?? null,
    metadata: wanted.metadata ?? null,
    wrongCodes: 0,
    createdAt: now,
    updatedAt: now,
    expiresAt: wanted.expiresAt ?? now + settings.limits.challengeLife,
    respondedAt: null,
  };
  const others = keepChallenges(entity.challenges, now, capacity).filter(
    (other) => loginId === null || other.status !== 'pending' || other.loginId !== loginId,
  );
  const kept = makeAttachmentRoom(entity.factors, others, challenge, capacity);
  const created: Entity = { ...countChallenge(entity, actor, factors, now), challenges: [...kept, challenge] };
  const announced = event('challenge.created', { challengeSid: challenge.sid, factorSid: challenge.factorSid });
  if (proof !== undefined) {
    const decision = respond(created, actor, { challenge, factors, proof }, context);
    return { ...decision, events: [announced, ...decision.events] };
  }
  return {
    entity: { ...created, challenges: keepChallenges(created.challenges, now, capacity) },
    answer: {
      status: 'pending',
      challenge,
      attemptsRemaining: Math.min(WRONG_CODES_PER_ATTEMPT, codesLeft(entity.budget, settings.limits, now)),
    },
    events: [announced],
  };
}

/**
 * Judges a code, or a recovery code, for a pending challenge.
 * @throws MfaError `not_found`, `challenge_ended` (clients: or `challenge_expired`), `too_many_attempts`, and those of
 * `requireJudgeable`
 */
export function answerChallenge(
  entity: Entity,
  actor: Actor,
  sid: string,
  proof: Proof,
  context: DecisionContext,
): Decision<ChallengeAnswer> {
  const challenge = requirePending(findChallenge(entity, actor, sid, context), actor, context.now);
  const factors = factorsInQuestion(entity, challenge.factorSid);
  return respond(entity, actor, { challenge, factors, proof }, context);
}

/** What a client changes of a pending challenge; a code is judged. */
export interface ChallengeUpdate {
  readonly metadata?: Metadata | null | undefined;
  readonly proof?: Proof | undefined;
}

/** Changes a pending challenge, in one write with the judgement. @throws MfaError as `answerChallenge`; `document_full` */
export function updateChallenge(
  entity: Entity,
  actor: Actor,
  sid: string,
  { metadata, proof }: ChallengeUpdate,
  context: DecisionContext,
): Decision<Challenge> {
  const { now, settings } = context;
  const challenge = requirePending(findChallenge(entity, actor, sid, context), actor, now);
  const changed = metadata === undefined ? challenge : { ...challenge, metadata, updatedAt: now };
  const others = entity.challenges.filter((other) => other !== challenge);
  const kept = new Set(makeAttachmentRoom(entity.factors, others, changed, settings.capacity));
  const challenges = entity.challenges
    .filter((other) => other === challenge || kept.has(other))
    .map((other) => (other === challenge ? changed : other));
  const updated = changed === challenge ? entity : { ...entity, challenges };
  if (proof === undefined) return { entity: updated, answer: changed, events: [] };
  const decision = answerChallenge(updated, actor, sid, proof, context);
  return { ...decision, answer: decision.answer.challenge };
}

/** Ends a pending challenge as denied: by the login that made it, a satisfied session, or the host. */
export function denyChallenge(
  entity: Entity,
  actor: Actor,
  sid: string,
  context: DecisionContext,
): Decision<Challenge> {
  const { now } = context;
  const challenge = requirePending(findChallenge(entity, actor, sid, context), actor, now);
  const denied: Challenge = { ...challenge, status: 'denied', updatedAt: now, respondedAt: now };
  return {
    entity: { ...entity, challenges: replaceChallenge(entity.challenges, denied, now, context.settings.capacity) },
    answer: denied,
    events: [event('challenge.denied', { challengeSid: sid, factorSid: challenge.factorSid })],
  };
}

/**
 * The challenge with this SID as far as the actor may know of it.
 * @throws MfaError `not_found`, alike for unknown, foreign and malformed SIDs
 */
export function findChallenge(entity: Entity, actor: Actor, sid: string, context: DecisionContext): Challenge {
  const challenge = entity.challenges.find((candidate) => candidate.sid === sid);
  const isOwn = actor.by !== 'session' || challenge?.loginId === actor.login.loginId;
  if (challenge === undefined || !(isOwn || isSatisfied(entity, actor, context))) throw new MfaError('not_found');
  return challenge;
}

/** What the challenge is at `now`: a pending one past its time has expired. */
export function statusAt(challenge: Challenge, now: number): ChallengeStatus {
  return challenge.status === 'pending' && now >= challenge.expiresAt ? 'expired' : challenge.status;
}

/** The verified factors that a code may be of: the named one, or all. */
function factorsInQuestion(entity: Entity, factorSid: string | null): readonly VerifiedFactor[] {
  const verified = verifiedFactors(entity);
  const factors = factorSid === null ? verified : verified.filter(({ sid }) => sid === factorSid);
  if (factors.length === 0) throw new MfaError(factorSid === null ? 'enrollment_required' : 'not_found');
  return factors;
}

function onlyOne<Item>([item, ...others]: readonly Item[]): Item | undefined {
  return others.length === 0 ? item : undefined;
}

function requirePending(challenge: Challenge, actor: Actor, now: number): Challenge {
  const status = statusAt(challenge, now);
  if (status === 'expired' && actor.by === 'client') throw new ClientError('challenge_expired');
  if (status !== 'pending') throw new MfaError('challenge_ended', `the challenge is ${status} already`);
  return challenge;
}
