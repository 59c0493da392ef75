/** Sections 1.1 and 4.1–4.6 of the contract, by the official Node client as it comes from npm. */
import twilio from 'twilio';
import {
  ACME,
  IDENTITY,
  closeAfterTest,
  enrolled,
  newService,
  nothing,
  sidOf,
  verifyApi,
  type VerifyApi,
} from '../support/verify-api.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { wrongCodeAt } from '../support/rfc-code.js';

type Client = ReturnType<typeof twilio>;

/** Section 1.1, technique B: the client's own HTTP client, whose requests go to another origin. */
function clientByInterceptor({ base }: VerifyApi): Client {
  const httpClient = new twilio.RequestClient();
  httpClient.axios.interceptors.request.use((config) => {
    const { pathname, search } = new URL(config.url ?? '');
    return { ...config, url: new URL(pathname + search, base).href };
  });
  return twilio(ACME.sid, ACME.secret, { httpClient });
}

const TECHNIQUES: Readonly<Record<string, (api: VerifyApi) => Client>> = {
  'client.verify.baseUrl': (api) => api.client(),
  'a RequestClient': clientByInterceptor,
};

function codeNow({ clock }: VerifyApi, secret: string, config: { digits?: number; timeStep?: number } = {}): string {
  return oathtoolCodes({ secret, seconds: Math.floor(clock.now() / 1000), ...config })[0] ?? '';
}

describe.each(Object.entries(TECHNIQUES))('the official Node client, pointed here by %s', (_name, connect) => {
  it('creates, fetches, lists, updates and removes services', async () => {
    const api = await verifyApi();
    const { services } = connect(api).verify.v2;
    const created = await services.create({
      friendlyName: 'My service',
      'totp.issuer': 'Acme',
      'totp.timeStep': 60,
      'totp.codeLength': 8,
      'totp.skew': 0,
      lookupEnabled: true,
    });
    expect(created).toMatchObject({
      sid: expect.stringMatching(sidOf('VA')),
      accountSid: ACME.sid,
      friendlyName: 'My service',
      lookupEnabled: true,
      totp: { issuer: 'Acme', time_step: 60, code_length: 8, skew: 0 },
      dateCreated: new Date(api.clock.now()),
      dateUpdated: new Date(api.clock.now()),
      url: `${api.base}/v2/Services/${created.sid}`,
    });
    expect((await services(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
    expect((await services.list()).map(({ sid }) => sid)).toEqual([created.sid]);
    api.clock.advance(5000);
    const updated = await services(created.sid).update({ friendlyName: 'Renamed', 'totp.skew': 2 });
    expect(updated).toMatchObject({ friendlyName: 'Renamed', dateUpdated: new Date(api.clock.now()) });
    expect(updated.totp).toEqual({ issuer: 'Acme', time_step: 60, code_length: 8, skew: 2 });
    expect(await services(created.sid).remove()).toBe(true);
    await expect(services(created.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('creates, fetches, lists and removes entities', async () => {
    const api = await verifyApi();
    const { entities } = connect(api).verify.v2.services((await newService(api)).slice(13));
    const created = await entities.create({ identity: IDENTITY });
    expect(created).toMatchObject({ sid: expect.stringMatching(sidOf('YE')), identity: IDENTITY });
    expect((await entities(IDENTITY).fetch()).toJSON()).toEqual(created.toJSON());
    expect((await entities.list({ limit: 5 })).map(({ identity }) => identity)).toEqual([IDENTITY]);
    await expect(entities.create({ identity: IDENTITY })).rejects.toMatchObject({ status: 409, code: 60301 });
    expect(await entities(IDENTITY).remove()).toBe(true);
    await expect(entities(IDENTITY).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('creates, verifies, fetches, lists, updates and removes factors', async () => {
    const api = await verifyApi();
    const entity = connect(api)
      .verify.v2.services((await newService(api)).slice(13))
      .entities(IDENTITY);
    const created = await entity.newFactors.create({
      friendlyName: 'Phone',
      factorType: 'totp',
      'config.codeLength': 8,
      'config.timeStep': 60,
      'config.skew': 0,
      'config.alg': 'sha1',
      metadata: { os: 'Android' },
    });
    expect(created).toMatchObject({
      status: 'unverified',
      factorType: 'totp',
      metadata: { os: 'Android' },
      options: null,
    });
    expect(created.config).toEqual({ alg: 'sha1', skew: 0, code_length: 8, time_step: 60 });
    const { secret } = created.binding;
    const factor = entity.factors(created.sid);
    const wrong = await factor.update({ authPayload: '00000000' });
    expect(wrong.status).toBe('unverified');
    const verified = await factor.update({ authPayload: codeNow(api, secret, { digits: 8, timeStep: 60 }) });
    expect(verified.status).toBe('verified');
    expect(await factor.fetch()).toMatchObject({ sid: created.sid, status: 'verified', identity: IDENTITY });
    expect((await factor.update({ friendlyName: 'Tablet' })).friendlyName).toBe('Tablet');
    expect((await entity.factors.list()).map(({ sid, friendlyName }) => [sid, friendlyName])).toEqual([
      [created.sid, 'Tablet'],
    ]);
    expect(await factor.remove()).toBe(true);
    await expect(factor.fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('creates, answers, fetches and lists challenges', async () => {
    const api = await verifyApi();
    const entity = connect(api)
      .verify.v2.services((await newService(api)).slice(13))
      .entities(IDENTITY);
    const { sid: factorSid, binding } = await entity.newFactors.create({ friendlyName: 'Phone', factorType: 'totp' });
    await entity.factors(factorSid).update({ authPayload: codeNow(api, binding.secret) });
    api.clock.advance(30_000);
    const expirationDate = new Date(api.clock.now() + 600_000);
    const waiting = await entity.challenges.create({
      factorSid,
      expirationDate,
      'details.message': 'Sign up?',
      'details.fields': [{ label: 'Action', value: 'Sign up' }],
      hiddenDetails: { ip: '192.0.2.1' },
    });
    expect(waiting).toMatchObject({
      sid: expect.stringMatching(sidOf('YC')),
      status: 'pending',
      factorSid,
      dateResponded: null,
      expirationDate,
      details: { message: 'Sign up?', fields: [{ label: 'Action', value: 'Sign up' }] },
      hiddenDetails: { ip: '192.0.2.1' },
    });
    const challenge = entity.challenges(waiting.sid);
    const wrong = await challenge.update({ authPayload: wrongCodeAt(binding.secret, api.clock.now()) });
    expect(wrong.status).toBe('pending');
    const right = await challenge.update({ authPayload: codeNow(api, binding.secret), metadata: { os: 'Android' } });
    expect(right).toMatchObject({
      status: 'approved',
      dateResponded: new Date(api.clock.now()),
      metadata: { os: 'Android' },
      hiddenDetails: { ip: '192.0.2.1' },
    });
    expect((await challenge.fetch()).status).toBe('approved');
    api.clock.advance(30_000);
    const atOnce = await entity.challenges.create({ factorSid, authPayload: codeNow(api, binding.secret) });
    expect(atOnce.status).toBe('approved');
    const listed = await entity.challenges.list({ factorSid, status: 'approved', order: 'desc' });
    expect(listed.map(({ sid }) => sid)).toEqual([atOnce.sid, waiting.sid]);
    expect(await entity.challenges.list({ status: 'denied' })).toEqual([]);
  });

  it('creates, fetches, lists, updates and removes webhooks', async () => {
    const api = await verifyApi();
    const { webhooks } = connect(api).verify.v2.services((await newService(api)).slice(13));
    const created = await webhooks.create({
      friendlyName: 'Audit',
      eventTypes: ['factor.verified', 'challenge.approved'],
      webhookUrl: 'https://hooks.example.com/mfa?from=verify',
      status: 'disabled',
      versionParam: 'v1',
    });
    expect(created).toMatchObject({
      sid: expect.stringMatching(sidOf('YW')),
      eventTypes: ['factor.verified', 'challenge.approved'],
      webhookUrl: 'https://hooks.example.com/mfa?from=verify',
      status: 'disabled',
      version: 'v1',
    });
    expect((await webhooks(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
    const updated = await webhooks(created.sid).update({ eventTypes: ['*'], status: 'enabled', versionParam: 'v2' });
    expect(updated).toMatchObject({ eventTypes: ['*'], status: 'enabled', version: 'v2', friendlyName: 'Audit' });
    expect((await webhooks.list()).map(({ sid }) => sid)).toEqual([created.sid]);
    expect(await webhooks(created.sid).remove()).toBe(true);
    await expect(webhooks(created.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('walks pages by list, each, page and the URLs of pages', async () => {
    const api = await verifyApi();
    const { services } = connect(api).verify.v2;
    for (const friendlyName of ['One', 'Two', 'Three', 'Four', 'Five']) await services.create({ friendlyName });
    const all = ['One', 'Two', 'Three', 'Four', 'Five'];
    expect((await services.list({ pageSize: 2 })).map(({ friendlyName }) => friendlyName)).toEqual(all);
    expect((await services.list({ limit: 3 })).map(({ friendlyName }) => friendlyName)).toEqual(all.slice(0, 3));
    expect(await services.list({ limit: 5000 })).toHaveLength(5);
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      services.each({ pageSize: 2, callback: ({ friendlyName }) => seen.push(friendlyName), done });
    });
    expect(seen).toEqual(all);
    const first = await services.page({ pageSize: 2 });
    const second = await services.getPage(first.nextPageUrl ?? '');
    expect(second.instances.map(({ friendlyName }) => friendlyName)).toEqual(['Three', 'Four']);
    const before = await second.previousPage();
    expect(before?.instances.map(({ friendlyName }) => friendlyName)).toEqual(['One', 'Two']);
  });

  it('is told the status of each answer', async () => {
    const api = await verifyApi();
    const { services } = connect(api).verify.v2;
    const created = await services.createWithHttpInfo({ friendlyName: 'My service' });
    expect(created.statusCode).toBe(201);
    const context = services(created.body.sid);
    expect((await context.fetchWithHttpInfo()).statusCode).toBe(200);
    expect((await context.updateWithHttpInfo({ friendlyName: 'Renamed' })).statusCode).toBe(200);
    expect((await services.listWithHttpInfo()).statusCode).toBe(200);
    expect((await context.removeWithHttpInfo()).statusCode).toBe(204);
  });

  it('throws what it throws for Twilio: a RestException with code, status and more information', async () => {
    const api = await verifyApi();
    const missing: unknown = await connect(api)
      .verify.v2.services(nothing('VA'))
      .fetch()
      .catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(twilio.RestException);
    expect(missing).toMatchObject({
      status: 404,
      code: 20404,
      message: `The requested resource /Services/${nothing('VA')} was not found`,
      moreInfo: expect.stringMatching(/20404$/),
    });
  });
});

it('a client whose environment names a region still reaches an IP literal', async () => {
  process.env['TWILIO_REGION'] = 'au1';
  process.env['TWILIO_EDGE'] = 'sydney';
  closeAfterTest(() => {
    delete process.env['TWILIO_REGION'];
    delete process.env['TWILIO_EDGE'];
  });
  const api = await verifyApi();
  expect(await api.client().verify.v2.services.list()).toEqual([]);
});

it('a client that resends what was refused with 429 makes nobody wait longer', async () => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const client = twilio(ACME.sid, ACME.secret, { autoRetry: true, maxRetries: 2 });
  client.verify.baseUrl = api.base;
  const { challenges } = client.verify.v2.services(phone.service.slice(13)).entities(IDENTITY);
  const { sid } = await challenges.create({ factorSid: phone.sid });
  for (let i = 0; i < 5; i += 1) await challenges(sid).update({ authPayload: phone.wrongCode() });
  await expect(challenges(sid).update({ authPayload: phone.code() })).rejects.toMatchObject({
    status: 429,
    code: 60308,
  });
  api.clock.advance(30_000);
  const after = await challenges.create({ factorSid: phone.sid, authPayload: phone.code() });
  expect(after.status).toBe('approved');
});
