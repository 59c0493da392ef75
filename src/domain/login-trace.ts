import { MfaError } from '../errors.js';
import { isSatisfied, type Actor } from './actor.js';
import { startEpoch, type DecisionContext, type Entity } from './entity.js';

/** What the record keeps of a login, out of reach of whoever puts back an old session. */
export interface LoginTrace {
  readonly loginId: string;
  /** When something was noted of it last (ms). */
  readonly at: number;
  readonly wrongRecoveryCodes: number;
  /** The last try to unlock (ms); 0: none. */
  readonly triedUnlockAt: number;
  /** Whether it is over, whatever a session says. */
  readonly ended: boolean;
}

/** Traces kept per entity, of logins with attempts, and of others that are over: neither pushes out the other. */
const TRACES = 20;
/** How long one can matter (ms): no grant lives longer. */
const TRACE_LIFE = 24 * 60 * 60_000;

/** The trace of this login, empty where nothing was noted. */
export function traceOf({ logins }: Entity, loginId: string): LoginTrace {
  const known = logins.find((trace) => trace.loginId === loginId);
  return known ?? { loginId, at: 0, wrongRecoveryCodes: 0, triedUnlockAt: 0, ended: false };
}

/** The entity with something noted of a login. */
export function noteLogin(
  entity: Entity,
  loginId: string,
  noted: Partial<Omit<LoginTrace, 'loginId' | 'at'>>,
  now: number,
): Entity {
  const trace = { ...traceOf(entity, loginId), ...noted, at: now };
  const traces = [...otherTraces(entity, loginId, now), trace];
  const kept = new Set([
    ...traces.filter(hasAttempts).slice(-TRACES),
    ...traces.filter((other) => !hasAttempts(other)).slice(-TRACES),
  ]);
  return { ...entity, logins: traces.filter((other) => kept.has(other)) };
}

/**
 * The entity in which this login is over. What it attempted does not matter any more. Where that would push out the trace
 * of another one, every login is over instead, as far as its second factor goes: none comes back because it was forgotten.
 */
export function endLogin(entity: Entity, loginId: string, context: DecisionContext): Entity {
  const { now } = context;
  const others = otherTraces(entity, loginId, now);
  const isFull = others.filter((other) => !hasAttempts(other)).length >= TRACES;
  const before = isFull ? { ...startEpoch(entity, context), logins: others.filter(hasAttempts) } : entity;
  return noteLogin(before, loginId, { ended: true, wrongRecoveryCodes: 0, triedUnlockAt: 0 }, now);
}

/** What is kept in mind of the other logins. */
function otherTraces({ logins }: Entity, loginId: string, now: number): readonly LoginTrace[] {
  return logins.filter((other) => other.loginId !== loginId && now - other.at < TRACE_LIFE);
}

function hasAttempts({ wrongRecoveryCodes, triedUnlockAt }: LoginTrace): boolean {
  return wrongRecoveryCodes > 0 || triedUnlockAt > 0;
}

/**
 * Refuses a login that is over: it was logged out, it took too many wrong recovery codes, or the entity was disabled while
 * it waited for its second factor, and is open again.
 * @throws MfaError `first_factor_required`
 */
export function requireLogin(entity: Entity, actor: Actor, context: DecisionContext): void {
  if (isLoginOver(entity, actor, context)) throw new MfaError('first_factor_required', 'this login is over');
}

export function isLoginOver(entity: Entity, actor: Actor, context: DecisionContext): boolean {
  if (actor.by !== 'session') return false;
  const { loginId, seenSince } = actor.login;
  if (traceOf(entity, loginId).ended) return true;
  // While it is disabled, recovery and unlock are open to whoever passed the first factor, and nothing else is.
  const wasWaiting = seenSince < entity.disabledAt && !entity.budget.disabled;
  return wasWaiting && !isSatisfied(entity, actor, context);
}
