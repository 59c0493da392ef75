// What a verification and a look are made of.
import { CORES, pin, startContestant, startLoad } from './contest.js';
import { startRedis } from '../test/support/redis-server.ts';

const PROFILED = {
  right: ['passport-totp', 'limit2', 'by-hand', 'router-redis'],
  look: ['page-bare', 'page-limit0', 'page-limit1', 'page-redis-30s', 'page-redis'],
};
const PEOPLE = 512;
const WARM_UP = 12_000;
const AMOUNT = 4_096;

/** `{ [kind]: { [id]: { [part]: … } } }`: microseconds of one request, the profiler's own among them. */
export async function profiles({ node, rounds }) {
  const redis = await startRedis();
  pin(redis.pid, CORES.load);
  const result = {};
  for (const [kind, ids] of Object.entries(PROFILED)) {
    const load = startLoad();
    const contestants = [];
    for (const id of ids) {
      const contestant = await startContestant(id, { load, people: PEOPLE, node, env: { BENCH_REDIS_URL: redis.url } });
      await contestant.run(kind, WARM_UP);
      contestants.push({ contestant, spent: {} });
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { contestant, spent } of contestants) {
        // Their last turn is longer ago than `grant.recheck` remembers.
        await contestant.run(kind, PEOPLE);
        const parts = await contestant.profile(() => contestant.run(kind, AMOUNT));
        for (const [part, time] of Object.entries(parts)) spent[part] = (spent[part] ?? 0) + time / AMOUNT / rounds;
      }
    }
    result[kind] = Object.fromEntries(contestants.map(({ contestant, spent }) => [contestant.id, spent]));
    for (const { contestant } of contestants) await contestant.stop();
    await load.stop();
  }
  await redis.stop();
  return result;
}
