import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisServer } from '../support/redis-server.js';

/** Long enough for a server that runs to say something. */
const SILENCE_MS = 100;

/** @throws AssertionError where the server answers */
export async function requireFrozen({ port }: RedisServer): Promise<void> {
  const probe = new Redis(port, '127.0.0.1', { retryStrategy: null, enableReadyCheck: false });
  probe.on('error', () => undefined);
  const isAnswered = await Promise.race([
    probe.ping().then(
      () => true,
      () => true,
    ),
    delay(SILENCE_MS, false),
  ]);
  probe.disconnect();
  assert.equal(isAnswered, false, 'the server is not frozen');
}

/** Whether a process with this id runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
