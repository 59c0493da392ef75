import fc from 'fast-check';
import { fitAccountName, fitLabel, otpauthUri } from '../../../src/domain/otpauth.js';
import { Secret } from '../../../src/domain/secret.js';
import { DEFAULT_TOTP } from '../../../src/domain/totp-config.js';
import { RFC6238_SECRETS } from '../rfc-vectors.js';

const SECRET = new Secret(RFC6238_SECRETS.sha1);
const LONGEST = {
  secret: new Secret(RFC6238_SECRETS.sha512),
  config: { ...DEFAULT_TOTP, algorithm: 'sha512' },
} as const;

const anyName = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: fc.constantFrom(':', '%3A', '%', '3', 'a', '?', '&', '=', '#', '\ud800', '😀', '/', "'", '!') }),
);

const anyFactorName = fc.option(
  fc.string({ unit: fc.constantFrom('a', ' ', '%', '€', '😀', '(', "'"), minLength: 1, maxLength: 64 }),
);

function uriOf(issuer: string, accountName: string, factorName: string | null = null): string {
  const label = { issuer: fitLabel(issuer) || 'Issuer', accountName: fitAccountName(accountName, factorName) };
  return otpauthUri(label, SECRET, DEFAULT_TOTP);
}

describe('the otpauth URI', () => {
  it('has exactly the form of the brief, as Twilio writes it', () => {
    expect(uriOf('Issuer', 'John’s Account')).toBe(
      'otpauth://totp/Issuer:John%E2%80%99s%20Account' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Issuer&algorithm=SHA1&digits=6&period=30',
    );
  });

  it('is encoded as RFC 3986 wants it, with upper case (section 2.1) and the reserved characters too (section 2.2)', () => {
    expect(uriOf("O'B (Ltd)!*", 'ada')).toContain('totp/O%27B%20%28Ltd%29%21%2A:ada?');
  });

  it('names all five parameters, also where they are not the default', () => {
    const config = { algorithm: 'sha512', codeLength: 8, timeStep: 60, skew: 0 } as const;
    expect(otpauthUri({ issuer: 'Acme', accountName: 'ada' }, SECRET, config)).toBe(
      'otpauth://totp/Acme:ada' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA512&digits=8&period=60',
    );
  });

  it.each([
    ['Acme', 'a?secret=AAAA'],
    ['X&secret=AAAA', 'ada'],
    ['Acme#', 'ada#?issuer=Evil'],
    ['Evil:Acme', 'Other:ada'],
    ['Evil%3AAcme', '%3a%3A'],
    ['Ac/me', '../../ada'],
    ["O'Brien (Ltd)!*", '<script>alert(1)</script>'],
  ])('says one secret, one issuer and one account, whatever issuer %j and account %j try', (issuer, accountName) => {
    const uri = uriOf(issuer, accountName);
    const { searchParams, pathname, hash } = new URL(uri);
    expect(searchParams.getAll('secret')).toEqual([SECRET.base32()]);
    expect(searchParams.getAll('issuer')).toEqual([fitLabel(issuer)]);
    expect([...searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period']);
    expect(decodeURIComponent(pathname).split(':')).toEqual([
      `/${fitLabel(issuer)}`,
      fitAccountName(accountName, null),
    ]);
    expect(hash).toBe('');
  });

  it('parses one way for every issuer, account and factor: one ":" in the label, equal issuers', () => {
    fc.assert(
      fc.property(anyName, anyName, anyFactorName, (issuer, accountName, factorName) => {
        const uri = uriOf(issuer, accountName, factorName);
        const [, label = '', query = ''] = /^otpauth:\/\/totp\/([^?]*)\?([^?]*)$/.exec(uri) ?? [];
        expect(label).toMatch(/^[\w.~%-]+:[\w.~%-]+$/);
        const [prefix] = label.split(':');
        expect(new URLSearchParams(query).getAll('issuer')).toEqual([decodeURIComponent(prefix ?? '')]);
        expect(new URLSearchParams(query).getAll('secret')).toEqual([SECRET.base32()]);
        // What an app reads that decodes once more.
        expect(decodeURIComponent(label).split(':')).toHaveLength(2);
        expect(decodeURIComponent(label)).not.toMatch(/%3a/i);
      }),
      { numRuns: 1000 },
    );
  });

  it('is at most 512 characters long, whatever the issuer, the account and the factor are called', () => {
    fc.assert(
      fc.property(anyName, anyName, anyFactorName, (issuer, accountName, factorName) => {
        const label = { issuer: fitLabel(issuer), accountName: fitAccountName(accountName, factorName) };
        expect(otpauthUri(label, LONGEST.secret, LONGEST.config).length).toBeLessThanOrEqual(512);
      }),
      { numRuns: 1000, examples: [['€'.repeat(99), '€'.repeat(99), '😀'.repeat(64)]] },
    );
  });
});

describe('a name made to fit a label', () => {
  it.each([
    ['Acme Inc.', 'Acme Inc.'],
    ['Acme: Payments', 'Acme Payments'],
    ['Acme%3APayments%3a', 'Acme Payments'],
    ['%3%3AA', '%3 A'],
    ['a\0b\nc\td\u0085e\u2028f\u2029g', 'a b c d e f g'],
    ['  many   spaces\u00a0 ', 'many spaces'],
    ['a\ud800b', 'a\ufffdb'],
    ['x'.repeat(65), 'x'.repeat(64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
    [`  ${'x'.repeat(64)}`, 'x'.repeat(64)],
    ['😀'.repeat(10), '😀'.repeat(9)],
  ])('%j becomes %j', (name, fitted) => {
    expect(fitLabel(name)).toBe(fitted);
  });

  it.each(['', ' ', ':', '%3A:%3a', '\n\t\u2028'])('is empty where nothing of it can stay: %j', (name) => {
    expect(fitLabel(name)).toBe('');
  });

  it('has at most 64 characters and 110 bytes percent-encoded, and stays as it is when fitted again', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const fitted = fitLabel(name);
        expect(Array.from(fitted).length).toBeLessThanOrEqual(64);
        expect(encodeURIComponent(fitted).length).toBeLessThanOrEqual(110);
        expect(fitLabel(fitted)).toBe(fitted);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the account name of a label', () => {
  it.each<readonly [string, string | null, string]>([
    ['ada@example.com', null, 'ada@example.com'],
    ['ada@example.com', 'Phone', 'ada@example.com (Phone)'],
    [':', null, 'account'],
    [':', 'Phone', 'account (Phone)'],
    ['x'.repeat(99), null, 'x'.repeat(64)],
    ['x'.repeat(99), 'Phone', `${'x'.repeat(56)} (Phone)`],
    ['東'.repeat(20), 'Phone', `${'東'.repeat(10)} (Phone)`],
    ['ada', 'x'.repeat(64), `ada (${'x'.repeat(32)})`],
    ['ada', '😀'.repeat(64), `ada (${'😀'.repeat(6)})`],
  ])('%j with factor %j is %j', (accountName, factorName, fitted) => {
    expect(fitAccountName(accountName, factorName)).toBe(fitted);
  });
});
