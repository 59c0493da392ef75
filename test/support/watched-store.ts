import { MemoryStore, type KeyPage, type Loaded, type Store, type Version, type Write } from '../../src/index.js';

type Verb = 'load' | 'save' | 'remove' | 'list';

/** A store that notes what it is asked, and can be made to fail, to hang or to answer late. The keeping is MemoryStore's. */
export class WatchedStore implements Store {
  /** The verbs that were asked for, in their order. */
  asked: Verb[] = [];
  /** Goes before every verb: what it throws is the verb's failure, what it waits for is the verb's delay. */
  before: ((verb: Verb) => Promise<void>) | null = null;
  readonly #kept = new MemoryStore();

  async load(key: string): Promise<Loaded> {
    await this.#ask('load');
    return this.#kept.load(key);
  }

  async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    await this.#ask('save');
    return this.#kept.save(key, document, write);
  }

  async remove(key: string, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    await this.#ask('remove');
    return this.#kept.remove(key, removal);
  }

  async list(kind: string, cursor: string | null, limit: number): Promise<KeyPage> {
    await this.#ask('list');
    return this.#kept.list(kind, cursor, limit);
  }

  /** What is asked while `work` runs. */
  async during(work: () => PromiseLike<unknown>): Promise<readonly Verb[]> {
    this.asked = [];
    await work();
    return this.asked;
  }

  async #ask(verb: Verb): Promise<void> {
    this.asked.push(verb);
    await this.before?.(verb);
  }
}
