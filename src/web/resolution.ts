import type { Request } from 'express';
import type { SessionActor } from '../domain/actor.js';
import { isGrantAlive } from '../domain/grant.js';
import { isWithin } from '../domain/instant.js';
import type { GrantLimits, Settings } from '../domain/settings.js';
import type { Policy } from '../domain/standing.js';
import { MfaError } from '../errors.js';
import type { Standings } from '../use-cases/standings.js';
import type { FactorView } from '../use-cases/views.js';
import type { HostHooks } from './host-hooks.js';
import type { LoginRecord } from './login-record.js';
import type { MfaState } from './session-state.js';
import { sourceOf } from './source.js';

/** Who passed the first factor, and in which login. */
export interface Subject<User> {
  readonly user: User;
  readonly identity: string;
  readonly record: LoginRecord;
}

/** What came of looking at the subject's record. */
export interface Resolution {
  readonly state: MfaState;
  readonly policy: Policy | null;
  /** The verified factors. */
  readonly factors: readonly FactorView[];
  readonly recoveryCodesLeft: number;
  /** Whether the login is over, and must be logged out. */
  readonly isOver: boolean;
  /** Why the state is `unavailable`. */
  readonly failure: MfaError | null;
  /** Taken over from an earlier request within `grant.recheck`. */
  readonly isRemembered: boolean;
}

export const UNRESOLVED: Resolution = {
  state: 'challenge_required',
  policy: null,
  factors: [],
  recoveryCodesLeft: 0,
  isOver: false,
  failure: null,
  isRemembered: false,
};

export interface ResolverParts<User> {
  readonly settings: Settings;
  readonly hooks: HostHooks<User>;
  readonly standings: Standings;
}

/** A session's `seenAt` is written once in this part of `grant.idle`, or every request would save the session. */
const SEEN_PART = 1 / 60;

/**
 * Where the subject stands, with the login record as it is to be remembered. `isFresh` looks at the entity's record
 * whatever `grant.recheck` allows. What cannot be found out is the state `unavailable`, never a permission.
 */
export async function resolveSubject<User>(
  { settings, hooks, standings }: ResolverParts<User>,
  { user, identity, record }: Subject<User>,
  { req, now, isFresh }: { readonly req: Request; readonly now: number; readonly isFresh: boolean },
): Promise<{ readonly resolution: Resolution; readonly record: LoginRecord }> {
  try {
    const policy = await hooks.policy(user, req);
    if (policy === 'off' || record.impersonated === true) {
      return { resolution: { ...UNRESOLVED, policy, state: 'not_required' }, record };
    }
    const { grant = null, checkedAt = -Infinity } = record;
    const { recheck } = settings.grant;
    const isChecked = isWithin(recheck, checkedAt, now);
    if (!isFresh && grant !== null && isChecked && isGrantAlive(grant, settings.grant, now)) {
      return { resolution: { ...UNRESOLVED, policy, state: 'satisfied', isRemembered: true }, record };
    }
    const enrolled = await hooks.enrolled(user);
    const actor = actorOf(req, { identity, record });
    const { state, ...found } = await standings.of({ actor, policy, enrolled });
    if (state === 'over') return { resolution: { ...UNRESOLVED, isOver: true }, record };
    const seen = state === 'satisfied' ? touch(record, settings.grant, now) : record;
    return { resolution: { ...UNRESOLVED, ...found, policy, state }, record: seen };
  } catch (error) {
    if (!(error instanceof MfaError)) throw error;
    return { resolution: { ...UNRESOLVED, state: 'unavailable', failure: error }, record };
  }
}

/** Who acts in this request, for a decision. */
export function actorOf(
  req: Request,
  { identity, record }: Pick<Subject<unknown>, 'identity' | 'record'>,
  mayEnroll = false,
): SessionActor {
  const { loginId, loginAt, seenSince, grant = null } = record;
  const login = { loginId, loginAt, seenSince };
  return { by: 'session', request: req, source: sourceOf(req), identity, login, grant, mayEnroll };
}

/** Notes that the grant was relied on, where what is noted is too old to serve. */
function touch(record: LoginRecord, { recheck, idle }: GrantLimits, now: number): LoginRecord {
  const { grant } = record;
  if (grant === undefined) return record;
  const isSeenOld = !isWithin(idle * SEEN_PART, grant.seenAt, now);
  if (!isSeenOld && recheck === 0) return record;
  return { ...record, grant: isSeenOld ? { ...grant, seenAt: now } : grant, checkedAt: now };
}
