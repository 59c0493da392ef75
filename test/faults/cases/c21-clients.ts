import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createMfa, MfaError } from '../../../src/index.js';
import type { IoredisClient } from '../../../src/store/redis-client.js';
import { RedisStore } from '../../../src/store/redis.js';
import { TestClock } from '../../support/clock.js';
import { codeAt, wrongCodeAt } from '../../support/rfc-code.js';
import { faultCase } from '../fault-case.js';
import type { Stage } from '../stage.js';

const LAZY = { lazyConnect: true } as const;

const CLIENTS: Readonly<Record<string, (stage: Stage, port: number) => IoredisClient>> = {
  'ioredis 6': (stage, port) => stage.opened(new Redis(port, LAZY)),
  RESP2: (stage, port) => stage.opened(new Redis(port, { ...LAZY, protocol: 2 })),
  'RESP3 replies': (stage, port) => stage.opened(new Redis(port, { ...LAZY, replyMapping: 'resp3' })),
  'key prefix': (stage, port) => stage.opened(new Redis(port, { ...LAZY, keyPrefix: 'app:' })),
  'another database': (stage, port) => stage.opened(new Redis(port, { ...LAZY, db: 3 })),
  'automatic pipelining': (stage, port) => stage.opened(new Redis(port, { ...LAZY, enableAutoPipelining: true })),
  'ioredis 5': (stage, port) => stage.opened(new Redis5(port, LAZY)),
  'ioredis 5, all of these': (stage, port) =>
    stage.opened(new Redis5(port, { ...LAZY, keyPrefix: 'app:', db: 3, enableAutoPipelining: true })),
};

/** What every client must give, whatever it is. */
const EXPECTED = [
  'verified',
  'code_already_used',
  'approved: 1 of 50',
  'code_already_used',
  ...Array.from({ length: 5 }, () => 'incorrect_code'),
  'locked',
  'approved',
  'enrollment_required',
];

export const c21 = faultCase({
  id: 'C21',
  claim:
    'ioredis 5 and 6, RESP2 and RESP3, a key prefix, another database, automatic pipelining: all give the same answers',
  backends: Object.keys(CLIENTS),
  counts: { bounded: { runs: 1 }, full: { runs: 100 } },
  run: async ({ backend, counts, stage }) => {
    const { port } = await stage.redis();
    for (let run = 0; run < counts.runs; run += 1) {
      const connect = CLIENTS[backend];
      assert.ok(connect !== undefined);
      const store = new RedisStore(connect(stage, port));
      assert.deepEqual(await liveThrough(store, `user-${run}`), EXPECTED);
      await store.close();
    }
    return { answers: counts.runs * EXPECTED.length };
  },
});

/** One user's story, and what was answered to it. */
async function liveThrough(store: RedisStore, identity: string): Promise<readonly string[]> {
  const clock = new TestClock();
  const mfa = createMfa({ issuer: 'Acme', store, keys: '0'.repeat(64), clock });
  const { factor, binding } = await mfa.factors.create({ identity });
  const show = async (code: string): Promise<string> =>
    mfa.challenges.create({ identity, code }).then(
      (outcome) => ('reason' in outcome ? outcome.reason : undefined) ?? outcome.status,
      (error: unknown) => (error instanceof MfaError ? error.code : String(error)),
    );
  const right = (): string => codeAt(binding.secret, clock.now());
  const verified = await mfa.factors.verify({ identity, sid: factor.sid, code: right() });
  const seen: string[] = [verified.status, await show(right())];
  clock.advance(30_000);
  const racing = await Promise.all(Array.from({ length: 50 }, () => show(right())));
  seen.push(`approved: ${racing.filter((answer) => answer === 'approved').length} of 50`, await show(right()));
  clock.advance(30_000);
  for (let guess = 0; guess < 6; guess += 1) seen.push(await show(wrongCodeAt(binding.secret, clock.now())));
  clock.advance(30_000);
  seen.push(await show(right()));
  await mfa.factors.remove({ identity, sid: factor.sid });
  seen.push(await show(right()));
  return seen;
}
