import assert from 'node:assert/strict';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { at } from '../stage.js';
import { stepAt, Visitor } from '../visitor.js';

export const c27 = faultCase({
  id: 'C27',
  claim:
    'A store that is closed during load answers what was begun, refuses what comes later, and leaves nothing that keeps the process alive',
  backends: ['standalone', 'frozen'],
  counts: { bounded: { closes: 1 }, full: { closes: 20 } },
  run: async ({ backend, counts, limit, stage }) => {
    let slowestExit = 0;
    const ledger = new Ledger();
    for (let close = 0; close < counts.closes; close += 1) {
      const server = await stage.redis();
      const racers = await stage.racers(at(server), { processes: 1 });
      const [url = ''] = racers.urls;
      const [process] = racers.processes;
      assert.ok(process !== undefined);
      const client = stage.client();
      const people = await racers.enrollMany(50);
      const visitors = people.map((person) => new Visitor(person, { url, client, ledger }));
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      if (backend === 'frozen') server.pause();
      const begun = visitors.map((visitor) => visitor.prove(stepAt(racers.now)));
      if (backend === 'standalone') await Promise.race(begun);
      const other = stage.client();
      const closed = await other.post(url, '/close', {});
      assert.equal(closed.status, 200);
      await Promise.all(begun);
      client.close();
      other.close();
      const answeredAt = performance.now();
      await until(() => process.exitCode !== null, 'the process ends by itself');
      slowestExit = Math.max(slowestExit, performance.now() - answeredAt);
      assert.equal(process.exitCode, 0);
      server.resume();
      await server.stop();
    }
    assert.ok(slowestExit < limit(1_000), `the process went on for ${Math.ceil(slowestExit)} ms`);
    if (backend === 'standalone') assert.notEqual(ledger.approvals, 0, 'nothing that was begun was answered');
    ledger.requireClean();
    return { slowestExitMs: Math.ceil(slowestExit), ...ledger.measured };
  },
});
