import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../../src/domain/base32.js';
import { oathtoolCodes } from '../../support/oathtool.js';
import { Authenticator } from '../authenticator.js';

const VECTORS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
];

const textOf = (base32: string): string | null => {
  const bytes = decodeBase32(base32);
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
};

describe('base32', () => {
  it.each(VECTORS)('of "%s" is "%s", written without padding (RFC 4648 §10)', (text, base32) => {
    expect(encodeBase32(Buffer.from(text))).toBe(base32.replace(/=/g, ''));
    expect(textOf(base32)).toBe(text);
    expect(textOf(base32.replace(/=/g, ''))).toBe(text);
  });

  it('gives every byte back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = encodeBase32(bytes);
        expect(text).toMatch(/^[A-Z2-7]*$/);
        expect(decodeBase32(text)).toEqual(bytes);
      }),
    );
  });

  it('is what oathtool reads as the same secret', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 64 }), (bytes) => {
        const seconds = 1_790_000_003;
        const [code] = oathtoolCodes({ secret: encodeBase32(bytes), seconds });
        expect(code).toBe(new Authenticator(bytes).codeAt(seconds * 1000));
      }),
      { numRuns: 20 },
    );
  });

  it.each(['mzxw6ytboi', 'MZXW 6YTB OI', 'mzxw-6ytb-oi', 'MZXW6YTBOI======', ' mzxw 6ytb\toi== \n', 'MzXw6yTbOi='])(
    'is understood as people and other systems write it: %j',
    (written) => {
      expect(textOf(written)).toBe('foobar');
    },
  );

  it.each([
    'MZXW6YTBO1',
    'MZXW6YTBO0',
    'MZXW6YTB8I',
    'MZXW!YTBOI',
    '=MZXW6YTBOI',
    'MZXW=6YTBOI',
    'ＭＺＸＷ6YTBOI',
    'MZXW6YTBO\u0131',
    'M\u017fXW6YTBOI',
    'MZXW6YTBOI\u200b',
    '[secret]',
  ])('takes nothing else for a digit: %j', (text) => {
    expect(decodeBase32(text)).toBeNull();
  });

  it.each(['M', 'MZX', 'MZXW6Y', 'MZXW6YTBO'])('refuses %j, a length that no bytes have', (text) => {
    expect(decodeBase32(text)).toBeNull();
  });

  it.each(['MZ', 'MZXR', 'MZXW7', 'MZXW6YR'])('refuses %j, whose last bits would be lost', (text) => {
    expect(decodeBase32(text)).toBeNull();
  });
});
