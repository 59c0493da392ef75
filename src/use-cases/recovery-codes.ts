import type { Actor, SessionActor } from '../domain/actor.js';
import { parseProof } from '../domain/code.js';
import * as domain from '../domain/recovery-renewal.js';
import { MfaError } from '../errors.js';
import { carriedGrant, type WithGrant } from './grants.js';
import type { Transactions } from './transaction.js';

/** A new set as it is shown, once. */
export interface NewRecoveryCodes {
  readonly id: string;
  readonly codes: readonly string[];
  /** Until when it can be confirmed. */
  readonly expiresAt: Date;
}

/** What is left of the set that counts. */
export interface RecoveryCodesView {
  readonly left: number;
  /** When the set was made; null: there is none. */
  readonly createdAt: Date | null;
}

/** Everything that can be done with recovery codes, besides using one, which answers a challenge. */
export class RecoveryCodes {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  async create(identity: string, actor: Actor): Promise<NewRecoveryCodes> {
    const created = await this.#transactions.run(identity, actor, (entity, context) =>
      domain.createRecoveryCodes(entity, actor, context),
    );
    return { ...created, expiresAt: new Date(created.expiresAt) };
  }

  /** The set that this login made and has not confirmed yet, for the page that it is shown on. */
  async made(identity: string, actor: SessionActor): Promise<NewRecoveryCodes | null> {
    const { entity, context } = await this.#transactions.read(identity, actor);
    const made = entity && domain.madeRecoveryCodes(entity, actor, context);
    return made && { ...made, expiresAt: new Date(made.expiresAt) };
  }

  async confirm(
    identity: string,
    actor: Actor,
    id: string,
    typed: unknown,
  ): Promise<WithGrant<domain.RecoveryConfirmation>> {
    const { kind, code } = parseProof(typed);
    if (kind !== 'recovery_code') throw new MfaError('malformed_code', 'this is confirmed by a recovery code');
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = domain.confirmRecoveryCodes(entity, actor, { id, code }, context);
      const grant = carriedGrant(actor, entity, decision.entity);
      return { ...decision, answer: { outcome: decision.answer, grant } };
    });
  }

  async fetch(identity: string, actor: Actor): Promise<RecoveryCodesView> {
    const { entity } = await this.#transactions.read(identity, actor);
    const set = entity?.recoveryCodes ?? null;
    return set === null
      ? { left: 0, createdAt: null }
      : { left: set.digests.length, createdAt: new Date(set.createdAt) };
  }
}
