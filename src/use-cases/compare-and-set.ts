import type { Random } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { Version } from '../store/store.js';
import type { Deadline } from './deadline.js';

/** Milliseconds of the store that a request, or one use case of the host, may take in all; then its outcome is unknown. */
export const DEADLINE = 600;
const ROUNDS = 16;

/**
 * Attempts until one is no null: until its save was the next write after what it had loaded.
 * @throws MfaError `store_unavailable` where that does not come about
 */
export async function untilSaved<Done>(attempt: () => Promise<Done | null>, deadline: Deadline): Promise<Done> {
  for (let round = 0; round < ROUNDS && !deadline.isOver(); round += 1) {
    const done = await attempt();
    if (done !== null) return done;
    await jitter(round);
  }
  throw new MfaError('store_unavailable', 'too many requests changed the same record at once');
}

/** What the store answers; whatever it throws, its outcome is unknown. */
export async function ask<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (cause) {
    throw cause instanceof MfaError ? cause : new MfaError('store_unavailable', undefined, { cause });
  }
}

export function newVersion(random: Random): Version {
  return Buffer.from(random(16)).toString('base64url');
}

/** Racers of several processes that collided would collide again in step. */
async function jitter(round: number): Promise<void> {
  const ms = Math.random() * Math.min(2 ** round, 16);
  await new Promise((resolve) => setTimeout(resolve, ms));
}
