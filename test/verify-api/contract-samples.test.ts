/** The JSON of every resource, key by key: which keys, which types, which nulls, and how dates, SIDs and URLs look. */
import { ACME, DATE, IDENTITY, enrolled, newFactor, newService, sidOf, verifyApi } from '../support/verify-api.js';
import { TestClock } from '../support/clock.js';

/** An instant with milliseconds, none of which may show. */
const NOW = '2026-11-20T12:00:05Z';
const clockAtNow = (): TestClock => new TestClock(Date.UTC(2026, 10, 20, 12, 0, 5, 678));

describe('a service', () => {
  it('that was given a name alone has every other key, null where Twilio has null', async () => {
    const api = await verifyApi({ clock: clockAtNow() });
    const { status, body, headers } = await api.post('/v2/Services', { FriendlyName: 'My service' });
    const url = `${api.base}/v2/Services/${body.sid}`;
    expect([status, headers['content-type']]).toEqual([201, expect.stringMatching(/^application\/json/)]);
    expect(body).toEqual({
      sid: expect.stringMatching(sidOf('VA')),
      account_sid: ACME.sid,
      friendly_name: 'My service',
      code_length: 6,
      lookup_enabled: false,
      psd2_enabled: false,
      skip_sms_to_landlines: false,
      dtmf_input_required: false,
      tts_name: null,
      do_not_share_warning_enabled: false,
      custom_code_enabled: false,
      push: { include_date: false, apn_credential_sid: null, fcm_credential_sid: null },
      totp: { issuer: null, time_step: null, code_length: null, skew: null },
      default_template_sid: null,
      whatsapp: { msg_service_sid: null, from: null },
      passkeys: {
        relying_party: { id: null, name: null, origins: null },
        authenticator_attachment: null,
        discoverable_credentials: null,
        user_verification: null,
      },
      verify_event_subscription_enabled: false,
      date_created: NOW,
      date_updated: NOW,
      url,
      links: {
        verification_checks: `${url}/VerificationCheck`,
        verifications: `${url}/Verifications`,
        rate_limits: `${url}/RateLimits`,
        messaging_configurations: `${url}/MessagingConfigurations`,
        entities: `${url}/Entities`,
        webhooks: `${url}/Webhooks`,
        access_tokens: `${url}/AccessTokens`,
      },
    });
    expect((await api.get(`/v2/Services/${body.sid}`)).body).toEqual(body);
    const list = await api.get('/v2/Services');
    expect(list.body).toEqual({
      services: [body],
      meta: {
        page: 0,
        page_size: 50,
        first_page_url: `${api.base}/v2/Services?PageSize=50&Page=0`,
        previous_page_url: null,
        url: `${api.base}/v2/Services?PageSize=50&Page=0`,
        next_page_url: null,
        key: 'services',
      },
    });
  });

  it('that was given everything says it again', async () => {
    const api = await verifyApi();
    const { body } = await api.post('/v2/Services', {
      FriendlyName: 'All of it',
      CodeLength: 4,
      LookupEnabled: true,
      SkipSmsToLandlines: true,
      DtmfInputRequired: true,
      TtsName: 'name',
      Psd2Enabled: true,
      DoNotShareWarningEnabled: true,
      CustomCodeEnabled: true,
      'Push.IncludeDate': true,
      'Push.ApnCredentialSid': `CR${'a'.repeat(32)}`,
      'Push.FcmCredentialSid': `CR${'b'.repeat(32)}`,
      'Totp.Issuer': 'test-issuer',
      'Totp.TimeStep': 60,
      'Totp.CodeLength': 3,
      'Totp.Skew': 2,
      DefaultTemplateSid: `HJ${'a'.repeat(32)}`,
      'Whatsapp.MsgServiceSid': `MG${'a'.repeat(32)}`,
      'Whatsapp.From': 'whatsapp:+1234567890',
      'Passkeys.RelyingParty.Id': 'www.example.com',
      'Passkeys.RelyingParty.Name': 'My domain',
      'Passkeys.RelyingParty.Origins': 'www.example.com,login.example.com',
      'Passkeys.AuthenticatorAttachment': 'platform',
      'Passkeys.DiscoverableCredentials': 'preferred',
      'Passkeys.UserVerification': 'discouraged',
      VerifyEventSubscriptionEnabled: true,
    });
    expect(body).toMatchObject({
      code_length: 4,
      lookup_enabled: true,
      skip_sms_to_landlines: true,
      dtmf_input_required: true,
      tts_name: 'name',
      psd2_enabled: true,
      do_not_share_warning_enabled: true,
      custom_code_enabled: true,
      push: {
        include_date: true,
        apn_credential_sid: `CR${'a'.repeat(32)}`,
        fcm_credential_sid: `CR${'b'.repeat(32)}`,
      },
      totp: { issuer: 'test-issuer', time_step: 60, code_length: 3, skew: 2 },
      default_template_sid: `HJ${'a'.repeat(32)}`,
      whatsapp: { msg_service_sid: `MG${'a'.repeat(32)}`, from: 'whatsapp:+1234567890' },
      passkeys: {
        relying_party: { id: 'www.example.com', name: 'My domain', origins: ['www.example.com', 'login.example.com'] },
        authenticator_attachment: 'platform',
        discoverable_credentials: 'preferred',
        user_verification: 'discouraged',
      },
      verify_event_subscription_enabled: true,
    });
    expect((await api.get(`/v2/Services/${body.sid}`)).body).toEqual(body);
  });
});

it('an entity is itself and its links', async () => {
  const api = await verifyApi({ clock: clockAtNow() });
  const service = await newService(api);
  const { status, body } = await api.post(`${service}/Entities`, { Identity: IDENTITY });
  const url = `${api.base}${service}/Entities/${IDENTITY}`;
  expect(status).toBe(201);
  expect(body).toEqual({
    sid: expect.stringMatching(sidOf('YE')),
    identity: IDENTITY,
    account_sid: ACME.sid,
    service_sid: service.slice(13),
    date_created: NOW,
    date_updated: NOW,
    url,
    links: { factors: `${url}/Factors`, new_factors: `${url}/Factors`, challenges: `${url}/Challenges` },
  });
  expect((await api.get(`${service}/Entities/${IDENTITY}`)).body).toEqual(body);
  const list = await api.get(`${service}/Entities`);
  expect(list.body).toEqual({
    entities: [body],
    meta: {
      page: 0,
      page_size: 50,
      first_page_url: `${api.base}${service}/Entities?PageSize=50&Page=0`,
      previous_page_url: null,
      url: `${api.base}${service}/Entities?PageSize=50&Page=0`,
      next_page_url: null,
      key: 'entities',
    },
  });
});

it('a factor has its binding, and null options, in the answer that creates it and never again', async () => {
  const api = await verifyApi({ clock: clockAtNow() });
  const service = await newService(api, { 'Totp.Issuer': 'test-issuer' });
  const entity = `${service}/Entities/${IDENTITY}`;
  const form = { FriendlyName: 'John’s Account Name', FactorType: 'totp' };
  const { status, body, headers } = await api.post(`${entity}/Factors`, form);
  const { binding, options, ...factor } = body;
  expect(status).toBe(201);
  expect(headers['cache-control']).toMatch(/no-store/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(factor).toEqual({
    sid: expect.stringMatching(sidOf('YF')),
    account_sid: ACME.sid,
    service_sid: service.slice(13),
    entity_sid: expect.stringMatching(sidOf('YE')),
    identity: IDENTITY,
    date_created: NOW,
    date_updated: NOW,
    friendly_name: 'John’s Account Name',
    status: 'unverified',
    factor_type: 'totp',
    config: { alg: 'sha1', skew: 1, code_length: 6, time_step: 30 },
    metadata: null,
    url: `${api.base}${entity}/Factors/${body.sid}`,
  });
  expect(options).toBeNull();
  expect(binding).toEqual({
    secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    uri:
      'otpauth://totp/test-issuer:John%E2%80%99s%20Account%20Name' +
      `?secret=${binding.secret}&issuer=test-issuer&algorithm=SHA1&digits=6&period=30`,
  });
  expect((await api.get(entity)).body.sid).toBe(body.entity_sid);
  expect((await api.get(`${entity}/Factors/${body.sid}`)).body).toEqual(factor);
  expect((await api.post(`${entity}/Factors/${body.sid}`, { FriendlyName: 'Phone' })).body).toEqual({
    ...factor,
    friendly_name: 'Phone',
  });
  expect((await api.get(`${entity}/Factors`)).body).toEqual({
    factors: [{ ...factor, friendly_name: 'Phone' }],
    meta: {
      page: 0,
      page_size: 50,
      first_page_url: `${api.base}${entity}/Factors?PageSize=50&Page=0`,
      previous_page_url: null,
      url: `${api.base}${entity}/Factors?PageSize=50&Page=0`,
      next_page_url: null,
      key: 'factors',
    },
  });
});

describe('a challenge', () => {
  it('that waits has null where nothing was given and nothing has happened', async () => {
    const api = await verifyApi({ clock: clockAtNow() });
    const phone = await enrolled(api);
    const { status, body } = await api.post(phone.challenges, { FactorSid: phone.sid });
    const url = `${api.base}${phone.challenges}/${body.sid}`;
    const date = '2026-11-20T12:00:35Z';
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(sidOf('YC')),
      account_sid: ACME.sid,
      service_sid: phone.service.slice(13),
      entity_sid: (await api.get(phone.entity)).body.sid,
      identity: IDENTITY,
      factor_sid: phone.sid,
      date_created: date,
      date_updated: date,
      date_responded: null,
      expiration_date: '2026-11-20T12:05:35Z',
      status: 'pending',
      responded_reason: 'none',
      details: null,
      hidden_details: null,
      metadata: null,
      factor_type: 'totp',
      url,
      links: { notifications: `${url}/Notifications` },
    });
    expect((await api.get(`${phone.challenges}/${body.sid}`)).body).toEqual(body);
    const list = await api.get(phone.challenges);
    expect(list.body).toEqual({
      challenges: [body],
      meta: {
        page: 0,
        page_size: 50,
        first_page_url: `${api.base}${phone.challenges}?PageSize=50&Page=0`,
        previous_page_url: null,
        url: `${api.base}${phone.challenges}?PageSize=50&Page=0`,
        next_page_url: null,
        key: 'challenges',
      },
    });
  });

  it('that is approved says when, and shows what was attached to it', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const { body } = await api.post(phone.challenges, {
      FactorSid: phone.sid,
      AuthPayload: phone.code(),
      ExpirationDate: '2026-11-20T12:30:00Z',
      'Details.Message': 'Hi! Mr. John Doe, would you like to sign up?',
      'Details.Fields': ['{"label":"Action","value":"Sign up in portal"}', '{"label":"Place","value":"Portal"}'],
      HiddenDetails: '{"ip":"172.168.1.234"}',
    });
    expect(body).toMatchObject({
      date_responded: expect.stringMatching(DATE),
      expiration_date: '2026-11-20T12:30:00Z',
      status: 'approved',
      responded_reason: 'none',
      details: {
        message: 'Hi! Mr. John Doe, would you like to sign up?',
        fields: [
          { label: 'Action', value: 'Sign up in portal' },
          { label: 'Place', value: 'Portal' },
        ],
      },
      hidden_details: { ip: '172.168.1.234' },
      metadata: null,
    });
    expect(body.date_responded).toBe(body.date_created);
    expect(Object.keys(body).sort()).toEqual(Object.keys((await api.get(new URL(body.url).pathname)).body).sort());
  });

  it('with one field is not told from one with many: the fields are a list', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const { body } = await api.post(phone.challenges, {
      FactorSid: phone.sid,
      'Details.Message': 'Sign up?',
      'Details.Fields': '{"label":"Action","value":"Sign up"}',
    });
    expect(body.details).toEqual({ message: 'Sign up?', fields: [{ label: 'Action', value: 'Sign up' }] });
    const alone = await api.post(phone.challenges, { FactorSid: phone.sid, 'Details.Message': 'Sign up?' });
    expect(alone.body.details).toEqual({ message: 'Sign up?', fields: [] });
  });
});

it('a webhook has its defaults, and its events in a list though one was given', async () => {
  const api = await verifyApi({ clock: clockAtNow() });
  const service = await newService(api);
  const form = {
    FriendlyName: 'name',
    EventTypes: 'factor.deleted',
    WebhookUrl: 'https://owlbank.example.com/hook?a=b',
  };
  const { status, body } = await api.post(`${service}/Webhooks`, form);
  expect(status).toBe(201);
  expect(body).toEqual({
    sid: expect.stringMatching(sidOf('YW')),
    service_sid: service.slice(13),
    account_sid: ACME.sid,
    friendly_name: 'name',
    event_types: ['factor.deleted'],
    status: 'enabled',
    version: 'v2',
    webhook_url: 'https://owlbank.example.com/hook?a=b',
    webhook_method: 'POST',
    date_created: NOW,
    date_updated: NOW,
    url: `${api.base}${service}/Webhooks/${body.sid}`,
  });
  expect((await api.get(`${service}/Webhooks/${body.sid}`)).body).toEqual(body);
  expect((await api.get(`${service}/Webhooks`)).body).toEqual({
    webhooks: [body],
    meta: {
      page: 0,
      page_size: 50,
      first_page_url: `${api.base}${service}/Webhooks?PageSize=50&Page=0`,
      previous_page_url: null,
      url: `${api.base}${service}/Webhooks?PageSize=50&Page=0`,
      next_page_url: null,
      key: 'webhooks',
    },
  });
});

describe('URLs', () => {
  it('begin with publicUrl where one is given, and with what the client asked for where none is', async () => {
    const named = await verifyApi({ options: { publicUrl: 'https://mfa.example.com' } });
    const there = await named.post('/v2/Services', { FriendlyName: 'My service' });
    expect(there.body.url).toBe(`https://mfa.example.com/v2/Services/${there.body.sid}`);
    const { meta } = (await named.get('/v2/Services').set('Host', 'evil.example')).body;
    expect(meta.url).toBe('https://mfa.example.com/v2/Services?PageSize=50&Page=0');
    const api = await verifyApi();
    const here = await api.post('/v2/Services', { FriendlyName: 'My service' });
    expect(here.body.links.entities).toBe(`${api.base}/v2/Services/${here.body.sid}/Entities`);
  });

  it('keep the path of a publicUrl that has one', async () => {
    const api = await verifyApi({ options: { publicUrl: 'https://example.com/twilio/' } });
    const { body } = await api.post('/v2/Services', { FriendlyName: 'My service' });
    expect(body.url).toBe(`https://example.com/twilio/v2/Services/${body.sid}`);
  });
});

it('the date of a change is that of the change', async () => {
  const api = await verifyApi();
  const phone = await newFactor(api);
  api.clock.advance(1000);
  const { body } = await api.post(phone.factor, { FriendlyName: 'Tablet' });
  expect([body.date_created, body.date_updated]).toEqual(['2026-11-20T12:00:05Z', '2026-11-20T12:00:06Z']);
});
