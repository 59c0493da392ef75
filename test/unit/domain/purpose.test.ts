import fc from 'fast-check';
import { freezePurpose, purposeDigest, type Purpose } from '../../../src/domain/purpose.js';
import { refusalOf } from '../refusal.js';

const anyPurpose: fc.Arbitrary<Purpose> = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger()), { minKeys: 1 }),
);

describe('the digest of a purpose', () => {
  it('is the same in whatever order the members stand', () => {
    const digest = purposeDigest({ action: 'transfer', amount: 100, to: 'DE02' });
    expect(purposeDigest({ to: 'DE02', amount: 100, action: 'transfer' })).toBe(digest);
    expect(purposeDigest(freezePurpose({ amount: 100, to: 'DE02', action: 'transfer' }))).toBe(digest);
  });

  it.each<readonly [Purpose, Purpose]>([
    [{ user: '42' }, { user: 42 }],
    [{ a: true }, { a: 'true' }],
    [{ a: 1 }, { a: true }],
    [{ a: 'b' }, { b: 'a' }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: '1', b: '2' }, { a: '1,b,2' }],
    ['transfer', { transfer: true }],
    ['a', 'b'],
    ['a', 'A'],
    ['é', 'é'.normalize('NFD')],
    ['[["a",1]]', { a: 1 }],
    [JSON.parse('{"__proto__":1,"a":1}'), { a: 1 }],
  ])('tells %j from %j', (one, other) => {
    expect(purposeDigest(freezePurpose(one))).not.toBe(purposeDigest(freezePurpose(other)));
  });

  it('is equal for two purposes only where their members are', () => {
    const sorted = (purpose: Purpose): unknown =>
      typeof purpose === 'string' ? purpose : Object.entries(purpose).sort(([a], [b]) => (a < b ? -1 : 1));
    fc.assert(
      fc.property(anyPurpose, anyPurpose, (one, other) => {
        const isEqual = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(purposeDigest(freezePurpose(one)) === purposeDigest(freezePurpose(other))).toBe(isEqual);
      }),
    );
  });

  it('says nothing of the purpose', () => {
    expect(purposeDigest({ iban: 'DE02120300000000202051' })).toMatch(/^[\w-]{43}$/);
  });
});

describe('a purpose', () => {
  it.each<unknown>([
    'delete account',
    { action: 'transfer', amount: 100, urgent: false },
    { amount: Number.MAX_SAFE_INTEGER },
    Object.assign(Object.create(null), { action: 'transfer' }),
  ])('may be %p', (value) => {
    expect(freezePurpose(value)).toEqual(value);
  });

  it.each<unknown>([
    undefined,
    null,
    '',
    42,
    true,
    ['42'],
    [],
    {},
    () => 'transfer',
    { to: ['42'] },
    { to: { $ne: '' } },
    { to: undefined },
    { to: null },
    { amount: 1.5 },
    { amount: NaN },
    { amount: 2 ** 53 },
    { amount: 5n },
    new Map([['action', 'transfer']]),
    new (class {
      action = 'transfer';
    })(),
  ])('%p is none: what a request may bring in place of a value is refused', (value) => {
    expect(refusalOf(() => freezePurpose(value))).toBe('invalid_request');
  });

  it('keeps a member called __proto__, and gives it to nobody else', () => {
    const purpose = freezePurpose(JSON.parse('{"__proto__":"x"}'));
    expect(Object.entries(purpose)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(purpose)).toBe(Object.prototype);
  });

  it('is a copy that nobody can change any more', () => {
    const given = { amount: 100 };
    const purpose = freezePurpose(given);
    given.amount = 1_000_000;
    expect(purpose).toEqual({ amount: 100 });
    expect(Object.isFrozen(purpose)).toBe(true);
  });
});
