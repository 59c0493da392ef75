import assert from 'node:assert/strict';
import { describeStore, type StoreFixture } from '../../../src/store/conformance.js';
import { MemoryStore } from '../../../src/store/memory.js';
import { RedisStore } from '../../../src/store/redis.js';
import { faultCase } from '../fault-case.js';

const FEWEST_TESTS = 20;

export const c23 = faultCase({
  id: 'C23',
  claim: 'Every store keeps every promise of the port: the conformance kit, which third parties run too, passes',
  backends: ['memory', 'standalone', 'cluster', 'sentinel'],
  counts: { bounded: { runs: 1 }, full: { runs: 20 } },
  run: async ({ backend, counts, stage }) => {
    const address = await stage.backend(backend);
    const makeStore = async (): Promise<StoreFixture> => {
      if (address.kind === 'memory') return { store: new MemoryStore() };
      const client = stage.clientOf(address);
      const [store, other] = [new RedisStore(client), new RedisStore(client)];
      return { store, other, close: async () => Promise.all([store.close(), other.close()]) };
    };
    const tests = new Map<string, () => Promise<void>>();
    describeStore(backend, makeStore, {
      describe: (_name, define) => define(),
      it: (title, test) => tests.set(title, test),
    });
    assert.ok(tests.size > FEWEST_TESTS);
    for (let run = 0; run < counts.runs; run += 1) for (const test of tests.values()) await test();
    return { tests: tests.size, passed: tests.size * counts.runs };
  },
});
