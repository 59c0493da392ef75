import assert from 'node:assert/strict';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { dumpAll } from '../redis-state.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

export const c12 = faultCase({
  id: 'C12',
  claim:
    'Where Redis has no memory left it refuses the write: 503, every record stays as it was, and the code stays unspent',
  backends: ['standalone'],
  counts: { bounded: { rounds: 3 }, full: { rounds: 100 } },
  run: async ({ counts, stage }) => {
    const server = await stage.redis('--maxmemory-policy', 'noeviction');
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    const people = await racers.enrollMany(5);
    const visitors = stage.visitors(racers, people, ledger);
    for (let round = 0; round < counts.rounds; round += 1) {
      const step = stepAt(racers.now);
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      await admin.config('SET', 'maxmemory', '1mb');
      await assert.rejects(admin.set('probe', 'value'), /OOM/);
      const before = await dumpAll(admin);
      const answers = await Promise.all(visitors.map((visitor) => visitor.prove(step)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
      assert.deepEqual(await dumpAll(admin), before);
      await admin.config('SET', 'maxmemory', '0');
      const approvedBefore = ledger.approvals;
      await Promise.all(visitors.map((visitor) => visitor.prove(step)));
      assert.equal(ledger.approvals - approvedBefore, people.length);
      await racers.advance(30_000);
    }
    ledger.requireClean();
    return ledger.measured;
  },
});
