import type { Challenge } from './challenge.js';
import { APPROVAL_LIFE, ENDED_CHALLENGES, PENDING_CHALLENGES, UNUSED_APPROVALS } from './settings.js';

/**
 * The challenges that a record keeps, oldest first: the newest pending ones, approvals that may still be used, and a few
 * ended ones without their details. The event stream is the history.
 */
export function keepChallenges(challenges: readonly Challenge[], now: number): readonly Challenge[] {
  const settled = challenges.map((challenge) => settle(challenge, now));
  const kept = new Set([
    ...settled.filter(({ status }) => status === 'pending').slice(-PENDING_CHALLENGES),
    ...settled.filter((challenge) => isUsable(challenge, now)).slice(-UNUSED_APPROVALS),
    ...settled.filter(({ status }) => status !== 'pending').slice(-ENDED_CHALLENGES),
  ]);
  return settled.filter((challenge) => kept.has(challenge));
}

/** The challenges to keep after one of them has changed. */
export function replaceChallenge(
  challenges: readonly Challenge[],
  changed: Challenge,
  now: number,
): readonly Challenge[] {
  return keepChallenges(
    challenges.map((other) => (other.sid === changed.sid ? changed : other)),
    now,
  );
}

/** Whether an approval of a purpose waits to be used, given less than `maxAge` ms ago. */
export function isUsable({ status, purpose, respondedAt }: Challenge, now: number, maxAge = APPROVAL_LIFE): boolean {
  if (status !== 'approved' || purpose?.used !== false || respondedAt === null) return false;
  return now - respondedAt < Math.min(maxAge, APPROVAL_LIFE);
}

function settle(challenge: Challenge, now: number): Challenge {
  if (challenge.status === 'pending' && now < challenge.expiresAt) return challenge;
  const status = challenge.status === 'pending' ? 'expired' : challenge.status;
  return { ...challenge, status, details: null, hiddenDetails: null, metadata: null };
}
