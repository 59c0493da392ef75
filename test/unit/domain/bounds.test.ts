import { resolveInteger } from '../../../src/domain/bounds.js';

describe('a whole-number option', () => {
  it.each([1, 7, 20])('may be %p within 1 to 20', (value) => {
    expect(resolveInteger('limits.factors', value, [1, 20])).toBe(value);
  });

  it.each<unknown>([0, 21, -1, 1.5, NaN, Infinity, '7', null, undefined, [7], 7n])(
    'refuses %p by the name of the option, with what it got and what it may be',
    (value) => {
      const message = `limits.factors must be a whole number from 1 to 20, got ${String(value)}`;
      expect(() => resolveInteger('limits.factors', value, [1, 20])).toThrow(new RangeError(message));
    },
  );
});
