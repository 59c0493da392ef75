import assert from 'node:assert/strict';
import { faultCase } from '../fault-case.js';
import { runProperties } from '../property-tests.js';

export const c24 = faultCase({
  id: 'C24',
  claim:
    'Whatever the skew, the time step and the last accepted step: the accepted codes are exactly those of the window above it',
  backends: ['the rules alone'],
  counts: { bounded: { runs: 100 }, full: { runs: 100_000 } },
  run: async ({ counts }) => {
    const properties = await runProperties('accepted-window', counts.runs);
    assert.notEqual(properties, 0);
    return { properties };
  },
});
