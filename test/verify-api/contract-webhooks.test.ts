/** Section 8: deliveries to a real receiver, what signs them, and whom they may reach. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import twilio from 'twilio';
import { MemoryStore } from '../../src/index.js';
import {
  ACME,
  IDENTITY,
  RIVAL,
  enrolled,
  expectRefusal,
  newChallenge,
  newFactor,
  newService,
  serve,
  sidOf,
  verifyApi,
  type Form,
  type Setting,
  type VerifyApi,
} from '../support/verify-api.js';
import { codeAt } from '../support/rfc-code.js';
import { until } from '../support/redis-server.js';
import { webhookReceiver, whileTimePasses, type Delivery, type Receiver } from '../support/webhook-receiver.js';

const LOOPBACK = { webhooks: { allowHttp: true, allowPrivate: true } };

async function loopbackApi(setting: Setting = {}): Promise<VerifyApi> {
  return verifyApi({ ...setting, options: { ...LOOPBACK, ...setting.options } });
}

/** A service with a webhook that goes to the receiver. */
async function subscribed(api: VerifyApi, url: string, form: Form = {}): Promise<{ service: string; webhook: string }> {
  const service = await newService(api);
  const { status, body } = await api.post(`${service}/Webhooks`, {
    FriendlyName: 'Audit',
    EventTypes: '*',
    WebhookUrl: url,
    ...form,
  });
  if (status !== 201) throw new Error(`the webhook was not created: ${JSON.stringify(body)}`);
  return { service, webhook: `${service}/Webhooks/${body.sid}` };
}

async function arrived({ deliveries }: Receiver, count: number): Promise<Delivery> {
  await until(() => deliveries.length >= count, `${count} deliveries, got ${deliveries.length}`);
  const last = deliveries[count - 1];
  if (last === undefined) throw new Error('there is no such delivery');
  return last;
}

describe('a webhook', () => {
  it('is told of a factor’s creation, verification and end, and of an approval', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver()];
    const { service } = await subscribed(api, `${receiver.base}/mfa?tenant=1&b=a%20c`);
    const phone = await newFactor(api, { service });
    const about = {
      uuid: expect.stringMatching(/./),
      account_sid: ACME.sid,
      service_sid: service.slice(13),
      entity_identity: IDENTITY,
      factor_sid: phone.sid,
      factor_type: 'totp',
    };
    const created = await arrived(receiver, 1);
    expect(created).toMatchObject({ method: 'POST', url: `${receiver.base}/mfa?tenant=1&b=a%20c` });
    expect(created.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(created.params).toEqual({ ...about, type: 'factor.created' });
    await api.post(phone.factor, { AuthPayload: phone.wrongCode() });
    await api.post(phone.factor, { AuthPayload: phone.code() });
    expect((await arrived(receiver, 2)).params).toEqual({ ...about, type: 'factor.verified' });
    api.clock.advance(30_000);
    const challenge = await newChallenge(api, phone);
    await api.post(challenge, { AuthPayload: phone.wrongCode() });
    await api.post(challenge, { AuthPayload: phone.code() });
    const approved = await arrived(receiver, 3);
    expect(approved.params).toMatchObject({
      ...about,
      type: 'challenge.approved',
      challenge_sid: challenge.slice(-34),
    });
    await api.delete(phone.factor);
    expect((await arrived(receiver, 4)).params).toMatchObject({ ...about, type: 'factor.deleted' });
    expect(new Set(receiver.deliveries.map(({ params }) => params['uuid'])).size).toBe(4);
  });

  it('is told of an approval that came with the creation of its challenge', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver()];
    const { service } = await subscribed(api, receiver.base, { EventTypes: 'challenge.approved' });
    const phone = await enrolled(api, { service });
    const challenge = await newChallenge(api, phone, { AuthPayload: phone.code() });
    const { params } = await arrived(receiver, 1);
    expect([params['type'], params['challenge_sid']]).toEqual(['challenge.approved', challenge.slice(-34)]);
  });

  it('is told of a denial, which only the app can give', async () => {
    const receiver = await webhookReceiver();
    const accounts = [{ sid: ACME.sid, authToken: ACME.secret }];
    const api = await loopbackApi({ options: { accounts, shareWithApp: true } });
    const [{ sid }] = (await api.get('/v2/Services')).body.services;
    const service = `/v2/Services/${sid}`;
    const hook = { FriendlyName: 'Audit', EventTypes: 'challenge.denied', WebhookUrl: receiver.base };
    expect((await api.post(`${service}/Webhooks`, hook)).status).toBe(201);
    const phone = await enrolled(api, { service });
    const challenge = await newChallenge(api, phone);
    await api.mfa.challenges.deny({ identity: IDENTITY, sid: challenge.slice(-34) });
    const { params } = await arrived(receiver, 1);
    expect(params).toMatchObject({
      type: 'challenge.denied',
      factor_sid: phone.sid,
      challenge_sid: challenge.slice(-34),
    });
  });

  it('hears the events that it asked for, while it is enabled and there, of its own service', async () => {
    const [api, asked, silent] = [await loopbackApi(), await webhookReceiver(), await webhookReceiver()];
    const { service, webhook } = await subscribed(api, asked.base, {
      EventTypes: ['factor.verified', 'factor.deleted'],
    });
    const hook = { FriendlyName: 'Off', EventTypes: '*', WebhookUrl: silent.base };
    await api.post(`${service}/Webhooks`, { ...hook, Status: 'disabled' });
    await subscribed(api, silent.base);
    const { body: gone } = await api.post(`${service}/Webhooks`, hook);
    await api.delete(`${service}/Webhooks/${gone.sid}`);
    const phone = await enrolled(api, { service });
    await arrived(asked, 1);
    await api.post(webhook, { EventTypes: 'challenge.approved' });
    await newChallenge(api, phone, { AuthPayload: phone.code() });
    await arrived(asked, 2);
    await api.post(webhook, { Status: 'disabled' });
    await api.delete(phone.factor);
    await api.post(webhook, { Status: 'enabled', EventTypes: 'factor.created' });
    await newFactor(api, { service });
    await arrived(asked, 3);
    expect(asked.types()).toEqual(['factor.verified', 'challenge.approved', 'factor.created']);
    expect(silent.deliveries).toEqual([]);
  });

  it('is told nothing that is secret', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver()];
    const { service } = await subscribed(api, receiver.base);
    const phone = await enrolled(api, { service });
    const code = phone.code();
    await newChallenge(api, phone, { AuthPayload: code, HiddenDetails: '{"ip":"192.0.2.77"}' });
    await arrived(receiver, 3);
    for (const { body, headers } of receiver.deliveries) {
      const told = body + JSON.stringify(headers);
      for (const secret of [phone.secret, `=${code}&`, ACME.secret, '192.0.2.77']) expect(told).not.toContain(secret);
    }
  });

  it('keeps nobody waiting who causes an event', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver(() => null)];
    const { service } = await subscribed(api, receiver.base);
    expect((await enrolled(api, { service })).sid).toMatch(sidOf('YF'));
    await arrived(receiver, 1);
  });
});

describe('a delivery', () => {
  it('carries the signature that both of Twilio’s validators accept, and no other token’s', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver()];
    const { service } = await subscribed(api, `${receiver.base}/hook?b=2&a=1`);
    await newFactor(api, { service });
    const { headers, url, params } = await arrived(receiver, 1);
    const signature = String(headers['x-twilio-signature']);
    expect(twilio.validateRequest(ACME.secret, signature, url, params)).toBe(true);
    expect(twilio.validateRequest(RIVAL.secret, signature, url, params)).toBe(false);
    expect(twilio.validateRequest(ACME.secret, signature, url, { ...params, type: 'factor.deleted' })).toBe(false);
  });

  it('carries beside it a signature with the time of this very attempt', async () => {
    const [api, receiver] = [
      await loopbackApi(),
      await webhookReceiver((count) => ({ status: count < 2 ? 500 : 200 })),
    ];
    const { service } = await subscribed(api, receiver.base);
    await newFactor(api, { service });
    await whileTimePasses(api, service, () => receiver.deliveries.length >= 2, 'a second attempt');
    const times = receiver.deliveries.map(({ headers, body }) => {
      const [, time = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-factors-signature'])) ?? [];
      expect(signature).toBe(createHmac('sha256', ACME.secret).update(`${time}.${body}`).digest('hex'));
      return Number(time) * 1000;
    });
    expect(times[0]).toBe(Date.UTC(2026, 10, 20, 12, 0, 5));
    expect(times[1]).toBeGreaterThan(times[0] ?? 0);
  });

  it('passes the middleware of Twilio’s own sample backend', async () => {
    const api = await loopbackApi();
    const passed: unknown[] = [];
    const app = express();
    app.use(express.urlencoded({ extended: false }));
    app.post('/webhook', twilio.webhook(ACME.secret), (req, res) => {
      passed.push(req.body.type);
      res.sendStatus(200);
    });
    const { service } = await subscribed(api, `${await serve(app)}/webhook`);
    await newFactor(api, { service });
    await until(() => passed.length > 0, 'a delivery that the middleware let pass');
    expect(passed).toEqual(['factor.created']);
  });

  it('is tried again while it fails, as the same delivery, until it succeeds', async () => {
    const [api, receiver] = [
      await loopbackApi(),
      await webhookReceiver((count) => ({ status: count < 3 ? 500 : 200 })),
    ];
    const { service } = await subscribed(api, receiver.base);
    await newFactor(api, { service });
    await whileTimePasses(api, service, () => receiver.deliveries.length >= 3, 'three attempts');
    const [first, second, third] = receiver.deliveries;
    expect([second?.params, third?.params]).toEqual([first?.params, first?.params]);
    for (const { headers, url, params } of receiver.deliveries) {
      expect(twilio.validateRequest(ACME.secret, String(headers['x-twilio-signature']), url, params)).toBe(true);
    }
    await newFactor(api, { service });
    await whileTimePasses(api, service, () => receiver.deliveries.length >= 4, 'the next event');
    expect(receiver.deliveries[3]?.params['uuid']).not.toBe(first?.params['uuid']);
  });

  it('is given up after four attempts', async () => {
    const [api, receiver] = [await loopbackApi(), await webhookReceiver(() => ({ status: 500 }))];
    const { service } = await subscribed(api, receiver.base);
    await newFactor(api, { service });
    await arrived(receiver, 1);
    const attempts = async (): Promise<number> => {
      for (let i = 0; i < 60; i += 1) {
        api.clock.advance(60 * 60_000);
        await api.get(service);
        await delay(20);
      }
      return receiver.deliveries.length;
    };
    expect([await attempts(), await attempts()]).toEqual([4, 4]);
  });

  it('succeeds by 200 alone', async () => {
    const [api, receiver] = [
      await loopbackApi(),
      await webhookReceiver((count) => ({ status: count < 2 ? 204 : 200 })),
    ];
    const { service } = await subscribed(api, receiver.base);
    await newFactor(api, { service });
    await whileTimePasses(api, service, () => receiver.deliveries.length >= 2, 'a second attempt');
  });

  it('outlives the process that wrote it', async () => {
    const store = new MemoryStore();
    const receiver = await webhookReceiver((count) => ({ status: count === 1 ? 503 : 200 }));
    const first = await loopbackApi({ store });
    const { service } = await subscribed(first, receiver.base);
    const phone = await newFactor(first, { service });
    await arrived(receiver, 1);
    await first.close();
    const second = await loopbackApi({ store, clock: first.clock });
    await whileTimePasses(second, phone.factor, () => receiver.deliveries.length >= 2, 'an attempt by another process');
    expect(receiver.deliveries[1]?.params).toEqual(receiver.deliveries[0]?.params);
  });

  it('is not led elsewhere by a redirect', async () => {
    const [api, elsewhere] = [await loopbackApi(), await webhookReceiver()];
    const receiver = await webhookReceiver(() => ({ status: 307, headers: { Location: `${elsewhere.base}/stolen` } }));
    const { service } = await subscribed(api, receiver.base);
    await newFactor(api, { service });
    await whileTimePasses(api, service, () => receiver.deliveries.length >= 2, 'a second attempt at the same place');
    expect(elsewhere.connections()).toBe(0);
  });

  it('to a place that is not there troubles nobody', async () => {
    const api = await loopbackApi();
    const app = express().listen(0, '127.0.0.1');
    await once(app, 'listening');
    const address = app.address();
    app.close();
    const port = typeof address === 'object' ? address?.port : 0;
    const { service } = await subscribed(api, `http://127.0.0.1:${port}/`);
    const phone = await enrolled(api, { service });
    const answer = await api.post(phone.challenges, {
      FactorSid: phone.sid,
      AuthPayload: codeAt(phone.secret, api.clock.now()),
    });
    expect(answer.body.status).toBe('approved');
  });
});

describe('without being allowed to', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[ff02::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
  ])('a webhook cannot be set to the private address %s', async (WebhookUrl) => {
    const api = await verifyApi();
    const service = await newService(api);
    const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl };
    expectRefusal(await api.post(`${service}/Webhooks`, hook), 400, 60306);
    const { body } = await api.post(`${service}/Webhooks`, { ...hook, WebhookUrl: 'https://hooks.example.com/' });
    expectRefusal(await api.post(`${service}/Webhooks/${body.sid}`, { WebhookUrl }), 400, 60306);
  });

  it('nobody inside is reached by a name that resolves to a private address', async () => {
    const receiver = await webhookReceiver();
    const url = receiver.base.replace('127.0.0.1', 'localhost');
    const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: url };
    for (const [webhooks, isReached] of [
      [{ allowHttp: true, allowPrivate: true }, true],
      [{ allowHttp: true }, false],
    ] as const) {
      const api = await verifyApi({ options: { webhooks } });
      const before = receiver.connections();
      const service = await newService(api);
      await api.post(`${service}/Webhooks`, hook);
      await newFactor(api, { service });
      for (let i = 0; i < 40 && receiver.connections() === before; i += 1) {
        api.clock.advance(60_000);
        await api.get(service);
        await delay(20);
      }
      expect(receiver.connections() > before).toBe(isReached);
    }
  });

  it('nobody inside is reached by an address that was allowed once', async () => {
    const receiver = await webhookReceiver();
    const store = new MemoryStore();
    const allowed = await verifyApi({ store, options: { webhooks: { allowHttp: true, allowPrivate: true } } });
    const service = await newService(allowed);
    const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: receiver.base };
    expect((await allowed.post(`${service}/Webhooks`, hook)).status).toBe(201);
    const api = await verifyApi({ store, options: { webhooks: { allowHttp: true } } });
    await newFactor(api, { service });
    for (let i = 0; i < 40; i += 1) {
      api.clock.advance(60_000);
      await api.get(service);
    }
    expect(receiver.connections()).toBe(0);
  });

  it('http is refused though the address is public', async () => {
    const api = await verifyApi({ options: { webhooks: { allowPrivate: true } } });
    const service = await newService(api);
    const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: 'http://hooks.example.com/' };
    expectRefusal(await api.post(`${service}/Webhooks`, hook), 400, 60306);
  });
});
