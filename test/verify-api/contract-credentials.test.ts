/** Who may call: Basic auth by account or key, scopes, and what is answered to everybody else. */
import { randomBytes } from 'node:crypto';
import request, { type Response } from 'supertest';
import { createVerifyApi } from '../../src/verify-api.js';
import { createMfa, MemoryStore } from '../../src/index.js';
import {
  ACME,
  IDENTITY,
  RIVAL,
  enrolled,
  expectRefusal,
  newService,
  nothing,
  verifyApi,
  type Credentials,
  type VerifyApi,
} from '../support/verify-api.js';
import { callsOf } from '../support/verify-calls.js';
import { WatchedStore } from '../support/watched-store.js';

type Scope = 'read' | 'challenge' | 'factor' | 'admin';

const KEY: Credentials = { sid: `SK${'c3'.repeat(16)}`, secret: 'key-secret-0123456789abcdef01234567' };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

async function withKey(scopes?: readonly Scope[]): Promise<VerifyApi> {
  const key = { sid: KEY.sid, secret: KEY.secret, ...(scopes && { scopes: [...scopes] }) };
  return verifyApi({
    options: {
      accounts: [
        { sid: ACME.sid, authToken: ACME.secret, keys: [key] },
        { sid: RIVAL.sid, authToken: RIVAL.secret },
      ],
    },
  });
}

describe('credentials', () => {
  it('are those of an account, or of one of its keys', async () => {
    const api = await withKey();
    const service = await newService(api, {}, KEY);
    const { body } = await api.get(service, KEY);
    expect(body.account_sid).toBe(ACME.sid);
    expect((await api.get(service)).body).toEqual(body);
    expect((await api.client(KEY).verify.v2.services.list()).map(({ url }) => url)).toEqual([body.url]);
    expectRefusal(await api.get(service, RIVAL), 404, 20404);
  });

  it('that are wrong in whatever way get one and the same answer', async () => {
    const api = await withKey();
    const service = await newService(api);
    const attempts: readonly (string | undefined)[] = [
      undefined,
      basic(`${ACME.sid}:${RIVAL.secret}`),
      basic(`${nothing('AC')}:${ACME.secret}`),
      basic(`${KEY.sid}:${ACME.secret}`),
      basic(`${ACME.sid}:`),
      basic(ACME.sid),
      basic(''),
      'Basic',
      'Basic %%%',
      `Bearer ${ACME.secret}`,
    ];
    const seen = new Set<string>();
    for (const header of attempts) {
      const answer = await request(api.base)
        .get(service)
        .set(header === undefined ? {} : { Authorization: header });
      expectRefusal(answer, 401, 20003, /^Authenticate$/);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="/);
      seen.add(JSON.stringify([shapeOf(answer), answer.text]));
    }
    expect(seen.size).toBe(1);
  });

  it('come before everything else: a path that does not exist, a method, a body', async () => {
    const api = await verifyApi();
    const nobody: Credentials = { sid: ACME.sid, secret: 'x'.repeat(32) };
    expectRefusal(await api.get(`/v2/Services/${nothing('VA')}`, nobody), 401, 20003);
    expectRefusal(await api.call('put', '/v2/Services', {}, nobody), 401, 20003);
    expectRefusal(await api.post('/v2/Services', { FriendlyName: '' }, nobody), 401, 20003);
    const huge = await request(api.base)
      .post('/v2/Services')
      .type('form')
      .send(`FriendlyName=${'x'.repeat(1_000_000)}`);
    expect(huge.status).toBe(401);
  });

  it('are compared with the whole secret, and case counts', async () => {
    const api = await verifyApi();
    for (const secret of [ACME.secret.slice(0, -1), `${ACME.secret}x`, ACME.secret.toUpperCase()]) {
      expectRefusal(await api.get('/v2/Services', { sid: ACME.sid, secret }), 401, 20003);
    }
    expect(
      (
        await request(api.base)
          .get('/v2/Services')
          .set('Authorization', basic(`${ACME.sid}:${ACME.secret}`).replace('Basic', 'bASIC'))
      ).status,
    ).toBe(200);
  });

  it('ask the store nothing while they are wrong', async () => {
    const store = new WatchedStore();
    const api = await verifyApi({ store });
    const asked = await store.during(async () => api.get('/v2/Services', { sid: ACME.sid, secret: 'x'.repeat(32) }));
    expect(asked).toEqual([]);
  });
});

describe('failed attempts', () => {
  const wrong = (): Credentials => ({ sid: ACME.sid, secret: randomBytes(20).toString('hex') });

  it('are ten a minute for one address: then nothing is compared, right or wrong', async () => {
    const api = await verifyApi();
    for (let i = 0; i < 10; i += 1) expectRefusal(await api.get('/v2/Services', wrong()), 401, 20003);
    for (const credentials of [wrong(), ACME, RIVAL]) {
      const refusal = await api.get('/v2/Services', credentials);
      expectRefusal(refusal, 429, 20429, /^Too many requests$/);
      expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(refusal.headers['retry-after'])).toBeLessThanOrEqual(60);
    }
    api.clock.advance(60_000);
    expect((await api.get('/v2/Services')).status).toBe(200);
  });

  it('are not extended by what was refused', async () => {
    const api = await verifyApi();
    for (let i = 0; i < 10; i += 1) await api.get('/v2/Services', wrong());
    for (let i = 0; i < 20; i += 1) {
      api.clock.advance(2000);
      expect((await api.get('/v2/Services', wrong())).status).toBe(429);
    }
    api.clock.advance(20_000);
    expect((await api.get('/v2/Services')).status).toBe(200);
  });

  it('are not spread over addresses that a header invents', async () => {
    const api = await verifyApi();
    const from = (i: number): Record<string, string> => ({
      'X-Forwarded-For': `192.0.2.${i}`,
      Forwarded: `for=192.0.2.${i}`,
    });
    for (let i = 0; i < 10; i += 1) await api.get('/v2/Services', wrong()).set(from(i));
    expectRefusal(await api.get('/v2/Services', wrong()).set(from(10)), 429, 20429);
  });

  it('are counted, not requests: who is known may ask as often as he likes', async () => {
    const api = await verifyApi();
    for (let i = 0; i < 30; i += 1) expect((await api.get('/v2/Services')).status).toBe(200);
    for (let i = 0; i < 9; i += 1) await api.get('/v2/Services', wrong());
    expect((await api.get('/v2/Services')).status).toBe(200);
  });
});

describe('a key', () => {
  /** What a key with these scopes may do, of every call. */
  async function allowed(scopes?: readonly Scope[]): Promise<readonly string[]> {
    const api = await withKey(scopes);
    const phone = await enrolled(api);
    const { body: challenge } = await api.post(phone.challenges, { FactorSid: phone.sid });
    const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: 'https://hooks.example.com/' };
    const { body: webhook } = await api.post(`${phone.service}/Webhooks`, hook);
    const places = {
      ...phone,
      challenge: `${phone.challenges}/${challenge.sid}`,
      webhook: `${phone.service}/Webhooks/${webhook.sid}`,
      factorSid: phone.sid,
    };
    const names: string[] = [];
    for (const { name, method, path, form } of callsOf(places)) {
      const { status, body } = await api.call(method, path, form, KEY);
      if (status === 403) expect(body).toMatchObject({ status: 403, code: 20403 });
      else names.push(name);
    }
    return names;
  }

  const READS = /^(fetch|list) /;
  const everything = callsOf({ service: '', entity: '', factor: '', challenge: '', webhook: '', factorSid: '' }).map(
    ({ name }) => name,
  );

  it('without scopes, or with admin, may do everything', async () => {
    expect(await allowed()).toEqual(everything);
    expect(await allowed(['admin'])).toEqual(everything);
  });

  it('that may read changes nothing', async () => {
    expect(await allowed(['read'])).toEqual(everything.filter((name) => READS.test(name)));
  });

  it('that may challenge makes and answers challenges, and changes nothing else', async () => {
    const changes = (await allowed(['challenge'])).filter((name) => !READS.test(name));
    expect(changes).toEqual(['create a challenge', 'answer a challenge']);
  });

  it('that may manage factors has no part in challenges, services and webhooks', async () => {
    // Whether it may remove a whole entity, with its history, is not said.
    const own = / a factor$|create an entity/;
    const changes = (await allowed(['factor'])).filter((name) => !READS.test(name) && name !== 'remove an entity');
    expect(changes).toEqual(everything.filter((name) => !READS.test(name) && own.test(name)));
  });
});

describe('createVerifyApi', () => {
  const mfa = createMfa<{ readonly id: string }>({
    issuer: 'Acme',
    store: new MemoryStore(),
    keys: Buffer.alloc(32, 7).toString('base64'),
  });
  const account = { sid: ACME.sid, authToken: ACME.secret };

  it.each([
    ['no account', { accounts: [] }],
    ['an account SID that is none', { accounts: [{ ...account, sid: 'AC123' }] }],
    ['a token shorter than 32 characters', { accounts: [{ ...account, authToken: 'x'.repeat(31) }] }],
    ['an account twice', { accounts: [account, account] }],
    ['a key SID that is none', { accounts: [{ ...account, keys: [{ sid: ACME.sid, secret: KEY.secret }] }] }],
    ['a key secret shorter than 32 characters', { accounts: [{ ...account, keys: [{ sid: KEY.sid, secret: 'x' }] }] }],
    ['a scope that there is not', { accounts: [{ ...account, keys: [{ ...KEY, scopes: ['root'] }] }] }],
    ['a publicUrl that is none', { accounts: [account], publicUrl: 'mfa.example.com' }],
    ['an option that there is not', { accounts: [account], unheard: 'of' }],
  ])('refuses %s when it is made, without repeating a secret', (_what, options) => {
    // The types refuse most of these.
    const make = (): unknown => createVerifyApi({ mfa, ...options } as Parameters<typeof createVerifyApi>[0]);
    expect(make).toThrow(/accounts|authToken|keys|secret|scopes|publicUrl|unheard|sid/);
    let message = '';
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      message = String(error);
    }
    for (const secret of [ACME.secret, KEY.secret, 'x'.repeat(31)]) expect(message).not.toContain(secret);
  });
});

/** The headers that would tell one failure from another: all but the time and the name of the request. */
function shapeOf({ headers }: Response): unknown {
  const { date: _date, 'twilio-request-id': _id, ...others } = headers as Record<string, string>;
  return others;
}

it('an identity is taken from the path alone', async () => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const answer = await api.post(phone.challenges, {
    FactorSid: phone.sid,
    Identity: 'somebody-else',
    AuthPayload: phone.code(),
  });
  expect([answer.body.identity, answer.body.status]).toEqual([IDENTITY, 'approved']);
});
