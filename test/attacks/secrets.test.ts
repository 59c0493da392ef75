import { MfaError } from '../../src/index.js';
import {
  agentOf,
  browserOf,
  elementsOf,
  hostApp,
  logIn,
  readPage,
  submitForm,
  textOf,
  verdictOf,
} from '../support/host-app.js';

describe('A41 secrets that can be guessed', () => {
  /** Of 31 degrees of freedom: a fair source exceeds it once in ten thousand million runs. */
  const CHI_SQUARE_BOUND = 112;

  function chiSquareOf(characters: readonly string[]): number {
    const expected = characters.length / 32;
    return Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', (letter) => {
      const seen = characters.filter((character) => character === letter).length;
      return (seen - expected) ** 2 / expected;
    }).reduce((sum, part) => sum + part, 0);
  }

  it('10,000 are of 160 bits each, no two alike, and no letter is likelier than another, at any place', async () => {
    const { mfa } = hostApp();
    const secrets: string[] = [];
    for (let first = 0; first < 10_000; first += 500) {
      const identities = Array.from({ length: 500 }, (_, i) => `user-${(first + i).toString()}`);
      const created = await Promise.all(identities.map(async (identity) => mfa.factors.create({ identity })));
      secrets.push(...created.map(({ binding }) => binding.secret));
    }
    expect(secrets.filter((secret) => !/^[A-Z2-7]{32}$/.test(secret))).toEqual([]);
    expect(new Set(secrets).size).toBe(10_000);
    const byPlace = Array.from({ length: 32 }, (_, place) => secrets.map((secret) => secret.charAt(place)));
    expect(chiSquareOf(byPlace.flat())).toBeLessThan(CHI_SQUARE_BOUND);
    for (const letters of byPlace) expect(chiSquareOf(letters)).toBeLessThan(CHI_SQUARE_BOUND);
  }, 60_000);

  it('a session cannot bring one: what it calls a secret is not read', async () => {
    const made = hostApp();
    const client = agentOf(made.app);
    await logIn(client, 'ann');
    const seen = new Set<string>();
    for (const weak of ['A'.repeat(32), 'AAAA', '', 'GEZDGNBVGY3TQOJQ']) {
      const binding = { secret: weak, alg: 'sha1' };
      const { body } = await client.post('/mfa/factors').send({ secret: weak, binding, config: { code_length: 3 } });
      expect(body.binding.secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(body.config).toEqual({ alg: 'sha1', skew: 1, code_length: 6, time_step: 30 });
      seen.add(body.binding.secret);
    }
    expect(seen.size).toBe(4);
  });

  it.each([
    ['nothing', ''],
    ['80 bits, as old generators made them', 'A'.repeat(16)],
    ['120 bits', 'A'.repeat(24)],
    ['more than a HMAC takes', 'A'.repeat(104)],
    ['no base32', 'A'.repeat(31) + '1'],
  ])('the host’s own code cannot bring one of %s', async (_what, secret) => {
    const { mfa } = hostApp();
    for (const attempt of [
      mfa.factors.create({ identity: 'ann', secret }),
      mfa.factors.import({ identity: 'ann', secret }),
    ]) {
      const error = await attempt.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MfaError);
      expect(error).toMatchObject({ code: 'invalid_request', status: 400 });
    }
    expect((await mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
  });
});

describe('A48 an issuer, an account or a factor’s name that rewrites the otpauth URI or the page', () => {
  const NAMES = [
    'a?secret=AAAA',
    'ann&secret=AAAA',
    'ann&issuer=Evil',
    'X&secret=AAAA&issuer=X',
    'Evil:ann',
    'Evil%3Aann',
    'Evil%253Aann',
    'ann#?secret=AAAA',
    'ann/../../evil',
    '<svg onload=alert(1)>',
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    '</title><img src=x onerror=alert(1)>',
    'ann\r\nX-Injected: 1',
    '\u202eevil',
    '{{7*7}}${7*7}',
  ];

  function expectOneMeaning(uri: string, secret: string, issuer: string): void {
    const { protocol, host, pathname, searchParams, hash } = new URL(uri);
    expect([protocol, host, hash]).toEqual(['otpauth:', 'totp', '']);
    expect(searchParams.getAll('secret')).toEqual([secret]);
    expect([...searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period']);
    const label = decodeURIComponent(pathname.slice(1)).split(':');
    expect(label).toHaveLength(2);
    expect([label[0], ...searchParams.getAll('issuer')]).toEqual([issuer, issuer]);
    expect(uri).toMatch(/^[\x21-\x7e]+$/);
    expect(uri).not.toMatch(/%3a|%0d|%0a|[<>"'#]/i);
  }

  it.each(NAMES)('as account name: %j', async (username) => {
    const made = hostApp();
    const client = agentOf(made.app);
    await logIn(client, username);
    const answer = await client.post('/mfa/factors').send({});
    expectOneMeaning(answer.body.binding.uri, answer.body.binding.secret, 'Acme');
    expect(answer.type).toBe('application/json');
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('x-injected');
  });

  it.each(NAMES)('as issuer: %j', async (issuer) => {
    const made = hostApp({ options: { issuer } });
    const client = agentOf(made.app);
    await logIn(client, 'ann');
    const { uri, secret } = (await client.post('/mfa/factors').send({})).body.binding;
    const [spoken = ''] = decodeURIComponent(new URL(uri).pathname.slice(1)).split(':');
    expectOneMeaning(uri, secret, spoken);
  });

  it.each(NAMES)('as the name of a factor: %j', async (friendlyName) => {
    const made = hostApp();
    // The label of a second factor carries its name.
    await made.mfa.factors.import({ identity: 'ann', secret: 'A'.repeat(32) });
    const { binding } = await made.mfa.factors
      .create({ identity: 'ann', friendlyName })
      .catch(async () => made.mfa.factors.create({ identity: 'ann' }));
    expectOneMeaning(binding.uri, binding.secret, 'Acme');
  });

  it.each(['a:b', 'a%3Ab', 'a%3ab', 'a\nb', 'a\0b', '', ' ', 'x'.repeat(65)])(
    'a factor is not named %j: 400',
    async (name) => {
      const made = hostApp();
      const client = agentOf(made.app);
      await logIn(client, 'ann');
      const answer = await client.post('/mfa/factors').send({ friendly_name: name });
      expect(verdictOf(answer)).toEqual([400, 'invalid_request']);
      expect((await made.mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
    },
  );

  it.each(NAMES)('on the page, beside its QR code, it is text and nothing else: %j', async (username) => {
    const made = hostApp({ options: { issuer: username } });
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username, password: 'secret' }).redirects(0);
    const start = readPage((await browser.get('/mfa/factors')).text);
    await submitForm(browser, elementsOf(start, 'form')[0]);
    const answer = await browser.get('/mfa/factors');
    // A strict reader: whatever is not escaped does not read.
    const page = readPage(answer.text);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(elementsOf(page, 'script')).toEqual([]);
    expect(elementsOf(page, 'img')).toEqual([]);
    const [svg] = elementsOf(page, 'svg');
    expect(svg === undefined ? 'none' : Object.keys(svg.attributes).filter((name) => /^on/i.test(name))).toEqual([]);
    expect(svg === undefined ? '' : textOf(svg)).not.toContain('<');
  });
});
