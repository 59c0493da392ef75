import { canonicalIdentity } from '../../../src/domain/identity.js';

describe('an identity', () => {
  it.each<readonly [unknown, string]>([
    ['user-1', 'user-1'],
    ['42', '42'],
    [42, '42'],
    [-7, '-7'],
    [0, '0'],
    [42n, '42'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2n ** 64n, '18446744073709551616'],
    [' Ada ', ' Ada '],
    ['ADA', 'ADA'],
    ['__proto__', '__proto__'],
    ['é', 'é'],
    ['é'.normalize('NFD'), 'é'.normalize('NFD')],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['é'.repeat(127), 'é'.repeat(127)],
  ])('%p is compared as %p, byte for byte', (value, identity) => {
    expect(canonicalIdentity(value)).toBe(identity);
  });

  it.each<unknown>([
    undefined,
    null,
    '',
    NaN,
    Infinity,
    1.5,
    2 ** 53,
    true,
    ['user-1'],
    { id: 'user-1' },
    Object('user-1'),
    Symbol('user-1'),
    () => 'user-1',
    'x'.repeat(256),
    'é'.repeat(128),
    'a\ud800',
  ])('%p is none', (value) => {
    expect(canonicalIdentity(value)).toBeNull();
  });

  it('is at most 255 bytes long, also as a bigint', () => {
    expect(canonicalIdentity(10n ** 254n)).toHaveLength(255);
    expect(canonicalIdentity(10n ** 255n)).toBeNull();
  });
});
