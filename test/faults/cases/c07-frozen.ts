import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { LOAD, SAVE } from '../../../src/store/redis-scripts.js';
import { atNextCommand, type FaultProxy } from '../../support/fault-proxy.js';
import { until, type RedisServer } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { requireFrozen } from '../freeze.js';
import { Ledger } from '../ledger.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

const LIMIT_MS = 700;

const freezing = (server: RedisServer, passesOn: boolean) => (): boolean => {
  server.pause();
  return passesOn;
};

/** When the server is frozen. What arrives at a frozen server waits in its socket, and is run when it wakes. */
const MOMENTS: Readonly<Record<string, (proxy: FaultProxy, server: RedisServer) => Promise<void>>> = {
  'before the load': (proxy, server) => atNextCommand(proxy, LOAD.sha, { before: freezing(server, true) }),
  'between load and save': (proxy, server) => atNextCommand(proxy, SAVE.sha, { before: freezing(server, true) }),
  'during the save': (proxy, server) => atNextCommand(proxy, SAVE.sha, { after: freezing(server, false) }),
};

export const c07 = faultCase({
  id: 'C07',
  claim:
    'While Redis is frozen every request is answered with 503 within 700 ms; a write that lands late lets nobody in, and no code is approved twice',
  backends: Object.keys(MOMENTS),
  counts: { bounded: { freezes: 1, frozenMs: 700 }, full: { freezes: 30, frozenMs: 2000 } },
  run: async ({ backend, counts, limit, stage }) => {
    const server = await stage.redis();
    const proxy = await stage.proxy(server);
    const racers = await stage.racers(at(proxy));
    const all = new Ledger();
    const frozen = new Ledger();
    const person = await racers.enroll();
    const here = stage.visitor(racers, person, all, 0);
    const there = stage.visitor(racers, person, all, 1);
    const crowd = stage.visitors(racers, await racers.enrollMany(20), frozen);
    await Promise.all(crowd.map((visitor) => visitor.logIn()));
    let landedLate = 0;

    for (let round = 0; round < counts.freezes; round += 1) {
      const step = stepAt(racers.now);
      await Promise.all([here.logIn(), there.logIn()]);
      const happened = MOMENTS[backend]?.(proxy, server);
      const answer = await here.prove(step);
      await happened;
      await requireFrozen(server);
      assert.equal(answer.status, 503);
      assert.ok(answer.ms <= limit(LIMIT_MS), `the answer took ${Math.ceil(answer.ms)} ms`);

      const thaw = delay(counts.frozenMs);
      const answers = await Promise.all(
        crowd.flatMap((visitor) => [visitor.open(), visitor.prove(stepAt(racers.now)), visitor.logIn()]),
      );
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
      await thaw;
      server.resume();
      await until(async () => (await there.open()).status !== 503, 'the store is back');

      await here.open();
      const again = await there.prove(step);
      assert.ok(again.body['status'] === 'approved' || again.body['reason'] === 'code_already_used');
      if (again.body['status'] !== 'approved') landedLate += 1;
      await racers.advance(30_000);
    }

    all.requireClean();
    frozen.requireClean({ withinMs: limit(LIMIT_MS) });
    return { landedLate, answeredWhileFrozen: frozen.count(503), slowestWhileFrozenMs: frozen.slowestMs };
  },
});
