import type * as Hotp from '@otplib/hotp';
import type * as Totp from '../../../src/domain/totp.js';

/** The check, with a library that makes this code with this algorithm at this step and all later ones. */
function checkWith(algorithm: string, code: string, from = 0): () => void {
  let check = (): void => undefined;
  jest.isolateModules(() => {
    jest.doMock('@otplib/hotp', () => {
      const real = jest.requireActual<typeof Hotp>('@otplib/hotp');
      const generateSync: typeof real.generateSync = (options) =>
        options.algorithm === algorithm && options.counter >= from ? code : real.generateSync(options);
      return { ...real, generateSync };
    });
    // Without a type argument: Jest would not see on what this test depends.
    const { requireKnownCodes }: typeof Totp = jest.requireActual('../../../src/domain/totp.js');
    check = requireKnownCodes;
  });
  return check;
}

describe('the check of the library that makes the codes', () => {
  it('is passed by the one that there is', () => {
    expect(checkWith('none', '')).not.toThrow();
  });

  it.each([
    ['sha1', '94287082'],
    ['sha256', '46119246'],
    ['sha512', '90693936'],
  ])(
    'is failed by one that is wrong with %s, also by one that makes the right code at every step, or at two',
    (algorithm, code) => {
      const message = `@otplib/hotp makes wrong codes with ${algorithm}: reinstall it in a release that passes RFC 6238`;
      expect(checkWith(algorithm, '123456')).toThrow(message);
      expect(checkWith(algorithm, code)).toThrow(message);
      expect(checkWith(algorithm, code, 1)).toThrow(message);
    },
  );
});
