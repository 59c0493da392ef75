import type { Entity } from './entity.js';
import type { GrantLimits } from './settings.js';
import { isWithin } from './instant.js';

/** One passing of the first factor in one session. */
export interface Login {
  readonly loginId: string;
  /** When it was (ms); 0 where it is not known. */
  readonly loginAt: number;
  /** When it was first seen (ms). */
  readonly seenSince: number;
}

/** What a session holds after a second factor. It counts only for the login, identity and epoch that it was made for. */
export interface Grant {
  readonly identity: string;
  readonly loginId: string;
  readonly epoch: string;
  /** The factor that was shown; null where it was a recovery code, or is gone since with the session that removed it going on. */
  readonly factorSid: string | null;
  /** Authentication methods (RFC 8176). */
  readonly amr: readonly string[];
  /** When the factor was shown (ms). */
  readonly authAt: number;
  /** The last request that relied on it (ms). */
  readonly seenAt: number;
}

/** Methods that a code of an authenticator proves (RFC 8176 §2). */
export const AMR_CODE: readonly string[] = ['otp', 'mfa'];

/** Methods that a recovery code proves; the RFC has no name for it. */
export const AMR_RECOVERY_CODE: readonly string[] = ['recovery_code', 'mfa'];

/** Whether this grant lets this login act for this identity on this record, now. */
export function isGrantValid(
  grant: Grant,
  { identity, loginId }: { readonly identity: string; readonly loginId: string },
  entity: Entity,
  limits: GrantLimits,
  now: number,
): boolean {
  return (
    grant.identity === identity &&
    grant.loginId === loginId &&
    grant.epoch === entity.epoch &&
    (grant.factorSid === null || entity.factors.some((f) => f.sid === grant.factorSid && f.status === 'verified')) &&
    isGrantAlive(grant, limits, now)
  );
}

/** Whether a grant is within its absolute and its idle life. */
export function isGrantAlive(grant: Grant, limits: GrantLimits, now: number): boolean {
  return isGrantFresh(grant, limits.maxAge, now) && isWithin(limits.idle, grant.seenAt, now);
}

/** Whether the factor was shown less than `maxAge` ms ago. */
export function isGrantFresh(grant: Grant, maxAge: number, now: number): boolean {
  return isWithin(maxAge, grant.authAt, now);
}
