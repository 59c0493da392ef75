import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  RACERS,
  ROUNDS,
  NOW,
  EXPIRES_IN_MS,
  LOOKALIKES,
  newVersion,
  bytes,
  create,
  requireStored,
  requireAbsent,
  untilAbsent,
  listAll,
  count,
} from './conformance-steps.js';
import type { KeyPage, Store, StoreKey, Version } from './store.js';

/** A test is given the fixture and a kind of its own, so that a shared server does not matter. */
export type StoreTest = (fixture: { readonly store: Store; readonly other: Store }, kind: string) => Promise<void>;

export const ROUND_TRIP: Readonly<Record<string, StoreTest>> = {
  'a document comes back byte for byte, whatever its bytes': async ({ store, other }, kind) => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
    const documents = [everyByte, new Uint8Array(0), bytes('\n'), bytes('\r\n\0'), new Uint8Array(randomBytes(32_768))];
    for (const [index, document] of documents.entries()) {
      const version = newVersion();
      assert.equal(await store.save(`${kind}:${index}`, document, { version, replaces: null }), 'saved');
      for (const view of [store, other]) {
        const { found } = await view.load(`${kind}:${index}`, NOW);
        assert.equal(found?.version, version);
        assert.ok(Buffer.from(document).equals(found.document), 'the bytes have changed');
      }
    }
  },
  'what was never saved is absent': async ({ store }, kind) => {
    await requireAbsent(store, `${kind}:1`);
  },
  'what is saved belongs to the store: bytes changed later by the caller change nothing': async ({ store }, kind) => {
    const document = Buffer.from('original');
    const version = newVersion();
    await store.save(`${kind}:1`, document, { version, replaces: null });
    document.fill(0);
    (await store.load(`${kind}:1`, NOW)).found?.document.fill(0);
    await requireStored(store, `${kind}:1`, 'original', version);
  },
  'keys that look alike are different keys': async ({ store, other }, kind) => {
    const versions = new Map<StoreKey, Version>();
    for (const id of LOOKALIKES) versions.set(id, await create(store, `${kind}:${id}`, `of ${id}`));
    for (const [id, version] of versions) await requireStored(other, `${kind}:${id}`, `of ${id}`, version);
    await store.remove(`${kind}:a*`, { replaces: versions.get('a*') ?? '' });
    await requireAbsent(store, `${kind}:a*`);
    await requireStored(store, `${kind}:ab`, 'of ab', versions.get('ab') ?? '');
  },
  'since never lies after the caller’s now, and does not move while nothing was lost': async (
    { store, other },
    kind,
  ) => {
    const { since } = await store.load(`${kind}:1`, NOW);
    assert.ok(since >= 0);
    assert.equal((await other.load(`${kind}:1`, NOW + 60_000)).since, since);
  },
};

export const COMPARE_AND_SET: Readonly<Record<string, StoreTest>> = {
  'a save that replaces the stored version is seen everywhere': async ({ store, other }, kind) => {
    const replaces = await create(store, `${kind}:1`, 'first');
    const version = newVersion();
    assert.equal(await other.save(`${kind}:1`, bytes('second'), { version, replaces }), 'saved');
    await requireStored(store, `${kind}:1`, 'second', version);
  },
  'a save that replaces another version is a conflict and changes nothing': async ({ store }, kind) => {
    const version = await create(store, `${kind}:1`, 'first');
    const write = { version: newVersion(), replaces: newVersion() };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), write), 'conflict');
    await requireStored(store, `${kind}:1`, 'first', version);
  },
  'a save that expects nothing is a conflict where something is stored': async ({ store }, kind) => {
    const version = await create(store, `${kind}:1`, 'first');
    const write = { version: newVersion(), replaces: null };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), write), 'conflict');
    await requireStored(store, `${kind}:1`, 'first', version);
  },
  'a save that expects a version is a conflict where nothing is stored': async ({ store }, kind) => {
    const write = { version: newVersion(), replaces: newVersion() };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), write), 'conflict');
    await requireAbsent(store, `${kind}:1`);
  },
  'a version that was replaced never fits again, not even after a removal': async ({ store }, kind) => {
    const first = await create(store, `${kind}:1`, 'same bytes');
    const second = newVersion();
    assert.equal(await store.save(`${kind}:1`, bytes('same bytes'), { version: second, replaces: first }), 'saved');
    const late = { version: newVersion(), replaces: first };
    assert.equal(await store.save(`${kind}:1`, bytes('late'), late), 'conflict');
    assert.equal(await store.remove(`${kind}:1`, { replaces: second }), 'removed');
    const third = await create(store, `${kind}:1`, 'same bytes');
    assert.equal(await store.save(`${kind}:1`, bytes('late'), { ...late, replaces: second }), 'conflict');
    assert.equal(await store.remove(`${kind}:1`, { replaces: first }), 'conflict');
    await requireStored(store, `${kind}:1`, 'same bytes', third);
  },
  'of fifty simultaneous writers exactly one wins, round after round': async ({ store, other }, kind) => {
    const key = `${kind}:1`;
    let replaces: Version | null = null;
    for (let round = 0; round < ROUNDS; round += 1) {
      const versions = Array.from({ length: RACERS }, newVersion);
      const answers = await Promise.all(
        versions.map((version, index) =>
          (index % 2 === 0 ? store : other).save(key, bytes(`by ${index}`), { version, replaces }),
        ),
      );
      assert.equal(count(answers, 'saved'), 1, `round ${round} had ${count(answers, 'saved')} winners`);
      const winner = answers.indexOf('saved');
      replaces = versions[winner] ?? '';
      await requireStored(store, key, `by ${winner}`, replaces);
    }
    // The last round: removals against writers, of whom at most one may win, and only against every removal.
    const last = replaces ?? '';
    const answers = await Promise.all(
      Array.from({ length: RACERS }, (_, index) =>
        index % 2 === 0
          ? store.save(key, bytes('late'), { version: newVersion(), replaces: last })
          : other.remove(key, { replaces: last }),
      ),
    );
    assert.ok(count(answers, 'saved') <= 1, 'two writers have won');
    assert.notEqual(count(answers, 'saved') > 0, count(answers, 'removed') > 0, 'a writer and a removal have both won');
  },
};

export const RESEND: Readonly<Record<string, StoreTest>> = {
  'a save sent again after a lost reply is saved, and writes nothing': async ({ store, other }, kind) => {
    const first = await create(store, `${kind}:1`, 'first');
    const again = { version: first, replaces: null };
    assert.equal(await other.save(`${kind}:1`, bytes('not written'), again), 'saved');
    await requireStored(store, `${kind}:1`, 'first', first);
    const second = { version: newVersion(), replaces: first };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), second), 'saved');
    assert.equal(await other.save(`${kind}:1`, bytes('not written'), { ...second, expiresIn: 1 }), 'saved');
    await requireStored(store, `${kind}:1`, 'second', second.version);
  },
  'a save sent again after another write is a conflict, and does not bring the old document back': async (
    { store, other },
    kind,
  ) => {
    const first = await create(store, `${kind}:1`, 'first');
    const second = { version: newVersion(), replaces: first };
    const third = { version: newVersion(), replaces: second.version };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), second), 'saved');
    assert.equal(await store.save(`${kind}:1`, bytes('third'), third), 'saved');
    assert.equal(await other.save(`${kind}:1`, bytes('second'), second), 'conflict');
    assert.equal(await other.save(`${kind}:1`, bytes('first'), { version: first, replaces: null }), 'conflict');
    await requireStored(store, `${kind}:1`, 'third', third.version);
  },
};

export const REMOVAL: Readonly<Record<string, StoreTest>> = {
  'a removal of the stored version leaves nothing, and a new document may be created': async (
    { store, other },
    kind,
  ) => {
    const replaces = await create(store, `${kind}:1`);
    assert.equal(await other.remove(`${kind}:1`, { replaces }), 'removed');
    await requireAbsent(store, `${kind}:1`);
    await create(store, `${kind}:1`);
  },
  'a removal of another version is a conflict and removes nothing': async ({ store }, kind) => {
    const version = await create(store, `${kind}:1`, 'first');
    assert.equal(await store.remove(`${kind}:1`, { replaces: newVersion() }), 'conflict');
    await requireStored(store, `${kind}:1`, 'first', version);
  },
  'a removal sent again after a lost reply is removed': async ({ store, other }, kind) => {
    const replaces = await create(store, `${kind}:1`);
    assert.equal(await store.remove(`${kind}:1`, { replaces }), 'removed');
    assert.equal(await other.remove(`${kind}:1`, { replaces }), 'removed');
  },
};

export const EXPIRY: Readonly<Record<string, StoreTest>> = {
  'a document with an expiry is forgotten, and is absent for every verb': async ({ store, other }, kind) => {
    const first = await create(store, `${kind}:1`, 'first', EXPIRES_IN_MS);
    await untilAbsent(other, `${kind}:1`);
    const late = { version: newVersion(), replaces: first };
    assert.equal(await store.save(`${kind}:1`, bytes('late'), late), 'conflict');
    assert.deepEqual(await listAll(store, kind, 100), []);
    await create(store, `${kind}:1`, 'second');
  },
  'an expiry that is not given again is taken back': async ({ store }, kind) => {
    const first = await create(store, `${kind}:kept`, 'first', EXPIRES_IN_MS);
    const version = newVersion();
    assert.equal(await store.save(`${kind}:kept`, bytes('second'), { version, replaces: first }), 'saved');
    // Given the same expiry later, so that the other's has passed when this one is gone.
    await create(store, `${kind}:companion`, 'gone', EXPIRES_IN_MS);
    await untilAbsent(store, `${kind}:companion`);
    await requireStored(store, `${kind}:kept`, 'second', version);
  },
  'a conflict leaves the expiry as it was': async ({ store }, kind) => {
    await create(store, `${kind}:1`, 'first', EXPIRES_IN_MS);
    const write = { version: newVersion(), replaces: newVersion() };
    assert.equal(await store.save(`${kind}:1`, bytes('second'), write), 'conflict');
    await untilAbsent(store, `${kind}:1`);
  },
};

export const LISTING: Readonly<Record<string, StoreTest>> = {
  'the pages of a kind name each of its keys and no other': async ({ store, other }, kind) => {
    const ids = [...LOOKALIKES, ...Array.from({ length: 40 }, (_, index) => `id${index}`)];
    const keys = ids.map((id) => `${kind}:${id}`);
    const strangers = [`${kind}x:1`, `${kind.slice(0, -1)}:1`, `x${kind}:1`, `${kind}:sub:1`];
    for (const key of [...keys, ...strangers]) await create(store, key);
    for (const limit of [1, 7, 1_000]) assert.deepEqual(await listAll(other, kind, limit), [...keys].sort());
    assert.deepEqual(await listAll(store, `${kind}:sub`, 10), [`${kind}:sub:1`]);
  },
  'a kind is no pattern': async ({ store }, kind) => {
    await create(store, `${kind}:1`);
    for (const pattern of [`${kind.slice(0, -1)}?`, '*', `[${kind.slice(0, 1)}]${kind.slice(1)}`]) {
      assert.deepEqual(await listAll(store, pattern, 10), []);
    }
  },
  'every key that stays is named, though others are removed between two pages': async ({ store, other }, kind) => {
    const versions = new Map<StoreKey, Version>();
    for (let index = 0; index < 40; index += 1)
      versions.set(`${kind}:${index}`, await create(store, `${kind}:${index}`));
    const named = new Set<StoreKey>();
    const removed = new Set<StoreKey>();
    let cursor: string | null = null;
    do {
      const page: KeyPage = await store.list(kind, cursor, 5);
      for (const key of page.keys) named.add(key);
      const [key] = page.keys;
      if (key !== undefined && !removed.has(key)) {
        await other.remove(key, { replaces: versions.get(key) ?? '' });
        removed.add(key);
      }
      cursor = page.cursor;
    } while (cursor !== null);
    for (const key of versions.keys()) assert.ok(named.has(key) || removed.has(key), 'a key was not named');
  },
  'what is no cursor is refused': async ({ store }, kind) => {
    for (const cursor of ['', '!', 'AAAA====', '{}']) {
      await assert.rejects(store.list(kind, cursor, 10), (error: unknown) => codeOf(error) === 'invalid_request');
    }
  },
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
