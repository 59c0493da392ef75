import { resolveDuration, type Duration } from '../../src/duration.js';

const resolve = (value: unknown, bounds: readonly [number, number] = [0, Infinity]): number =>
  // A caller without types may bring anything.
  resolveDuration('limits.challengeLife', value as Duration, bounds);

describe('a duration option', () => {
  it.each<readonly [unknown, number]>([
    [0, 0],
    [1500, 1500],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
    ['007s', 7000],
  ])('%p is %i ms', (value, ms) => {
    expect(resolve(value)).toBe(ms);
  });

  it.each<unknown>([
    undefined,
    null,
    '',
    '5',
    '5 m',
    ' 5m',
    '5m\n',
    '-5m',
    '1.5h',
    '1e3s',
    '5M',
    '5w',
    'm',
    '5constructor',
    '9'.repeat(10) + 's',
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    ['5m'],
    { ms: 5 },
    true,
  ])('%p is none: a TypeError that names the option', (value) => {
    expect(() => resolve(value)).toThrow(TypeError);
    expect(() => resolve(value)).toThrow(/^limits\.challengeLife must be milliseconds or a duration such as '5m'/);
  });

  it('a bigint is none either, and is told by the name of the option', () => {
    expect(() => resolve(5n)).toThrow(/^limits\.challengeLife must be milliseconds/);
  });

  it.each<readonly [Duration, readonly [number, number], string]>([
    ['59s', [60_000, 3_600_000], "1m to 1h, got '59s'"],
    ['61m', [60_000, 3_600_000], "1m to 1h, got '61m'"],
    [-1, [0, 60_000], '0ms to 1m, got -1'],
    ['3d', [1500, 172_800_000], "1500ms to 2d, got '3d'"],
  ])('%p outside %j is a RangeError with both bounds as a person writes them', (value, bounds, told) => {
    expect(() => resolve(value, bounds)).toThrow(new RangeError(`limits.challengeLife must be ${told}`));
  });

  it('may lie on its bounds', () => {
    expect(resolve('1m', [60_000, 60_000])).toBe(60_000);
  });
});
