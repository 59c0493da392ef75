import { HOST, type Actor } from '../domain/actor.js';
import { newEntity, withoutExpired, type Decision, type DecisionContext, type Entity } from '../domain/entity.js';
import { event } from '../domain/event.js';
import { requireLogin } from '../domain/login-trace.js';
import type { Settings } from '../domain/settings.js';
import type { Random } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { Store, StoreKey, VersionedDocument } from '../store/store.js';
import type { Vault } from '../vault/vault.js';
import { ask, DEADLINE, newVersion, untilSaved } from './compare-and-set.js';
import { withinDeadline, type Deadline } from './deadline.js';
import type { Outbox } from './outbox.js';
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
  readonly outbox: Outbox;
}

export type Decide<Answer> = (entity: Entity, context: DecisionContext) => Decision<Answer>;

/** A record as `list` finds it. */
export type StoredRecord = StoredEntity | { readonly kind: 'unreadable'; readonly key: StoreKey };

export interface StoredEntity {
  readonly kind: 'entity';
  readonly identity: string;
  readonly entity: Entity;
  /** Whether it is sealed with the key that seals now. */
  readonly isCurrent: boolean;
}

interface RunOptions {
  /** What becomes of a record that does not open: the caller is refused, or decides on an empty one in its place. */
  readonly unreadable?: 'refused' | 'replaced';
}

/** One use case on its way: what stays the same from round to round. */
interface Turn<Answer> {
  readonly identity: string;
  readonly key: StoreKey;
  readonly actor: Actor;
  readonly decide: Decide<Answer>;
  readonly now: number;
  readonly unreadable: 'refused' | 'replaced';
}

/**
 * Loads an entity, lets a pure function decide, and writes the result if nobody else wrote meanwhile; else again from
 * the load. Charge, check and approval are thereby one write: of fifty racers with one code, one wins. Nothing is told
 * to the caller, and no event goes out, before the write is confirmed.
 */
export class Transactions {
  readonly #parts: Parts;
  readonly #queue = new Queue();
  readonly #outbox: Outbox;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#outbox = parts.outbox;
  }

  /**
   * Decides and writes. An entity that does not exist is decided on as an empty one.
   * @throws MfaError whatever `decide` throws; `first_factor_required` for a login that is over; `store_unavailable`,
   * `record_unreadable`, `document_full`
   */
  async run<Answer>(
    identity: string,
    actor: Actor,
    decide: Decide<Answer>,
    { unreadable = 'refused' }: RunOptions = {},
  ): Promise<Answer> {
    const now = this.#parts.clock.now();
    const key = this.#parts.vault.keyOf(identity);
    const turn: Turn<Answer> = { identity, key, actor, decide, now, unreadable };
    // Requests of one process for one entity go one after another: they would only make each other start again.
    // A turn ends with its deadline, so that a store that never answers holds up nobody behind it.
    const { answer } = await this.#telling(identity, actor, now, () =>
      withinDeadline(DEADLINE, (deadline) =>
        this.#queue.run(key, () =>
          Promise.race([untilSaved(() => this.#attempt(turn, deadline), deadline), deadline.over]),
        ),
      ),
    );
    return answer;
  }

  /** The entity as it is, or null, with the context in which to look at it. Writes nothing. */
  async read(
    identity: string,
    actor: Actor,
  ): Promise<{ readonly entity: Entity | null; readonly context: DecisionContext }> {
    const now = this.#parts.clock.now();
    const key = this.#parts.vault.keyOf(identity);
    return this.#telling(identity, actor, now, () =>
      withinDeadline(DEADLINE, async () => {
        const { entity, context } = await this.#load({ key, now, unreadable: 'refused' });
        // A client that only looks is all that a service may hear for long: what a dead process has left goes out.
        if (entity !== null && actor.by === 'client') {
          this.#outbox.deliver(identity, entity.undelivered, [], now, (ids) => this.#settle(identity, ids));
        }
        return { entity, context };
      }),
    );
  }

  /** A page of all records, as they are. `cursor` null: the first page, or no further one. */
  async list(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly cursor: string | null }> {
    const { store, vault } = this.#parts;
    const page = await ask(() => store.list(vault.kind, cursor, limit));
    const records: StoredRecord[] = [];
    for (const key of page.keys) {
      const { found } = await ask(() => store.load(key, this.#parts.clock.now()));
      if (found !== null) records.push(this.#look(key, found.document));
    }
    return { records, cursor: page.cursor };
  }

  #look(key: StoreKey, document: Uint8Array): StoredRecord {
    const { vault } = this.#parts;
    try {
      return { kind: 'entity', ...vault.open(key, document), isCurrent: vault.isCurrent(document) };
    } catch {
      return { kind: 'unreadable', key };
    }
  }

  /** Tells of failures of ours; what a request did wrong is told by the door that refuses it. */
  async #telling<T>(identity: string, { source }: Actor, now: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof MfaError && error.status >= 500) {
        this.#outbox.tell(identity, event('store.error', { reason: error.code }), now, source);
      }
      throw error;
    }
  }

  async #attempt<Answer>(turn: Turn<Answer>, deadline: Deadline): Promise<{ readonly answer: Answer } | null> {
    const { identity, key, actor, decide, now } = turn;
    const { entity, found, context } = await this.#load(turn);
    // The caller has his answer already: what came too late must not go on to write.
    if (deadline.isOver()) return null;
    const before = entity ?? newEntity(this.#parts.random);
    requireLogin(before, actor, context);
    const { entity: after, answer, events } = decide(before, context);
    const recorded = events.map((happened) => this.#outbox.record(happened, now, actor.source));
    const undelivered = this.#outbox.keep(after.undelivered, recorded);
    if (after !== before && !(await this.#write(identity, key, { ...after, undelivered }, found, now))) return null;
    const kept = after === before ? [] : undelivered;
    this.#outbox.deliver(identity, kept, recorded, now, (ids) => this.#settle(identity, ids));
    return { answer };
  }

  /** Takes delivered events out of the record. */
  async #settle(identity: string, delivered: ReadonlySet<string>): Promise<null> {
    return this.run(identity, HOST, (entity) => {
      const undelivered = entity.undelivered.filter(({ id }) => !delivered.has(id));
      const isSettled = undelivered.length === entity.undelivered.length;
      return { entity: isSettled ? entity : { ...entity, undelivered }, answer: null, events: [] };
    });
  }

  async #load({ key, now, unreadable }: Pick<Turn<unknown>, 'key' | 'now' | 'unreadable'>): Promise<{
    readonly entity: Entity | null;
    readonly found: VersionedDocument | null;
    readonly context: DecisionContext;
  }> {
    const { settings, store, vault, random } = this.#parts;
    const { found, since } = await ask(() => store.load(key, now));
    const context = { settings, now, since, random };
    if (found === null) return { entity: null, found, context };
    try {
      return { entity: withoutExpired(vault.open(key, found.document).entity, now), found, context };
    } catch (error) {
      if (unreadable === 'replaced') return { entity: null, found, context };
      throw error;
    }
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
    if (!entity.everVerified && entity.factors.length === 0 && entity.registration === null) {
      return found === null || (await ask(() => store.remove(key, { replaces: found.version }))) === 'removed';
    }
    const expiresIn = lifeLeft(entity, now);
    const write = {
      version: newVersion(random),
      replaces: found?.version ?? null,
      ...(expiresIn !== null && { expiresIn }),
    };
    const document = vault.seal(key, { identity, entity });
    return (await ask(() => store.save(key, document, write))) === 'saved';
  }
}

/** How long a record that never held a verified factor is worth keeping (ms); null: for ever. */
function lifeLeft(entity: Entity, now: number): number | null {
  if (entity.everVerified || entity.registration !== null) return null;
  const lives = entity.factors
    .filter((factor) => factor.status === 'unverified')
    .map(({ expiresAt }) => expiresAt - now);
  return Math.max(1, ...lives);
}
