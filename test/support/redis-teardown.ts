import type { RedisServer } from './redis-server.js';

/** Stops what the global setup has started. */
export default async function teardown(): Promise<void> {
  // Set by redis-server.ts, or absent where REDIS_URL was given.
  const server = Reflect.get(globalThis, Symbol.for('passport-factors.test-redis')) as RedisServer | undefined;
  await server?.stop();
}
