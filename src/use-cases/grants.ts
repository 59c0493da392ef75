import type { Actor } from '../domain/actor.js';
import type { Entity } from '../domain/entity.js';
import { AMR_CODE, type Grant } from '../domain/grant.js';

/** What came of a use case, and the grant with which the session that did it goes on; null where it gets none. */
export interface WithGrant<Outcome> {
  readonly outcome: Outcome;
  readonly grant: Grant | null;
}

/** The grant of a session that has just shown this factor; none for the host's own code. */
export function newGrant(identity: string, actor: Actor, entity: Entity, factorSid: string, now: number): Grant | null {
  if (actor.by === 'host') return null;
  const { loginId } = actor.login;
  return { identity, loginId, epoch: entity.epoch, factorSid, amr: AMR_CODE, authAt: now, seenAt: now };
}
