import type { Actor } from '../domain/actor.js';
import type { Entity } from '../domain/entity.js';
import type { Grant } from '../domain/grant.js';

/** What came of a use case, and the grant with which the session that did it goes on; null where it gets none. */
export interface WithGrant<Outcome> {
  readonly outcome: Outcome;
  readonly grant: Grant | null;
}

/** What a session has just shown: a factor, or by null a recovery code. */
interface Shown {
  readonly factorSid: string | null;
  readonly amr: readonly string[];
}

/** The grant of a session that has just shown its second factor; none for a program. */
export function newGrant(identity: string, actor: Actor, { epoch }: Entity, shown: Shown, now: number): Grant | null {
  if (actor.by !== 'session') return null;
  const { factorSid, amr } = shown;
  return { identity, loginId: actor.login.loginId, epoch, factorSid, amr, authAt: now, seenAt: now };
}

/**
 * The grant of a session whose own act has started a new epoch: it keeps the methods and the time of its proof, and only
 * the epoch that it counts in is new. Null where there was none, or no new epoch.
 */
export function carriedGrant(actor: Actor, before: Entity, after: Entity): Grant | null {
  if (actor.by !== 'session' || actor.grant === null || after.epoch === before.epoch) return null;
  const isGone = after.factors.every(({ sid }) => sid !== actor.grant?.factorSid);
  return { ...actor.grant, epoch: after.epoch, factorSid: isGone ? null : actor.grant.factorSid };
}
