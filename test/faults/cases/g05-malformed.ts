import assert from 'node:assert/strict';
import { fuzzBoth } from '../../fuzz/both.js';
import { faultCase } from '../fault-case.js';

/** MB that a process may grow by after its first tenth; a short run has not warmed up by then. */
const MOST_GROWTH = 50;
const WARMED_UP = 200_000;

export const g05 = faultCase({
  id: 'G5',
  claim:
    'Malformed requests of a grammar, half of them to either Express, are answered without a failure, an approval or a charge',
  backends: ['memory'],
  counts: { bounded: { requests: 400 }, full: { requests: 1_000_000 } },
  run: async ({ counts: { requests }, random }) => {
    const results = Object.entries(await fuzzBoth({ requests, seed: random.between(1, 2 ** 30) }));
    for (const [express, { wrongs, unreached, grownBy }] of results) {
      // As text: what came from the other process is of another realm in Jest.
      assert.equal(JSON.stringify(wrongs), '[]', express);
      if (requests < WARMED_UP) continue;
      assert.equal(JSON.stringify(unreached), '[]', `routes that no request has reached on ${express}`);
      assert.ok(grownBy < MOST_GROWTH, `${express} grew by ${grownBy} MB`);
    }
    return Object.fromEntries([
      ['requests', requests],
      ...results.map(([express, { grownBy }]) => [`megabytes that ${express} grew by`, grownBy]),
    ]);
  },
});
