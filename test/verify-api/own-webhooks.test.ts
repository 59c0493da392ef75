import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';
import { timedSignature } from '../../src/webhooks/signature.js';
import { arePublic } from '../../src/webhooks/addresses.js';
import { ACCOUNT, anApi, aService, call, SECRET, type AnApi } from './own-api.js';

interface Received {
  readonly signature: string;
  readonly timed: string;
  readonly body: string;
}

/** A receiver on loopback that answers with these statuses, the last one again and again, until `work` has ended. */
async function receiving(
  statuses: readonly number[],
  work: (url: string, received: () => readonly Received[]) => Promise<void>,
): Promise<void> {
  const received: Received[] = [];
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const signature = String(req.headers['x-twilio-signature']);
      received.push({ signature, timed: String(req.headers['x-factors-signature']), body });
      res.writeHead(statuses[received.length - 1] ?? statuses.at(-1) ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port.toString()}/hook?a=1`, () => received);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const LOOPBACK = { webhooks: { allowHttp: true, allowPrivate: true } };

async function subscribe(api: AnApi, WebhookUrl: string): Promise<{ readonly entity: string }> {
  const service = await aService(api);
  const form = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl };
  expect((await call(api, 'post', `${service.path}/Webhooks`, form)).status).toBe(201);
  return service;
}

const FACTOR = { FriendlyName: 'Phone', FactorType: 'totp', 'Binding.Secret': SECRET };

describe('a delivery', () => {
  it('is signed as Twilio signs, and with its time', async () => {
    await receiving([200], async (url, received) => {
      const api = anApi(LOOPBACK);
      const { entity } = await subscribe(api, url);
      await call(api, 'post', `${entity}/Factors`, FACTOR);
      await until(() => received().length === 1);
      const [{ body, signature, timed } = { body: '', signature: '', timed: '' }] = received();
      const parameters = Object.fromEntries(new URLSearchParams(body));
      expect(parameters).toMatchObject({ type: 'factor.created', entity_identity: 'identity-1', factor_type: 'totp' });
      expect(twilio.validateRequest(ACCOUNT.authToken, signature, url, parameters)).toBe(true);
      expect(timed).toBe(timedSignature(ACCOUNT.authToken, api.clock.now(), body));
      await api.api.close();
    });
  });

  it('is tried four times in all, and left alone then', async () => {
    await receiving([500], async (url, received) => {
      const api = anApi(LOOPBACK);
      const { entity } = await subscribe(api, url);
      await call(api, 'post', `${entity}/Factors`, FACTOR);
      await until(() => {
        api.clock.advance(60_000);
        return received().length === 4;
      });
      expect(new Set(received().map(({ body }) => body)).size).toBe(1);
      await call(api, 'delete', entity);
      await call(api, 'get', entity);
      expect(received()).toHaveLength(4);
      await api.api.close();
    });
  });

  it('that a process leaves behind is made by the next one that looks, after five minutes', async () => {
    await receiving([500, 200], async (url, received) => {
      const first = anApi(LOOPBACK);
      const { entity } = await subscribe(first, url);
      await call(first, 'post', `${entity}/Factors`, FACTOR);
      await until(() => received().length === 1);
      await first.api.close();
      const second = anApi(LOOPBACK, { store: first.store });
      await call(second, 'get', `${entity}/Factors`);
      second.clock.advance(5 * 60_000);
      await call(second, 'get', `${entity}/Factors`);
      await until(() => received().length === 2);
      expect(received()[1]?.body).toBe(received()[0]?.body);
      await second.api.close();
    });
  });
});

it.each([
  ['8.8.8.8', true],
  ['100.63.255.255', true],
  ['100.64.0.0', false],
  ['172.32.0.0', true],
  ['172.31.0.0', false],
  ['240.0.0.1', false],
  ['2606:4700::1111', true],
  ['2002:7f00:1::', false],
  ['64:ff9b::808:808', false],
  ['::ffff:8.8.8.8', false],
  ['fe80::1', false],
  ['not an address', false],
])('the address %s is public: %s', (address, expected) => {
  expect(arePublic([address])).toBe(expected);
});

it.each([
  [['8.8.8.8', '2606:4700::1111'], true],
  [['8.8.8.8', '10.0.0.1'], false],
  [['10.0.0.1', '8.8.8.8'], false],
])('a name of the addresses %s is public: %s', (addresses, expected) => {
  expect(arePublic(addresses)).toBe(expected);
});
