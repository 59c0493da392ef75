import type { Store, VersionedDocument } from '../../src/index.js';

/** Every document of a store, by key, as who can read the store has it; any write of one changes its version. */
export async function dumpOf(store: Store): Promise<Readonly<Record<string, VersionedDocument | null>>> {
  const { keys } = await store.list('entity:default', null, 1000);
  const loaded = await Promise.all(keys.map(async (key) => [key, (await store.load(key, 0)).found] as const));
  return Object.fromEntries(loaded);
}
