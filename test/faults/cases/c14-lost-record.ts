import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { recordKeys } from '../redis-state.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

const EVICTING = ['--maxmemory-policy', 'allkeys-random'];
const PEOPLE = 10;

/** How all records of the people get lost. */
const LOSSES: Readonly<Record<string, (admin: Redis) => Promise<unknown>>> = {
  FLUSHALL: (admin) => admin.flushall(),
  DEL: async (admin) => admin.del(...(await recordKeys(admin))),
  eviction: async (admin) => {
    const used = /used_memory:(\d+)/.exec(await admin.info('memory'))?.[1];
    await admin.config('SET', 'maxmemory', Number(used) + 1_000_000);
    for (let flood = 0; (await recordKeys(admin)).length > 0; flood += 1) {
      await admin
        .mset(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${flood} ${i}`, 'x'.repeat(1_000)])))
        .catch(
          // It may not find enough to evict at once.
          () => undefined,
        );
    }
    await admin.config('SET', 'maxmemory', 0);
  },
};

export const c14 = faultCase({
  id: 'C14',
  claim:
    'A user whose record was flushed, deleted or evicted is refused with 503, and never taken for one without a second factor',
  backends: Object.keys(LOSSES),
  counts: { bounded: { losses: 2 }, full: { losses: 50 } },
  run: async ({ backend, counts, stage }) => {
    const server = await stage.redis(...EVICTING);
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    for (let loss = 0; loss < counts.losses; loss += 1) {
      const people = await racers.enrollMany(PEOPLE);
      const visitors = stage.visitors(racers, people, ledger);
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      await Promise.all(visitors.map((visitor) => visitor.prove(stepAt(racers.now))));
      assert.equal(visitors.filter(({ isApproved }) => isApproved).length, people.length);
      await racers.advance(30_000);
      await LOSSES[backend]?.(admin);
      assert.deepEqual(await recordKeys(admin), []);
      for (const visitor of visitors) {
        const open = await visitor.open();
        const prove = await visitor.prove(stepAt(racers.now));
        const logIn = await visitor.logIn();
        assert.deepEqual([open.status, prove.status, logIn.status], [503, 503, 503]);
        assert.equal(open.body['code'], 'record_missing');
      }
    }
    ledger.requireClean();
    return ledger.measured;
  },
});

export const c14Marker = faultCase({
  id: 'C14 marker',
  claim:
    'Where the marker of continuity is lost, codes are refused for the length of a window, and none is approved twice',
  backends: ['standalone'],
  counts: { bounded: { losses: 3 }, full: { losses: 50 } },
  run: async ({ counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, [await racers.enroll()], ledger);
    for (let loss = 0; loss < counts.losses; loss += 1) {
      const step = stepAt(racers.now);
      for (const visitor of visitors) {
        await visitor.logIn();
        await visitor.prove(step);
      }
      const before = ledger.approvals;
      assert.equal(before, loss + 1);
      assert.equal(await admin.del(...(await admin.keys('*:since'))), 1);
      await racers.advance(1_000);
      for (const visitor of visitors) {
        await visitor.logIn();
        for (const shown of [step - 1, step, step + 1]) {
          assert.equal((await visitor.prove(shown)).body['reason'], 'code_already_used');
        }
      }
      await racers.advance(89_000);
    }
    ledger.requireClean();
    return ledger.measured;
  },
});
