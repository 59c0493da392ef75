// What an answer takes at half of what the contestant can do, on one Redis and on a cluster of three primaries.
import { CORES, pin, startContestant, startLoad } from './contest.js';
import { median } from './statistics.js';
import { startCluster, startRedis } from '../test/support/redis-server.ts';

const IDS = ['limit2', 'router-redis'];
const PEOPLE = 2_500;
const WARM_UP = 4_000;

/** `{ standalone: { [id]: { rate, p50, p99, p999 } }, cluster: … }`, medians of the rounds, milliseconds. */
export async function latency({ node, rounds, seconds }) {
  const redis = await startRedis();
  const cluster = await startCluster(3);
  for (const { pid } of [redis, ...cluster.servers]) pin(pid, CORES.load);
  const nodes = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  const result = {
    standalone: await on({ BENCH_REDIS_URL: redis.url }, { node, rounds, seconds }),
    cluster: await on({ BENCH_CLUSTER: JSON.stringify(nodes) }, { node, rounds, seconds }),
  };
  await redis.stop();
  await cluster.stop();
  return result;
}

async function on(env, { node, rounds, seconds }) {
  const load = startLoad();
  const contestants = [];
  for (const id of IDS) contestants.push(await startContestant(id, { load, people: PEOPLE, node, env }));
  const tasks = [];
  for (const contestant of contestants) {
    await contestant.run('right', WARM_UP);
    const saturated = await contestant.run('right', WARM_UP);
    tasks.push({ contestant, rate: Math.round(saturated.rate / 2), runs: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { contestant, rate, runs } of tasks) {
      const { latency: measured } = await contestant.run('right', Math.round(rate * seconds), { rate });
      runs.push(measured);
    }
  }
  for (const contestant of contestants) await contestant.stop();
  await load.stop();
  const of = (runs, name) => median(runs.map((run) => run[name]));
  return Object.fromEntries(
    tasks.map(({ contestant, rate, runs }) => [
      contestant.id,
      { rate, p50: of(runs, 'p50'), p99: of(runs, 'p99'), p999: of(runs, 'p999') },
    ]),
  );
}
