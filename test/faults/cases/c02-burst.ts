import assert from 'node:assert/strict';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { crowdClient, crowdOf } from '../race.js';
import { stepAt } from '../visitor.js';

const BUDGET = 5;

export const c02 = faultCase({
  id: 'C02',
  claim: 'Of thousands of wrong codes at once at most five are judged, and every other one is refused',
  backends: ['standalone'],
  counts: { bounded: { rounds: 1, guesses: 500 }, full: { rounds: 200, guesses: 5000 } },
  run: async ({ counts, stage }) => {
    const racers = await stage.racers(await stage.backend('standalone'));
    const client = crowdClient(stage, racers);
    const ledger = new Ledger();
    let mostJudged = 0;
    for (let round = 0; round < counts.rounds; round += 1) {
      const crowd = crowdOf(client, racers, await racers.enroll(), ledger);
      await Promise.all(crowd.map((visitor) => visitor.enter()));
      const guesses = Array.from({ length: counts.guesses / crowd.length }, () => crowd).flat();
      const answers = await Promise.all(guesses.map((visitor) => visitor.guess(racers.now)));
      const judged = answers.filter(({ body }) => body['reason'] === 'incorrect_code').length;
      mostJudged = Math.max(mostJudged, judged);
      assert.ok(judged >= 1 && judged <= BUDGET, `${judged} guesses were judged`);
      const refused = answers.filter(({ status }) => status === 429 || status === 503).length;
      assert.equal(judged + refused, counts.guesses, `the answers were ${String(ledger.measured['statuses'])}`);
      const right = await crowd[0]?.prove(stepAt(racers.now));
      assert.equal(right?.status, 429, 'the right code is refused while the budget is spent');
    }
    ledger.requireClean();
    return { mostJudged, ...ledger.measured };
  },
});
