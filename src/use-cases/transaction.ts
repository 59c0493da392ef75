import { HOST, type Actor } from '../domain/actor.js';
import { newEntity, withoutExpired, type Decision, type DecisionContext, type Entity } from '../domain/entity.js';
import { event } from '../domain/event.js';
import { requireLogin } from '../domain/login-trace.js';
import type { Settings } from '../domain/settings.js';
import type { Random } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { Store, StoreKey, VersionedDocument } from '../store/store.js';
import type { Vault } from '../vault/vault.js';
import { ask, newVersion, untilSaved } from './compare-and-set.js';
import type { Deadline } from './deadline.js';
import type { Outbox } from './outbox.js';
import { Queue } from './queue.js';
import { Visits } from './visit.js';

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

interface RunOptions {
  /** What becomes of a record that does not open: the caller is refused, or decides on an empty one in its place. */
  readonly unreadable?: 'refused' | 'replaced';
}

/** What was found of an entity. */
interface Sight {
  readonly entity: Entity | null;
  readonly found: VersionedDocument | null;
  readonly since: number;
}

interface Done<Answer> {
  readonly answer: Answer;
}

interface Decided<Answer> extends Omit<Decision<Answer>, 'entity'> {
  readonly before: Entity;
  readonly after: Entity;
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
  readonly #visits = new Visits<Sight>();
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
    const visit = this.#visits.of(actor);
    // Requests of one process for one entity go one after another: they would only make each other start again.
    // A turn ends with its deadline, so that a store that never answers holds up nobody behind it.
    const { answer } = await this.#telling(identity, actor, now, () =>
      visit.within((deadline) =>
        this.#queue.run(key, () => Promise.race([this.#rounds(turn, visit.take(key), deadline), deadline.over])),
      ),
    );
    return answer;
  }

  /**
   * The entity as it is, or null, with the context in which to look at it. Writes nothing. What the same request changes
   * next begins with what was seen here.
   */
  async read(
    identity: string,
    actor: Actor,
  ): Promise<{ readonly entity: Entity | null; readonly context: DecisionContext }> {
    const now = this.#parts.clock.now();
    const key = this.#parts.vault.keyOf(identity);
    const visit = this.#visits.of(actor);
    return this.#telling(identity, actor, now, () =>
      visit.within(async () => {
        const sight = await this.#load({ key, now, unreadable: 'refused' });
        visit.keep(key, sight);
        const entity = sight.entity && withoutExpired(sight.entity, now);
        // A client that only looks is all that a service may hear for long: what a dead process has left goes out.
        if (entity !== null && actor.by === 'client') {
          this.#outbox.deliver(identity, entity.undelivered, [], now, (ids) => this.#settle(identity, ids));
        }
        return { entity, context: this.#contextOf(sight, now) };
      }),
    );
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

  async #rounds<Answer>(turn: Turn<Answer>, seen: Sight | null, deadline: Deadline): Promise<Done<Answer>> {
    const foreseen = seen && this.#foresee(turn, seen);
    const done = foreseen && (await this.#conclude(turn, seen, foreseen));
    return done ?? untilSaved(() => this.#attempt(turn, deadline), deadline);
  }

  async #attempt<Answer>(turn: Turn<Answer>, deadline: Deadline): Promise<Done<Answer> | null> {
    const sight = await this.#load(turn);
    // The caller has his answer already: what came too late must not go on to write.
    return deadline.isOver() ? null : this.#conclude(turn, sight, this.#decide(turn, sight));
  }

  /** A decision on what this request saw before; null where no write would prove that it is still so. */
  #foresee<Answer>(turn: Turn<Answer>, seen: Sight): Decided<Answer> | null {
    try {
      const decided = this.#decide(turn, seen);
      return decided.after === decided.before ? null : decided;
    } catch (error) {
      // Only a refusal may be another one by now.
      if (error instanceof MfaError) return null;
      throw error;
    }
  }

  #decide<Answer>({ actor, decide, now }: Turn<Answer>, sight: Sight): Decided<Answer> {
    const context = this.#contextOf(sight, now);
    const before = sight.entity === null ? newEntity(this.#parts.random) : withoutExpired(sight.entity, now);
    requireLogin(before, actor, context);
    const { entity: after, ...decision } = decide(before, context);
    return { ...decision, before, after };
  }

  /** Writes what was decided; null where somebody else wrote meanwhile. */
  async #conclude<Answer>(
    { identity, key, actor, now }: Turn<Answer>,
    { found }: Sight,
    { before, after, answer, events }: Decided<Answer>,
  ): Promise<Done<Answer> | null> {
    const recorded = this.#outbox.record(events, now, actor.source);
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

  async #load({ key, now, unreadable }: Pick<Turn<unknown>, 'key' | 'now' | 'unreadable'>): Promise<Sight> {
    const { store, vault } = this.#parts;
    const { found, since } = await ask(() => store.load(key, now));
    if (found === null) return { entity: null, found, since };
    try {
      return { entity: vault.open(key, found.document).entity, found, since };
    } catch (error) {
      if (unreadable === 'replaced') return { entity: null, found, since };
      throw error;
    }
  }

  #contextOf({ since }: Sight, now: number): DecisionContext {
    const { settings, random } = this.#parts;
    return { settings, now, since, random };
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
