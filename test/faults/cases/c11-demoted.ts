import assert from 'node:assert/strict';
import { freePort, until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { errorsOf } from '../redis-state.js';
import { at } from '../stage.js';
import { startTraffic } from '../traffic.js';

const PAST_QUARANTINE_MS = 90_000;

export const c11 = faultCase({
  id: 'C11',
  claim:
    'A primary that is made a replica refuses the write: 503 and nothing is sent twice; made a primary again it serves at once',
  backends: ['standalone'],
  counts: { bounded: { demotions: 1, perSecond: 50 }, full: { demotions: 100, perSecond: 200 } },
  run: async ({ counts, limit, random, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, await racers.enrollMany(50), ledger);
    await Promise.all(visitors.map((visitor) => visitor.logIn()));
    const nowhere = await freePort();
    const traffic = startTraffic({ visitors, perSecond: counts.perSecond, random, now: () => racers.now });
    for (let demotion = 0; demotion < counts.demotions; demotion += 1) {
      const refused = await errorsOf(admin, 'READONLY');
      const failed = ledger.count(503);
      await admin.replicaof('127.0.0.1', nowhere);
      assert.equal((await admin.role())[0], 'slave');
      await until(async () => (await errorsOf(admin, 'READONLY')) > refused, 'a write is refused');
      await until(() => ledger.count(503) > failed, 'that is told');
      await admin.replicaof('NO', 'ONE');
      const approvals = ledger.approvals;
      await racers.advance(PAST_QUARANTINE_MS);
      await until(() => ledger.approvals > approvals, 'codes are approved again');
    }
    await traffic.stop();
    ledger.requireClean({ withinMs: limit(1_000) });
    return { refusedWrites: await errorsOf(admin, 'READONLY'), ...ledger.measured };
  },
});
