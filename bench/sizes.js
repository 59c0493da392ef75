// What an enrolled entity weighs, and whether many of them make a verification slower.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { generateSecret } from 'otplib';
import { createMfa, MemoryStore } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { codeAt } from './codes.js';
import { CORES, pin, startContestant, startLoad } from './contest.js';
import { retry } from './retry.js';
import { median, ratio } from './statistics.js';
import { startRedis } from '../test/support/redis-server.ts';

const PEOPLE = 1_000;
const AT_ONCE = 500;
/** Turns of each size in a round: few sizes take turns, and their ratio is close to 1. */
const TURNS = 3;
const MINUTE = 60_000;

/** For each size: bytes per entity in Redis, the rate of verification, and its ratio to that at the smallest size. */
export async function sizes({ node, counts, rounds, seconds }) {
  const load = startLoad();
  const tasks = [];
  for (const count of counts) {
    const redis = await startRedis();
    pin(redis.pid, CORES.load);
    const loaded = await loadEntities(redis, count);
    const contestant = await startContestant('router-redis', {
      label: `router-redis among ${count}`,
      load,
      people: PEOPLE,
      node,
      env: { BENCH_REDIS_URL: redis.url },
    });
    tasks.push({ count, redis, contestant, rates: [], ...loaded });
  }
  for (const task of tasks) {
    const { rate } = await task.contestant.run('right', 6_000);
    task.amount = Math.round(rate * seconds);
  }
  for (const task of tasks) task.before = await processorOf(task.redis);
  const turns = TURNS * rounds;
  for (let turn = 0; turn < turns; turn += 1) {
    // Forth and back: what drifts is to favour none.
    for (const { contestant, amount, rates } of turn % 2 === 0 ? tasks : tasks.toReversed()) {
      rates.push((await contestant.run('right', amount)).rate);
    }
  }
  for (const task of tasks) {
    task.microseconds = ((await processorOf(task.redis)) - task.before) / (task.amount * turns);
  }
  for (const { contestant, redis } of tasks) {
    await contestant.stop();
    await redis.stop();
  }
  await load.stop();
  const [smallest] = tasks;
  return tasks.map(({ count, bytes, secondsToLoad, microseconds, rates }) => ({
    count,
    bytes,
    secondsToLoad,
    redisMicroseconds: Math.round(microseconds),
    rate: Math.round(median(rates)),
    toSmallest: ratio(rates, smallest.rates),
  }));
}

/** Microseconds of processor that a server has taken so far. */
async function processorOf({ url }) {
  const client = new Redis(url);
  const info = await client.info('cpu');
  client.disconnect();
  const [user, system] = ['user', 'sys'].map((kind) =>
    Number(new RegExp(`^used_cpu_${kind}:([\\d.]+)`, 'm').exec(info)[1]),
  );
  return (user + system) * 1e6;
}

/** Entities a second that `list` and `rekey` get through. */
export async function administration({ count }) {
  const redis = await startRedis();
  pin(redis.pid, CORES.load);
  const [old, present] = [randomBytes(32), randomBytes(32)];
  await loadEntities(redis, count, old);
  const client = new Redis(redis.url);
  const store = new RedisStore(client, { keyPrefix: 'bench' });
  const { admin } = createMfa({ issuer: 'Acme', store, keys: [present, old] });
  const pagesOf = async (next) => {
    const startedAt = performance.now();
    let seen = 0;
    for (let cursor = null; ;) {
      const page = await next({ cursor, limit: 1_000 });
      seen += page.entities?.length ?? page.rekeyed;
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    if (seen < count) throw new Error(`${seen} of ${count} entities were seen`);
    return Math.round(seen / ((performance.now() - startedAt) / 1_000));
  };
  const rates = {
    count,
    list: await pagesOf((page) => admin.list(page)),
    rekey: await pagesOf((page) => admin.rekey(page)),
  };
  await store.close();
  client.disconnect();
  await redis.stop();
  return rates;
}

/** Microseconds of a Redis server's processor for one look at a record, which is what a guarded request asks for. */
export async function look({ count }) {
  const redis = await startRedis();
  pin(redis.pid, CORES.load);
  const client = new Redis(redis.url);
  const store = new RedisStore(client, { keyPrefix: 'bench' });
  const names = await fill(store, 1_000, randomBytes(32));
  const before = await processorOf(redis);
  for (let done = 0; done < count; done += AT_ONCE) {
    const asked = Array.from({ length: AT_ONCE }, (_, index) => names[(done + index) % names.length]);
    await Promise.all(asked.map((name) => store.load(name, Date.now())));
  }
  const microseconds = Math.round(((await processorOf(redis)) - before) / count);
  await store.close();
  client.disconnect();
  await redis.stop();
  return { redisMicroseconds: microseconds };
}

/** Bytes of the heap and outside it, per entity of a MemoryStore. */
export async function memoryStore({ count }) {
  const before = await usedNow();
  const store = new MemoryStore({ maxDocuments: 2 * count });
  const [name] = await fill(store, count, randomBytes(32));
  const bytes = Math.round(((await usedNow()) - before) / count);
  // Asked once more, or it might be gone before it was weighed.
  await store.load(name, Date.now());
  return { count, bytes };
}

/** What buffers had is given back a while after they are collected. */
async function usedNow() {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc();
    await setTimeout(100);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function loadEntities(redis, count, key = randomBytes(32)) {
  const client = new Redis(redis.url);
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
  const store = new RedisStore(client, { keyPrefix: 'bench' });
  await store.load('entity:default:none', Date.now());
  const before = await used();
  const startedAt = performance.now();
  await fill(store, count, key);
  const secondsToLoad = Math.round((performance.now() - startedAt) / 1_000);
  await store.close();
  const bytes = Math.round(((await used()) - before) / count);
  client.disconnect();
  return { bytes, secondsToLoad };
}

/**
 * Puts as many entities into the store: one that the library made, with one verified factor and one ended challenge,
 * under other identities, with other SIDs and secrets, each sealed with its own key. Answers their names.
 */
async function fill(store, count, key) {
  const { Secret, vault, entity } = await template(key);
  const names = [];
  for (let done = 0; done < count; done += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - done) }, () => {
      const identity = randomUUID();
      const factors = entity.factors.map((factor) => ({
        ...factor,
        sid: sid('YF'),
        secret: new Secret(randomBytes(20)),
      }));
      const challenges = entity.challenges.map((challenge) => ({
        ...challenge,
        sid: sid('YC'),
        factorSid: factors[0].sid,
      }));
      const name = vault.keyOf(identity);
      names.push(name);
      const document = vault.seal(name, { identity, entity: { ...entity, factors, challenges } });
      const version = randomBytes(16).toString('base64url');
      // A disk may hold Redis up for longer than the store waits. What was written after all is not written twice.
      return retry(() => store.save(name, document, { version, replaces: null }), { tries: 10, pause: () => 1_000 });
    });
    await Promise.all(batch);
  }
  return names;
}

async function template(key) {
  const internal = (path) => import(new URL(`node_modules/passport-factors/dist/cjs/${path}`, import.meta.url).href);
  const { Vault } = await internal('vault/vault.js');
  const { Keyring } = await internal('vault/keyring.js');
  const { Secret } = await internal('domain/secret.js');
  let now = Date.now();
  const store = new MemoryStore();
  const mfa = createMfa({ issuer: 'Acme', store, keys: [key], clock: { now: () => now } });
  const identity = randomUUID();
  const secret = generateSecret();
  await mfa.factors.import({ identity, secret, friendlyName: "Ann's phone" });
  now += 2 * MINUTE;
  const { status } = await mfa.challenges.create({ identity, code: codeAt(secret, now) });
  if (status !== 'approved') throw new Error(`the template's challenge is ${status}`);
  const vault = new Vault('default', new Keyring([key]));
  const name = vault.keyOf(identity);
  const { found } = await store.load(name, now);
  return { Secret, vault, entity: vault.open(name, found.document).entity };
}

const sid = (prefix) => prefix + randomBytes(16).toString('hex');
