/** Sections 4.1–4.6 and 5.1: which values are taken, and what is answered to every other one. */
import {
  ACME,
  IDENTITY,
  enrolled,
  expectRefusal,
  newChallenge,
  newFactor,
  newService,
  nothing,
  pathsOf,
  verifyApi,
  type Form,
} from '../support/verify-api.js';

const NAME = { FriendlyName: 'My service' };
const FACTOR = { FriendlyName: 'Phone', FactorType: 'totp' };
const WEBHOOK = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: 'https://hooks.example.com/' };

const text = (length: number): string => 'x'.repeat(length);
const object = (characters: number): string => JSON.stringify({ a: text(characters - 8) });

describe('services', () => {
  it.each<[string, Form]>([
    ['a name of 30 characters', { FriendlyName: text(30) }],
    ['a name of letters, digits, spaces, dashes and underscores', { FriendlyName: 'My-first_Service 2026' }],
    ...[4, 10].map((n): [string, Form] => [`a code length of ${n}`, { ...NAME, CodeLength: n }]),
    ...[20, 60].map((n): [string, Form] => [`a time step of ${n}`, { ...NAME, 'Totp.TimeStep': n }]),
    ...[3, 8].map((n): [string, Form] => [`codes of ${n} digits`, { ...NAME, 'Totp.CodeLength': n }]),
    ...[0, 2].map((n): [string, Form] => [`a skew of ${n}`, { ...NAME, 'Totp.Skew': n }]),
    ['what is not known', { ...NAME, Unheard: 'of', 'Totp.Alg': 'md5', DoForceCheckOnce: true }],
    ['what is empty, as if it were not there', { ...NAME, 'Totp.TimeStep': '', CodeLength: '', LookupEnabled: '' }],
  ])('take %s', async (_what, form) => {
    const api = await verifyApi();
    const { status, body } = await api.post('/v2/Services', form);
    expect([status, body.friendly_name]).toEqual([201, form['FriendlyName']]);
    expect((await api.post(`/v2/Services/${body.sid}`, form)).status).toBe(200);
  });

  it.each<[string, Form]>([
    ['a name of 31 characters', { FriendlyName: text(31) }],
    ['a name of 32 characters', { FriendlyName: text(32) }],
    ['a name of 33 characters', { FriendlyName: text(33) }],
    ['a name with five digits', { FriendlyName: 'Service 12345' }],
    ['a name with five digits apart', { FriendlyName: '1 2 3 4 5' }],
    ['a name with other characters', { FriendlyName: 'Ann & Bob' }],
    ...[3, 11, 5.5, 'six'].map((n): [string, Form] => [`a code length of ${n}`, { ...NAME, CodeLength: n }]),
    ...[19, 61, 30.5, '0x1e'].map((n): [string, Form] => [`a time step of ${n}`, { ...NAME, 'Totp.TimeStep': n }]),
    ...[2, 9, '6e0'].map((n): [string, Form] => [`codes of ${n} digits`, { ...NAME, 'Totp.CodeLength': n }]),
    ...[-1, 3].map((n): [string, Form] => [`a skew of ${n}`, { ...NAME, 'Totp.Skew': n }]),
    ['an issuer with a control character', { ...NAME, 'Totp.Issuer': 'Ac\u0000me' }],
    ['a boolean that is none', { ...NAME, LookupEnabled: 'maybe' }],
  ])('refuse %s with 60200, at creation and at change, and change nothing', async (_what, form) => {
    const api = await verifyApi();
    expectRefusal(await api.post('/v2/Services', form), 400, 60200, /^Invalid parameter/);
    expect((await api.get('/v2/Services')).body.services).toEqual([]);
    const service = await newService(api);
    const before = (await api.get(service)).body;
    expectRefusal(await api.post(service, form), 400, 60200, /^Invalid parameter/);
    expect((await api.get(service)).body).toEqual(before);
  });

  it('want a name when they are made, and nothing when they are changed', async () => {
    const api = await verifyApi();
    const message = /^Missing required parameter FriendlyName in the post body$/;
    expectRefusal(await api.post('/v2/Services'), 400, 20001, message);
    expectRefusal(await api.post('/v2/Services', { FriendlyName: '' }), 400, 20001, message);
    const service = await newService(api);
    expect((await api.post(service)).body).toEqual((await api.get(service)).body);
  });

  it('give their factors what they are set to, at the moment of creation', async () => {
    const api = await verifyApi();
    const service = await newService(api, { 'Totp.TimeStep': 60, 'Totp.CodeLength': 8, 'Totp.Skew': 0 });
    const entity = `${service}/Entities/${IDENTITY}/Factors`;
    const first = await api.post(entity, FACTOR);
    expect(first.body.config).toEqual({ alg: 'sha1', skew: 0, code_length: 8, time_step: 60 });
    expect(first.body.binding.uri).toMatch(/^otpauth:\/\/totp\/My%20service:Phone\?.*&issuer=My%20service&/);
    await api.post(service, { 'Totp.Issuer': 'Acme', 'Totp.CodeLength': 6 });
    const second = await api.post(entity, { ...FACTOR, 'Config.TimeStep': 30, 'Config.Alg': 'sha512' });
    expect(second.body.config).toEqual({ alg: 'sha512', skew: 0, code_length: 6, time_step: 30 });
    expect(second.body.binding.uri).toMatch(/:Phone\?secret=\w+&issuer=Acme&algorithm=SHA512&digits=6&period=30$/);
    expect((await api.get(`${entity}/${first.body.sid}`)).body.config.code_length).toBe(8);
  });
});

it.each(['Acme: staff', '%3A'])('the issuer %j is made to fit a label that parses one way', async (issuer) => {
  const api = await verifyApi();
  const service = await newService(api, { 'Totp.Issuer': issuer });
  expect((await api.get(service)).body.totp.issuer).toBe(issuer);
  const factor = await api.post(`${service}/Entities/${IDENTITY}/Factors`, FACTOR);
  const label = decodeURIComponent(String(factor.body.binding.uri).replace(/^otpauth:\/\/totp\/|\?.*$/g, ''));
  expect(label).toMatch(/^[^:\p{Cc}]+:Phone$/u);
  expect(decodeURIComponent(label)).toBe(label);
});

describe('entities', () => {
  it.each([text(8), text(64), 'ABCdef-0123-x', IDENTITY])('take the identity %s', async (identity) => {
    const api = await verifyApi();
    const service = await newService(api);
    expect((await api.post(`${service}/Entities`, { Identity: identity })).body.identity).toBe(identity);
    expect((await api.get(`${service}/Entities/${identity}`)).status).toBe(200);
  });

  it.each([
    text(7),
    text(65),
    'user@example.com',
    'with space',
    '-leading-dash',
    'trailing-dash-',
    'two--dashes',
    'ünïcödé-name',
    'under_score1',
  ])('refuse the identity %s, also where a factor would create the entity', async (identity) => {
    const api = await verifyApi();
    const service = await newService(api);
    expectRefusal(await api.post(`${service}/Entities`, { Identity: identity }), 400, 60306);
    expectRefusal(await api.post(`${service}/Entities/${encodeURIComponent(identity)}/Factors`, FACTOR), 400, 60306);
    expect((await api.get(`${service}/Entities`)).body.entities).toEqual([]);
  });

  it('want an identity, and there is one of each', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    expectRefusal(
      await api.post(`${service}/Entities`),
      400,
      20001,
      /^Missing required parameter Identity in the post body$/,
    );
    await api.post(`${service}/Entities`, { Identity: IDENTITY });
    expectRefusal(await api.post(`${service}/Entities`, { Identity: IDENTITY }), 409, 60301, /^Entity already exists$/);
    expect((await api.post(`${service}/Entities`, { Identity: IDENTITY.toUpperCase() })).status).toBe(201);
  });

  it('are there from their first factor on, and gone with all below them when they are removed', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const challenge = await newChallenge(api, phone);
    expect((await api.get(phone.entity)).status).toBe(200);
    const { status, text: body } = await api.delete(phone.entity);
    expect([status, body]).toEqual([204, '']);
    for (const path of [phone.entity, phone.factor, challenge, `${phone.entity}/Factors`, phone.challenges]) {
      expectRefusal(await api.get(path), 404, 20404);
    }
    expectRefusal(await api.delete(phone.entity), 404, 20404);
    expect((await api.get(`${phone.service}/Entities`)).body.entities).toEqual([]);
  });
});

describe('factors', () => {
  it.each<[string, Form]>([
    ['a name of 64 characters', { FriendlyName: text(64) }],
    ['metadata of 1024 characters', { Metadata: object(1024) }],
    ['every algorithm', { 'Config.Alg': 'sha256' }],
    ['the shortest of everything', { 'Config.TimeStep': 20, 'Config.Skew': 0, 'Config.CodeLength': 3 }],
    ['the longest of everything', { 'Config.TimeStep': 60, 'Config.Skew': 2, 'Config.CodeLength': 8 }],
    ['what is empty, as if it were not there', { 'Config.Skew': '', Metadata: '', 'Binding.Secret': '' }],
    ['what is not known', { Unheard: 'of', 'Config.AppId': 'com.example.app' }],
  ])('take %s', async (_what, form) => {
    const api = await verifyApi();
    const entity = `${await newService(api)}/Entities/${IDENTITY}/Factors`;
    expect((await api.post(entity, { ...FACTOR, ...form })).status).toBe(201);
  });

  it.each<[string, Form]>([
    ['a name of 65 characters', { FriendlyName: text(65) }],
    ['a name with a colon', { FriendlyName: 'Ann: phone' }],
    ['a name with a control character', { FriendlyName: 'Ann\u0007' }],
    ['a type that there is not', { FactorType: 'bogus' }],
    ['metadata of 1025 characters', { Metadata: object(1025) }],
    ['metadata that is no JSON', { Metadata: '{"os":' }],
    ['metadata that is no object', { Metadata: '["Android"]' }],
    ['metadata with a number in it', { Metadata: '{"os":1}' }],
    ...[19, 61, 'x', -30].map((n): [string, Form] => [`a time step of ${n}`, { 'Config.TimeStep': n }]),
    ...[-1, 3, '1.5'].map((n): [string, Form] => [`a skew of ${n}`, { 'Config.Skew': n }]),
    ...[2, 9, ' 6'].map((n): [string, Form] => [`codes of '${n}' digits`, { 'Config.CodeLength': n }]),
    ...['md5', 'SHA-1', '']
      .filter(Boolean)
      .map((alg): [string, Form] => [`the algorithm ${alg}`, { 'Config.Alg': alg }]),
  ])('refuse %s with 60306 and create neither factor nor entity', async (_what, form) => {
    const api = await verifyApi();
    const service = await newService(api);
    expectRefusal(await api.post(`${service}/Entities/${IDENTITY}/Factors`, { ...FACTOR, ...form }), 400, 60306);
    expect((await api.get(`${service}/Entities`)).body.entities).toEqual([]);
  });

  it.each(['FriendlyName', 'FactorType'])('want a %s', async (name) => {
    const api = await verifyApi();
    const entity = `${await newService(api)}/Entities/${IDENTITY}/Factors`;
    const message = new RegExp(`^Missing required parameter ${name} in the post body$`);
    expectRefusal(await api.post(entity, { ...FACTOR, [name]: '' }), 400, 20001, message);
    const { [name as 'FactorType']: _left, ...others } = FACTOR;
    expectRefusal(await api.post(entity, others), 400, 20001, message);
  });

  it('that are not verified may change everything but secret and metadata', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api, { form: { Metadata: '{"os":"Android"}' } });
    const config = { 'Config.TimeStep': 60, 'Config.Skew': 2, 'Config.CodeLength': 8, 'Config.Alg': 'sha512' };
    const form = { FriendlyName: 'Tablet', ...config, Metadata: '{"os":"iOS"}', 'Binding.Secret': text(32) };
    const { status, body } = await api.post(phone.factor, form);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      friendly_name: 'Tablet',
      metadata: { os: 'Android' },
      config: { alg: 'sha512', skew: 2, code_length: 8, time_step: 60 },
    });
  });

  it('that are verified keep their algorithm, code length and time step, and their skew may only shrink', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const refused = [
      { 'Config.Alg': 'sha256' },
      { 'Config.CodeLength': 8 },
      { 'Config.TimeStep': 60 },
      { 'Config.Skew': 2 },
    ];
    const before = (await api.get(phone.factor)).body;
    for (const form of refused) {
      expectRefusal(await api.post(phone.factor, { FriendlyName: 'Other', ...form }), 400, 60306);
    }
    expect((await api.get(phone.factor)).body).toEqual(before);
    expect((await api.post(phone.factor, { 'Config.Skew': 0 })).body.config.skew).toBe(0);
    expectRefusal(await api.post(phone.factor, { 'Config.Skew': 1 }), 400, 60306);
  });

  it('that are changed without any parameter stay what they are', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    const { status, body } = await api.post(phone.factor);
    expect([status, body]).toEqual([200, (await api.get(phone.factor)).body]);
  });
});

describe('challenges', () => {
  const fields = (count: number): readonly string[] =>
    Array.from({ length: count }, () => JSON.stringify({ label: text(36), value: text(128) }));

  it.each<[string, Form]>([
    ['a message of 256 characters', { 'Details.Message': text(256) }],
    [
      '20 fields, and everything else as long as it may be',
      { 'Details.Message': text(256), 'Details.Fields': fields(20), HiddenDetails: object(1024) },
    ],
    ['hidden details of 1024 characters', { HiddenDetails: object(1024) }],
    ['an expiration date an hour ahead', { ExpirationDate: '2026-11-20T13:00:35Z' }],
    ['an expiration date of another zone', { ExpirationDate: '2026-11-20T13:30:35+01:00' }],
  ])('take %s', async (_what, form) => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const { status, body } = await api.post(phone.challenges, { FactorSid: phone.sid, ...form });
    expect([status, body.status]).toEqual([201, 'pending']);
  });

  it.each<[string, Form]>([
    ['a message of 257 characters', { 'Details.Message': text(257) }],
    ['21 fields', { 'Details.Message': 'Sign?', 'Details.Fields': fields(21) }],
    ['a label of 37 characters', { 'Details.Fields': JSON.stringify({ label: text(37), value: 'x' }) }],
    ['a value of 129 characters', { 'Details.Fields': JSON.stringify({ label: 'x', value: text(129) }) }],
    ['a field that is no JSON', { 'Details.Fields': 'x' }],
    ['a field without a value', { 'Details.Fields': '{"label":"x"}' }],
    ['hidden details of 1025 characters', { HiddenDetails: object(1025) }],
    ['hidden details with an object in them', { HiddenDetails: '{"a":{}}' }],
    ['an expiration date more than an hour ahead', { ExpirationDate: '2026-11-20T13:00:36Z' }],
    ['an expiration date that has passed', { ExpirationDate: '2026-11-20T12:00:34Z' }],
    ['an expiration date that is none', { ExpirationDate: 'tomorrow' }],
    ['an expiration date that no calendar has', { ExpirationDate: '2026-11-31T12:00:00Z' }],
    ['a code of two digits', { AuthPayload: '12' }],
    ['a code of nine digits', { AuthPayload: '123456789' }],
    ['a code of another length than the factor has', { AuthPayload: '1234567' }],
    ['a code that is none', { AuthPayload: 'abcdef' }],
    ['a factor SID that is none', { FactorSid: 'YF-not-one' }],
  ])('refuse %s with 60306, spending nothing', async (_what, form) => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    for (let i = 0; i < 6; i += 1) {
      expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, ...form }), 400, 60306);
    }
    expect((await api.get(phone.challenges)).body.challenges).toEqual([]);
    const right = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() });
    expect(right.body.status).toBe('approved');
  });

  it('want a factor, of this entity', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    expectRefusal(
      await api.post(phone.challenges),
      400,
      20001,
      /^Missing required parameter FactorSid in the post body$/,
    );
    expectRefusal(await api.post(phone.challenges, { FactorSid: nothing('YF') }), 404, 20404);
    const other = await enrolled(api, { service: phone.service, identity: 'somebody-else' });
    expectRefusal(await api.post(phone.challenges, { FactorSid: other.sid }), 404, 20404);
  });

  it('take metadata when they are answered, and answer nothing without a code', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const challenge = await newChallenge(api, phone);
    const noted = await api.post(challenge, { Metadata: '{"os":"Android"}' });
    expect([noted.status, noted.body.status, noted.body.metadata]).toEqual([200, 'pending', { os: 'Android' }]);
    for (const Metadata of ['{"os":1}', 'x', object(1025)]) {
      expectRefusal(await api.post(challenge, { AuthPayload: phone.code(), Metadata }), 400, 60306);
    }
    expect((await api.post(challenge)).body.status).toBe('pending');
    expect((await api.post(challenge, { AuthPayload: phone.code() })).body).toMatchObject({
      status: 'approved',
      metadata: { os: 'Android' },
    });
  });

  it.each<[string, Form]>([
    ['status', { Status: 'open' }],
    ['order', { Order: 'random' }],
    ['factor SID', { FactorSid: 'x' }],
  ])('are not listed by a %s that there is not', async (_what, query) => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    expectRefusal(await api.call('get', phone.challenges, query), 400, 60306);
  });

  it('are listed by factor, status and order', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const tablet = await enrolled(api, { service: phone.service });
    const first = await newChallenge(api, phone);
    api.clock.advance(1000);
    const second = await newChallenge(api, tablet, { AuthPayload: tablet.code() });
    api.clock.advance(1000);
    const third = await newChallenge(api, phone);
    const listed = async (query: Form): Promise<readonly string[]> =>
      pathsOf(await api.call('get', phone.challenges, query), 'challenges');
    expect(await listed({})).toEqual([first, second, third]);
    expect(await listed({ Order: 'asc' })).toEqual([first, second, third]);
    expect(await listed({ Order: 'desc' })).toEqual([third, second, first]);
    expect(await listed({ FactorSid: phone.sid })).toEqual([first, third]);
    expect(await listed({ FactorSid: phone.sid, Order: 'desc', Status: 'pending' })).toEqual([third, first]);
    expect(await listed({ Status: 'approved' })).toEqual([second]);
    api.clock.advance(300_000);
    expect(await listed({ Status: 'pending' })).toEqual([]);
    expect(await listed({ Status: 'expired' })).toEqual([first, third]);
    expect(await listed({ FactorSid: nothing('YF') })).toEqual([]);
  });
});

describe('webhooks', () => {
  it.each<[string, Form]>([
    ['an event that there is not', { EventTypes: 'challenge.created' }],
    ['one such event among others', { EventTypes: ['factor.created', 'factor.imagined'] }],
    ['a status that there is not', { Status: 'paused' }],
    ['a version that there is not', { Version: 'v3' }],
    ['a URL that is none', { WebhookUrl: 'hooks.example.com' }],
    ['http', { WebhookUrl: 'http://hooks.example.com/' }],
    ['another scheme', { WebhookUrl: 'ftp://hooks.example.com/' }],
    ['a password in the URL', { WebhookUrl: 'https://:pass@hooks.example.com/' }],
    ['a user in the URL', { WebhookUrl: 'https://user:pass@hooks.example.com/' }],
    ['a name of 65 characters', { FriendlyName: text(65) }],
  ])('refuse %s with 60306, at creation and at change', async (_what, form) => {
    const api = await verifyApi();
    const service = await newService(api);
    expectRefusal(await api.post(`${service}/Webhooks`, { ...WEBHOOK, ...form }), 400, 60306);
    const { body } = await api.post(`${service}/Webhooks`, WEBHOOK);
    const path = `${service}/Webhooks/${body.sid}`;
    expectRefusal(await api.post(path, form), 400, 60306);
    expect((await api.get(path)).body).toEqual(body);
  });

  it.each(['FriendlyName', 'EventTypes', 'WebhookUrl'])('want a %s', async (name) => {
    const api = await verifyApi();
    const service = await newService(api);
    const message = new RegExp(`^Missing required parameter ${name} in the post body$`);
    expectRefusal(await api.post(`${service}/Webhooks`, { ...WEBHOOK, [name]: '' }), 400, 20001, message);
  });

  it.each(['*', 'factor.created', 'factor.verified', 'factor.deleted', 'challenge.approved', 'challenge.denied'])(
    'can be told of %s',
    async (event) => {
      const api = await verifyApi();
      const service = await newService(api);
      const { body } = await api.post(`${service}/Webhooks`, { ...WEBHOOK, EventTypes: event });
      expect([body.account_sid, body.event_types]).toEqual([ACME.sid, [event]]);
    },
  );
});
