import type { Challenge } from './challenge.js';
import { isWithin } from './instant.js';
import { APPROVAL_LIFE, UNUSED_APPROVALS, type Capacity } from './settings.js';

/**
 * The challenges that a record keeps, oldest first: the newest pending ones, approvals that may still be used, and the
 * newest ended ones, with a brief history without their details. Pending logins push out no pending approval: anybody
 * with the password makes those, and only a session with its second factor makes these.
 */
export function keepChallenges(
  challenges: readonly Challenge[],
  now: number,
  capacity: Capacity,
): readonly Challenge[] {
  const settled = endSurplus(challenges, now, capacity).map((challenge) => settle(challenge, now, capacity));
  const pending = settled.filter(({ status }) => status === 'pending');
  const kept = new Set([
    ...pending.filter(({ purpose }) => purpose === null).slice(-capacity.pendingChallenges),
    ...pending.filter(({ purpose }) => purpose !== null).slice(-capacity.pendingChallenges),
    ...settled.filter((challenge) => isUsable(challenge, now)).slice(-UNUSED_APPROVALS),
    ...settled.filter(({ status }) => status !== 'pending').slice(-capacity.endedChallenges),
  ]);
  return settled.filter((challenge) => kept.has(challenge));
}

/** The challenges to keep after one of them has changed. */
export function replaceChallenge(
  challenges: readonly Challenge[],
  changed: Challenge,
  now: number,
  capacity: Capacity,
): readonly Challenge[] {
  return keepChallenges(
    challenges.map((other) => (other.sid === changed.sid ? changed : other)),
    now,
    capacity,
  );
}

/** Whether an approval of a purpose waits to be used, given since `since` and less than `maxAge` ms ago. */
export function isUsable(
  { status, purpose, respondedAt }: Challenge,
  now: number,
  { maxAge = APPROVAL_LIFE, since = 0 }: { readonly maxAge?: number | undefined; readonly since?: number } = {},
): boolean {
  if (status !== 'approved' || purpose?.used !== false || respondedAt === null || respondedAt < since) return false;
  return isWithin(Math.min(maxAge, APPROVAL_LIFE), respondedAt, now);
}

/** In a full history a pending challenge that there is no room for does not vanish: its time is over. */
function endSurplus(challenges: readonly Challenge[], now: number, capacity: Capacity): readonly Challenge[] {
  if (capacity.history === 'brief') return challenges;
  const pending = challenges.filter(({ status, expiresAt }) => status === 'pending' && now < expiresAt);
  const surplus = new Set(pending.slice(0, -capacity.pendingChallenges));
  return challenges.map((challenge) => (surplus.has(challenge) ? { ...challenge, expiresAt: now } : challenge));
}

function settle(challenge: Challenge, now: number, { history }: Capacity): Challenge {
  if (challenge.status === 'pending' && now < challenge.expiresAt) return challenge;
  const status = challenge.status === 'pending' ? 'expired' : challenge.status;
  if (history === 'full') return { ...challenge, status };
  return { ...challenge, status, details: null, hiddenDetails: null, metadata: null };
}
