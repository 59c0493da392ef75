import assert from 'node:assert/strict';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

export const c19 = faultCase({
  id: 'C19',
  claim:
    'A server that is busy with a script of somebody else is 503 within 700 ms; our own scripts take less than a millisecond',
  backends: ['standalone'],
  counts: { bounded: { rounds: 1, scripts: 1000 }, full: { rounds: 50, scripts: 100_000 } },
  run: async ({ counts, limit, stage }) => {
    const server = await stage.redis('--lua-time-limit', '100');
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const busy = new Ledger();
    const healthy = new Ledger();
    const people = await racers.enrollMany(10);
    const visitors = stage.visitors(racers, people, busy);
    const others = stage.visitors(racers, people, healthy);
    for (let scripts = 0; scripts < counts.scripts; scripts += 4 * others.length) {
      await Promise.all(others.map((visitor) => visitor.logIn()));
      await Promise.all(others.map((visitor) => visitor.prove(stepAt(racers.now))));
      await racers.advance(30_000);
    }
    const latency = await admin.info('latencystats');
    const p99 = Number(/evalsha:.*p99=([\d.]+)/.exec(latency)?.[1]);
    assert.ok(p99 < limit(1_000), `the 99th percentile of our scripts is ${p99} µs`);

    for (let round = 0; round < counts.rounds; round += 1) {
      await Promise.all(others.map((visitor) => visitor.logIn()));
      const endless = stage.admin(server);
      endless.eval('while true do end', 0).catch(() => undefined);
      const isBusy = async (): Promise<boolean> => (await admin.ping().catch(String)).includes('BUSY');
      await until(isBusy, 'the server is busy');
      const answers = await Promise.all(visitors.map((visitor) => visitor.logIn()));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
      await admin.script('KILL');
      await until(async () => (await others[0]?.open())?.status !== 503, 'the store is back');
      endless.disconnect();
    }
    busy.requireClean({ withinMs: limit(700) });
    healthy.requireClean();
    return { scriptP99Us: p99, answeredWhileBusy: busy.count(503), slowestWhileBusyMs: busy.slowestMs };
  },
});
