import { isDeepStrictEqual } from 'node:util';
import { loginIdOf, type SessionActor } from './actor.js';
import { createChallenge, statusAt, type Challenge, type Details } from './challenge.js';
import { isUsable } from './challenge-history.js';
import type { Decision, DecisionContext, Entity } from './entity.js';
import { event } from './event.js';
import { isExhausted } from './response.js';

/** What is to be approved, and how it is told to the person who approves. */
export interface ApprovalWanted {
  /** Digest of the purpose. */
  readonly purpose: string;
  readonly details?: Details | undefined;
  /** How long ago it may have been given (ms), within the five minutes that any approval lives. */
  readonly maxAge?: number | undefined;
}

export type ApprovalAnswer =
  | { readonly status: 'used'; readonly challenge: Challenge }
  | { readonly status: 'pending'; readonly challenge: Challenge };

/**
 * Uses the approval that this login was given for this purpose, once; or else answers with the pending challenge by which
 * it can be given: the one that is there already, if it tells the person the same, or a new one in its place.
 * @throws MfaError `enrollment_required`
 */
export function useApproval(
  entity: Entity,
  actor: SessionActor,
  { purpose, details, maxAge }: ApprovalWanted,
  context: DecisionContext,
): Decision<ApprovalAnswer> {
  const { now, since } = context;
  const asked = entity.challenges.filter(
    (challenge) =>
      challenge.loginId === loginIdOf(actor) &&
      challenge.purpose?.digest === purpose &&
      challenge.purpose.epoch === entity.epoch,
  );
  // One of before the store vouches may have been used by a write that was lost.
  const approval = asked.find((challenge) => isUsable(challenge, now, { maxAge, since }));
  if (approval !== undefined) {
    const used: Challenge = { ...approval, purpose: { digest: purpose, epoch: entity.epoch, used: true } };
    return {
      entity: { ...entity, challenges: entity.challenges.map((other) => (other === approval ? used : other)) },
      answer: { status: 'used', challenge: used },
      events: [event('approval.used', { challengeSid: approval.sid, factorSid: approval.factorSid })],
    };
  }
  const pending = asked.find(
    (challenge) =>
      statusAt(challenge, now) === 'pending' &&
      !isExhausted(challenge) &&
      isDeepStrictEqual(challenge.details, details ?? null),
  );
  if (pending !== undefined) return { entity, answer: { status: 'pending', challenge: pending }, events: [] };
  const created = createChallenge(entity, actor, { purpose, details }, context);
  return { ...created, answer: { status: 'pending', challenge: created.answer.challenge } };
}
