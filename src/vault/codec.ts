import * as v from 'valibot';
import type { Budget } from '../domain/budget.js';
import type { Challenge } from '../domain/challenge.js';
import type { Entity, UnknownMembers } from '../domain/entity.js';
import type { ChallengesMade, Factor } from '../domain/factor.js';
import type { LoginTrace } from '../domain/login-trace.js';
import type { RecoveryCodes } from '../domain/recovery-codes.js';
import type { Registration } from '../domain/registration.js';
import { Secret } from '../domain/secret.js';
import type { Tally } from '../domain/tally.js';
import type { TotpConfig } from '../domain/totp.js';
import { StoredEntity, type StoredChallenge, type StoredFactor, type StoredSet, type StoredTally } from './stored.js';

/** The number of the meaning below. A release that changes it reads the next number one release before it writes it. */
export const SCHEMA = 1;

/** What a document holds: an entity, and whose it is. */
export interface Entry {
  readonly identity: string;
  readonly entity: Entity;
}

/** What a document holds for an entity. */
export function encodeEntity({ identity, entity }: Entry): v.InferInput<typeof StoredEntity> {
  const { recoveryCodes, registration, renewal, logins, undelivered, disabledAt } = entity;
  return {
    ...entity.unknown,
    i: identity,
    e: entity.epoch,
    v: entity.everVerified,
    b: encodeBudget(entity.budget),
    f: entity.factors.map(encodeFactor),
    c: entity.challenges.map(encodeChallenge),
    ...(disabledAt > 0 && { z: disabledAt }),
    ...(registration !== null && { g: encodeRegistration(registration) }),
    ...(recoveryCodes !== null && { r: encodeSet(recoveryCodes) }),
    ...(renewal !== null && { n: [encodeSet(renewal.set), renewal.loginId, renewal.expiresAt, [...renewal.codes]] }),
    ...(logins.length > 0 && { l: logins.map(encodeLogin) }),
    ...(undelivered.length > 0 && { u: [...undelivered] }),
  };
}

/** The entity that a document holds. @throws Error where it holds none; members of a newer release are carried along */
export function decodeEntity(stored: unknown): Entry {
  const { i: identity, e, v: everVerified, b, z, f, g, c, r, n, l, u, ...unknown } = v.parse(StoredEntity, stored);
  const entity = {
    epoch: e,
    everVerified,
    budget: decodeBudget(b),
    disabledAt: z,
    factors: f.map(decodeFactor),
    registration: g === undefined ? null : decodeRegistration(g),
    challenges: c.map(decodeChallenge),
    recoveryCodes: r === undefined ? null : decodeSet(r),
    renewal: n === undefined ? null : { set: decodeSet(n[0]), loginId: n[1], expiresAt: n[2], codes: n[3] },
    logins: l.map(decodeLogin),
    undelivered: u,
    ...carried(unknown),
  };
  return { identity, entity };
}

function encodeSet({ id, salt, digests, used, createdAt }: RecoveryCodes): v.InferInput<typeof StoredSet> {
  return { id, s: salt, d: [...digests], ...(used.length > 0 && { u: [...used] }), t: createdAt };
}

function decodeSet({ id, s, d, u, t }: v.InferOutput<typeof StoredSet>): RecoveryCodes {
  return { id, salt: s, digests: d, used: u, createdAt: t };
}

function encodeRegistration({ createdAt, factorsMade }: Registration): StoredRegistration {
  return [createdAt, encodeTally(factorsMade)];
}

function decodeRegistration([createdAt, factorsMade]: StoredRegistration): Registration {
  return { createdAt, factorsMade: decodeTally(factorsMade) };
}

function encodeTally(tally: Tally): v.InferInput<typeof StoredTally> {
  return tally.map(({ index, count }) => [index, count]);
}

function decodeTally(stored: v.InferOutput<typeof StoredTally>): Tally {
  return stored.map(([index, count]) => ({ index, count }));
}

type StoredRegistration = [number, v.InferInput<typeof StoredTally>];
type StoredLogin = [string, number, number, number, boolean];

function encodeLogin({ loginId, at, wrongRecoveryCodes, triedUnlockAt, ended }: LoginTrace): StoredLogin {
  return [loginId, at, wrongRecoveryCodes, triedUnlockAt, ended];
}

function decodeLogin([loginId, at, wrongRecoveryCodes, triedUnlockAt, ended]: StoredLogin): LoginTrace {
  return { loginId, at, wrongRecoveryCodes, triedUnlockAt, ended };
}

function encodeFactor(factor: Factor): v.InferInput<typeof StoredFactor> {
  const { algorithm, codeLength, timeStep, skew } = factor.config;
  return {
    ...factor.unknown,
    id: shortSid(factor.sid),
    n: factor.friendlyName,
    k: [algorithm, codeLength, timeStep, skew],
    ...(factor.metadata !== null && { m: factor.metadata }),
    ...(factor.secret !== null && { s: Buffer.from(factor.secret.bytes()).toString('base64url') }),
    ...(factor.status === 'verified'
      ? { l: factor.lastStep, ...(factor.challengesMade && { p: encodeMade(factor.challengesMade) }) }
      : { o: [factor.loginId, factor.expiresAt, factor.wrongCodes] }),
    t: [factor.createdAt, factor.updatedAt],
  };
}

function decodeFactor(stored: v.InferOutput<typeof StoredFactor>): Factor {
  const { id, n, k, m = null, s, l, p, o, t, ...unknown } = stored;
  const [algorithm, codeLength, timeStep, skew] = k;
  const config: TotpConfig = { algorithm, codeLength, timeStep, skew };
  const base = {
    sid: longSid('YF', id),
    friendlyName: n,
    config,
    metadata: m,
    createdAt: t[0],
    updatedAt: t[1],
    ...carried(unknown),
  };
  const secret = s === undefined ? null : new Secret(Buffer.from(s, 'base64url'));
  if (o !== undefined) {
    const [loginId, expiresAt, wrongCodes] = o;
    return { ...base, status: 'unverified', secret, loginId, expiresAt, wrongCodes };
  }
  if (secret === null || l === undefined) throw new Error('a verified factor without secret or lastStep');
  return { ...base, status: 'verified', secret, lastStep: l, ...(p && { challengesMade: decodeMade(p) }) };
}

function encodeMade({ hour, day }: ChallengesMade): StoredMade {
  return [encodeTally(hour), encodeTally(day)];
}

function decodeMade([hour, day]: StoredMade): ChallengesMade {
  return { hour: decodeTally(hour), day: decodeTally(day) };
}

type StoredMade = [v.InferInput<typeof StoredTally>, v.InferInput<typeof StoredTally>];

function encodeChallenge(challenge: Challenge): v.InferInput<typeof StoredChallenge> {
  const { purpose, details } = challenge;
  return {
    ...challenge.unknown,
    id: shortSid(challenge.sid),
    x: challenge.status,
    ...(challenge.factorSid !== null && { f: shortSid(challenge.factorSid) }),
    ...(challenge.loginId !== null && { o: challenge.loginId }),
    ...(purpose !== null && { p: [purpose.digest, purpose.epoch, purpose.used] }),
    ...(details !== null && { d: { message: details.message, fields: [...details.fields] } }),
    ...(challenge.hiddenDetails !== null && { h: challenge.hiddenDetails }),
    ...(challenge.metadata !== null && { m: challenge.metadata }),
    ...(challenge.wrongCodes > 0 && { w: challenge.wrongCodes }),
    t: [challenge.createdAt, challenge.updatedAt, challenge.expiresAt, challenge.respondedAt],
  };
}

function decodeChallenge(stored: v.InferOutput<typeof StoredChallenge>): Challenge {
  const { id, x, f, o, p, d, h, m, w, t, ...unknown } = stored;
  const [createdAt, updatedAt, expiresAt, respondedAt] = t;
  return {
    sid: longSid('YC', id),
    status: x,
    factorSid: f === undefined ? null : longSid('YF', f),
    loginId: o ?? null,
    purpose: p === undefined ? null : { digest: p[0], epoch: p[1], used: p[2] },
    details: d ?? null,
    hiddenDetails: h ?? null,
    metadata: m ?? null,
    wrongCodes: w,
    createdAt,
    updatedAt,
    expiresAt,
    respondedAt,
    ...carried(unknown),
  };
}

function encodeBudget({ wrongCodes, lockedUntil, disabled, guesses }: Budget): v.InferInput<typeof StoredEntity>['b'] {
  return [wrongCodes, lockedUntil, disabled, guesses.map(({ day, chance }) => [day, chance])];
}

function decodeBudget([wrongCodes, lockedUntil, disabled, guesses]: v.InferOutput<typeof StoredEntity>['b']): Budget {
  return { wrongCodes, lockedUntil, disabled, guesses: guesses.map(([day, chance]) => ({ day, chance })) };
}

function carried(unknown: Record<string, unknown>): { readonly unknown?: UnknownMembers } {
  return Object.keys(unknown).length === 0 ? {} : { unknown };
}

function shortSid(sid: string): string {
  return Buffer.from(sid.slice(2), 'hex').toString('base64url');
}

function longSid(prefix: 'YF' | 'YC', short: string): string {
  return prefix + Buffer.from(short, 'base64url').toString('hex');
}
