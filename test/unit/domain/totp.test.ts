import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Secret } from '../../../src/domain/secret.js';
import { DEFAULT_TOTP } from '../../../src/domain/totp-config.js';
import { acceptedSteps, matchingSteps, stepAt, type TotpAlgorithm } from '../../../src/domain/totp.js';
import { oathtoolCodes } from '../../support/oathtool.js';
import { Authenticator } from '../authenticator.js';
import { RFC4226_VECTORS, RFC6238_SECRETS, RFC6238_VECTORS } from '../rfc-vectors.js';

const ALGORITHMS: readonly TotpAlgorithm[] = ['sha1', 'sha256', 'sha512'];

describe('the codes of a secret', () => {
  it.each(RFC6238_VECTORS)('at %i s with %s the code is %s (RFC 6238 appendix B)', (seconds, algorithm, code) => {
    const config = { ...DEFAULT_TOTP, algorithm, codeLength: 8 };
    const step = stepAt(seconds * 1000, 30);
    const around = { first: step - 5, last: step + 5 };
    expect(matchingSteps(new Secret(RFC6238_SECRETS[algorithm]), config, code, around)).toEqual([step]);
  });

  it.each(RFC4226_VECTORS.map((code, counter) => [counter, code] as const))(
    'of counter %i the code is %s (RFC 4226 appendix D)',
    (counter, code) => {
      const secret = new Secret(RFC6238_SECRETS.sha1);
      expect(matchingSteps(secret, DEFAULT_TOTP, code, { first: 0, last: 9 })).toEqual([counter]);
    },
  );

  it('go on beyond 32 bits of time: at 20,000,000,000 s the code of 6 digits is 353130', () => {
    const step = stepAt(20_000_000_000_000, 30);
    const around = { first: step - 5, last: step + 5 };
    expect(matchingSteps(new Secret(RFC6238_SECRETS.sha1), DEFAULT_TOTP, '353130', around)).toEqual([step]);
  });

  it.each(
    ALGORITHMS.flatMap((algorithm) => [6, 7, 8].flatMap((digits) => [20, 30, 60].map((s) => [algorithm, digits, s]))),
  )('are those of oathtool: %s, %i digits, %i s', (algorithm, digits, timeStep) => {
    const config = { ...DEFAULT_TOTP, algorithm, codeLength: digits, timeStep } as typeof DEFAULT_TOTP;
    const secret = new Secret(randomBytes(20));
    const seconds = 1_790_000_003;
    const shown = oathtoolCodes({ ...config, secret: secret.base32(), seconds, digits: config.codeLength, count: 51 });
    expect(shown).toHaveLength(51);
    const first = stepAt(seconds * 1000, config.timeStep);
    shown.forEach((code, index) => {
      expect(matchingSteps(secret, config, code, { first, last: first + 50 })).toContain(first + index);
    });
  });

  it('are the same by the formula that the tests go by and by oathtool', () => {
    for (const algorithm of ALGORITHMS) {
      const authenticator = new Authenticator(randomBytes(32), { algorithm, codeLength: 8, timeStep: 60 });
      const request = { secret: authenticator.secret.base32(), algorithm, digits: 8, timeStep: 60, count: 51 };
      const first = authenticator.stepAt(1_790_000_003_000);
      const formula = Array.from({ length: 51 }, (_, index) => authenticator.codeOf(first + index));
      expect(oathtoolCodes({ ...request, seconds: 1_790_000_003 })).toEqual(formula);
    }
  });
});

describe('matching', () => {
  const secret = new Secret(RFC6238_SECRETS.sha1);

  it('names every step that has the code, in ascending order', () => {
    const authenticator = new Authenticator(RFC6238_SECRETS.sha1, { codeLength: 3 });
    const code = authenticator.codeOf(0);
    const all = Array.from({ length: 5000 }, (_, step) => step).filter((step) => authenticator.codeOf(step) === code);
    expect(all.length).toBeGreaterThan(2);
    expect(matchingSteps(secret, authenticator.config, code, { first: 0, last: 4999 })).toEqual(all);
  });

  it('agrees with the formula for any range, also where it begins before 1970', () => {
    const authenticator = new Authenticator(RFC6238_SECRETS.sha1, { codeLength: 3 });
    const steps = fc.integer({ min: -60, max: 60 });
    fc.assert(
      fc.property(steps, steps, fc.nat(60), (first, last, shown) => {
        const code = authenticator.codeOf(shown);
        const expected = Array.from({ length: 121 }, (_, index) => index - 60).filter(
          (step) => step >= Math.max(0, first) && step <= last && authenticator.codeOf(step) === code,
        );
        expect(matchingSteps(secret, authenticator.config, code, { first, last })).toEqual(expected);
      }),
    );
  });

  it('never throws, and finds no step for what is no code', () => {
    const isCode = (text: string): boolean => /^[0-9]{6}$/.test(text);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('0', '1', '٣', '３', '\u200b', '\ud800', ' ', '-', '+', '\n', '\0') }),
    );
    fc.assert(
      fc.property(text, (typed) => {
        const found = matchingSteps(secret, DEFAULT_TOTP, typed, { first: -3, last: 3 });
        if (!isCode(typed)) expect(found).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('works with every secret from one byte to 64, whatever may be created today', () => {
    for (let length = 1; length <= 64; length += 1) {
      const authenticator = new Authenticator(randomBytes(length));
      const found = matchingSteps(authenticator.secret, DEFAULT_TOTP, authenticator.codeOf(7), { first: 7, last: 7 });
      expect(found).toEqual([7]);
    }
  });
});

describe('the window', () => {
  it.each([
    [0, { first: 2, last: 2 }],
    [1, { first: 1, last: 3 }],
    [2, { first: 0, last: 4 }],
  ])('with skew %i at second 60 is %j', (skew, window) => {
    expect(acceptedSteps(60_000, { ...DEFAULT_TOTP, skew })).toEqual(window);
    expect(acceptedSteps(89_999, { ...DEFAULT_TOTP, skew })).toEqual(window);
  });

  it('moves on with the time step of the factor', () => {
    expect(stepAt(59_999, 60)).toBe(0);
    expect(stepAt(60_000, 60)).toBe(1);
    expect(stepAt(60_000, 20)).toBe(3);
  });
});
