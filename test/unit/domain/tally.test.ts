import { countOne, type Tally } from '../../../src/domain/tally.js';
import { HOUR, MINUTE, NOW } from '../entity-builders.js';

const PACE = { most: 3, within: HOUR };
const count = (tally: Tally, now: number): Tally => countOne(tally, PACE, now, 'too_many_factors');

it('a pace is kept in every window of its length, and what is refused says when it is not', () => {
  const full = [0, 1, 20].reduce<Tally>((tally, minute) => count(tally, NOW + minute * MINUTE), []);
  expect(full.map(({ count: times }) => times)).toEqual([2, 1]);
  expect(() => count(full, NOW + HOUR)).toThrow(
    expect.objectContaining({ name: 'ClientError', code: 'too_many_factors', retryAfter: 295 }),
  );
  expect(count(full, NOW + HOUR + 295_000)).toHaveLength(2);
  expect(count(full, NOW + 2 * HOUR)).toHaveLength(1);
});
