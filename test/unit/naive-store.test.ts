import { MfaError } from '../../src/errors.js';
import { describeStore } from '../../src/store/conformance.js';
import type { KeyPage, Loaded, Store, VersionedDocument, Write } from '../../src/store/store.js';

interface Row extends VersionedDocument {
  readonly expiresAt: number;
}

/** Reads, gives way, then writes: what most stores of one-time codes do. */
class NaiveStore implements Store {
  readonly #rows = new Map<string, Row>();

  async #read(key: string): Promise<Row | undefined> {
    const row = this.#rows.get(key);
    await Promise.resolve();
    return row !== undefined && row.expiresAt > performance.now() ? row : undefined;
  }

  async load(key: string): Promise<Loaded> {
    const row = await this.#read(key);
    return { found: row ? { document: row.document.slice(), version: row.version } : null, since: 0 };
  }

  async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    const row = await this.#read(key);
    if ((row?.version ?? null) !== write.replaces) return 'conflict';
    const expiresAt = write.expiresIn === undefined ? Infinity : performance.now() + write.expiresIn;
    this.#rows.set(key, { document: new Uint8Array(document), version: write.version, expiresAt });
    return 'saved';
  }

  async remove(key: string, removal: { readonly replaces: string }): Promise<'removed' | 'conflict'> {
    const row = await this.#read(key);
    if (row !== undefined && row.version !== removal.replaces) return 'conflict';
    this.#rows.delete(key);
    return 'removed';
  }

  async list(kind: string, cursor: string | null): Promise<KeyPage> {
    if (cursor !== null) throw new MfaError('invalid_request');
    const keys: string[] = [];
    for (const key of this.#rows.keys()) {
      if (key.slice(0, key.lastIndexOf(':')) === kind && (await this.#read(key))) keys.push(key);
    }
    return { keys, cursor: null };
  }
}

describe('the conformance suite itself', () => {
  it('a store that reads and then writes fails exactly the race and the resend', async () => {
    const tests = new Map<string, () => Promise<void>>();
    describeStore('NaiveStore', async () => ({ store: new NaiveStore() }), {
      describe: (_name, define) => define(),
      it: (title, test) => tests.set(title, test),
    });
    const failed: string[] = [];
    for (const [title, test] of tests) await test().catch(() => failed.push(title));

    expect(failed).toEqual([
      'of fifty simultaneous writers exactly one wins, round after round',
      'a save sent again after a lost reply is saved, and writes nothing',
    ]);
    expect(tests.size).toBeGreaterThan(20);
  });
});
