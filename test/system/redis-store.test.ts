import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5';
import { describeStore } from '../../src/store/conformance.js';
import { RedisStore } from '../../src/store/redis.js';
import type { IoredisClient } from '../../src/store/redis-client.js';
import { slotOf } from '../../src/store/redis-slot.js';
import { startProxy } from '../support/redis-proxy.js';
import { freePort, startCluster, until } from '../support/redis-server.js';
import type { RedisCluster } from '../support/redis-server.js';
import {
  create,
  DOCUMENT,
  LAZY,
  LIMIT_MS,
  newKey,
  newVersion,
  NOW,
  open,
  requireUnavailable,
  serverOf,
  sharedUrl,
  storeOn,
} from '../support/redis-store.js';
import type { Disconnectable } from '../support/redis-store.js';

const CLIENTS = {
  'ioredis 6': () => new Redis(sharedUrl(), LAZY),
  'ioredis 6 over RESP2': () => new Redis(sharedUrl(), { ...LAZY, protocol: 2 }),
  'ioredis 6 with resp3 replies': () => new Redis(sharedUrl(), { ...LAZY, replyMapping: 'resp3' }),
  'ioredis 6 with a key prefix of its own, another database and automatic pipelining': () =>
    new Redis(sharedUrl(), { ...LAZY, keyPrefix: 'app*[x]:', db: 3, enableAutoPipelining: true }),
  'ioredis 5': () => new Redis5(sharedUrl(), LAZY),
  'ioredis 5 with a key prefix of its own': () => new Redis5(sharedUrl(), { ...LAZY, keyPrefix: 'app5:' }),
} as const satisfies Readonly<Record<string, () => IoredisClient & Disconnectable>>;

for (const [name, connect] of Object.entries(CLIENTS)) {
  describeStore(
    `RedisStore on ${name}`,
    async () => {
      const clients = [connect(), connect()] as const;
      const [store, other] = [new RedisStore(clients[0]), new RedisStore(clients[1])];
      return {
        store,
        other,
        close: async () => {
          await Promise.all([store.close(), other.close()]);
          for (const client of clients) client.disconnect();
        },
      };
    },
    { describe, it },
  );
}

describeStore(
  'RedisStore without continuity',
  async () => {
    const client = new Redis(sharedUrl(), LAZY);
    const store = new RedisStore(client, { continuity: false, keyPrefix: 'plain' });
    return {
      store,
      close: async () => {
        await store.close();
        client.disconnect();
      },
    };
  },
  { describe, it },
);

describe('on a cluster of three primaries', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster(3);
  }, 60_000);
  afterAll(() => cluster.stop());

  const nodes = (): { host: string; port: number }[] =>
    cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));

  const connections = {
    'ioredis 6': () => new Cluster(nodes(), LAZY),
    'ioredis 6 with a key prefix': () => new Cluster(nodes(), { ...LAZY, keyPrefix: 'app:', scaleReads: 'all' }),
    'ioredis 5': () => new Cluster5(nodes(), { ...LAZY, redisOptions: { connectionName: 'host' } }),
  } as const satisfies Readonly<Record<string, () => IoredisClient & Disconnectable>>;

  for (const [name, connect] of Object.entries(connections)) {
    describeStore(
      `RedisStore on a cluster, ${name}`,
      async () => {
        const client = connect();
        const [store, other] = [new RedisStore(client), new RedisStore(client)];
        return {
          store,
          other,
          close: async () => {
            await Promise.all([store.close(), other.close()]);
            client.disconnect();
          },
        };
      },
      { describe, it },
    );
  }

  it('the slot of a key is the one that Redis computes', async () => {
    const admin = open(new Redis(cluster.servers[0]?.port ?? 0, '127.0.0.1'));
    for (const key of ['', 'a', 'mfa:{3f}:kind:id', 'app:mfa:{00}:since', '{}a', '{a', 'x{a}{b}', '}a{b}']) {
      expect(slotOf(key)).toBe(await admin.call('cluster', 'keyslot', key));
    }
  });

  it('a node that is frozen fails its own keys in time, and no others', async () => {
    const store = storeOn(open(new Cluster(nodes(), LAZY)));
    const frozen = cluster.servers[1];
    const keys = Array.from({ length: 48 }, newKey);
    await Promise.all(keys.map((key) => create(store, key)));
    frozen?.pause();
    try {
      for (let round = 0; round < 3; round += 1) {
        const begunAt = performance.now();
        const results = await Promise.allSettled(keys.map((key) => store.load(key, NOW)));
        expect(performance.now() - begunAt).toBeLessThan(LIMIT_MS);
        const failed = results.filter((result) => result.status === 'rejected');
        expect(failed.length).toBeGreaterThan(0);
        expect(failed.length).toBeLessThan(keys.length);
        for (const { reason } of failed) expect(reason).toMatchObject({ code: 'store_unavailable' });
      }
    } finally {
      frozen?.resume();
    }
    await until(async () => {
      const results = await Promise.allSettled(keys.map((key) => store.load(key, NOW)));
      return results.every((result) => result.status === 'fulfilled' && result.value.found !== null);
    }, 'every key is served again');
  }, 30_000);

  it('a save that failed while a node was frozen is not run when it wakes', async () => {
    const store = storeOn(open(new Cluster(nodes(), LAZY)));
    await Promise.all(Array.from({ length: 24 }, () => create(store, newKey())));
    const frozen = cluster.servers[0];
    const late: string[] = [];
    frozen?.pause();
    try {
      // What is on the wire when the node is found to be silent has an unknown outcome.
      await Promise.allSettled(Array.from({ length: 24 }, () => create(store, newKey())));
      for (let round = 0; round < 3; round += 1) {
        const keys = Array.from({ length: 24 }, newKey);
        const results = await Promise.allSettled(keys.map((key) => create(store, key)));
        late.push(...keys.filter((_key, index) => results[index]?.status === 'rejected'));
      }
    } finally {
      frozen?.resume();
    }
    expect(late.length).toBeGreaterThan(0);
    await until(async () => {
      const results = await Promise.allSettled(late.map((key) => store.load(key, NOW)));
      return results.every((result) => result.status === 'fulfilled');
    }, 'every key is served again');
    for (const key of late) expect((await store.load(key, NOW)).found).toBeNull();
  }, 30_000);

  it('a node that was killed is found again when it is back', async () => {
    const store = storeOn(open(new Cluster(nodes(), LAZY)));
    const keys = Array.from({ length: 48 }, newKey);
    await Promise.all(keys.map((key) => create(store, key)));
    await cluster.servers[2]?.kill();
    const down = await Promise.allSettled(keys.map((key) => store.load(key, NOW)));
    expect(down.some((result) => result.status === 'rejected')).toBe(true);
    await cluster.servers[2]?.restart();
    await until(async () => {
      const results = await Promise.allSettled(keys.map((key) => store.load(key, NOW)));
      return results.every((result) => result.status === 'fulfilled');
    }, 'every key is served again');
  }, 30_000);
});

describe('the documents in Redis', () => {
  it('a document is one string under the prefix, with its version in front; the client’s prefix comes first', async () => {
    const admin = open(new Redis(sharedUrl()));
    const store = storeOn(open(new Redis(sharedUrl(), { ...LAZY, keyPrefix: 'layout:' })), { keyPrefix: 'here' });
    const [key, version] = [newKey(), newVersion()];
    await create(store, key, version);
    await store.load(key, NOW);
    const keys = await admin.keys(`layout:here:{??}:${key}`);
    expect(keys).toHaveLength(1);
    expect(await admin.get(keys[0] ?? '')).toBe(`${version}\na document`);
    expect(await admin.pttl(keys[0] ?? '')).toBe(-1);
  });

  it('a foreign value is neither read nor overwritten', async () => {
    const admin = open(new Redis(sharedUrl()));
    const store = storeOn(open(new Redis(sharedUrl(), { ...LAZY, keyPrefix: 'foreign:' })));
    const key = newKey();
    await create(store, key);
    const [name = ''] = await admin.keys(`foreign:mfa:{??}:${key}`);
    for (const plant of [() => admin.set(name, 'no newline'), () => admin.lpush(name, 'a list')]) {
      await admin.del(name);
      await plant();
      const before = await admin.dump(name);
      await requireUnavailable(create(store, key));
      await requireUnavailable(store.remove(key, { replaces: newVersion() }));
      await expect(store.load(key, NOW)).rejects.toMatchObject({ code: 'store_unavailable' });
      expect(await admin.dump(name)).toEqual(before);
    }
    await requireUnavailable(create(store, key), /WRONGTYPE/);
  });

  it('a load of a foreign value writes no marker', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url, LAZY)));
    const key = newKey();
    await create(store, key);
    const [name = ''] = await admin.keys('*');
    await admin.del(name);
    await admin.lpush(name, 'a list');
    await requireUnavailable(store.load(key, NOW), /WRONGTYPE/);
    expect(await admin.keys('*')).toEqual([name]);
  });

  it('a version that would not be one line is refused before anything is sent', async () => {
    const store = storeOn(open(new Redis(sharedUrl(), LAZY)));
    const key = newKey();
    for (const version of ['', 'short', `${newVersion()}\n`, `a\n${'b'.repeat(20)}`]) {
      await expect(create(store, key, version)).rejects.toThrow(RangeError);
    }
    expect((await store.load(key, NOW)).found).toBeNull();
  });

  it('a kind is listed by its name, whatever that means in a pattern', async () => {
    const store = storeOn(open(new Redis(sharedUrl(), { ...LAZY, db: 5 })));
    const kinds = ['of[x]', 'of*', 'of?', 'of\\', 'of^', 'ofx'];
    for (const kind of kinds) await create(store, `${kind}:1`);
    for (const kind of kinds) expect((await store.list(kind, null, 1000)).keys).toEqual([`${kind}:1`]);
  });

  it('scripts that the server has forgotten are sent again', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url, LAZY)));
    for (let round = 0; round < 5; round += 1) {
      await admin.script('FLUSH');
      expect(await create(store, newKey())).toBe('saved');
      await admin.script('FLUSH');
      expect((await store.load(newKey(), NOW)).found).toBeNull();
    }
  });
});

describe('continuity', () => {
  it('since is the now of the first load after the server was restarted on the same data', async () => {
    const server = await serverOf('--appendonly', 'yes', '--appendfsync', 'always');
    const store = storeOn(open(new Redis(server.url, LAZY)));
    const [key, version] = [newKey(), newVersion()];
    await create(store, key, version);
    expect((await store.load(key, NOW)).since).toBe(NOW);
    expect((await store.load(key, NOW + 1_000)).since).toBe(NOW);
    await server.restart();
    await until(() => store.load(key, NOW + 2_000).then(Boolean, () => false), 'the store is back');
    const after = await store.load(key, NOW + 3_000);
    expect(after.since).toBe(NOW + 2_000);
    expect(after.found?.version).toBe(version);
  }, 20_000);

  it('a new process and a lost connection cost nothing', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const key = newKey();
    const first = storeOn(open(new Redis(server.url, LAZY)));
    await first.load(key, NOW);
    await admin.call('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    await until(() => first.load(key, NOW + 1_000).then(Boolean, () => false), 'the connection is back');
    expect((await first.load(key, NOW + 1_000)).since).toBe(NOW);
    expect((await storeOn(open(new Redis(server.url, LAZY))).load(key, NOW + 2_000)).since).toBe(NOW);
  });

  it('without continuity since is 0 and nothing but documents is written', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url)), { continuity: false });
    const key = newKey();
    await create(store, key);
    expect((await store.load(key, NOW)).since).toBe(0);
    expect(await admin.dbsize()).toBe(1);
  });

  it('where INFO is forbidden loads fail, which a check foretells; neither fails without continuity', async () => {
    const server = await serverOf('--rename-command', 'INFO', 'INFO_IS_HIDDEN');
    const client = open(new Redis(server.url, { enableReadyCheck: false }));
    await requireUnavailable(storeOn(client).load(newKey(), NOW), /INFO is forbidden: .*continuity: false/);
    await requireUnavailable(storeOn(client).check(), /INFO is forbidden: .*continuity: false/);
    const store = storeOn(client, { continuity: false });
    await store.check();
    expect((await store.load(newKey(), NOW)).since).toBe(0);
  });
});

describe('when Redis fails', () => {
  it.each([
    ['whether the server may be used', 'maxmemory-policy', true, {}],
    ['that it has no such script', 'NOSCRIPT', false, { continuity: false, evictionPolicy: 'noeviction' }],
  ] as const)(
    'nothing is sent for a caller who was told that it failed: %s is known too late',
    async (_what, reply, hasScripts, options) => {
      const server = await serverOf();
      const proxy = await startProxy(server.port);
      if (hasScripts) await create(storeOn(open(new Redis(server.url, LAZY))), newKey());
      const pass = proxy.hold(reply);
      // The caller waits from now on, and what is asked for him only from the third attempt to connect.
      proxy.refuse(2);
      const store = storeOn(open(new Redis(proxy.port, '127.0.0.1', LAZY)), options);
      const key = newKey();
      await requireUnavailable(create(store, key));
      pass();
      for (let look = 0; look < 3; look += 1) expect((await store.load(key, NOW)).found).toBeNull();
    },
  );

  it('a place in the keys that no server gives is no cursor, and no failure of Redis', async () => {
    const store = storeOn(open(new Redis(sharedUrl(), LAZY)));
    const at = (position: bigint): string => Buffer.from(`0 ${position.toString()}`).toString('base64url');
    await expect(store.list('entity:default', at(2n ** 64n), 10)).rejects.toMatchObject({ code: 'invalid_request' });
    await store.list('entity:default', at(2n ** 64n - 1n), 10);
  });

  it('the first call right after construction succeeds, and so do a hundred', async () => {
    for (const client of [open(new Redis(sharedUrl())), open(new Redis5(sharedUrl(), LAZY))]) {
      const store = storeOn(client);
      const answers = await Promise.all(Array.from({ length: 100 }, () => create(store, newKey())));
      expect(new Set(answers)).toEqual(new Set(['saved']));
    }
  });

  it.each([
    ['ioredis 6', (port: number) => new Redis(port, '127.0.0.1', LAZY)],
    ['ioredis 5', (port: number) => new Redis5(port, '127.0.0.1', LAZY)],
    ['a cluster', (port: number) => new Cluster([{ host: '127.0.0.1', port }], LAZY)],
  ])('a refused connection fails every verb in time (%s)', async (_name, connect) => {
    const store = storeOn(open(connect(await freePort())));
    for (let round = 0; round < 2; round += 1) {
      await Promise.all([
        requireUnavailable(store.load(newKey(), NOW)),
        requireUnavailable(create(store, newKey())),
        requireUnavailable(store.remove(newKey(), { replaces: newVersion() })),
        requireUnavailable(store.list('kind', null, 10)),
      ]);
    }
  });

  it('a server that comes up within the deadline is waited for', async () => {
    const server = await serverOf();
    await server.kill();
    const store = storeOn(open(new Redis(server.url, LAZY)));
    await requireUnavailable(store.load(newKey(), NOW));
    await server.restart();
    await until(() => store.load(newKey(), NOW).then(Boolean, () => false), 'the store is back');
  }, 20_000);

  it.each([
    ['ioredis 6', (url: string) => new Redis(url, LAZY)],
    ['ioredis 5', (url: string) => new Redis5(url, LAZY)],
  ])(
    'a frozen server fails in time, and what failed is not run when it wakes (%s)',
    async (_name, connect) => {
      const server = await serverOf();
      const store = storeOn(open(connect(server.url)));
      await create(store, newKey());
      server.pause();
      const late: string[] = [];
      try {
        // This one is on the wire when the server is found to be silent: its outcome is unknown.
        await requireUnavailable(create(store, newKey()));
        for (let round = 0; round < 3; round += 1) {
          const keys = Array.from({ length: 5 }, newKey);
          late.push(...keys);
          await Promise.all(keys.map((key) => requireUnavailable(create(store, key))));
        }
      } finally {
        server.resume();
      }
      const key = newKey();
      await until(() => create(store, key).then(Boolean, () => false), 'the store is back');
      for (const each of late) expect((await store.load(each, NOW)).found).toBeNull();
    },
    20_000,
  );

  it('a store that is built while the server is frozen queues nothing', async () => {
    const server = await serverOf();
    await create(storeOn(open(new Redis(server.url, LAZY))), newKey());
    server.pause();
    const store = storeOn(open(new Redis(server.url, LAZY)));
    const late = newKey();
    try {
      await requireUnavailable(create(store, late));
    } finally {
      server.resume();
    }
    await until(() => store.load(late, NOW).then(Boolean, () => false), 'the store is back');
    expect((await store.load(late, NOW)).found).toBeNull();
  }, 20_000);

  it.each([
    ['ioredis 6', (port: number) => new Redis(port, '127.0.0.1', LAZY)],
    ['ioredis 5', (port: number) => new Redis5(port, '127.0.0.1', LAZY)],
  ])(
    'a write whose reply is lost fails at once, ran once, and is saved when its caller sends it again (%s)',
    async (_name, connect) => {
      const server = await serverOf();
      const admin = open(new Redis(server.url));
      const proxy = await startProxy(server.port);
      const store = storeOn(open(connect(proxy.port)));
      await create(store, newKey());
      await admin.config('RESETSTAT');
      const [key, version] = [newKey(), newVersion()];
      proxy.dropNextReply();
      await requireUnavailable(create(store, key, version));
      await until(() => store.load(newKey(), NOW).then(Boolean, () => false), 'the connection is back');
      const stats = await admin.info('commandstats');
      expect(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1]).toBe('2'); // the document, and the marker of the load
      expect(await create(store, key, version)).toBe('saved');
      expect((await store.load(key, NOW)).found?.version).toBe(version);
    },
  );

  it('a full server under noeviction refuses the write and keeps what is there', async () => {
    const server = await serverOf('--maxmemory-policy', 'noeviction');
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url, LAZY)));
    const [key, version] = [newKey(), newVersion()];
    await create(store, key, version);
    await store.load(key, NOW);
    await admin.config('SET', 'maxmemory', '1mb');
    await requireUnavailable(create(store, newKey()), /OOM/);
    await requireUnavailable(store.save(key, DOCUMENT, { version: newVersion(), replaces: version }), /OOM/);
    expect((await store.load(key, NOW)).found?.version).toBe(version);
  });

  it('a primary that has lost its replicas, or has become one, refuses the write; then it recovers', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url, LAZY)));
    await create(store, newKey());
    await admin.config('SET', 'min-replicas-to-write', '1');
    await requireUnavailable(create(store, newKey()), /NOREPLICAS/);
    await admin.config('SET', 'min-replicas-to-write', '0');
    await admin.replicaof('127.0.0.1', await freePort());
    await requireUnavailable(create(store, newKey()), /READONLY/);
    await admin.replicaof('NO', 'ONE');
    await until(() => create(store, newKey()).then(Boolean, () => false), 'the store is back');
  });

  it('a missing password, a forbidden script and a busy server are the same error', async () => {
    const server = await serverOf('--requirepass', 'open-sesame');
    await requireUnavailable(create(storeOn(open(new Redis(server.url, LAZY))), newKey()));
    const admin = open(new Redis(server.url, { password: 'open-sesame' }));
    await admin.call('acl', 'setuser', 'weak', 'on', '>weak', '~*', '+@all', '-evalsha', '-eval');
    const weak = open(new Redis(server.url, { username: 'weak', password: 'weak' }));
    await requireUnavailable(create(storeOn(weak), newKey()), /NOPERM/);
    const store = storeOn(admin);
    await create(store, newKey());
    await admin.config('SET', 'busy-reply-threshold', '50');
    const endless = open(new Redis(server.url, { password: 'open-sesame', retryStrategy: null }));
    endless.eval('while true do end', 0).catch(() => undefined);
    await until(
      () =>
        admin.ping().then(
          () => false,
          (error: unknown) => error instanceof Error && error.message.startsWith('BUSY'),
        ),
      'the server is busy',
    );
    await requireUnavailable(create(store, newKey()));
    await admin.script('KILL');
    await until(() => create(store, newKey()).then(Boolean, () => false), 'the store is back');
  }, 20_000);
});

describe('construction and end', () => {
  it.each([
    ['a URL', 'redis://:password@localhost', /got a string/],
    ['nothing', undefined, /got undefined/],
    ['null', null, /got null/],
    ['a node-redis client', { isOpen: true, sendCommand: () => 0, duplicate: () => 0 }, /node-redis/],
    ['options', { host: 'localhost' }, /an object of class Object/],
    ['the class', Redis, /got a function/],
  ])('%s instead of a client is a TypeError that says so', (_name, client, message) => {
    // @ts-expect-error: what a program without types may hand over
    const construct = (): unknown => new RedisStore(client);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
    expect(construct).not.toThrow(/password/);
  });

  it.each(['', 'a*', '{a}', 'with space', 'x'.repeat(65)])('the key prefix %p is refused', (keyPrefix) => {
    const client = open(new Redis(sharedUrl()));
    expect(() => new RedisStore(client, { keyPrefix })).toThrow(/keyPrefix/);
  });

  it('the client that was handed over is left as it was', async () => {
    const client = open(new Redis(sharedUrl(), LAZY));
    const store = storeOn(client);
    await create(store, newKey());
    expect(client.status).toBe('wait');
    await store.close();
    expect(await client.ping()).toBe('PONG');
  });

  it('close lets what was begun end, refuses what comes later, and may be called twice', async () => {
    const server = await serverOf();
    const admin = open(new Redis(server.url));
    const store = storeOn(open(new Redis(server.url, { connectionName: 'of-the-store' })));
    await create(store, newKey());
    const begun = Array.from({ length: 20 }, () => create(store, newKey()));
    await Promise.all([store.close(), store.close()]);
    expect(new Set(await Promise.all(begun))).toEqual(new Set(['saved']));
    await requireUnavailable(store.load(newKey(), NOW), /closed/);
    const connections = async (): Promise<number> =>
      String(await admin.client('LIST')).split('name=of-the-store').length - 1;
    await until(async () => (await connections()) === 1, 'only the connection of the host is left');
  });

  it('close ends in time where there is no server, and what waits for one fails at once', async () => {
    const store = storeOn(open(new Redis(await freePort(), '127.0.0.1', LAZY)));
    const waiting = requireUnavailable(store.load(newKey(), NOW), /closed/);
    const begunAt = performance.now();
    await store.close();
    await waiting;
    expect(performance.now() - begunAt).toBeLessThan(LIMIT_MS);
  });
});
