import { Cluster, Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import type { IoredisClient } from '../../src/store/redis-client.js';
import type { RedisStore, RedisStoreOptions } from '../../src/store/redis.js';
import { TestClock } from '../support/clock.js';
import { startProxy } from '../support/redis-proxy.js';
import { freePort, startCluster, until } from '../support/redis-server.js';
import type { RedisServer } from '../support/redis-server.js';
import {
  closeAfterwards,
  create,
  LAZY,
  newKey,
  newVersion,
  NOW,
  open,
  requireUnavailable,
  serverOf,
  storeOn,
} from '../support/redis-store.js';
import type { Disconnectable } from '../support/redis-store.js';

const LIMITED = ['--maxmemory', '100mb'];
const EVICTING = [...LIMITED, '--maxmemory-policy', 'allkeys-lru'];
const MAY_EVICT = /maxmemory 104857600 and maxmemory-policy allkeys-lru: .*; set maxmemory-policy noeviction$/;

/** The process warnings of a test, instead of their being printed. */
let warnings: unknown[] = [];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...given) => void warnings.push(given));
});
afterEach(() => jest.restoreAllMocks());

const lazily = (server: RedisServer): Redis => open(new Redis(server.url, LAZY));
const admin = (server: RedisServer): Redis => open(new Redis(server.url));

async function requireRefused(call: Promise<unknown>, message: RegExp): Promise<void> {
  await expect(call).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringMatching(message) });
}

async function requireEveryVerbRefused(store: RedisStore, message: RegExp): Promise<void> {
  await requireRefused(store.load(newKey(), NOW), message);
  await requireRefused(create(store, newKey()), message);
  await requireRefused(store.remove(newKey(), { replaces: newVersion() }), message);
  await requireRefused(store.list('kind', null, 10), message);
}

/** How often a server was asked for its configuration. */
async function questions(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  return Number(/cmdstat_config\|get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('eviction', () => {
  it.each([
    ['ioredis 6', (url: string) => new Redis(url, LAZY)],
    ['ioredis 6 over RESP2', (url: string) => new Redis(url, { ...LAZY, protocol: 2 })],
    ['ioredis 6 with resp3 replies', (url: string) => new Redis(url, { ...LAZY, replyMapping: 'resp3' })],
    ['ioredis 5', (url: string) => new Redis5(url, LAZY)],
  ] satisfies readonly (readonly [string, (url: string) => IoredisClient & Disconnectable])[])(
    'a server that may evict is not used, not even once, until it is set right (%s)',
    async (_name, connect) => {
      const server = await serverOf(...EVICTING);
      const store = storeOn(open(connect(server.url)));
      await Promise.all(Array.from({ length: 10 }, () => requireRefused(create(store, newKey()), MAY_EVICT)));
      await requireEveryVerbRefused(store, MAY_EVICT);
      await requireRefused(store.check(), MAY_EVICT);
      expect(await admin(server).dbsize()).toBe(0);
      await admin(server).config('SET', 'maxmemory-policy', 'noeviction');
      expect(await create(store, newKey())).toBe('saved');
      expect(warnings).toEqual([[expect.stringMatching(MAY_EVICT), { type: 'MfaWarning' }]]);
    },
  );

  it('whoever starts the program is warned, before anybody uses it', async () => {
    storeOn(lazily(await serverOf(...EVICTING)));
    await until(() => warnings.length > 0, 'the warning');
    expect(warnings).toEqual([[expect.stringMatching(MAY_EVICT), { type: 'MfaWarning' }]]);
  });

  it.each(['volatile-ttl', 'volatile-lru', 'allkeys-random'])('%s is no better', async (policy) => {
    const server = await serverOf(...LIMITED, '--maxmemory-policy', policy);
    await requireRefused(storeOn(lazily(server)).load(newKey(), NOW), new RegExp(`maxmemory-policy ${policy}`));
  });

  it('a server without a limit, or that refuses writes when it is full, is used', async () => {
    for (const args of [['--maxmemory-policy', 'allkeys-lru'], LIMITED]) {
      expect(await create(storeOn(lazily(await serverOf(...args))), newKey())).toBe('saved');
    }
    expect(warnings).toEqual([]);
  });

  it('a policy that is changed while the store is used is found a minute later, and its repair at once', async () => {
    const server = await serverOf(...LIMITED);
    const clock = new TestClock();
    const store = storeOn(lazily(server), { clock: () => clock.now() });
    await create(store, newKey());
    await admin(server).config('SET', 'maxmemory-policy', 'allkeys-lru');
    clock.advance(59_999);
    await store.load(newKey(), NOW);
    clock.advance(1);
    // The verb that finds the question due asks it and does not wait for the answer.
    await store.load(newKey(), NOW);
    await until(() => store.load(newKey(), NOW).then(() => false, Boolean), 'the store has the answer');
    await requireEveryVerbRefused(store, MAY_EVICT);
    await admin(server).config('SET', 'maxmemory-policy', 'noeviction');
    await store.load(newKey(), NOW);
  });

  it('a server is asked once by however many verbs, and again once a minute', async () => {
    const server = await serverOf();
    const observer = admin(server);
    const clock = new TestClock();
    const store = storeOn(lazily(server), { clock: () => clock.now() });
    const storm = (): Promise<unknown> => Promise.all(Array.from({ length: 50 }, () => create(store, newKey())));
    await storm();
    const once = await questions(observer);
    expect(once).toBeGreaterThan(0);
    await storm();
    expect(await questions(observer)).toBe(once);
    clock.advance(60_000);
    await storm();
    await until(async () => (await questions(observer)) === 2 * once, 'the second question');
    await storm();
    expect(await questions(observer)).toBe(2 * once);
  });

  it('a server whose answer is lost is not used', async () => {
    const server = await serverOf(...EVICTING);
    const proxy = await startProxy(server.port);
    const store = storeOn(open(new Redis(proxy.port, '127.0.0.1', LAZY)));
    await requireRefused(create(store, newKey()), MAY_EVICT);
    await admin(server).config('SET', 'maxmemory-policy', 'noeviction');
    proxy.dropNextReply();
    await requireUnavailable(create(store, newKey()), /connection lost/);
    expect(await admin(server).dbsize()).toBe(0);
    await until(() => create(store, newKey()).then(Boolean, () => false), 'the store is back');
  });

  it('a server that took the address of another is asked before it is used', async () => {
    const [first, second] = [await serverOf(...LIMITED), await serverOf(...EVICTING)];
    const proxy = await startProxy(first.port);
    const store = storeOn(open(new Redis(proxy.port, '127.0.0.1', LAZY)));
    await create(store, newKey());
    proxy.moveTo(second.port);
    await until(
      () => create(store, newKey()).then(Boolean, (error: unknown) => MAY_EVICT.test(String(error))),
      'the store has an answer',
    );
    await requireEveryVerbRefused(store, MAY_EVICT);
    expect(await admin(second).dbsize()).toBe(0);
  });

  it('allowEviction serves all the same, with one warning', async () => {
    const server = await serverOf(...EVICTING);
    const store = storeOn(lazily(server), { allowEviction: 'i-understand' });
    for (let round = 0; round < 3; round += 1) expect(await create(store, newKey())).toBe('saved');
    expect((await store.check()).map(({ code }) => code)).toContain('eviction');
    expect(warnings).toEqual([[expect.stringMatching(MAY_EVICT), { type: 'MfaWarning' }]]);
  });
});

describe('where CONFIG is forbidden', () => {
  const hidden = (): Promise<RedisServer> => serverOf('--rename-command', 'CONFIG', '');

  it('the store says what to do, and serves on the operator’s word', async () => {
    const server = await hidden();
    await requireEveryVerbRefused(storeOn(lazily(server)), /allow CONFIG GET, .* evictionPolicy: 'noeviction'/);
    const store = storeOn(lazily(server), { evictionPolicy: 'noeviction' });
    warnings = [];
    expect(await create(store, newKey())).toBe('saved');
    expect(await store.check()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('who has given the word is not asked', async () => {
    const server = await serverOf(...EVICTING);
    const store = storeOn(lazily(server), { evictionPolicy: 'noeviction' });
    expect(await create(store, newKey())).toBe('saved');
    await store.check();
    expect(await questions(admin(server))).toBe(0);
  });

  it('allowEviction needs no word', async () => {
    const store = storeOn(lazily(await hidden()), { allowEviction: 'i-understand' });
    expect(await create(store, newKey())).toBe('saved');
    expect(warnings).toEqual([[expect.stringMatching(/does not tell its maxmemory-policy/), { type: 'MfaWarning' }]]);
  });

  it.each([
    ['allowEviction', true, /allowEviction may only be 'i-understand', got a boolean/],
    ['allowEviction', 'yes', /allowEviction may only be 'i-understand', got "yes"/],
    ['evictionPolicy', 'allkeys-lru', /evictionPolicy may only be 'noeviction', got "allkeys-lru"/],
  ])('%s: %p is refused', async (name, value, message) => {
    const client = lazily(await serverOf());
    // What a program without types may hand over.
    const options = { [name]: value } as RedisStoreOptions;
    expect(() => storeOn(client, options)).toThrow(RangeError);
    expect(() => storeOn(client, options)).toThrow(message);
  });
});

describe('persistence and replicas', () => {
  const findings = async (...args: readonly string[]): Promise<readonly string[]> => {
    const store = storeOn(lazily(await serverOf(...args)));
    await Promise.all(Array.from({ length: 10 }, () => store.load(newKey(), NOW)));
    await store.load(newKey(), NOW);
    return (await store.check()).map(({ code }) => code);
  };
  const AOF = ['--appendonly', 'yes'];
  const SYNCED = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];

  it('a server that keeps nothing on disk is used, with one warning for each store', async () => {
    expect(await findings('--save', '')).toEqual(['no_persistence', 'no_replicas']);
    const warning = /appendonly no and no save points: a restart loses every second factor; set appendonly yes$/;
    expect(warnings).toEqual([[expect.stringMatching(warning), { type: 'MfaWarning' }]]);
    await findings('--save', '');
    expect(warnings).toHaveLength(2);
  });

  it('a server that is free to keep it late is used, with one warning', async () => {
    expect(await findings(...AOF, '--appendfsync', 'no')).toEqual(['no_fsync', 'no_replicas']);
    expect(warnings).toEqual([[expect.stringMatching(/set appendfsync everysec$/), { type: 'MfaWarning' }]]);
  });

  it('what many choose knowingly is found and not warned of', async () => {
    expect(await findings('--save', '3600 1')).toEqual(['snapshots_only', 'no_replicas']);
    expect(await findings(...AOF)).toEqual(['no_replicas']);
    expect(warnings).toEqual([]);
  });

  it('of a server that keeps everything at once and in two places there is nothing to find', async () => {
    const store = async (...args: readonly string[]): Promise<RedisStore> =>
      storeOn(lazily(await serverOf(...AOF, ...args)), { continuity: false });
    expect(await (await store(...SYNCED)).check()).toEqual([]);
    const lagging = await (await store('--min-replicas-to-write', '1')).check();
    expect(lagging).toEqual([{ code: 'replica_lag', message: expect.stringMatching(/max-lag 10: .* the last 10 s/) }]);
  });
});

describe('check', () => {
  it('asks at once, and what it finds is true for verbs too', async () => {
    const server = await serverOf(...LIMITED);
    const store = storeOn(lazily(server));
    await store.check();
    await admin(server).config('SET', 'maxmemory-policy', 'allkeys-lru');
    await create(store, newKey());
    await requireRefused(store.check(), MAY_EVICT);
    await requireEveryVerbRefused(store, MAY_EVICT);
  });

  it('writes nothing', async () => {
    const server = await serverOf();
    await storeOn(lazily(server)).check();
    expect(await admin(server).dbsize()).toBe(0);
  });

  it('fails in time where there is no server, whatever was attested', async () => {
    const client = open(new Redis(await freePort(), '127.0.0.1', LAZY));
    await requireUnavailable(storeOn(client).check(), /ECONNREFUSED/);
    await requireUnavailable(storeOn(client, { evictionPolicy: 'noeviction' }).check(), /ECONNREFUSED/);
  });
});

describe('on a cluster', () => {
  it('a primary that may evict, or is away, costs its own keys and no others', async () => {
    const cluster = await startCluster(3);
    closeAfterwards(() => cluster.stop());
    const admins = cluster.servers.map(admin);
    for (const each of admins) await each.config('SET', 'cluster-require-full-coverage', 'no');
    const nodes = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const store = storeOn(open(new Cluster(nodes, LAZY)));
    expect((await store.check()).filter(({ code }) => code === 'no_replicas')).toHaveLength(3);
    const outcomes = async (): Promise<readonly string[]> => {
      const saves = Array.from({ length: 48 }, () =>
        create(store, newKey()).catch((error: unknown) => (MAY_EVICT.test(String(error)) ? 'may evict' : 'away')),
      );
      return [...new Set(await Promise.all(saves))].sort();
    };

    await admins[0]?.config('SET', 'maxmemory', '100mb');
    await admins[0]?.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await requireRefused(store.check(), MAY_EVICT);
    expect(await outcomes()).toEqual(['may evict', 'saved']);
    expect(await admins[0]?.dbsize()).toBe(0);

    await cluster.servers[1]?.kill();
    expect(await outcomes()).toEqual(['away', 'may evict', 'saved']);
    await requireRefused(store.check(), /^Redis cannot be used: no answer within 500 ms/);
  }, 30_000);
});
