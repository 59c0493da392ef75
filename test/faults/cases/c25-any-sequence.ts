import assert from 'node:assert/strict';
import { faultCase } from '../fault-case.js';
import { runProperties } from '../property-tests.js';

export const c25 = faultCase({
  id: 'C25',
  claim: 'Whatever is asked of an entity, in whatever order, by whomever: no rule of the domain bends',
  backends: ['the rules alone'],
  counts: { bounded: { sequences: 100 }, full: { sequences: 100_000 } },
  run: async ({ counts }) => {
    const properties = await runProperties('entity-rules', counts.sequences);
    assert.notEqual(properties, 0);
    return { properties };
  },
});
