import fc from 'fast-check';
import {
  hasRecoveryCode,
  hasUsedRecoveryCode,
  newRecoveryCodes,
  parseRecoveryCode,
  withoutRecoveryCode,
} from '../../../src/domain/recovery-codes.js';
import type { Random } from '../../../src/domain/sid.js';
import { NOW, nth, repeatableRandom } from '../entity-builders.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A hundred sets, the same in every run. */
const random = repeatableRandom('recovery codes');
const SETS = Array.from({ length: 100 }, () => newRecoveryCodes(random, NOW));
const CODES = SETS.flatMap(({ codes }) => codes);

const canonical = (written: string): string => written.replaceAll('-', '');

/** The code of these bytes, as its bits say it: five to a character, the last one filled up with zeros. */
function codeOf(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.padEnd(130, '0').match(/.{5}/g) ?? [];
  return fives.map((five) => ALPHABET.charAt(parseInt(five, 2))).join('');
}

/** Pearson's statistic of these characters, where each of `expected` should be as frequent as any other. */
function chiSquareOf(characters: readonly string[], expected: string): number {
  const mean = characters.length / expected.length;
  return Array.from(expected, (character) => characters.filter((other) => other === character).length).reduce(
    (sum, count) => sum + (count - mean) ** 2 / mean,
    0,
  );
}

describe('a set of recovery codes', () => {
  it('has ten, each of 26 characters in groups of four', () => {
    for (const { codes, set } of SETS) {
      expect(codes).toHaveLength(10);
      expect(set.digests).toHaveLength(10);
    }
    for (const code of CODES) expect(code).toMatch(/^(?:[0-9A-Z]{4}-){6}[0-9A-Z]{2}$/);
  });

  it('has no letter that is taken for a digit, and none that makes a word: no I, L, O or U', () => {
    expect([...new Set(CODES.map(canonical).join(''))].sort().join('')).toBe(ALPHABET);
  });

  it('asks for 128 random bits for each code, and all of them are in it', () => {
    const given: Uint8Array[] = [];
    const noting: Random = (bytes) => {
      const fresh = random(bytes);
      given.push(fresh);
      return fresh;
    };
    const { codes } = newRecoveryCodes(noting, NOW);
    expect(given.slice(0, 10).map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 16));
    expect(codes.map(canonical)).toEqual(given.slice(0, 10).map(codeOf));
  });

  it('has no code twice, nor one of another set', () => {
    expect(new Set(CODES).size).toBe(1000);
  });

  it('uses every character alike often', () => {
    const characters = CODES.map(canonical);
    // 1 in 10⁶ for 31 and for 7 degrees of freedom; the last character holds three bits.
    expect(chiSquareOf(Array.from(characters.map((code) => code.slice(0, 25)).join('')), ALPHABET)).toBeLessThan(83);
    expect(
      chiSquareOf(
        characters.map((code) => code.slice(25)),
        '048CGMRW',
      ),
    ).toBeLessThan(41);
  });

  it('has a name and a key of its own', () => {
    expect(new Set(SETS.map(({ set }) => set.id)).size).toBe(100);
    expect(new Set(SETS.map(({ set }) => set.salt)).size).toBe(100);
    for (const { set } of SETS) expect(Buffer.from(set.salt, 'base64url')).toHaveLength(16);
  });

  it('keeps when it was made, and nothing to read a code from', () => {
    for (const { set, codes } of SETS) {
      expect(Object.keys(set).sort()).toEqual(['createdAt', 'digests', 'id', 'salt', 'used']);
      expect(set.createdAt).toBe(NOW);
      const kept = JSON.stringify(set).toUpperCase();
      for (const written of codes) {
        const code = canonical(written);
        const spellings = [
          written,
          code,
          ...(['hex', 'base64', 'base64url'] as const).map((as) => Buffer.from(code).toString(as)),
        ];
        for (const spelling of spellings) expect(kept).not.toContain(spelling.toUpperCase());
      }
    }
  });

  it('keeps 128 bits of each code, by the key of the set: an equal code of another set is kept as something else', () => {
    /** The same codes each time, and a key that differs. */
    const repeating = (name: string): Random => {
      const [bytesOfCodes, bytesOfKey] = [repeatableRandom('codes'), repeatableRandom(name)];
      let calls = 0;
      return (bytes) => ((calls += 1) <= 10 ? bytesOfCodes : bytesOfKey)(bytes);
    };
    const one = newRecoveryCodes(repeating('one'), NOW);
    const other = newRecoveryCodes(repeating('other'), NOW);
    expect(one.codes).toEqual(other.codes);
    expect(new Set([...one.set.digests, ...other.set.digests]).size).toBe(20);
    for (const digest of one.set.digests) expect(Buffer.from(digest, 'base64url')).toHaveLength(16);
  });
});

describe('a recovery code as a person types it', () => {
  const written = nth(CODES, 0);
  const code = canonical(written);

  it.each<readonly [string, string]>([
    ['as it is written down', written],
    ['without hyphens', code],
    ['in lower case', written.toLowerCase()],
    ['with spaces in place of the hyphens', written.replaceAll('-', ' ')],
    ['with spaces and hyphens anywhere', `- ${Array.from(code).join(' -')}  `],
  ])('%s is understood', (_how, typed) => {
    expect(parseRecoveryCode(typed)).toBe(code);
  });

  it('with O for 0, and with I or L for 1, is understood in either case', () => {
    const looksAlike = 'OoIiLl' + '0'.repeat(19) + 'Z';
    expect(parseRecoveryCode(looksAlike)).toBe('001111' + '0'.repeat(19) + 'Z');
  });

  it.each([`ſ${'0'.repeat(25)}`, `ı${'A'.repeat(25)}`, `ﬀ${'0'.repeat(24)}`])(
    '%s has a letter of another script, and is none',
    (typed) => {
      expect(parseRecoveryCode(typed)).toBeNull();
    },
  );

  it('has a letter: digits alone are a code, of whatever length, and none is made so', () => {
    for (const digits of ['0'.repeat(26), '12345678901234567890123456', `OIL${'0'.repeat(23)}`]) {
      expect(parseRecoveryCode(digits)).toBeNull();
    }
    let asked = 0;
    const { codes } = newRecoveryCodes((bytes) => {
      asked += 1;
      return Buffer.alloc(bytes, asked === 1 ? 0 : asked + 160);
    }, 0);
    expect(codes).toHaveLength(10);
    for (const code of codes) expect(code).toMatch(/[A-Z]/);
    expect(asked).toBe(13);
  });

  it('is the same however it was typed', () => {
    const anyTyping = fc.array(fc.record({ lower: fc.boolean(), before: fc.constantFrom('', ' ', '-', ' - ') }), {
      minLength: 26,
      maxLength: 26,
    });
    fc.assert(
      fc.property(fc.constantFrom(...CODES), anyTyping, (known, typing) => {
        const characters = Array.from(canonical(known));
        const typed = characters.map((character, index) => {
          const { lower, before } = nth(typing, index);
          return before + (lower ? character.toLowerCase() : character);
        });
        expect(parseRecoveryCode(typed.join(''))).toBe(canonical(known));
      }),
      { numRuns: 300 },
    );
  });

  it.each<readonly [string, string]>([
    ['nothing', ''],
    ['25 characters', code.slice(1)],
    ['27 characters', `${code}0`],
    ['a code of an authenticator', '123456'],
    ['a U, which no code has', `U${code.slice(1)}`],
    ['a u', `u${code.slice(1)}`],
    ['another separator', written.replaceAll('-', '_')],
    ['a tab', `${code.slice(0, 4)}\t${code.slice(4)}`],
    ['a line feed at the end', `${code}\n`],
    ['full-width letters', code.replace(/[0-9A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
    ['digits of another script', '٠'.repeat(26)],
  ])('with %s is none', (_what, typed) => {
    expect(parseRecoveryCode(typed)).toBeNull();
  });
});

describe('whether a code is of a set', () => {
  const { set, codes } = newRecoveryCodes(random, NOW);
  const known = codes.map(canonical);

  it('is said of each of its codes, and of no other set’s', () => {
    for (const code of known) expect(hasRecoveryCode(set, code)).toBe(true);
    for (const other of CODES.map(canonical)) expect(hasRecoveryCode(set, other)).toBe(false);
    expect(hasRecoveryCode(set, '')).toBe(false);
  });

  it('is said by the canonical form alone', () => {
    expect(hasRecoveryCode(set, nth(codes, 0))).toBe(false);
    expect(hasRecoveryCode(set, nth(known, 0).toLowerCase())).toBe(false);
  });

  it('ends with its use, and the other nine stay', () => {
    const rest = withoutRecoveryCode(set, nth(known, 4));
    expect(rest).toEqual({
      ...set,
      digests: set.digests.filter((_, index) => index !== 4),
      used: [nth([...set.digests], 4)],
    });
    expect(known.map((code) => hasUsedRecoveryCode(rest, code))).toEqual(known.map((_, index) => index === 4));
    expect(known.some((code) => hasUsedRecoveryCode(set, code))).toBe(false);
    expect(known.map((code) => hasRecoveryCode(rest, code))).toEqual(known.map((_, index) => index !== 4));
    expect(set.digests).toHaveLength(10);
  });

  it('a wrong code takes none away', () => {
    expect(withoutRecoveryCode(set, nth(CODES.map(canonical), 0))).toBe(set);
  });
});
