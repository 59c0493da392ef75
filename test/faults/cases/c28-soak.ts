import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { until, type RedisServer } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { runIdOf, writtenOut } from '../redis-state.js';
import { at } from '../stage.js';
import { startTraffic } from '../traffic.js';

const PAST_QUARANTINE_MS = 90_000;
const BETWEEN_FAULTS_MS = 2_000;
const MB = 2 ** 20;
/** The first samples are of a process that warms up. */
const WARM_UP_SECONDS = 300;
const GROWTH_MB_PER_HOUR = 10;

const FAULTS: readonly ((server: RedisServer) => Promise<void>)[] = [
  (server) => server.restart(),
  async (server) => {
    server.pause();
    await delay(800);
    server.resume();
  },
];

interface Sample {
  readonly seconds: number;
  /** MB of all processes, after a collection of garbage. */
  readonly heap: number;
  readonly rss: number;
}

export const c28 = faultCase({
  id: 'C28',
  claim:
    'Half an hour of load, with Redis killed or frozen every few seconds: nobody is let in wrongly, and the processes do not grow',
  backends: ['AOF everysec'],
  counts: { bounded: { seconds: 1, perSecond: 50 }, full: { seconds: 1_800, perSecond: 50 } },
  run: async ({ counts, limit, random, stage }) => {
    const server = await stage.redis('--appendonly', 'yes', '--appendfsync', 'everysec');
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server), { nodeArgs: ['--expose-gc'] });
    const client = stage.client();
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, await racers.enrollMany(50), ledger);
    await writtenOut(admin);
    const { perSecond } = counts;
    const traffic = startTraffic({ visitors, perSecond, random, now: () => racers.now });
    const beganAt = performance.now();
    const samples: Sample[] = [];
    const seconds = (): number => (performance.now() - beganAt) / 1_000;
    let restarts = 0;
    for (let fault = 0; seconds() < counts.seconds; fault += 1) {
      await delay(BETWEEN_FAULTS_MS);
      const memory = await Promise.all(racers.urls.map((url) => client.get(url, '/memory')));
      const sum = (name: string): number => memory.reduce((total, { body }) => total + Number(body[name]), 0) / MB;
      samples.push({ seconds: seconds(), heap: sum('heapUsed'), rss: sum('rss') });
      const run = await runIdOf(admin);
      await random.pick(FAULTS)(server);
      if ((await runIdOf(admin)) !== run) restarts += 1;
      await until(() => ledger.sinceFailure > 10, 'the store is back');
      await racers.advance(PAST_QUARANTINE_MS);
    }
    await traffic.stop();
    ledger.requireClean({ withinMs: limit(1_300) });
    const warm = samples.filter((sample) => sample.seconds >= WARM_UP_SECONDS);
    const heapGrowth = perHour(warm.map((sample) => [sample.seconds, sample.heap]));
    const rssGrowth = perHour(warm.map((sample) => [sample.seconds, sample.rss]));
    assert.ok(heapGrowth < GROWTH_MB_PER_HOUR, `the heaps grow by ${heapGrowth} MB an hour`);
    return {
      restarts,
      freezes: samples.length - restarts,
      heapMb: Math.round(samples.at(-1)?.heap ?? 0),
      heapGrowthMbPerHour: heapGrowth,
      rssMb: Math.round(samples.at(-1)?.rss ?? 0),
      rssGrowthMbPerHour: rssGrowth,
      ...ledger.measured,
    };
  },
});

/** The slope of the straight line that fits best, with seconds as x; 0 for fewer points than make one. */
function perHour(points: readonly (readonly [number, number])[]): number {
  if (points.length < 3) return 0;
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const variance = mean(points.map(([x]) => (x - meanX) ** 2));
  return Math.round((covariance / variance) * 36_000) / 10;
}
