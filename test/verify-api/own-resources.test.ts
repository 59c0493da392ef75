import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { ACCOUNT, anApi, aService, call, SECRET, type AnApi, type Answer } from './own-api.js';

const SID = (prefix: string): unknown => expect.stringMatching(new RegExp(`^${prefix}[0-9a-f]{32}$`));
const TODAY = '2026-11-20T12:00:05Z';

async function aFactor(api: AnApi, entity: string, form: Record<string, string> = {}): Promise<Answer> {
  return call(api, 'post', `${entity}/Factors`, {
    FriendlyName: 'John’s phone',
    FactorType: 'totp',
    'Binding.Secret': SECRET,
    ...form,
  });
}

async function verified(api: AnApi, entity: string): Promise<string> {
  const { body } = await aFactor(api, entity);
  await call(api, 'post', `${entity}/Factors/${body.sid}`, { AuthPayload: codeAt(SECRET, api.clock.now()) });
  api.clock.advance(30_000);
  return body.sid;
}

const namesOf = ({ body }: Answer): readonly string[] =>
  (body.services as readonly { friendly_name: string }[]).map((service) => service.friendly_name);
const pathOf = (url: string): string => url.replace(/^http:\/\/[^/]+/, '');

describe('a service', () => {
  it('is made, read, changed, listed and deleted, with every key of Twilio’s', async () => {
    const api = anApi();
    const { status, body } = await call(api, 'post', '/v2/Services', { FriendlyName: 'Acme', 'Totp.Skew': '2' });
    expect(status).toBe(201);
    const url = expect.stringMatching(/^http:\/\/127\.0\.0\.1\/v2\/Services\/VA/);
    expect(body).toMatchObject({
      sid: SID('VA'),
      account_sid: ACCOUNT.sid,
      friendly_name: 'Acme',
      code_length: 6,
      totp: { issuer: null, time_step: null, code_length: null, skew: 2 },
      tts_name: null,
      date_created: TODAY,
      date_updated: TODAY,
      url,
    });
    const path = `/v2/Services/${body.sid}`;
    expect((await call(api, 'get', path)).body.totp).toEqual(body.totp);
    api.clock.advance(1000);
    const changed = await call(api, 'post', path, { 'Totp.Issuer': 'New', LookupEnabled: 'true' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      friendly_name: 'Acme',
      lookup_enabled: true,
      totp: { issuer: 'New', skew: 2 },
      date_updated: '2026-11-20T12:00:06Z',
    });
    const list = await call(api, 'get', '/v2/Services');
    expect(list.body.services).toHaveLength(1);
    expect(list.body.meta).toMatchObject({ page: 0, page_size: 50, key: 'services', next_page_url: null });
    expect(await call(api, 'delete', path)).toMatchObject({ status: 204, text: '' });
    expect(await call(api, 'get', path)).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await call(api, 'get', '/v2/Services')).body.services).toEqual([]);
  });

  it.each([
    [{}, 20001, 'Missing required parameter FriendlyName in the post body'],
    [{ FriendlyName: '' }, 20001, 'Missing required parameter FriendlyName in the post body'],
    [{ FriendlyName: 'a'.repeat(31) }, 60200, 'Invalid parameter: FriendlyName'],
    [{ FriendlyName: 'Call 12345' }, 60200, 'Invalid parameter: FriendlyName'],
    [{ FriendlyName: 'A', 'Totp.Skew': '3' }, 60200, 'Invalid parameter: Totp.Skew'],
    [{ FriendlyName: 'A', 'Totp.TimeStep': '19' }, 60200, 'Invalid parameter: Totp.TimeStep'],
  ])('is refused with %j', async (form, code, message) => {
    const more_info = `https://www.twilio.com/docs/errors/${code}`;
    const { status, body } = await call(anApi(), 'post', '/v2/Services', form);
    expect([status, body]).toEqual([400, { code, message, more_info, status: 400 }]);
  });

  it('pages exactly, in the order of creation', async () => {
    const api = anApi();
    for (const name of ['a', 'b', 'c']) await aService(api, { FriendlyName: name });
    const first = await call(api, 'get', '/v2/Services?PageSize=2');
    expect(namesOf(first)).toEqual(['a', 'b']);
    const { meta } = first.body;
    expect(meta).toMatchObject({ page: 0, page_size: 2, previous_page_url: null });
    const next = await call(api, 'get', pathOf(meta.next_page_url));
    expect(namesOf(next)).toEqual(['c']);
    expect(next.body.meta).toMatchObject({ page: 1, next_page_url: null });
    expect(next.body.meta.previous_page_url).toContain('Page=0');
  });
});

describe('an entity', () => {
  it('is made once, read, listed and deleted with all below it', async () => {
    const api = anApi();
    const { path, entity, sid } = await aService(api);
    const made = await call(api, 'post', `${path}/Entities`, { Identity: 'identity-1' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ sid: SID('YE'), identity: 'identity-1', service_sid: sid, date_created: TODAY });
    expect(await call(api, 'post', `${path}/Entities`, { Identity: 'identity-1' })).toMatchObject({
      status: 409,
      body: { code: 60301, message: 'Entity already exists' },
    });
    expect((await call(api, 'get', entity)).body).toEqual(made.body);
    expect((await call(api, 'get', `${path}/Entities`)).body.entities).toEqual([made.body]);
    await verified(api, entity);
    expect(await call(api, 'delete', entity)).toMatchObject({ status: 204 });
    for (const below of ['', '/Factors', '/Challenges']) {
      expect(await call(api, 'get', entity + below)).toMatchObject({ status: 404, body: { code: 20404 } });
    }
    expect((await call(api, 'get', `${path}/Entities`)).body.entities).toEqual([]);
    expect((await call(api, 'post', `${path}/Entities`, { Identity: 'identity-1' })).status).toBe(201);
    expect((await call(api, 'get', `${entity}/Factors`)).body.factors).toEqual([]);
  });

  it('pages forward', async () => {
    const api = anApi();
    const { path } = await aService(api);
    const all = Array.from({ length: 7 }, (_, index) => `identity-${index.toString()}`);
    for (const Identity of all) await call(api, 'post', `${path}/Entities`, { Identity });
    const found: string[] = [];
    let url: string | null = `${path}/Entities?PageSize=3`;
    while (url !== null) {
      const { body }: Answer = await call(api, 'get', pathOf(url));
      expect(body.entities.length).toBeLessThanOrEqual(3);
      const entities = body.entities as readonly { identity: string }[];
      found.push(...entities.map(({ identity }) => identity));
      url = body.meta.next_page_url;
    }
    expect(found.sort()).toEqual(all);
  });

  it('is refused where the identity is none of Twilio’s', async () => {
    const api = anApi();
    const { path } = await aService(api);
    for (const Identity of ['short', 'user@example.com', '-identity-', 'a'.repeat(65)]) {
      expect(await call(api, 'post', `${path}/Entities`, { Identity })).toMatchObject({ body: { code: 60306 } });
    }
  });
});

describe('a factor', () => {
  it('is made with its secret shown once, and verified by a code', async () => {
    const api = anApi();
    const { entity, sid } = await aService(api);
    const made = await aFactor(api, entity, { Metadata: '{"os":"Android"}', 'Config.Alg': 'sha256' });
    expect(made.status).toBe(201);
    const url = expect.stringContaining(`${entity}/Factors/YF`);
    const shown = {
      sid: SID('YF'),
      account_sid: ACCOUNT.sid,
      service_sid: sid,
      entity_sid: SID('YE'),
      identity: 'identity-1',
      date_created: TODAY,
      date_updated: TODAY,
      friendly_name: 'John’s phone',
      status: 'unverified',
      factor_type: 'totp',
      config: { alg: 'sha256', skew: 1, code_length: 6, time_step: 30 },
      metadata: { os: 'Android' },
      url,
    };
    const uri = `otpauth://totp/Acme:John%E2%80%99s%20phone?secret=${SECRET}&issuer=Acme&algorithm=SHA256&digits=6&period=30`;
    expect(made.body).toEqual({ ...shown, binding: { secret: SECRET, uri }, options: null });
    const path = `${entity}/Factors/${made.body.sid}`;
    expect((await call(api, 'get', path)).body).toEqual(shown);
    const wrong = await call(api, 'post', path, { AuthPayload: '000000' });
    expect([wrong.status, wrong.body.status]).toEqual([200, 'unverified']);
    const AuthPayload = codeAt(SECRET, api.clock.now(), { algorithm: 'sha256' });
    const right = await call(api, 'post', path, { AuthPayload });
    expect([right.status, right.body]).toEqual([200, { ...shown, status: 'verified' }]);
    expect(await call(api, 'post', path, { AuthPayload })).toMatchObject({ status: 400, body: { code: 60306 } });
    expect((await call(api, 'get', `${entity}/Factors`)).body.factors).toEqual([{ ...shown, status: 'verified' }]);
    expect((await call(api, 'delete', path)).status).toBe(204);
    expect((await call(api, 'get', path)).status).toBe(404);
  });

  it('stands beside others that are not verified, and outlives their verification', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const first = await aFactor(api, entity);
    const second = await aFactor(api, entity, { 'Binding.Secret': 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' });
    await call(api, 'post', `${entity}/Factors/${first.body.sid}`, { AuthPayload: codeAt(SECRET, api.clock.now()) });
    expect((await call(api, 'get', `${entity}/Factors/${second.body.sid}`)).body.status).toBe('unverified');
    expect(await aFactor(api, entity)).toMatchObject({ status: 409, body: { code: 60317 } });
  });

  it('takes five wrong codes, then none', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const { body } = await aFactor(api, entity);
    const AuthPayload = wrongCodeAt(SECRET, api.clock.now());
    for (let count = 0; count < 5; count += 1) {
      expect((await call(api, 'post', `${entity}/Factors/${body.sid}`, { AuthPayload })).status).toBe(200);
    }
    const refused = await call(api, 'post', `${entity}/Factors/${body.sid}`, { AuthPayload });
    expect(refused).toMatchObject({ status: 429, body: { code: 60310 } });
    expect(refused.get('retry-after')).toMatch(/^\d+$/);
  });

  it('keeps how its codes are made once it is verified; only the skew may shrink', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const path = `${entity}/Factors/${await verified(api, entity)}`;
    for (const form of [{ 'Config.Alg': 'sha512' }, { 'Config.CodeLength': '8' }, { 'Config.Skew': '2' }]) {
      expect(await call(api, 'post', path, form as Record<string, string>)).toMatchObject({ body: { code: 60306 } });
    }
    const changed = await call(api, 'post', path, { 'Config.Skew': '0', FriendlyName: 'Phone' });
    expect(changed.body).toMatchObject({ friendly_name: 'Phone', config: { skew: 0 } });
  });

  it('is refused for push and passkeys, and for what there is not', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    expect(await aFactor(api, entity, { FactorType: 'push' })).toMatchObject({ status: 403, body: { code: 60204 } });
    expect(await aFactor(api, entity, { FactorType: 'bogus' })).toMatchObject({ status: 400, body: { code: 60306 } });
    expect((await call(api, 'get', `${entity}/Factors`)).status).toBe(404);
  });

  it('is one of at most a hundred of an entity in a day', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    for (let count = 0; count < 100; count += 1) {
      expect((await aFactor(api, entity, { 'Binding.Secret': '' })).status).toBe(201);
    }
    expect(await aFactor(api, entity, { 'Binding.Secret': '' })).toMatchObject({ status: 400, body: { code: 60315 } });
    const { body } = await call(api, 'get', `${entity}/Factors?PageSize=1000`);
    expect((await call(api, 'delete', `${entity}/Factors/${body.factors[0].sid}`)).status).toBe(204);
    expect(await aFactor(api, entity, { 'Binding.Secret': '' })).toMatchObject({ status: 429, body: { code: 60326 } });
  });
});

describe('a challenge', () => {
  it('is approved by a right code at once, with what was said of it', async () => {
    const api = anApi();
    const { entity, sid } = await aService(api);
    const factorSid = await verified(api, entity);
    const form = new URLSearchParams({
      FactorSid: factorSid,
      AuthPayload: codeAt(SECRET, api.clock.now()),
      'Details.Message': 'Log in?',
      HiddenDetails: '{"ip":"127.0.0.1"}',
    });
    form.append('Details.Fields', '{"label":"City","value":"Rome"}');
    form.append('Details.Fields', '{"label":"Browser","value":"Firefox"}');
    const { status, body } = await call(api, 'post', `${entity}/Challenges`, form.toString());
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: SID('YC'),
      account_sid: ACCOUNT.sid,
      service_sid: sid,
      entity_sid: SID('YE'),
      identity: 'identity-1',
      factor_sid: factorSid,
      date_created: '2026-11-20T12:00:35Z',
      date_updated: '2026-11-20T12:00:35Z',
      date_responded: '2026-11-20T12:00:35Z',
      expiration_date: '2026-11-20T12:05:35Z',
      status: 'approved',
      responded_reason: 'none',
      details: {
        message: 'Log in?',
        fields: [
          { label: 'City', value: 'Rome' },
          { label: 'Browser', value: 'Firefox' },
        ],
      },
      hidden_details: { ip: '127.0.0.1' },
      metadata: null,
      factor_type: 'totp',
      url: expect.stringContaining(`${entity}/Challenges/YC`),
      links: { notifications: `${body.url}/Notifications` },
    });
    expect((await call(api, 'get', `${entity}/Challenges/${body.sid}`)).body).toEqual(body);
    const again = await call(api, 'post', `${entity}/Challenges/${body.sid}`, { AuthPayload: '123456' });
    expect(again).toMatchObject({ status: 403, body: { code: 60322, message: 'Challenge already responded' } });
  });

  it('stays pending after a wrong or a used code, and is approved by a right one', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const FactorSid = await verified(api, entity);
    const AuthPayload = codeAt(SECRET, api.clock.now() - 30_000);
    const made = await call(api, 'post', `${entity}/Challenges`, { FactorSid, AuthPayload });
    expect([made.status, made.body.status]).toEqual([201, 'pending']);
    const path = `${entity}/Challenges/${made.body.sid}`;
    const wrong = await call(api, 'post', path, { AuthPayload: wrongCodeAt(SECRET, api.clock.now()) });
    expect([wrong.status, wrong.body.status]).toEqual([200, 'pending']);
    const right = await call(api, 'post', path, {
      AuthPayload: codeAt(SECRET, api.clock.now()),
      Metadata: '{"a":"b"}',
    });
    expect(right.body).toMatchObject({ status: 'approved', metadata: { a: 'b' } });
  });

  it('counts the code of its creation, takes five wrong ones, and then none', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const FactorSid = await verified(api, entity);
    const AuthPayload = wrongCodeAt(SECRET, api.clock.now());
    const { body } = await call(api, 'post', `${entity}/Challenges`, { FactorSid, AuthPayload });
    const path = `${entity}/Challenges/${body.sid}`;
    for (let count = 0; count < 4; count += 1) {
      expect((await call(api, 'post', path, { AuthPayload })).status).toBe(200);
    }
    const waiting = await call(api, 'post', path, { AuthPayload });
    expect(waiting).toMatchObject({ status: 429, body: { code: 60308 } });
    expect(waiting.get('retry-after')).toBe('30');
    expect(await call(api, 'post', `${entity}/Challenges`, { FactorSid, AuthPayload })).toMatchObject({ status: 429 });
    api.clock.advance(30_000);
    expect(await call(api, 'post', path, { AuthPayload: codeAt(SECRET, api.clock.now()) })).toMatchObject({
      status: 429,
      body: { code: 60308 },
    });
  });

  it('expires, and says so', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const FactorSid = await verified(api, entity);
    const ExpirationDate = '2026-11-20T12:01:00Z';
    const { body } = await call(api, 'post', `${entity}/Challenges`, { FactorSid, ExpirationDate });
    expect(body.expiration_date).toBe(ExpirationDate);
    api.clock.advance(60_000);
    const path = `${entity}/Challenges/${body.sid}`;
    expect((await call(api, 'get', path)).body.status).toBe('expired');
    expect(await call(api, 'post', path, { AuthPayload: '123456' })).toMatchObject({
      status: 403,
      body: { code: 60323 },
    });
    for (const date of ['tomorrow', '2026-11-20T12:00:00Z', '2026-11-20T14:01:00Z']) {
      const refused = await call(api, 'post', `${entity}/Challenges`, { FactorSid, ExpirationDate: date });
      expect(refused).toMatchObject({ status: 400, body: { code: 60306 } });
    }
  });

  it('needs a verified factor of this entity', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const { body } = await aFactor(api, entity);
    const of = (FactorSid: string): Promise<Answer> => call(api, 'post', `${entity}/Challenges`, { FactorSid });
    expect(await of(body.sid)).toMatchObject({ status: 403, body: { code: 60318, message: 'Factor is unverified' } });
    expect(await of(`YF${'0'.repeat(32)}`)).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await of('nonsense')).toMatchObject({ status: 400, body: { code: 60306 } });
    expect(await of('')).toMatchObject({ status: 400, body: { code: 20001 } });
  });

  it('is listed by factor and status, in both orders', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const FactorSid = await verified(api, entity);
    const first = await call(api, 'post', `${entity}/Challenges`, { FactorSid });
    api.clock.advance(1000);
    const AuthPayload = codeAt(SECRET, api.clock.now());
    const second = await call(api, 'post', `${entity}/Challenges`, { FactorSid, AuthPayload });
    const sids = async (query: string): Promise<unknown> => {
      const { body } = await call(api, 'get', `${entity}/Challenges${query}`);
      return (body.challenges as readonly { sid: string }[]).map(({ sid }) => sid);
    };
    expect(await sids('')).toEqual([first.body.sid, second.body.sid]);
    expect(await sids('?Order=desc')).toEqual([second.body.sid, first.body.sid]);
    expect(await sids('?Status=approved')).toEqual([second.body.sid]);
    expect(await sids(`?FactorSid=YF${'0'.repeat(32)}`)).toEqual([]);
    expect(await call(api, 'get', `${entity}/Challenges?Status=open`)).toMatchObject({ body: { code: 60306 } });
  });

  it('is one of at most fifty of a factor in an hour, and a hundred in a day; the newest hundred that ended stay', async () => {
    const api = anApi();
    const { entity } = await aService(api);
    const FactorSid = await verified(api, entity);
    const challenge = (): Promise<Answer> => call(api, 'post', `${entity}/Challenges`, { FactorSid });
    for (let count = 0; count < 50; count += 1) expect((await challenge()).status).toBe(201);
    const refused = await challenge();
    expect(refused).toMatchObject({ status: 429, body: { code: 60312 } });
    expect(refused.get('retry-after')).toBe('3865');
    expect((await call(api, 'get', `${entity}/Challenges?PageSize=5000`)).body.challenges).toHaveLength(50);
    expect((await call(api, 'get', `${entity}/Challenges?Status=pending`)).body.challenges).toHaveLength(20);
    api.clock.advance(65 * 60_000);
    for (let count = 0; count < 50; count += 1) expect((await challenge()).status).toBe(201);
    api.clock.advance(65 * 60_000);
    expect(await challenge()).toMatchObject({ status: 429, body: { code: 60312 } });
  });
});

it('answers calls for push as Twilio does where a service has it not', async () => {
  const api = anApi();
  const { path, entity } = await aService(api);
  const challenge = `${entity}/Challenges/YC${'0'.repeat(32)}`;
  for (const [method, url] of [
    ['post', `${challenge}/Notifications`],
    ['post', `${path}/AccessTokens`],
    ['get', `${path}/AccessTokens/YK1`],
    ['get', '/v2/Forms/form-push'],
  ] as const) {
    expect(await call(api, method, url)).toMatchObject({ status: 403, body: { code: 60204 } });
  }
});
