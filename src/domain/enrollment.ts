import { MfaError } from '../errors.js';
import { loginIdOf, requireEnrollment, requireManagement, type Actor } from './actor.js';
import { makeAttachmentRoom } from './attachments.js';
import { requireOpenBudget } from './budget.js';
import { matchWhileEnrolling, type WrongCode } from './code-match.js';
import {
  replaceFactor,
  startEpoch,
  verifiedFactors,
  type Decision,
  type DecisionContext,
  type Entity,
} from './entity.js';
import { event } from './event.js';
import { findFactor, type Metadata, type UnverifiedFactor, type VerifiedFactor } from './factor.js';
import { countFactor } from './registration.js';
import type { Secret } from './secret.js';
import { WRONG_CODES_PER_ATTEMPT } from './settings.js';
import { newSid } from './sid.js';
import { acceptedSteps, type TotpConfig } from './totp.js';

export interface NewFactor {
  readonly secret: Secret;
  /** @default 'Authenticator', numbered from the second on */
  readonly friendlyName?: string | undefined;
  readonly metadata?: Metadata | null | undefined;
  readonly config: TotpConfig;
}

/**
 * Adds an unverified factor, where a service has one enrollment at a time in place of the one that was there; the verified
 * ones are not touched.
 */
export function createFactor(
  entity: Entity,
  actor: Actor,
  wanted: NewFactor,
  context: DecisionContext,
): Decision<UnverifiedFactor> {
  requireEnrollment(entity, actor, context);
  requireRoom(entity, wanted.secret, context);
  const { capacity, limits } = context.settings;
  const factor: UnverifiedFactor = {
    ...newFactor(entity, wanted, context),
    status: 'unverified',
    loginId: loginIdOf(actor),
    expiresAt: context.now + limits.unverifiedFactorLife,
    wrongCodes: 0,
  };
  const others = capacity.enrollments === 'many' ? entity.factors : verifiedFactors(entity);
  const challenges = makeAttachmentRoom(others, entity.challenges, factor, capacity);
  return {
    entity: { ...countFactor(entity, actor, context.now), factors: [...others, factor], challenges },
    answer: factor,
    events: [event('factor.created', { factorSid: factor.sid })],
  };
}

/** Adds a verified factor from a secret that an authenticator already holds. The codes of the present window are burned. */
export function importFactor(entity: Entity, wanted: NewFactor, context: DecisionContext): Decision<VerifiedFactor> {
  requireRoom(entity, wanted.secret, context);
  const factor: VerifiedFactor = {
    ...newFactor(entity, wanted, context),
    status: 'verified',
    lastStep: acceptedSteps(context.now, wanted.config).last,
  };
  return {
    entity: withVerified(entity, factor, context),
    answer: factor,
    events: [event('factor.verified', { factorSid: factor.sid, reason: 'imported' })],
  };
}

export type FactorVerification =
  | { readonly status: 'verified'; readonly factor: VerifiedFactor }
  | ({ readonly status: 'unverified'; readonly factor: UnverifiedFactor } & WrongCode);

/** Judges the code that is to prove an enrollment. A right one is spent, starts a new epoch and makes the factor count. */
export function verifyFactor(
  entity: Entity,
  actor: Actor,
  sid: string,
  code: string,
  context: DecisionContext,
): Decision<FactorVerification> {
  const factor = findFactor(entity, actor, sid);
  requireManagement(entity, actor, context);
  if (factor.status === 'verified') {
    throw new MfaError('invalid_request', 'this factor is verified already; its codes answer challenges');
  }
  if (code.length !== factor.config.codeLength) {
    throw new MfaError('malformed_code', `this factor's codes have ${factor.config.codeLength.toString()} digits`);
  }
  // Only a client can try while the entity waits: a session manages its factors with a fresh code.
  if (actor.by === 'client') requireOpenBudget(entity.budget, context.now);
  if (factor.secret === null)
    throw new MfaError('too_many_attempts', 'this factor took too many wrong codes; create a new one');

  const { secret, ...rest } = factor;
  const match = matchWhileEnrolling({ ...factor, secret }, code, context);
  if (match.step === null) {
    const wrongCodes = factor.wrongCodes + 1;
    const attemptsRemaining = WRONG_CODES_PER_ATTEMPT - wrongCodes;
    const updated = { ...factor, wrongCodes, secret: attemptsRemaining > 0 ? secret : null, updatedAt: context.now };
    return {
      entity: replaceFactor(entity, updated),
      answer: { status: 'unverified', factor: updated, attemptsRemaining, ...match.wrong },
      events: [event('factor.rejected', { factorSid: sid, reason: match.wrong.reason })],
    };
  }
  const { loginId: _loginId, expiresAt: _expiresAt, wrongCodes: _wrongCodes, ...base } = rest;
  const verified: VerifiedFactor = {
    ...base,
    status: 'verified',
    secret,
    lastStep: match.step,
    updatedAt: context.now,
  };
  return {
    entity: withVerified(entity, verified, context),
    answer: { status: 'verified', factor: verified },
    events: [event('factor.verified', { factorSid: sid })],
  };
}

/** What every new factor has. */
function newFactor(
  entity: Entity,
  { secret, friendlyName = defaultName(entity), metadata = null, config }: NewFactor,
  { now, random }: DecisionContext,
): Omit<VerifiedFactor, 'status' | 'lastStep'> {
  return { sid: newSid('YF', random), friendlyName, config, metadata, secret, createdAt: now, updatedAt: now };
}

function withVerified(entity: Entity, factor: VerifiedFactor, context: DecisionContext): Entity {
  const isNew = entity.factors.every(({ sid }) => sid !== factor.sid);
  const factors = isNew ? [...entity.factors, factor] : replaceFactor(entity, factor).factors;
  const verified = startEpoch({ ...entity, everVerified: true, factors }, context);
  const others = verified.factors.filter(({ sid }) => sid !== factor.sid);
  const challenges = makeAttachmentRoom(others, entity.challenges, factor, context.settings.capacity);
  return { ...verified, challenges };
}

function requireRoom(entity: Entity, secret: Secret, { settings }: DecisionContext): void {
  const { factors: most } = settings.limits;
  const counted = settings.capacity.enrollments === 'many' ? entity.factors : verifiedFactors(entity);
  if (counted.length >= most) throw new MfaError('factor_limit', `an entity has at most ${most.toString()} factors`);
  if (counted.some((factor) => factor.secret?.equals(secret))) throw new MfaError('duplicate_secret');
}

function defaultName(entity: Entity): string {
  const taken = new Set(verifiedFactors(entity).map(({ friendlyName }) => friendlyName));
  let number = taken.size + 1;
  while (taken.has(numbered(number))) number += 1;
  return numbered(number);
}

function numbered(number: number): string {
  return number === 1 ? 'Authenticator' : `Authenticator ${number.toString()}`;
}
