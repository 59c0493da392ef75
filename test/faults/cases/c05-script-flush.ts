import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { errorsOf } from '../redis-state.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

export const c05 = faultCase({
  id: 'C05',
  claim: 'A server that forgets its scripts every 10 ms costs nobody anything: no answer fails',
  backends: ['standalone'],
  counts: { bounded: { rounds: 3 }, full: { rounds: 1000 } },
  run: async ({ counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    const people = await racers.enrollMany(20);
    const visitors = stage.visitors(racers, people, ledger);
    let flushes = 0;
    const over = new AbortController();
    const flushing = (async () => {
      for (; !over.signal.aborted; flushes += 1) {
        await admin.script('FLUSH');
        await delay(10);
      }
    })();
    for (let round = 0; round < counts.rounds; round += 1) {
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      await Promise.all(visitors.map((visitor) => visitor.prove(stepAt(racers.now))));
      await racers.advance(30_000);
    }
    over.abort();
    await flushing;
    const forgotten = await errorsOf(admin, 'NOSCRIPT');
    assert.notEqual(forgotten, 0, 'no script was ever missed');
    assert.equal(ledger.approvals, people.length * counts.rounds);
    assert.equal(ledger.count(503), 0);
    ledger.requireClean();
    return { flushes, forgotten, ...ledger.measured };
  },
});
