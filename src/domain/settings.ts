import type { TotpConfig } from './totp.js';

/** The rules of one service, resolved: every number of them has been checked against its hard bounds. Times are ms. */
export interface Settings {
  readonly service: string;
  readonly issuer: string;
  /** What new factors get. */
  readonly totp: TotpConfig;
  readonly limits: Limits;
  readonly capacity: Capacity;
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
/** Approvals that may wait to be used; a further one replaces the oldest. */
export const UNUSED_APPROVALS = 10;
/** How long an approval of a purpose may wait to be used, in ms. */
export const APPROVAL_LIFE: number = 5 * 60_000;
/** Past steps (while enrolling: also future ones) that are named as `clock_drift`. */
export const DRIFT_STEPS = 20;

/** How much one entity's record holds. */
export interface Capacity {
  /** Unverified factors at once: of one, a new one takes the place; many count as factors of the entity. */
  readonly enrollments: 'one' | 'many';
  /** Pending challenges, over all logins; a further one replaces the oldest. */
  readonly pendingChallenges: number;
  readonly endedChallenges: number;
  /** What is left of a challenge that has ended: its fate, or all of it. */
  readonly history: 'brief' | 'full';
  /** Bytes of details and metadata in all; the rest of the document is for what a login needs. */
  readonly attachedBytes: number;
  readonly documentBytes: number;
}

/** Of the app's own service: the event stream is the history. */
export const APP_CAPACITY: Capacity = {
  enrollments: 'one',
  pendingChallenges: 20,
  endedChallenges: 5,
  history: 'brief',
  attachedBytes: 11 * 1024,
  documentBytes: 32 * 1024,
};

/** Of a service that was made through the Verify API: its clients have no event stream. */
export const VERIFY_CAPACITY: Capacity = {
  enrollments: 'many',
  pendingChallenges: 20,
  endedChallenges: 100,
  history: 'full',
  attachedBytes: 180 * 1024,
  documentBytes: 256 * 1024,
};
