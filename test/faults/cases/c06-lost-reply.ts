import assert from 'node:assert/strict';
import { SAVE } from '../../../src/store/redis-scripts.js';
import { atNextCommand, type Link } from '../../support/fault-proxy.js';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { callsOf } from '../redis-state.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

/** What becomes of the connection on which the reply was to come. */
const LOSSES: Readonly<Record<string, (link: Link) => void>> = {
  'connection closed': (link) => link.close(),
  'connection reset': (link) => link.reset(),
  'reply swallowed': () => undefined,
};

export const c06 = faultCase({
  id: 'C06',
  claim:
    'A write whose reply is lost ran once; its outcome is unknown, which is 503, and the code is not accepted again',
  backends: Object.keys(LOSSES),
  counts: { bounded: { rounds: 2 }, full: { rounds: 100 } },
  run: async ({ backend, counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const proxy = await stage.proxy(server);
    const racers = await stage.racers(at(proxy));
    const ledger = new Ledger();
    const person = await racers.enroll();
    const here = stage.visitor(racers, person, ledger, 0);
    const there = stage.visitor(racers, person, ledger, 1);
    for (let round = 0; round < counts.rounds; round += 1) {
      const step = stepAt(racers.now);
      await Promise.all([here.logIn(), there.logIn()]);
      await admin.config('RESETSTAT');
      const dropped = atNextCommand(proxy, SAVE.sha, {
        after: (link) => {
          LOSSES[backend]?.(link);
          return false;
        },
      });
      const answer = await here.prove(step);
      await dropped;
      assert.equal(answer.status, 503);
      await until(async () => (await here.open()).status !== 503, 'the store is back');
      assert.equal(await callsOf(admin, 'set'), 1, 'the write did not run exactly once');
      for (const visitor of [here, there]) {
        assert.equal((await visitor.prove(step)).body['reason'], 'code_already_used');
      }
      await racers.advance(30_000);
    }
    assert.equal(ledger.approvals, 0);
    ledger.requireClean();
    return ledger.measured;
  },
});
