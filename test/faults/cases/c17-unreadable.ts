import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { dumpAll, recordKeys } from '../redis-state.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

/** Where the document begins: after a version of 22 characters and a newline. Its first byte is its schema. */
const SCHEMA_AT = 23;

/** What becomes of a stored record. */
const DAMAGES: Readonly<Record<string, (admin: Redis, key: string) => Promise<unknown>>> = {
  'another type': async (admin, key) => {
    await admin.del(key);
    await admin.lpush(key, 'a list');
  },
  'a foreign value': (admin, key) => admin.set(key, 'no document at all'),
  'a changed byte': async (admin, key) => {
    const stored = await admin.getBuffer(key);
    const last = (stored?.length ?? 0) - 1;
    await admin.setrange(key, last, Buffer.of((stored?.at(last) ?? 0) ^ 1));
  },
  'cut short': async (admin, key) => {
    const stored = await admin.getBuffer(key);
    await admin.set(key, stored?.subarray(0, -10) ?? '');
  },
  'a newer schema': (admin, key) => admin.setrange(key, SCHEMA_AT, Buffer.of(200)),
};

export const c17 = faultCase({
  id: 'C17',
  claim: 'A record that is of another type, changed, cut short or of a newer schema is 503, and is left as it is',
  backends: Object.keys(DAMAGES),
  counts: { bounded: { rounds: 2 }, full: { rounds: 100 } },
  run: async ({ backend, counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const racers = await stage.racers(at(server));
    const ledger = new Ledger();
    for (let round = 0; round < counts.rounds; round += 1) {
      await admin.flushall();
      const visitors = stage.visitors(racers, [await racers.enroll()], ledger);
      for (const visitor of visitors) await visitor.logIn();
      const keys = await recordKeys(admin);
      assert.equal(keys.length, 1);
      const sound = await dumpAll(admin);
      for (const key of keys) await DAMAGES[backend]?.(admin, key);
      const damaged = await dumpAll(admin);
      assert.notDeepEqual(damaged, sound, 'the record is sound');
      for (const visitor of visitors) {
        const answers = [await visitor.prove(stepAt(racers.now)), await visitor.open(), await visitor.logIn()];
        assert.deepEqual(
          answers.map(({ status }) => status),
          [503, 503, 503],
        );
      }
      assert.deepEqual(await dumpAll(admin), damaged, 'something was written');
    }
    assert.equal(ledger.approvals, 0);
    ledger.requireClean();
    return ledger.measured;
  },
});
