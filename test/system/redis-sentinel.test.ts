import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { startSentinel, until } from '../support/redis-server.js';
import type { RedisServer } from '../support/redis-server.js';
import {
  closeAfterwards,
  create,
  LAZY,
  newKey,
  newVersion,
  NOW,
  open,
  serverOf,
  storeOn,
} from '../support/redis-store.js';

/** The promoted replica gives a warning, as it should. */
beforeEach(() => void jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

const name = 'records';

async function sentinelOf(primary: RedisServer): Promise<RedisServer> {
  const sentinel = await startSentinel(name, primary);
  closeAfterwards(() => sentinel.stop());
  return sentinel;
}

const addressesOf = (...sentinels: readonly RedisServer[]): { host: string; port: number }[] =>
  sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));

const clients = {
  'ioredis 6': (...led: readonly RedisServer[]) => new Redis({ ...LAZY, name, sentinels: addressesOf(...led) }),
  'ioredis 5': (...led: readonly RedisServer[]) => new Redis5({ ...LAZY, name, sentinels: addressesOf(...led) }),
};

it('behind Sentinel the store goes on with the promoted replica, but asks it first and vouches only from then on', async () => {
  const primary = await serverOf('--repl-diskless-sync-delay', '0');
  const replica = await serverOf('--replicaof', `127.0.0.1 ${primary.port}`);
  const promoted = open(new Redis(replica.url));
  await until(async () => (await promoted.info('replication')).includes('link_status:up'), 'the replica is in step');
  const sentinel = await sentinelOf(primary);
  const asked = open(new Redis(sentinel.url));
  await until(async () => (await asked.info('sentinel')).includes('slaves=1'), 'the Sentinel knows the replica');

  const records = Object.values(clients).map((connect) => ({
    store: storeOn(open(connect(sentinel))),
    key: newKey(),
    version: newVersion(),
  }));
  for (const { store, key, version } of records) {
    await create(store, key, version);
    expect((await store.load(key, NOW)).since).toBe(NOW);
  }
  const written = await open(new Redis(primary.url)).dbsize();
  await until(async () => (await promoted.dbsize()) === written, 'everything is on the replica');
  await promoted.config('SET', 'maxmemory', '100mb');
  await promoted.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await primary.kill();

  const refusal = `127.0.0.1:${replica.port} has maxmemory 104857600 and maxmemory-policy allkeys-lru`;
  for (const { store, key } of records) {
    const isRefused = (error: unknown): boolean => String(error).includes(refusal);
    await until(
      () => store.load(key, NOW + 1).then(() => false, isRefused),
      'the store has asked the promoted replica',
    );
  }
  await promoted.config('SET', 'maxmemory-policy', 'noeviction');
  for (const { store, key, version } of records) {
    const found = await store.load(key, NOW + 2);
    expect(found).toMatchObject({ found: { version }, since: NOW + 2 });
    expect(await create(store, newKey())).toBe('saved');
  }
}, 60_000);

it.each(Object.entries(clients))(
  'a Sentinel that is frozen keeps nobody from the next one (%s)',
  async (_name, connect) => {
    const sentinel = await sentinelOf(await serverOf());
    // Anything that takes a connection and says nothing.
    const frozen = await serverOf();
    frozen.pause();
    const store = storeOn(open(connect(frozen, sentinel)));
    await until(() => create(store, newKey()).then(Boolean, () => false), 'the store has found the primary');
  },
  30_000,
);
