import { HOST } from '../domain/actor.js';
import { openEntity, resetEntity } from '../domain/administration.js';
import { verifiedFactors } from '../domain/entity.js';
import type { IdentityValue } from '../domain/identity.js';
import { MfaError } from '../errors.js';
import { mapAtOnce } from './at-once.js';
import { requireIdentity } from './input.js';
import { listRecords, type StoredEntity } from './records.js';
import type { Parts, Transactions } from './transaction.js';

/** Which part of all entities is wanted. */
export interface EntityPageRequest {
  /** Where to go on: the `cursor` of the page before. @default at the start */
  readonly cursor?: string | null | undefined;
  /** Entities to aim at, 1–1000; a page may have fewer, or none, and still have a cursor. @default 100 */
  readonly limit?: number | undefined;
}

/** What an administrator sees of an entity. */
export interface EntityView {
  readonly identity: string;
  readonly verifiedFactors: number;
  readonly recoveryCodesLeft: number;
  /** End of the present wait; null: none. */
  readonly lockedUntil: Date | null;
  readonly disabled: boolean;
}

export interface EntityPage {
  readonly entities: readonly EntityView[];
  /** Names, in the store, of records that do not open. */
  readonly unreadable: readonly string[];
  /** Where the next page starts; null after the last. */
  readonly cursor: string | null;
}

export interface RekeyPage {
  /** Records that were sealed anew. */
  readonly rekeyed: number;
  /** Records that were sealed with the first key already. */
  readonly current: number;
  /** Names, in the store, of records that do not open. */
  readonly unreadable: readonly string[];
  /** Where to go on; null: every record has been seen. */
  readonly cursor: string | null;
}

/** What the people who run the app can do. Every call rejects with `MfaError`. */
export class Administration {
  readonly #parts: Parts;
  readonly #transactions: Transactions;

  constructor(parts: Parts, transactions: Transactions) {
    this.#parts = parts;
    this.#transactions = transactions;
  }

  /**
   * Takes every factor and recovery code of a user away and ends every grant, after you have proofed the person anew. A
   * record that is lost or does not open is replaced by an empty one.
   */
  async reset({ identity }: { readonly identity: IdentityValue }): Promise<void> {
    await this.#transactions.run(requireIdentity(identity), HOST, resetEntity, { unreadable: 'replaced' });
  }

  /** Opens a spent budget: no wait, not disabled, nothing guessed. The factors stay. */
  async unlock({ identity }: { readonly identity: IdentityValue }): Promise<void> {
    await this.#transactions.run(requireIdentity(identity), HOST, openEntity);
  }

  /** All entities, page by page, in no order that means something. */
  async list(request: EntityPageRequest = {}): Promise<EntityPage> {
    const { found, unreadable, cursor } = await this.#page(request);
    const now = this.#parts.clock.now();
    return { entities: found.map((stored) => viewEntity(stored, now)), unreadable, cursor };
  }

  /**
   * Seals with the first of `keys` whatever is sealed with another one, page by page: go on with `cursor` until it is null,
   * also after a break. Then the other keys can go.
   */
  async rekey(request: EntityPageRequest = {}): Promise<RekeyPage> {
    const { found, unreadable, cursor } = await this.#page(request);
    const old = found.filter(({ isCurrent }) => !isCurrent);
    await mapAtOnce(old, ({ identity }) =>
      this.#transactions.run(identity, HOST, (entity) => ({ entity: { ...entity }, answer: null, events: [] })),
    );
    return { rekeyed: old.length, current: found.length - old.length, unreadable, cursor };
  }

  async #page({ cursor = null, limit = 100 }: EntityPageRequest): Promise<{
    readonly found: readonly StoredEntity[];
    readonly unreadable: readonly string[];
    readonly cursor: string | null;
  }> {
    if (cursor !== null && typeof cursor !== 'string') {
      throw new MfaError('invalid_request', 'cursor must be that of a page, or null');
    }
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000) {
      throw new MfaError('invalid_request', 'limit must be 1 to 1000');
    }
    const { records, cursor: next } = await listRecords(this.#parts, cursor, limit);
    return {
      found: records.filter((record) => record.kind === 'entity'),
      unreadable: records.filter((record) => record.kind === 'unreadable').map(({ key }) => key),
      cursor: next,
    };
  }
}

function viewEntity({ identity, entity }: StoredEntity, now: number): EntityView {
  const { budget, recoveryCodes } = entity;
  return {
    identity,
    verifiedFactors: verifiedFactors(entity).length,
    recoveryCodesLeft: recoveryCodes?.digests.length ?? 0,
    lockedUntil: now < budget.lockedUntil ? new Date(budget.lockedUntil) : null,
    disabled: budget.disabled,
  };
}
