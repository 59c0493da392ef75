import { HOST } from '../domain/actor.js';
import type { IdentityValue } from '../domain/identity.js';
import type { ChallengeOutcome, Challenges, CreateChallenge, ListChallenges } from './challenges.js';
import type { CreateFactor, Factors, FactorVerification, ImportFactor } from './factors.js';
import type { RecoveryConfirmation } from '../domain/recovery-renewal.js';
import { requireIdentity } from './input.js';
import type { Page, PageRequest } from './page.js';
import type { NewRecoveryCodes, RecoveryCodes, RecoveryCodesView } from './recovery-codes.js';
import type { Binding, ChallengeView, FactorView } from './views.js';

interface OfEntity {
  /** Whose. */
  readonly identity: IdentityValue;
}

interface OfResource extends OfEntity {
  readonly sid: string;
}

/** Factors for the host's own code, which may do everything: no session, no grant. Every call rejects with `MfaError`. */
export interface FactorsApi {
  /** Adds an unverified factor, in place of the unverified one that was there. The secret is in this answer and no other. */
  create(wanted: OfEntity & CreateFactor): Promise<{ readonly factor: FactorView; readonly binding: Binding }>;
  /** Judges the code that proves a factor. A wrong one is an answer, not an error. */
  verify(attempt: OfResource & { readonly code: unknown }): Promise<FactorVerification>;
  /** Adds a verified factor from the secret of an authenticator in use; the codes of the present window are burned. */
  import(wanted: OfEntity & ImportFactor): Promise<FactorView>;
  list(request: OfEntity & PageRequest): Promise<Page<FactorView>>;
  fetch(request: OfResource): Promise<FactorView>;
  update(change: OfResource & { readonly friendlyName: string }): Promise<FactorView>;
  /** Removes a factor. A verified one takes every grant and approval of the entity with it. */
  remove(request: OfResource): Promise<void>;
}

/** Challenges for the host's own code. Every call rejects with `MfaError`. */
export interface ChallengesApi {
  /** Makes a challenge, answered at once where a code comes with it. A wrong code is an answer, not an error. */
  create(wanted: OfEntity & CreateChallenge): Promise<ChallengeOutcome>;
  answer(attempt: OfResource & { readonly code: unknown }): Promise<ChallengeOutcome>;
  deny(request: OfResource): Promise<ChallengeView>;
  fetch(request: OfResource): Promise<ChallengeView>;
  list(request: OfEntity & ListChallenges): Promise<Page<ChallengeView>>;
}

/** Recovery codes for the host's own code. Every call rejects with `MfaError`. */
export interface RecoveryCodesApi {
  /** Makes a set that counts as soon as it is confirmed. The codes are in this answer and no other. */
  create(wanted: OfEntity): Promise<NewRecoveryCodes>;
  /** Puts the new set in the place of the old one, by one of its codes, which stays unused. Every grant ends. */
  confirm(attempt: OfEntity & { readonly id: string; readonly code: unknown }): Promise<RecoveryConfirmation>;
  fetch(request: OfEntity): Promise<RecoveryCodesView>;
}

export function factorsApi(factors: Factors): FactorsApi {
  return {
    create: async ({ identity, ...wanted }) => factors.create(requireIdentity(identity), HOST, wanted),
    verify: async ({ identity, sid, code }) =>
      (await factors.verify(requireIdentity(identity), HOST, sid, code)).outcome,
    import: async ({ identity, ...wanted }) => factors.import(requireIdentity(identity), wanted),
    list: async ({ identity, ...request }) => factors.list(requireIdentity(identity), HOST, request),
    fetch: async ({ identity, sid }) => factors.fetch(requireIdentity(identity), HOST, sid),
    update: async ({ identity, sid, friendlyName }) =>
      factors.rename(requireIdentity(identity), HOST, sid, friendlyName),
    remove: async ({ identity, sid }) => {
      await factors.remove(requireIdentity(identity), HOST, sid);
    },
  };
}

export function challengesApi(challenges: Challenges): ChallengesApi {
  return {
    create: async ({ identity, ...wanted }) =>
      (await challenges.create(requireIdentity(identity), HOST, wanted)).outcome,
    answer: async ({ identity, sid, code }) =>
      (await challenges.answer(requireIdentity(identity), HOST, sid, code)).outcome,
    deny: async ({ identity, sid }) => challenges.deny(requireIdentity(identity), HOST, sid),
    fetch: async ({ identity, sid }) => challenges.fetch(requireIdentity(identity), HOST, sid),
    list: async ({ identity, ...request }) => challenges.list(requireIdentity(identity), HOST, request),
  };
}

export function recoveryCodesApi(recoveryCodes: RecoveryCodes): RecoveryCodesApi {
  return {
    create: async ({ identity }) => recoveryCodes.create(requireIdentity(identity), HOST),
    confirm: async ({ identity, id, code }) =>
      (await recoveryCodes.confirm(requireIdentity(identity), HOST, id, code)).outcome,
    fetch: async ({ identity }) => recoveryCodes.fetch(requireIdentity(identity), HOST),
  };
}
