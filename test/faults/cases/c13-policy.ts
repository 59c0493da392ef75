import assert from 'node:assert/strict';
import { RedisStore } from '../../../src/store/redis.js';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { at } from '../stage.js';

const KEY = 'entity:test:any';
const RECHECK_MS = 60_000;

export const c13 = faultCase({
  id: 'C13',
  claim:
    'A server that is told at run time to evict is found out within a minute, refused, and used again once it is mended',
  backends: ['standalone'],
  counts: { bounded: { rounds: 2 }, full: { rounds: 50 } },
  run: async ({ counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    let now = 0;
    const store = new RedisStore(stage.clientOf(at(server)), { clock: () => now });
    stage.defer(() => store.close());
    const serves = async (): Promise<boolean> =>
      store.load(KEY, 0).then(
        () => true,
        () => false,
      );
    await until(serves, 'the store serves');
    for (let round = 0; round < counts.rounds; round += 1) {
      await admin.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
      now += RECHECK_MS;
      await until(async () => !(await serves()), 'the store refuses');
      await assert.rejects(store.load(KEY, 0), /maxmemory-policy/);
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      await until(serves, 'the store serves again');
    }
    return { rounds: counts.rounds, foundWithinSeconds: RECHECK_MS / 1000 };
  },
});
