import { HOST, type Actor } from '../domain/actor.js';
import type { Entity } from '../domain/entity.js';
import { createdAt, isKnown, registerEntity, removeEntity } from '../domain/registration.js';
import { MfaError } from '../errors.js';
import { listRecords } from './records.js';
import type { Parts, Transactions } from './transaction.js';

/** An entity as a client of the Verify API sees it. */
export interface RegisteredEntity {
  readonly identity: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Where a list of entities goes on: in which batch of the store, and after how many of it. */
export interface EntityPosition {
  readonly cursor: string | null;
  readonly skip: number;
}

/** Records asked of the store at once; a position counts within such a batch. */
const BATCH = 50;

/** The entities of one service, made and listed by clients of the Verify API. */
export class Entities {
  readonly #parts: Parts;
  readonly #transactions: Transactions;

  constructor(parts: Parts, transactions: Transactions) {
    this.#parts = parts;
    this.#transactions = transactions;
  }

  sidOf(identity: string): string {
    return this.#parts.vault.sidOf(identity);
  }

  /** @throws ClientError `entity_exists` */
  async create(identity: string, actor: Actor): Promise<RegisteredEntity> {
    return view(identity, await this.#transactions.run(identity, actor, registerEntity));
  }

  async has(identity: string, actor: Actor): Promise<boolean> {
    const { entity } = await this.#transactions.read(identity, actor);
    return entity !== null && isKnown(entity);
  }

  /** @throws MfaError `not_found` */
  async fetch(identity: string, actor: Actor): Promise<RegisteredEntity> {
    const { entity } = await this.#transactions.read(identity, actor);
    if (entity === null || !isKnown(entity)) throw new MfaError('not_found');
    return view(identity, entity);
  }

  /** @throws MfaError `not_found` */
  async remove(identity: string, actor: Actor): Promise<void> {
    await this.#transactions.run(identity, actor, removeEntity);
  }

  /** Up to `limit` entities in the order of the store; records that do not open are left out. */
  async list(
    position: EntityPosition,
    limit: number,
  ): Promise<{ readonly entities: readonly RegisteredEntity[]; readonly next: EntityPosition | null }> {
    const entities: RegisteredEntity[] = [];
    let { cursor, skip } = position;
    while (entities.length < limit) {
      const batch = await listRecords(this.#parts, cursor, BATCH);
      const known = batch.records.flatMap((record) =>
        record.kind === 'entity' && isKnown(record.entity) ? [view(record.identity, record.entity)] : [],
      );
      const taken = known.slice(skip, skip + limit - entities.length);
      entities.push(...taken);
      skip += taken.length;
      if (skip < known.length) break;
      if (batch.cursor === null) return { entities, next: null };
      ({ cursor } = batch);
      skip = 0;
    }
    return { entities, next: { cursor, skip } };
  }

  /** Takes away every entity of a service that was deleted, with what was guessed. */
  async clear(): Promise<void> {
    let cursor: string | null = null;
    do {
      const batch = await listRecords(this.#parts, cursor, BATCH);
      for (const record of batch.records) {
        if (record.kind === 'entity') await this.#transactions.run(record.identity, HOST, erase);
      }
      ({ cursor } = batch);
    } while (cursor !== null);
  }
}

function erase(entity: Entity): { readonly entity: Entity; readonly answer: null; readonly events: readonly [] } {
  return { entity: { ...entity, everVerified: false, factors: [], registration: null }, answer: null, events: [] };
}

function view(identity: string, entity: Entity): RegisteredEntity {
  const since = createdAt(entity);
  const updatedAt = Math.max(since, ...entity.factors.map((factor) => factor.updatedAt));
  return { identity, createdAt: new Date(since), updatedAt: new Date(updatedAt) };
}
