import { createHash } from 'node:crypto';
import type { SessionActor } from '../../src/domain/actor.js';
import { FULL_BUDGET } from '../../src/domain/budget.js';
import type { Challenge } from '../../src/domain/challenge.js';
import type { Proof } from '../../src/domain/code.js';
import type { Decision, DecisionContext, Entity } from '../../src/domain/entity.js';
import type { Source } from '../../src/domain/event.js';
import type { Factor, UnverifiedFactor, VerifiedFactor } from '../../src/domain/factor.js';
import { AMR_CODE, type Grant } from '../../src/domain/grant.js';
import { newRecoveryCodes, type RecoveryCodes } from '../../src/domain/recovery-codes.js';
import type { Settings } from '../../src/domain/settings.js';
import type { Random } from '../../src/domain/sid.js';
import type { TotpConfig } from '../../src/domain/totp.js';
import { resolveOptions } from '../../src/resolve-options.js';
import { Authenticator } from './authenticator.js';

export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** Five seconds after a step of 30 s began. */
export const NOW: number = Date.UTC(2026, 10, 20, 12, 0, 5);

export const IDENTITY = 'user-1';

/** Where the requests of a session come from. */
export const SOURCE: Source = { address: '192.0.2.1', userAgent: 'Firefox' };

/** The rules that a host gets who sets nothing. */
export const SETTINGS: Settings = resolveOptions({ issuer: 'Issuer' }).settings;

/** Bytes that look random and are the same in every run. */
export function repeatableRandom(name = 'random'): Random {
  let calls = 0;
  return (bytes) => {
    calls += 1;
    return createHash('shake256', { outputLength: bytes }).update(`${name} ${calls.toString()}`).digest();
  };
}

const random = repeatableRandom();

export function contextAt(now: number, differing: Partial<DecisionContext> = {}): DecisionContext {
  return { settings: SETTINGS, now, since: 0, random, ...differing };
}

export function newAuthenticator(config: Partial<TotpConfig> = {}): Authenticator {
  return new Authenticator(random(20), config);
}

/** A verified factor whose codes this authenticator shows; none was accepted yet. */
export function verifiedFactor(
  authenticator: Authenticator,
  differing: Partial<Omit<VerifiedFactor, 'status'>> = {},
): VerifiedFactor {
  return {
    status: 'verified',
    sid: `YF${Buffer.from(random(16)).toString('hex')}`,
    friendlyName: 'Authenticator',
    config: authenticator.config,
    metadata: null,
    secret: authenticator.secret,
    lastStep: 0,
    createdAt: NOW - DAY,
    updatedAt: NOW - DAY,
    ...differing,
  };
}

/** An enrollment begun at NOW by `login-1`. */
export function unverifiedFactor(
  authenticator: Authenticator,
  differing: Partial<Omit<UnverifiedFactor, 'status'>> = {},
): UnverifiedFactor {
  return {
    status: 'unverified',
    sid: `YF${Buffer.from(random(16)).toString('hex')}`,
    friendlyName: 'Authenticator',
    config: authenticator.config,
    metadata: null,
    secret: authenticator.secret,
    loginId: 'login-1',
    expiresAt: NOW + 10 * MINUTE,
    wrongCodes: 0,
    createdAt: NOW,
    updatedAt: NOW,
    ...differing,
  };
}

/** A pending challenge of a login, made at NOW by `login-1`. */
export function pendingChallenge(differing: Partial<Challenge> = {}): Challenge {
  return {
    sid: `YC${Buffer.from(random(16)).toString('hex')}`,
    status: 'pending',
    factorSid: null,
    loginId: 'login-1',
    purpose: null,
    details: null,
    hiddenDetails: null,
    metadata: null,
    wrongCodes: 0,
    createdAt: NOW,
    updatedAt: NOW,
    expiresAt: NOW + 5 * MINUTE,
    respondedAt: null,
    ...differing,
  };
}

export function entityWith(factors: readonly Factor[], differing: Partial<Entity> = {}): Entity {
  return {
    epoch: '0123456789abcdef',
    everVerified: factors.some(({ status }) => status === 'verified'),
    factors,
    registration: null,
    challenges: [],
    budget: FULL_BUDGET,
    disabledAt: 0,
    recoveryCodes: null,
    renewal: null,
    logins: [],
    undelivered: [],
    ...differing,
  };
}

/** A session of IDENTITY that has logged in at NOW, with no grant and leave to enroll. */
export function sessionOf(loginId = 'login-1', differing: Partial<SessionActor> = {}): SessionActor {
  return {
    by: 'session',
    source: SOURCE,
    identity: IDENTITY,
    login: { loginId, loginAt: NOW, seenSince: NOW },
    grant: null,
    mayEnroll: true,
    ...differing,
  };
}

/** The grant that `loginId` holds after a factor of this entity was shown at `authAt`. */
export function grantOn(entity: Entity, differing: Partial<Grant> = {}): Grant {
  const verified = entity.factors.find(({ status }) => status === 'verified');
  return {
    identity: IDENTITY,
    loginId: 'login-1',
    epoch: entity.epoch,
    factorSid: verified?.sid ?? null,
    amr: AMR_CODE,
    authAt: NOW,
    seenAt: NOW,
    ...differing,
  };
}

/** A session that has shown a second factor at NOW. */
export function satisfiedOn(entity: Entity, loginId = 'login-1', differing: Partial<Grant> = {}): SessionActor {
  return sessionOf(loginId, { grant: grantOn(entity, { loginId, ...differing }) });
}

/** A person shows a code of an authenticator. */
export function codeProof(code: string): Proof {
  return { kind: 'code', code };
}

/** A recovery code, as it was written down, goes into the same field. */
export function recoveryProof(written: string): Proof {
  return { kind: 'recovery_code', code: written.replaceAll('-', '') };
}

/** A set of recovery codes made at NOW, and its codes as they are written down. */
export function newRecoverySet(): { readonly set: RecoveryCodes; readonly codes: readonly string[] } {
  return newRecoveryCodes(random, NOW);
}

export function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items.at(index);
  if (item === undefined) throw new Error(`there is no item ${index.toString()}`);
  return item;
}

export function factorIn(entity: Entity, sid: string): Factor {
  const factor = entity.factors.find((candidate) => candidate.sid === sid);
  if (factor === undefined) throw new Error(`there is no factor ${sid}`);
  return factor;
}

export function challengeIn(entity: Entity, sid: string): Challenge {
  const challenge = entity.challenges.find((candidate) => candidate.sid === sid);
  if (challenge === undefined) throw new Error(`there is no challenge ${sid}`);
  return challenge;
}

export function eventTypes({ events }: Pick<Decision<unknown>, 'events'>): readonly string[] {
  return events.map(({ type }) => type);
}

/** The entity as plain values, secrets in base32: two entities are equal where these are. */
export function plain(entity: Entity): unknown {
  const factors = entity.factors.map((factor) => ({ ...factor, secret: factor.secret?.base32() ?? null }));
  return JSON.parse(JSON.stringify({ ...entity, factors }));
}

/** The entity, so that nobody can change it unseen. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
