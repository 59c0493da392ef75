import { DEFAULT_TOTP, resolveTotp, type TotpOptions } from '../../../src/domain/totp-config.js';

describe('the configuration of a factor', () => {
  it('is what every authenticator app understands, unless asked otherwise', () => {
    expect(resolveTotp({}, DEFAULT_TOTP)).toEqual({ algorithm: 'sha1', codeLength: 6, timeStep: 30, skew: 1 });
  });

  it('takes from the service what it does not name itself', () => {
    const service = { algorithm: 'sha256', codeLength: 8, timeStep: 60, skew: 0 } as const;
    expect(resolveTotp({}, service)).toEqual(service);
    expect(resolveTotp({ timeStep: 20, skew: 2 }, service)).toEqual({ ...service, timeStep: 20, skew: 2 });
    expect(resolveTotp({ algorithm: 'sha512', codeLength: 7 }, service)).toMatchObject({
      algorithm: 'sha512',
      codeLength: 7,
    });
  });

  it.each<readonly [string, TotpOptions]>([
    ['totp.codeLength must be a whole number from 6 to 8, got 5', { codeLength: 5 }],
    ['totp.codeLength must be a whole number from 6 to 8, got 9', { codeLength: 9 }],
    ['totp.codeLength must be a whole number from 3 to 8, got 2', { codeLength: 2, allowWeak: true }],
    ['totp.timeStep must be a whole number from 20 to 60, got 19', { timeStep: 19 }],
    ['totp.timeStep must be a whole number from 20 to 60, got 61', { timeStep: 61 }],
    ['totp.skew must be a whole number from 0 to 2, got 3', { skew: 3 }],
    ['totp.skew must be a whole number from 0 to 2, got -1', { skew: -1 }],
    // A caller without types.
    ['totp.algorithm must be one of sha1, sha256, sha512, got "md5"', { algorithm: 'md5' } as unknown as TotpOptions],
    ['totp.algorithm must be one of sha1, sha256, sha512, got "SHA1"', { algorithm: 'SHA1' } as unknown as TotpOptions],
  ])('is refused outside its bounds: %s', (message, options) => {
    expect(() => resolveTotp(options, DEFAULT_TOTP)).toThrow(new RangeError(message));
  });

  it('has codes under six digits only by an explicit allowWeak, the service’s own or the factor’s', () => {
    expect(resolveTotp({ codeLength: 3, allowWeak: true }, DEFAULT_TOTP).codeLength).toBe(3);
    expect(resolveTotp({}, { ...DEFAULT_TOTP, codeLength: 4 }).codeLength).toBe(4);
    expect(resolveTotp({ codeLength: 5 }, { ...DEFAULT_TOTP, codeLength: 4 }).codeLength).toBe(5);
    expect(() => resolveTotp({ codeLength: 5, allowWeak: false }, DEFAULT_TOTP)).toThrow(RangeError);
  });
});
