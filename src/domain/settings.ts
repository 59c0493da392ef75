import type { TotpConfig } from './totp.js';

/** The rules of one service, resolved: every number of them has been checked against its hard bounds. Times are ms. */
export interface Settings {
  readonly service: string;
  readonly issuer: string;
  /** What new factors get. */
  readonly totp: TotpConfig;
  readonly limits: Limits;
  readonly grant: GrantLimits;
  /** How long after a login a first factor may be enrolled. */
  readonly recentLogin: number;
}

export interface Limits {
  /** Verified factors of one entity. */
  readonly factors: number;
  readonly unverifiedFactorLife: number;
  readonly challengeLife: number;
  /** The consecutive wrong code that starts the first wait. */
  readonly wrongCodesBeforeWait: number;
  /** The consecutive wrong code that disables (at most 100, NIST SP 800-63B-4 §3.2.2). */
  readonly wrongCodesBeforeDisable: number;
  readonly firstWait: number;
  readonly longestWait: number;
  /** Bytes of a request body on our routes. */
  readonly bodyBytes: number;
}

export interface GrantLimits {
  /** A grant's absolute life. */
  readonly maxAge: number;
  /** A grant's life without a request. */
  readonly idle: number;
  /** How long a request may rely on the last check of the record instead of a new one; 0: never. */
  readonly recheck: number;
  /** How fresh a grant must be for factor management. */
  readonly management: number;
}

/** Wrong codes that one challenge, or one unverified factor, takes. */
export const WRONG_CODES_PER_ATTEMPT = 5;
/** Pending challenges kept per entity, over all logins; a further one replaces the oldest. */
export const PENDING_CHALLENGES = 20;
/** Approvals that may wait to be used; a further one replaces the oldest. */
export const UNUSED_APPROVALS = 10;
/** Bytes of details and metadata that an entity may have in all; the rest of its document is for what a login needs. */
export const ATTACHED_BYTES: number = 11 * 1024;
/** Ended challenges kept per entity. */
export const ENDED_CHALLENGES = 5;
/** How long an approval of a purpose may wait to be used, in ms. */
export const APPROVAL_LIFE: number = 5 * 60_000;
/** Past steps (while enrolling: also future ones) that are named as `clock_drift`. */
export const DRIFT_STEPS = 20;
/** Bytes of one entity's document. */
export const DOCUMENT_BYTES: number = 32 * 1024;
