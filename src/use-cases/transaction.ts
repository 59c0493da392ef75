import {
  newEntity,
  withoutExpiredFactors,
  type Decision,
  type DecisionContext,
  type Entity,
} from '../domain/entity.js';
import type { DomainEvent } from '../domain/event.js';
import type { Settings } from '../domain/settings.js';
import type { Random } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { Store, StoreKey, VersionedDocument } from '../store/store.js';
import type { Vault } from '../vault/vault.js';
import { withinDeadline, type Deadline } from './deadline.js';
import { Queue } from './queue.js';

export interface Clock {
  /** The present instant in ms since the epoch. */
  now(): number;
}

/** What every use case works with. */
export interface Parts {
  readonly settings: Settings;
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: (identity: string, event: DomainEvent, at: number) => void;
}

export type Decide<Answer> = (entity: Entity, context: DecisionContext) => Decision<Answer>;

/** Milliseconds that a whole use case may take; then its outcome counts as unknown. */
const DEADLINE = 600;
const ROUNDS = 16;

/**
 * Loads an entity, lets a pure function decide, and writes the result if nobody else wrote meanwhile; else again from
 * the load. Charge, check and approval are thereby one write: of fifty racers with one code, one wins. Nothing is told
 * to the caller, and no event goes out, before the write is confirmed.
 */
export class Transactions {
  readonly #parts: Parts;
  readonly #queue = new Queue();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Decides and writes. An entity that does not exist is decided on as an empty one.
   * @throws MfaError whatever `decide` throws; `store_unavailable`, `record_unreadable`, `document_full`
   */
  async run<Answer>(identity: string, decide: Decide<Answer>): Promise<Answer> {
    const now = this.#parts.clock.now();
    const key = this.#parts.vault.keyOf(identity);
    // Requests of one process for one entity go one after another: they would only make each other start again.
    // A turn ends with its deadline, so that a store that never answers holds up nobody behind it.
    return withinDeadline(DEADLINE, (deadline) =>
      this.#queue.run(key, () => Promise.race([this.#rounds(identity, key, decide, now, deadline), deadline.over])),
    );
  }

  /** The entity as it is, or null, with the context in which to look at it. Writes nothing. */
  async read(identity: string): Promise<{ readonly entity: Entity | null; readonly context: DecisionContext }> {
    const now = this.#parts.clock.now();
    return withinDeadline(DEADLINE, async () => {
      const { entity, context } = await this.#load(identity, this.#parts.vault.keyOf(identity), now);
      return { entity, context };
    });
  }

  async #rounds<Answer>(
    identity: string,
    key: StoreKey,
    decide: Decide<Answer>,
    now: number,
    deadline: Deadline,
  ): Promise<Answer> {
    for (let round = 0; round < ROUNDS && !deadline.isOver(); round += 1) {
      const done = await this.#attempt(identity, key, decide, now, deadline);
      if (done !== null) return done.answer;
      await jitter(round);
    }
    throw new MfaError('store_unavailable', 'too many requests changed the same record at once');
  }

  async #attempt<Answer>(
    identity: string,
    key: StoreKey,
    decide: Decide<Answer>,
    now: number,
    deadline: Deadline,
  ): Promise<{ readonly answer: Answer } | null> {
    const { entity, found, context } = await this.#load(identity, key, now);
    // The caller has his answer already: what came too late must not go on to write.
    if (deadline.isOver()) return null;
    const before = entity ?? newEntity(this.#parts.random);
    const { entity: after, answer, events } = decide(before, context);
    if (after !== before && !(await this.#write(identity, key, after, found, now))) return null;
    for (const event of events) this.#parts.emit(identity, event, now);
    return { answer };
  }

  async #load(
    identity: string,
    key: StoreKey,
    now: number,
  ): Promise<{ entity: Entity | null; found: VersionedDocument | null; context: DecisionContext }> {
    const { settings, store, vault, random } = this.#parts;
    const { found, since } = await ask(() => store.load(key, now));
    const entity = found === null ? null : withoutExpiredFactors(vault.open(identity, found.document), now);
    return { entity, found, context: { settings, now, since, random } };
  }

  /** Writes, and says whether it was the next write after `found`. */
  async #write(
    identity: string,
    key: StoreKey,
    entity: Entity,
    found: VersionedDocument | null,
    now: number,
  ): Promise<boolean> {
    const { store, vault, random } = this.#parts;
    if (!entity.everVerified && entity.factors.length === 0) {
      return found === null || (await ask(() => store.remove(key, { replaces: found.version }))) === 'removed';
    }
    const version = Buffer.from(random(16)).toString('base64url');
    const expiresIn = lifeLeft(entity, now);
    const write = { version, replaces: found?.version ?? null, ...(expiresIn !== null && { expiresIn }) };
    const document = vault.seal(identity, entity);
    return (await ask(() => store.save(key, document, write))) === 'saved';
  }
}

/** How long a record that never held a verified factor is worth keeping (ms); null: for ever. */
function lifeLeft(entity: Entity, now: number): number | null {
  if (entity.everVerified) return null;
  const lives = entity.factors
    .filter((factor) => factor.status === 'unverified')
    .map(({ expiresAt }) => expiresAt - now);
  return Math.max(1, ...lives);
}

/** What the store answers; whatever it throws, its outcome is unknown. */
async function ask<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (cause) {
    throw cause instanceof MfaError ? cause : new MfaError('store_unavailable', undefined, { cause });
  }
}

/** Racers of several processes that collided would collide again in step. */
async function jitter(round: number): Promise<void> {
  const ms = Math.random() * Math.min(2 ** round, 16);
  await new Promise((resolve) => setTimeout(resolve, ms));
}
