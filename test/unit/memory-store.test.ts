import { describeStore } from '../../src/store/conformance.js';
import { MemoryStore } from '../../src/store/memory.js';

describeStore('MemoryStore', async () => ({ store: new MemoryStore() }), { describe, it });

describe('the bound of MemoryStore', () => {
  const document = new Uint8Array([1]);
  const versionOf = (name: string): string => name.padEnd(22, '_');
  const create = (store: MemoryStore, id: string, expiresIn?: number): Promise<'saved' | 'conflict'> =>
    store.save(`kind:${id}`, document, {
      version: versionOf(id),
      replaces: null,
      ...(expiresIn === undefined ? {} : { expiresIn }),
    });

  it('a full store refuses a new document and keeps every old one', async () => {
    const store = new MemoryStore({ maxDocuments: 2 });
    await create(store, 'a');
    await create(store, 'b');
    await expect(create(store, 'c')).rejects.toMatchObject({ name: 'MfaError', code: 'store_unavailable' });
    expect((await store.list('kind', null, 10)).keys).toEqual(['kind:a', 'kind:b']);
  });

  it('a full store still replaces and removes', async () => {
    const store = new MemoryStore({ maxDocuments: 1 });
    await create(store, 'a');
    const replaced = await store.save('kind:a', document, { version: versionOf('a2'), replaces: versionOf('a') });
    expect(replaced).toBe('saved');
    expect(await store.remove('kind:a', { replaces: versionOf('a2') })).toBe('removed');
    expect(await create(store, 'b')).toBe('saved');
  });

  it('documents that have expired make room, at the very millisecond', async () => {
    let now = 0;
    const store = new MemoryStore({ maxDocuments: 2, clock: () => now });
    await create(store, 'permanent');
    await create(store, 'expiring', 1_000);
    now = 999;
    await expect(create(store, 'c')).rejects.toMatchObject({ code: 'store_unavailable' });
    now = 1_000;
    expect(await create(store, 'c')).toBe('saved');
    expect((await store.list('kind', null, 10)).keys).toEqual(['kind:c', 'kind:permanent']);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('%p documents is refused, by the name of the option', (maxDocuments) => {
    expect(() => new MemoryStore({ maxDocuments })).toThrow(RangeError);
    expect(() => new MemoryStore({ maxDocuments })).toThrow(/maxDocuments/);
  });

  it('it never lost a write: since is 0', async () => {
    expect((await new MemoryStore().load('kind:a')).since).toBe(0);
  });
});
