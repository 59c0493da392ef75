import request from 'supertest';
import { createVerifyApi } from '../../src/verify-api.js';
import { codeAt } from '../support/rfc-code.js';
import { ACCOUNT, anApi, aService, call, OTHER, SECRET } from './own-api.js';

const KEY = { sid: `SK${'3'.repeat(32)}`, secret: 'c'.repeat(32) };

describe('the door', () => {
  it('lets nobody in without the right credentials, and tells why in Twilio’s envelope', async () => {
    const api = anApi();
    for (const authToken of ['', 'wrong'.repeat(8)]) {
      const { status, body, headers } = await call(api, 'get', '/v2/Services', {}, { ...ACCOUNT, authToken });
      const more_info = 'https://www.twilio.com/docs/errors/20003';
      expect([status, body]).toEqual([401, { code: 20003, message: 'Authenticate', more_info, status: 401 }]);
      expect(headers['www-authenticate']).toMatch(/^Basic/);
    }
    expect((await request(api.app).get('/v2/nothing')).status).toBe(401);
    expect((await request(api.app).get('/elsewhere')).text).toContain('Cannot GET /elsewhere');
  });

  it('is shut for a minute after ten failures from one address, also for the right credentials', async () => {
    const api = anApi();
    for (let count = 0; count < 10; count += 1) await request(api.app).get('/v2/Services');
    const refused = await call(api, 'get', '/v2/Services');
    expect(refused).toMatchObject({ status: 429, body: { code: 20429 } });
    expect(refused.get('retry-after')).toBe('60');
    api.clock.advance(60_000);
    expect((await call(api, 'get', '/v2/Services')).status).toBe(200);
  });

  it('lets a key do what its scopes say', async () => {
    const api = anApi({ accounts: [{ ...ACCOUNT, keys: [{ ...KEY, scopes: ['read'] }] }] });
    const key = { sid: KEY.sid, authToken: KEY.secret };
    expect((await call(api, 'get', '/v2/Services', {}, key)).status).toBe(200);
    const refused = await call(api, 'post', '/v2/Services', { FriendlyName: 'Mine' }, key);
    expect(refused).toMatchObject({ status: 403, body: { code: 20403 } });
  });

  it('answers other methods, large bodies and bodies of other kinds in the same envelope', async () => {
    const api = anApi();
    const put = await request(api.app).put('/v2/Services').auth(ACCOUNT.sid, ACCOUNT.authToken);
    expect([put.status, put.body.code, put.headers['allow']]).toEqual([405, 20004, 'GET, HEAD, POST']);
    const large = await call(api, 'post', '/v2/Services', { FriendlyName: 'x'.repeat(17_000) });
    expect([large.status, large.body.status]).toEqual([413, 413]);
    const json = await request(api.app).post('/v2/Services').auth(ACCOUNT.sid, ACCOUNT.authToken).send({ a: 1 });
    expect([json.status, json.body.code]).toEqual([400, 60200]);
  });

  it('keeps accounts apart', async () => {
    const api = anApi();
    const { path } = await aService(api);
    expect(await call(api, 'get', path, {}, OTHER)).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await call(api, 'get', '/v2/Services', {}, OTHER)).body.services).toEqual([]);
  });

  it('describes every route', async () => {
    const { body } = await call(anApi(), 'get', '/v2/openapi.json');
    const form = body.paths['/v2/Services'].post.requestBody.content['application/x-www-form-urlencoded'].schema;
    expect(form.required).toEqual(['FriendlyName']);
    expect(form.properties['Totp.Skew']).toEqual({ type: 'integer', minimum: 0, maximum: 2 });
  });
});

it('the app’s own service is there only where it is shared, and factors of it are of both', async () => {
  const api = anApi({ shareWithApp: true });
  const [{ sid, friendly_name: name }] = (await call(api, 'get', '/v2/Services')).body.services;
  expect(name).toBe('Acme');
  const factors = `/v2/Services/${sid}/Entities/ann/Factors`;
  const { factor, binding } = await api.mfa.factors.create({ identity: 'ann' });
  await api.mfa.factors.verify({
    identity: 'ann',
    sid: factor.sid,
    code: codeAt(binding.secret, api.clock.now()),
  });
  expect((await call(api, 'get', factors)).body.factors).toMatchObject([{ sid: factor.sid, status: 'verified' }]);
  expect((await call(anApi(), 'get', factors)).status).toBe(404);
  expect((await call(api, 'post', `/v2/Services/${sid}`, { FriendlyName: 'Mine' })).body.code).toBe(60204);
});

it('documents are sealed anew after a change of keys', async () => {
  const [old, next] = ['0'.repeat(64), '1'.repeat(64)];
  const before = anApi();
  const { entity } = await aService(before);
  const form = { FriendlyName: 'Phone', FactorType: 'totp', 'Binding.Secret': SECRET };
  await call(before, 'post', `${entity}/Factors`, form);
  const { store } = before;
  const both = anApi({}, { store, mfaOptions: { keys: [next, old] } });
  expect(await both.api.rekey()).toEqual({ rekeyed: 3, unreadable: [] });
  const after = anApi({}, { store, mfaOptions: { keys: next } });
  expect((await call(after, 'get', `${entity}/Factors`)).body.factors).toHaveLength(1);
});

it.each([
  [{ accounts: [] }, 'accounts must be a list of at least one account'],
  [{ accounts: [{ ...ACCOUNT, authToken: 'short' }] }, 'a random string of 32 characters or more'],
  [{ accounts: [ACCOUNT, ACCOUNT] }, 'accounts has one SID twice'],
  [{ publicUrl: 'verify.example.com' }, 'publicUrl must be'],
  [{ mfa: {} as never }, 'mfa must be what createMfa returned'],
])('refuses the options %j', (options, message) => {
  const { mfa } = anApi();
  expect(() => createVerifyApi({ mfa, accounts: [ACCOUNT], ...options })).toThrow(message);
});
