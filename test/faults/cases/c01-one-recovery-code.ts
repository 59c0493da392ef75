import assert from 'node:assert/strict';
import { logIn, post, satisfy } from '../../support/racers.js';
import { codeAt } from '../../support/rfc-code.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';

const SESSIONS = 50;

export const c01RecoveryCode = faultCase({
  id: 'C01 recovery code',
  claim: 'Of 100 simultaneous posts of one recovery code, at two processes, exactly one is approved',
  backends: ['memory', 'standalone', 'cluster', 'sentinel'],
  counts: { bounded: { rounds: 3 }, full: { rounds: 1000 } },
  run: async ({ backend, counts: { rounds }, stage }) => {
    const racers = await stage.racers(await stage.backend(backend), { processes: backend === 'memory' ? 1 : 2 });
    const client = stage.client({ connections: SESSIONS });
    const ledger = new Ledger();
    let unknown = 0;
    let codes: readonly string[] = [];
    const { identity, secret } = await racers.enroll();
    for (let round = 0; round < rounds; round += 1) {
      if (codes.length === 0) codes = await renew();
      const [code = '', ...rest] = codes;
      codes = rest;
      const open = await racers.logIns(identity, SESSIONS);
      const answers = await Promise.all(
        [...open, ...open].map(({ url, cookie }) => client.post(url, '/mfa/challenges', { code }, cookie)),
      );
      for (const answer of answers) ledger.note(answer);
      const approved = answers.filter(({ body }) => body['state'] === 'satisfied').length;
      const isKnown = answers.every(({ status }) => status !== 503);
      if (!isKnown) unknown += 1;
      assert.ok(approved === 1 || (approved === 0 && !isKnown), `round ${round}: ${approved} approvals`);
      for (let each = 0; each < approved; each += 1) ledger.approve(code, 0);
    }
    ledger.requireClean();
    return { ...ledger.measured, roundsWithUnknownOutcome: unknown };

    async function renew(): Promise<readonly string[]> {
      await racers.advance(30_000);
      const [url = ''] = racers.urls;
      const cookie = await satisfy(url, await logIn(url, identity), codeAt(secret, racers.now));
      const { body } = await post(url, '/mfa/recovery-codes', {}, cookie);
      const { id, codes: made } = body as { readonly id: string; readonly codes: readonly string[] };
      const confirmed = await post(url, '/mfa/recovery-codes/confirm', { id, code: made[0] ?? '' }, cookie);
      assert.equal(confirmed.body['status'], 'confirmed');
      return made;
    }
  },
});
