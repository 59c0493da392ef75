import { statusAt, type Challenge, type ChallengeStatus, type Details } from '../domain/challenge.js';
import type { Factor, Metadata } from '../domain/factor.js';
import type { TotpConfig } from '../domain/totp.js';

/** A factor as the application sees it. The secret is not part of it. */
export interface FactorView {
  readonly sid: string;
  readonly identity: string;
  readonly friendlyName: string;
  readonly factorType: 'totp';
  readonly status: 'unverified' | 'verified';
  readonly config: TotpConfig;
  readonly metadata: Metadata | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What an authenticator app needs, given out once, by the call that created the factor. */
export interface Binding {
  /** Base32, upper case, no padding. */
  readonly secret: string;
  /** `otpauth://` URI with the same secret, for a QR code. */
  readonly uri: string;
}

/** A challenge as the application sees it. */
export interface ChallengeView {
  readonly sid: string;
  readonly identity: string;
  readonly factorSid: string | null;
  readonly factorType: 'totp';
  readonly status: ChallengeStatus;
  /** Whether it approves one action, rather than a login. */
  readonly isApproval: boolean;
  readonly details: Details | null;
  /** For the application only: it leaves by no route. */
  readonly hiddenDetails: Metadata | null;
  readonly metadata: Metadata | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly respondedAt: Date | null;
}

export function viewFactor(identity: string, factor: Factor): FactorView {
  const { sid, friendlyName, status, config, metadata } = factor;
  return {
    sid,
    identity,
    friendlyName,
    factorType: 'totp',
    status,
    config,
    metadata,
    createdAt: new Date(factor.createdAt),
    updatedAt: new Date(factor.updatedAt),
  };
}

export function viewChallenge(identity: string, challenge: Challenge, now: number): ChallengeView {
  const { sid, factorSid, details, hiddenDetails, metadata, respondedAt } = challenge;
  return {
    sid,
    identity,
    factorSid,
    factorType: 'totp',
    status: statusAt(challenge, now),
    isApproval: challenge.purpose !== null,
    details,
    hiddenDetails,
    metadata,
    expiresAt: new Date(challenge.expiresAt),
    createdAt: new Date(challenge.createdAt),
    updatedAt: new Date(challenge.updatedAt),
    respondedAt: respondedAt === null ? null : new Date(respondedAt),
  };
}
