import type { Entity } from '../domain/entity.js';
import type { StoreKey } from '../store/store.js';
import { mapAtOnce } from './at-once.js';
import { ask } from './compare-and-set.js';
import type { Parts } from './transaction.js';

/** A record as it is found among all of them. */
export type StoredRecord = StoredEntity | { readonly kind: 'unreadable'; readonly key: StoreKey };

export interface StoredEntity {
  readonly kind: 'entity';
  readonly identity: string;
  readonly entity: Entity;
  /** Whether it is sealed with the key that seals now. */
  readonly isCurrent: boolean;
}

/** A page of all records, as they are. `cursor` null: the first page, or no further one. */
export async function listRecords(
  { store, vault, clock }: Parts,
  cursor: string | null,
  limit: number,
): Promise<{ readonly records: readonly StoredRecord[]; readonly cursor: string | null }> {
  const look = (key: StoreKey, document: Uint8Array): StoredRecord => {
    try {
      return { kind: 'entity', ...vault.open(key, document), isCurrent: vault.isCurrent(document) };
    } catch {
      return { kind: 'unreadable', key };
    }
  };
  const page = await ask(() => store.list(vault.kind, cursor, limit));
  const records = await mapAtOnce(page.keys, async (key) => {
    const { found } = await ask(() => store.load(key, clock.now()));
    return found === null ? [] : [look(key, found.document)];
  });
  return { records: records.flat(), cursor: page.cursor };
}
