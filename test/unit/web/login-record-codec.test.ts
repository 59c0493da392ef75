import fc from 'fast-check';
import type { LoginRecord } from '../../../src/web/login-record.js';
import { decodeLoginRecord, encodeLoginRecord } from '../../../src/web/login-record-codec.js';

const anyText = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const anyTime = fc.integer({ min: 0, max: 2 ** 48 });
const anyAmount = fc.option(fc.integer(), { nil: undefined });

const anyRecord: fc.Arbitrary<LoginRecord> = fc.record(
  {
    service: anyText,
    identity: anyText,
    loginId: anyText,
    loginAt: anyTime,
    seenSince: anyTime,
    checkedAt: anyTime,
    impersonated: fc.constant(true),
    grant: fc.record({
      identity: anyText,
      loginId: anyText,
      epoch: anyText,
      factorSid: fc.option(anyText),
      authAt: anyTime,
      seenAt: anyTime,
      amr: fc.array(anyText),
    }),
    notice: fc.record(
      { reason: fc.string(), attemptsRemaining: anyAmount, retryAfter: anyAmount, driftSeconds: anyAmount },
      { requiredKeys: ['reason'] },
    ),
  },
  { requiredKeys: ['service', 'identity', 'loginId', 'loginAt', 'seenSince'] },
);

const LOGIN = 'default,ann,login-1,1,2,3,';
const GRANT = 'ann,login-1,epoch-1,YF1,4,5,otp,mfa';

describe('the text of a login record', () => {
  it('says all that the record does, whatever is in it', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(JSON.stringify(decodeLoginRecord(encodeLoginRecord(record)), sortKeys)).toBe(
          JSON.stringify(record, sortKeys),
        );
      }),
    );
  });

  it('has one form', () => {
    const grant = {
      identity: 'ann',
      loginId: 'login-1',
      epoch: 'epoch-1',
      factorSid: 'YF1',
      authAt: 4,
      seenAt: 5,
      amr: ['otp', 'mfa'],
    };
    const login = { service: 'default', identity: 'ann', loginId: 'login-1', loginAt: 1, seenSince: 2, checkedAt: 3 };
    expect(encodeLoginRecord({ ...login, grant })).toBe(`${LOGIN};${GRANT};`);
  });

  it.each([
    ['nothing', undefined],
    ['an object', { service: 'default', identity: 'ann', loginId: 'login-1', loginAt: 1, seenSince: 2 }],
    ['an empty text', ''],
    ['a word', 'satisfied'],
    ['a login without its id', 'default,ann,,1,2,3,;;'],
    ['a login at no time', 'default,ann,login-1,,2,3,;;'],
    ['a login at a time that is none', 'default,ann,login-1,soon,2,3,;;'],
    ['a look at a time that is none', 'default,ann,login-1,1,2,Infinity,;;'],
    ['a broken escape', 'default,%ann,login-1,1,2,3,;;'],
    ['a login that ends early', 'default,ann,login-1,1'],
    ['a grant without an epoch', `${LOGIN};ann,login-1,,YF1,4,5,otp;`],
    ['a grant at no time', `${LOGIN};ann,login-1,epoch-1,YF1,,5,otp;`],
    ['a grant with an empty method', `${LOGIN};ann,login-1,epoch-1,YF1,4,5,;`],
    ['a grant that says nothing', `${LOGIN};grant;`],
    ['a notice that is no JSON', `${LOGIN};;notice`],
    ['a notice of nothing', `${LOGIN};;%7B%7D`],
  ])('is not %s', (_what, stored) => {
    expect(decodeLoginRecord(stored)).toBeNull();
  });
});

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
