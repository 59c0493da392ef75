import fc from 'fast-check';
import { parseCode, parseProof } from '../../../src/domain/code.js';
import { refusalOf } from '../refusal.js';

describe('what a person typed', () => {
  it.each([
    ['123456', '123456'],
    ['000000', '000000'],
    ['123 456', '123456'],
    ['123-456', '123456'],
    [' 123 456 ', '123456'],
    ['1-2-3', '123'],
    ['1234 5678', '12345678'],
  ])('%j is the code %s', (typed, code) => {
    expect(parseCode(typed)).toBe(code);
  });

  it.each<unknown>([
    undefined,
    null,
    123_456,
    12_345n,
    true,
    Symbol('123456'),
    ['123456'],
    ['1', '2', '3', '4', '5', '6'],
    { code: '123456' },
    { $ne: 'x' },
    { toString: () => '123456' },
    Object('123456'),
    '',
    ' ',
    '------',
    '12',
    '123456789',
    '1'.repeat(10_240),
    `${' '.repeat(10_240)}123456`,
    '１２３４５６',
    '١٢٣٤٥٦',
    '\u200b123456',
    '123456\u200b',
    '123\u00a0456',
    '123456\n',
    '123\n456',
    '\t123456',
    '+123456',
    '123–456',
    '-12',
    '0x123456',
    '1e5',
    '12345.6',
    '123456\0',
    'abcdef',
    '__proto__',
  ])('%p is malformed', (typed) => {
    expect(refusalOf(() => parseCode(typed))).toBe('malformed_code');
  });

  it('is a string of 3–8 ASCII digits without its spaces and hyphens, or malformed', () => {
    const unit = fc.constantFrom('0', '7', '9', ' ', '-', '\u0660', '\uff11', '\n', '+', 'e', '\u200b');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string({ unit: 'binary' })), (typed) => {
        const digits = typed.replaceAll(' ', '').replaceAll('-', '');
        if (/^[0-9]{3,8}$/.test(digits)) expect(parseCode(typed)).toBe(digits);
        else expect(refusalOf(() => parseCode(typed))).toBe('malformed_code');
      }),
      { numRuns: 1000 },
    );
  });

  it('is not repeated in the message', () => {
    expect(() => parseCode('123456789')).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching('1234') }),
    );
  });
});

describe('the one field that takes both', () => {
  const recoveryCode = 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-23';
  const canonical = recoveryCode.replaceAll('-', '');

  it.each([
    ['123 456', { kind: 'code', code: '123456' }],
    ['12345678', { kind: 'code', code: '12345678' }],
    [recoveryCode, { kind: 'recovery_code', code: canonical }],
    [` ${recoveryCode.toLowerCase()} `, { kind: 'recovery_code', code: canonical }],
    [`${'1'.repeat(25)}Z`, { kind: 'recovery_code', code: `${'1'.repeat(25)}Z` }],
    [`${canonical}${' '.repeat(38)}`, { kind: 'recovery_code', code: canonical }],
  ])('takes %j for what it is by its form', (typed, proof) => {
    expect(parseProof(typed)).toEqual(proof);
  });

  it.each<unknown>([
    undefined,
    null,
    123_456,
    '',
    '12',
    '123456789',
    canonical.slice(1),
    `${canonical}0`,
    '1'.repeat(26),
    `O${'1'.repeat(25)}`,
    `U${canonical.slice(1)}`,
    `${canonical}${' '.repeat(39)}`,
    [canonical],
    { toString: () => canonical },
  ])('takes %p for neither', (typed) => {
    expect(refusalOf(() => parseProof(typed))).toBe('malformed_code');
  });
});
