/** What the tests of RedisStore share: things that are closed after each test, and how the store fails. */
import { randomBytes } from 'node:crypto';
import { RedisStore } from '../../src/store/redis.js';
import type { RedisStoreOptions } from '../../src/store/redis.js';
import type { IoredisClient } from '../../src/store/redis-client.js';
import { startRedis } from './redis-server.js';
import type { RedisServer } from './redis-server.js';

export const LIMIT_MS = 700;
export const NOW = 1_700_000_000_000;
/** The clients of the host, who need not be connected for the store to be. */
export const LAZY = { lazyConnect: true } as const;
export const DOCUMENT = Buffer.from('a document');

export const newVersion = (): string => randomBytes(16).toString('base64url');
export const newKey = (): string => `kind:${randomBytes(8).toString('hex')}`;
export const sharedUrl = (): string => process.env['TEST_REDIS_URL'] ?? '';

export interface Disconnectable {
  disconnect(): void;
  on(event: 'error', listener: () => void): unknown;
}

/** Everything that a test has opened, closed after it in reverse order. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

export function closeAfterwards(close: () => unknown): void {
  opened.push(close);
}

export function open<T extends Disconnectable>(client: T): T {
  client.on('error', () => undefined);
  closeAfterwards(() => client.disconnect());
  return client;
}

export function storeOn(client: IoredisClient, options?: RedisStoreOptions): RedisStore {
  const store = new RedisStore(client, options);
  closeAfterwards(() => store.close());
  return store;
}

export async function serverOf(...args: readonly string[]): Promise<RedisServer> {
  const server = await startRedis({ args });
  closeAfterwards(() => server.stop());
  return server;
}

export const create = (store: RedisStore, key: string, version = newVersion()): Promise<'saved' | 'conflict'> =>
  store.save(key, DOCUMENT, { version, replaces: null });

/** Every verb fails in the one way, in time, and names neither key nor content. */
export async function requireUnavailable(call: Promise<unknown>, reason?: RegExp): Promise<void> {
  const begunAt = performance.now();
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(performance.now() - begunAt).toBeLessThan(LIMIT_MS);
  expect(error).toMatchObject({ name: 'MfaError', code: 'store_unavailable', status: 503 });
  // The line above has looked.
  const { message, cause } = error as Error;
  expect(message).not.toMatch(/kind:|a document/);
  expect(cause).toBeInstanceOf(Error);
  expect(cause).not.toHaveProperty('command');
  if (reason !== undefined) expect(message).toMatch(reason);
}
