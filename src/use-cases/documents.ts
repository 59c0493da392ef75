import type { Random } from '../domain/sid.js';
import type { Store, StoreKey, Version } from '../store/store.js';
import type { Keyring } from '../vault/keyring.js';
import { Sealing } from '../vault/sealing.js';
import type { DocumentCodec } from '../vault/service-codec.js';
import { ask, DEADLINE, newVersion, untilSaved } from './compare-and-set.js';
import { withinDeadline, type Deadline } from './deadline.js';
import type { Clock } from './transaction.js';

export interface DocumentParts {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
}

/** What becomes of a value (the same one: nothing; null: it is removed), and the answer. */
export interface Change<Value, Answer> {
  readonly value: Value | null;
  readonly answer: Answer;
}

/** Sealed values of one kind in the store. Every change is one write on the very value that was decided on. */
export class Documents<Value> {
  readonly #parts: DocumentParts;
  readonly #codec: DocumentCodec<Value>;
  readonly #sealing: Sealing;

  constructor(parts: DocumentParts, codec: DocumentCodec<Value>) {
    this.#parts = parts;
    this.#codec = codec;
    this.#sealing = new Sealing(parts.keyring, codec.form);
  }

  /** @throws MfaError `store_unavailable`, `record_unreadable` */
  async read(key: StoreKey): Promise<Value | null> {
    return withinDeadline(DEADLINE, async () => (await this.#load(key))?.value ?? null);
  }

  /** @throws MfaError `store_unavailable`, `record_unreadable`, `document_full`, and what `decide` throws */
  async change<Answer>(key: StoreKey, decide: (value: Value | null) => Change<Value, Answer>): Promise<Answer> {
    const { answer } = await withinDeadline(DEADLINE, (deadline) =>
      untilSaved(() => this.#attempt(key, decide, deadline), deadline),
    );
    return answer;
  }

  /** Seals the document anew where another key than the first one sealed it, and says whether it did. */
  async rekey(key: StoreKey): Promise<boolean> {
    const { found } = await ask(() => this.#parts.store.load(key, this.#parts.clock.now()));
    if (found === null || this.#sealing.isCurrent(found.document)) return false;
    return this.change(key, (value) => ({ value: structuredClone(value), answer: true }));
  }

  async #attempt<Answer>(
    key: StoreKey,
    decide: (value: Value | null) => Change<Value, Answer>,
    deadline: Deadline,
  ): Promise<Change<Value, Answer> | null> {
    const { store, random } = this.#parts;
    const found = await this.#load(key);
    // The caller has his answer already: what came too late must not go on to write.
    if (deadline.isOver()) return null;
    const change = decide(found?.value ?? null);
    const { value } = change;
    if (value === null) {
      const isGone = found === null || (await ask(() => store.remove(key, { replaces: found.version }))) === 'removed';
      return isGone ? change : null;
    }
    if (value === found?.value) return change;
    const document = this.#sealing.seal(key, this.#codec.encode(value));
    const write = { version: newVersion(random), replaces: found?.version ?? null };
    return (await ask(() => store.save(key, document, write))) === 'saved' ? change : null;
  }

  async #load(key: StoreKey): Promise<{ readonly value: Value; readonly version: Version } | null> {
    const { store, clock } = this.#parts;
    const { found } = await ask(() => store.load(key, clock.now()));
    if (found === null) return null;
    return { value: this.#sealing.open(key, found.document, this.#codec.decode), version: found.version };
  }
}
