import { MfaError } from '../errors.js';
import type { Actor } from './actor.js';
import type { Challenge, ChallengeAnswer } from './challenge.js';
import { replaceChallenge } from './challenge-history.js';
import type { Proof } from './code.js';
import type { Decision, DecisionContext, Entity } from './entity.js';
import { event, type DomainEvent } from './event.js';
import type { VerifiedFactor } from './factor.js';
import { judgeCode, requireJudgeable, type Judgement } from './judgement.js';
import { judgeRecoveryCode } from './recovery.js';
import { WRONG_CODES_PER_ATTEMPT } from './settings.js';

/** What a person answered, and to what. */
interface Attempt {
  readonly challenge: Challenge;
  readonly factors: readonly VerifiedFactor[];
  readonly proof: Proof;
}

/** Judges what was typed, and settles the challenge by it. */
export function respond(
  entity: Entity,
  actor: Actor,
  { challenge, factors, proof }: Attempt,
  context: DecisionContext,
): Decision<ChallengeAnswer> {
  const { now } = context;
  const judgement =
    proof.kind === 'code'
      ? judgeCodeFor(challenge, entity, factors, proof.code, context)
      : judgeRecoveryCode(entity, actor, proof.code, context);
  const { answer, happened } =
    judgement.verdict === 'right' ? approve(challenge, judgement, now) : reject(challenge, judgement, proof, now);
  const challenges = replaceChallenge(entity.challenges, answer.challenge, now, context.settings.capacity);
  return {
    entity: { ...judgement.entity, challenges },
    answer,
    events: [happened, ...judgement.events],
  };
}

function judgeCodeFor(
  challenge: Challenge,
  entity: Entity,
  factors: readonly VerifiedFactor[],
  code: string,
  context: DecisionContext,
): Judgement {
  const tried = requireJudgeable(entity, factors, code, context.now);
  if (isExhausted(challenge)) {
    throw new MfaError('too_many_attempts', 'this challenge took its five wrong codes; create a new one');
  }
  return judgeCode(entity, tried, code, context);
}

function approve(
  challenge: Challenge,
  { factorSid, amr }: Judgement & { readonly verdict: 'right' },
  now: number,
): Response {
  const approved: Challenge = { ...challenge, status: 'approved', factorSid, updatedAt: now, respondedAt: now };
  return {
    answer: { status: 'approved', challenge: approved, factorSid, amr },
    happened: event('challenge.approved', { challengeSid: challenge.sid, factorSid }),
  };
}

/** A wrong recovery code is counted by its login; a used code by nobody. */
function reject(
  challenge: Challenge,
  { wrong, codesLeft }: Judgement & { readonly verdict: 'wrong' },
  { kind }: Proof,
  now: number,
): Response {
  const isCharged = kind === 'code' && wrong.reason !== 'code_already_used';
  const pending = { ...challenge, wrongCodes: challenge.wrongCodes + (isCharged ? 1 : 0), updatedAt: now };
  const attemptsRemaining =
    kind === 'code' ? Math.min(WRONG_CODES_PER_ATTEMPT - pending.wrongCodes, codesLeft) : codesLeft;
  return {
    answer: { status: 'pending', challenge: pending, attemptsRemaining, ...wrong },
    happened: event('challenge.rejected', {
      challengeSid: challenge.sid,
      factorSid: challenge.factorSid,
      reason: wrong.reason,
    }),
  };
}

interface Response {
  readonly answer: ChallengeAnswer;
  readonly happened: DomainEvent;
}

/** Whether the challenge has taken all its wrong codes. */
export function isExhausted({ wrongCodes }: Challenge): boolean {
  return wrongCodes >= WRONG_CODES_PER_ATTEMPT;
}
