import assert from 'node:assert/strict';
import { codeAt } from '../../support/rfc-code.js';
import { faultCase } from '../fault-case.js';

const POSTS = 100;

export const c04 = faultCase({
  id: 'C04',
  claim: 'Of 100 simultaneous proofs of one new factor exactly one verifies it, and its code is spent',
  backends: ['standalone', 'cluster'],
  counts: { bounded: { rounds: 2 }, full: { rounds: 1000 } },
  run: async ({ backend, counts, stage }) => {
    const racers = await stage.racers(await stage.backend(backend));
    const client = stage.client();
    const [here = ''] = racers.urls;
    const others = new Set<string>();
    for (let round = 0; round < counts.rounds; round += 1) {
      const identity = `enrolling-${round}`;
      const { body } = await client.post(here, '/enroll', { identity });
      const { factor, binding } = body as unknown as { factor: { sid: string }; binding: { secret: string } };
      const code = codeAt(binding.secret, racers.now);
      const answers = await Promise.all(
        Array.from({ length: POSTS }, (_, index) =>
          client.post(racers.urls[index % racers.urls.length] ?? '', '/verify', { identity, sid: factor.sid, code }),
        ),
      );
      const isVerified = ({ status, body: { status: is } }: (typeof answers)[number]): boolean =>
        status === 200 && is === 'verified';
      assert.equal(answers.filter(isVerified).length, 1);
      for (const answer of answers)
        if (!isVerified(answer)) others.add(`${answer.status} ${String(answer.body['code'])}`);
      const again = await client.post(here, '/answer', { identity, code });
      assert.equal(again.body['reason'], 'code_already_used');
      await racers.advance(30_000);
    }
    return { verified: counts.rounds, others: [...others].sort().join(', ') };
  },
});
