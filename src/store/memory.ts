import { MfaError } from '../errors.js';
import type { KeyPage, Loaded, Store, StoreKey, Version, Write } from './store.js';

/** @see {@link MemoryStore} */
export interface MemoryStoreOptions {
  /**
   * How many documents fit, an integer ≥ 1. A full store refuses new documents; it never forgets one to make room.
   * @default 100_000
   */
  readonly maxDocuments?: number;
  /**
   * Milliseconds that only ever grow, for expiry.
   * @default performance.now
   */
  readonly clock?: () => number;
}

interface Held {
  readonly document: Uint8Array;
  readonly version: Version;
  readonly expiresAt: number;
}

/**
 * Keeps documents in this process: for tests, demonstrations and programs of one process that may forget everything.
 * Each verb decides and writes without giving way to other work, so it is as indivisible as Redis.
 * @throws RangeError where `maxDocuments` is not an integer ≥ 1
 */
export class MemoryStore implements Store {
  readonly #held = new Map<StoreKey, Held>();
  readonly #maxDocuments: number;
  readonly #clock: () => number;

  constructor(options: MemoryStoreOptions = {}) {
    const { maxDocuments = 100_000, clock = () => performance.now() } = options;
    if (!Number.isSafeInteger(maxDocuments) || maxDocuments < 1) {
      throw new RangeError(`maxDocuments must be an integer of at least 1, got ${String(maxDocuments)}`);
    }
    this.#maxDocuments = maxDocuments;
    this.#clock = clock;
  }

  // The verbs are async so that a failure rejects; none awaits, which is what makes them indivisible.

  async load(key: StoreKey): Promise<Loaded> {
    const held = this.#get(key);
    return {
      found: held === undefined ? null : { document: held.document.slice(), version: held.version },
      since: 0,
    };
  }

  async save(key: StoreKey, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    const held = this.#get(key);
    if (held?.version === write.version) return 'saved';
    if ((held?.version ?? null) !== write.replaces) return 'conflict';
    if (held === undefined) this.#requireRoom();
    this.#held.set(key, {
      // Not document.slice(): of a Buffer that is a view of the caller's own bytes.
      document: new Uint8Array(document),
      version: write.version,
      expiresAt: write.expiresIn === undefined ? Infinity : this.#clock() + write.expiresIn,
    });
    return 'saved';
  }

  async remove(key: StoreKey, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    const held = this.#get(key);
    if (held !== undefined && held.version !== removal.replaces) return 'conflict';
    this.#held.delete(key);
    return 'removed';
  }

  async list(kind: string, cursor: string | null, limit: number): Promise<KeyPage> {
    const last = cursor === null ? null : keyOfCursor(cursor);
    // In the order of the keys, because what is removed between two pages must not move what is left past the cursor.
    const rest = [...this.#held.keys()]
      .filter((key) => key.slice(0, key.lastIndexOf(':')) === kind && (last === null || key > last))
      .filter((key) => this.#get(key) !== undefined)
      .sort();
    const keys = rest.slice(0, Math.max(1, limit));
    const end = keys.at(-1);
    return { keys, cursor: end === undefined || keys.length === rest.length ? null : cursorAfter(end) };
  }

  #get(key: StoreKey): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined || held.expiresAt > this.#clock()) return held;
    this.#held.delete(key);
    return undefined;
  }

  #requireRoom(): void {
    if (this.#held.size < this.#maxDocuments) return;
    for (const key of [...this.#held.keys()]) this.#get(key);
    if (this.#held.size < this.#maxDocuments) return;
    throw new MfaError('store_unavailable', `MemoryStore is full: it holds maxDocuments = ${this.#maxDocuments}`);
  }
}

function cursorAfter(key: StoreKey): string {
  return Buffer.from(key).toString('base64url');
}

function keyOfCursor(cursor: string): StoreKey {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (key === '' || cursorAfter(key) !== cursor) throw new MfaError('invalid_request', 'This is not a cursor');
  return key;
}
