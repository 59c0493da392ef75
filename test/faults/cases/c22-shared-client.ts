import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { create, newVersion } from '../../../src/store/conformance-steps.js';
import { RedisStore } from '../../../src/store/redis.js';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';

const NOW = 1_700_000_000_000;

/** What the host does with its client meanwhile; gives a check that its own work went well. */
const USES: Readonly<Record<string, (client: Redis, publisher: Redis) => Promise<() => Promise<void>>>> = {
  'as a subscriber': async (client, publisher) => {
    const heard: string[] = [];
    client.on('message', (_channel, message) => heard.push(message));
    await client.subscribe('news');
    return async () => {
      await publisher.publish('news', 'hello');
      await until(() => heard.includes('hello'), 'the subscriber hears');
    };
  },
  'within MULTI': async (client) => {
    await client.multi({ pipeline: false });
    await client.set('of the host', 'value');
    return async () => {
      assert.deepEqual(await client.exec(), [[null, 'OK']]);
    };
  },
  'as a monitor': async (client) => {
    const monitor = await client.monitor();
    return async () => monitor.disconnect();
  },
  'with the defaults of ioredis, connected to nothing': async () => async () => undefined,
};

export const c22 = faultCase({
  id: 'C22',
  claim:
    'A client that the host subscribes, puts into MULTI, monitors with or never connects serves the store, and stays the host’s own',
  backends: Object.keys(USES),
  counts: { bounded: { runs: 2 }, full: { runs: 100 } },
  run: async ({ backend, counts, stage }) => {
    const server = await stage.redis();
    const publisher = stage.admin(server);
    let verbs = 0;
    for (let run = 0; run < counts.runs; run += 1) {
      const isConnected = backend !== 'with the defaults of ioredis, connected to nothing';
      const client = stage.opened(new Redis(server.url, { lazyConnect: !isConnected }));
      const check = await USES[backend]?.(client, publisher);
      const store = new RedisStore(client);
      const key = `kind:${run}`;
      const version = await create(store, key);
      const { found } = await store.load(key, NOW);
      assert.equal(found?.version, version);
      const next = { version: newVersion(), replaces: version };
      assert.equal(await store.save(key, Buffer.from('next'), next), 'saved');
      assert.deepEqual((await store.list('kind', null, 1000)).keys.includes(key), true);
      assert.equal(await store.remove(key, { replaces: next.version }), 'removed');
      verbs += 5;
      await check?.();
      await store.close();
      if (!isConnected) assert.equal(client.status, 'wait');
      client.disconnect();
    }
    return { verbs };
  },
});
