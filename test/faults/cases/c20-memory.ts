import assert from 'node:assert/strict';
import { createMfa } from '../../../src/index.js';
import { RedisStore } from '../../../src/store/redis.js';
import { TestClock } from '../../support/clock.js';
import { codeAt } from '../../support/rfc-code.js';
import { faultCase } from '../fault-case.js';
import { recordKeys } from '../redis-state.js';
import { at } from '../stage.js';

/** What a user took in a design with fields of their own for factor, entity and challenge. */
const BYTES_TO_BEAT = 1_760;
const AT_ONCE = 100;

export const c20 = faultCase({
  id: 'C20',
  claim: `A user with one factor and one ended challenge takes less than ${BYTES_TO_BEAT} bytes of Redis`,
  backends: ['standalone'],
  counts: { bounded: { some: 100, users: 300 }, full: { some: 10_000, users: 100_000 } },
  run: async ({ counts, stage }) => {
    const server = await stage.redis();
    const admin = stage.admin(server);
    const store = new RedisStore(stage.clientOf(at(server)));
    stage.defer(() => store.close());
    const clock = new TestClock();
    const mfa = createMfa({ issuer: 'Acme', store, keys: '0'.repeat(64), clock });
    const usedMemory = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
    let users = 0;
    const enrollUpTo = async (wanted: number): Promise<void> => {
      while (users < wanted) {
        const names = Array.from({ length: Math.min(AT_ONCE, wanted - users) }, (_, index) => `user-${users + index}`);
        const created = await Promise.all(names.map(async (identity) => mfa.factors.create({ identity })));
        const codes = (): string[] => created.map(({ binding }) => codeAt(binding.secret, clock.now()));
        const first = codes();
        await Promise.all(
          created.map(async ({ factor: { identity, sid } }, index) =>
            mfa.factors.verify({ identity, sid, code: first[index] }),
          ),
        );
        clock.advance(30_000);
        const next = codes();
        const answers = await Promise.all(
          names.map(async (identity, index) => mfa.challenges.create({ identity, code: next[index] })),
        );
        // One code in a million is that of the next step too, and burns it.
        assert.ok(answers.every((answer) => answer.status === 'approved' || answer.reason === 'code_already_used'));
        users += names.length;
      }
    };
    const before = await usedMemory();
    const bytesEach = async (): Promise<number> => Math.round(((await usedMemory()) - before) / users);
    await enrollUpTo(1);
    const [record = ''] = await recordKeys(admin);
    const ofOne = Number(await admin.call('memory', 'usage', record));
    await enrollUpTo(counts.some);
    const ofSome = await bytesEach();
    await enrollUpTo(counts.users);
    const ofAll = await bytesEach();
    assert.ok(Math.max(ofOne, ofAll) < BYTES_TO_BEAT, `a user takes ${ofAll} bytes`);
    return { bytesOfOne: ofOne, bytesEachOfSome: ofSome, bytesEachOfAll: ofAll };
  },
});
