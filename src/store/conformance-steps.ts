import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyPage, Store, StoreKey, Version } from './store.js';

export const RACERS = 50;
export const ROUNDS = 5;
export const NOW = 1_700_000_000_000;
export const EXPIRES_IN_MS = 150;
const PATIENCE_MS = 3_000;

/** Identities that a pattern, a hash tag, an object or a prefix would confuse. */
export const LOOKALIKES = [
  'a',
  'ab',
  'a*',
  'a?',
  '[ab]',
  'a\\',
  '{a}',
  '{}a',
  '}a',
  '{a',
  'A',
  '__proto__',
  'constructor',
  'since',
  '0',
  '00',
];

export function newVersion(): Version {
  return randomBytes(16).toString('base64url');
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Saves a document that nothing was stored for, and gives its version. */
export async function create(store: Store, key: StoreKey, text = 'a document', expiresIn?: number): Promise<Version> {
  const version = newVersion();
  const write = { version, replaces: null, ...(expiresIn === undefined ? {} : { expiresIn }) };
  assert.equal(await store.save(key, bytes(text), write), 'saved');
  return version;
}

export async function requireStored(store: Store, key: StoreKey, text: string, version: Version): Promise<void> {
  const { found } = await store.load(key, NOW);
  assert.deepEqual(found && { text: new TextDecoder().decode(found.document), version: found.version }, {
    text,
    version,
  });
}

export async function requireAbsent(store: Store, key: StoreKey): Promise<void> {
  assert.equal((await store.load(key, NOW)).found, null);
}

export async function untilAbsent(store: Store, key: StoreKey): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while ((await store.load(key, NOW)).found !== null) {
    assert.ok(performance.now() < giveUpAt, `a document that was to expire is still there after ${PATIENCE_MS} ms`);
    await delay(10);
  }
}

export async function listAll(store: Store, kind: string, limit: number): Promise<readonly StoreKey[]> {
  const keys = new Set<StoreKey>();
  let cursor: string | null = null;
  do {
    const page: KeyPage = await store.list(kind, cursor, limit);
    for (const key of page.keys) keys.add(key);
    cursor = page.cursor;
  } while (cursor !== null);
  return [...keys].sort();
}

export function count<T>(all: readonly T[], one: T): number {
  return all.filter((each) => each === one).length;
}
