import type { Redis } from 'ioredis';
import { until } from '../support/redis-server.js';

/** Everything that is stored, byte for byte. */
export async function dumpAll(admin: Redis): Promise<readonly (readonly [string, string])[]> {
  const keys = (await admin.keys('*')).sort();
  return Promise.all(keys.map(async (key) => [key, (await admin.dumpBuffer(key)).toString('hex')] as const));
}

/** The keys of all records. */
export async function recordKeys(admin: Redis): Promise<readonly string[]> {
  return (await admin.keys('*:entity:*')).sort();
}

/** The name that a server has given to this run of itself; another one after every start. */
export async function runIdOf(admin: Redis): Promise<string> {
  return /run_id:(\w+)/.exec(await admin.info('server'))?.[1] ?? '';
}

/** Waits until the append-only file holds every write: Redis keeps some back while the disk is slow to sync. */
export async function writtenOut(admin: Redis): Promise<void> {
  await until(async () => (await admin.info('persistence')).includes('aof_buffer_length:0\r'), 'all is in the file');
}

/** How often the server ran a command since its start or `CONFIG RESETSTAT`. */
export async function callsOf(admin: Redis, command: string): Promise<number> {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await admin.info('commandstats'))?.[1] ?? 0);
}

/** How often the server answered with this error since its start or `CONFIG RESETSTAT`. */
export async function errorsOf(admin: Redis, error: string): Promise<number> {
  return Number(new RegExp(`errorstat_${error}:count=(\\d+)`).exec(await admin.info('errorstats'))?.[1] ?? 0);
}
