import assert from 'node:assert/strict';
import { post, type Racers } from '../../support/racers.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { stepAt, type Visitor } from '../visitor.js';

const APART_MS = 45_000;
const SET_BACK_MS = 120_000;

export const c18 = faultCase({
  id: 'C18',
  claim: 'Clocks that are 90 s apart, or set back by 120 s, approve each code at most once, and no request fails',
  backends: ['standalone'],
  counts: { bounded: { rounds: 3 }, full: { rounds: 500 } },
  run: async ({ counts, stage }) => {
    const racers = await stage.racers(await stage.backend('standalone'));
    const ledger = new Ledger();
    for (let round = 0; round < counts.rounds; round += 1) {
      const visitors = stage.visitors(racers, [await racers.enroll()], ledger);
      for (const visitor of visitors) await visitor.logIn();
      const step = stepAt(racers.now);
      await setClocks(racers, [racers.now - APART_MS, racers.now + APART_MS]);
      await showAll(visitors, [step - 2, step - 1, step, step + 1, step + 2, step + 3]);
      await setClocks(racers, [racers.now, racers.now]);
      await showAll(visitors, [step - 1, step, step + 1]);
      const approvals = ledger.approvals;
      await setClocks(racers, [racers.now - SET_BACK_MS, racers.now - SET_BACK_MS]);
      const back = stepAt(racers.now - SET_BACK_MS);
      await showAll(visitors, [back - 1, back, back + 1]);
      assert.equal(ledger.approvals, approvals, 'a step below one that was accepted was accepted');
      await racers.advance(SET_BACK_MS + APART_MS);
    }
    assert.ok(ledger.approvals >= counts.rounds);
    assert.equal(ledger.count(503), 0);
    ledger.requireClean();
    return ledger.measured;
  },
});

async function setClocks({ urls }: Racers, times: readonly number[]): Promise<void> {
  await Promise.all(urls.map((url, index) => post(url, '/clock', { time: times[index] })));
}

/** Everybody shows the code of each step, at all processes at once. */
async function showAll(visitors: readonly Visitor[], steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    await Promise.all(visitors.filter(({ isLoggedIn, isApproved }) => !isLoggedIn || isApproved).map((v) => v.logIn()));
    await Promise.all(visitors.map((visitor) => visitor.prove(step)));
  }
}
