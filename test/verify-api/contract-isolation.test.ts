/** Nobody sees, names or changes what belongs to another account or another service of the same store. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { MemoryStore, type Store } from '../../src/index.js';
import { RedisStore } from '../../src/redis.js';
import {
  ACME,
  IDENTITY,
  RIVAL,
  closeAfterTest,
  enrolled,
  newChallenge,
  newService,
  nothing,
  pathsOf,
  verifyApi,
  type Credentials,
  type Enrolled,
  type VerifyApi,
} from '../support/verify-api.js';
import { callsOf, type Places, type VerifyCall } from '../support/verify-calls.js';

const STORES: Readonly<Record<string, () => Store>> = {
  'a MemoryStore': () => new MemoryStore(),
  'one Redis': () => {
    const client = new Redis(process.env['TEST_REDIS_URL'] ?? '');
    const store = new RedisStore(client, { keyPrefix: randomBytes(8).toString('hex') });
    closeAfterTest(() => client.disconnect());
    closeAfterTest(async () => store.close());
    return store;
  },
};

/** Somebody with one of everything. */
async function settled(
  api: VerifyApi,
  as: Credentials,
  service?: string,
): Promise<{ phone: Enrolled; places: Places }> {
  const phone = await enrolled(api, { as, ...(service !== undefined && { service }) });
  const { body: challenge } = await api.post(phone.challenges, { FactorSid: phone.sid }, as);
  const hook = { FriendlyName: 'Audit', EventTypes: 'factor.deleted', WebhookUrl: 'https://hooks.example.com/' };
  const { body: webhook } = await api.post(`${phone.service}/Webhooks`, hook, as);
  const places = {
    service: phone.service,
    entity: phone.entity,
    factor: phone.factor,
    challenge: `${phone.challenges}/${challenge.sid}`,
    webhook: `${phone.service}/Webhooks/${webhook.sid}`,
    factorSid: phone.sid,
  };
  return { phone, places };
}

/** Everything that an account can see of its places. */
async function seen(
  api: VerifyApi,
  { service, entity, factor, challenge, webhook }: Places,
  as: Credentials,
): Promise<unknown> {
  const paths = [
    service,
    entity,
    factor,
    challenge,
    webhook,
    `${service}/Entities`,
    `${entity}/Factors`,
    `${entity}/Challenges`,
  ];
  const bodies: unknown[] = [];
  for (const path of paths) bodies.push((await api.get(path, as)).body);
  return bodies;
}

/** An answer, with the SIDs of the path in the place of those that they stand for. */
async function answerTo(api: VerifyApi, { method, path, form }: VerifyCall, as: Credentials): Promise<string> {
  const { status, text } = await api.call(method, path, form, as);
  const sids = path.match(/(VA|YF|YC|YW)[0-9a-f]{32}/g) ?? [];
  return `${status} ${sids.reduce((told, sid) => told.replaceAll(sid, `${sid.slice(0, 2)}…`), text)}`;
}

describe.each(Object.entries(STORES))('on %s', (_name, makeStore) => {
  it("every call with another account's credentials is answered as for what does not exist, and changes nothing", async () => {
    const api = await verifyApi({ store: makeStore() });
    const { places } = await settled(api, ACME);
    await settled(api, RIVAL);
    const before = await seen(api, places, ACME);
    const unknown: Places = {
      service: `/v2/Services/${nothing('VA')}`,
      entity: `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}`,
      factor: `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}/Factors/${nothing('YF')}`,
      challenge: `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}/Challenges/${nothing('YC')}`,
      webhook: `/v2/Services/${nothing('VA')}/Webhooks/${nothing('YW')}`,
      factorSid: nothing('YF'),
    };
    const calls = callsOf(places);
    for (const [index, missing] of callsOf(unknown).entries()) {
      const foreign = calls[index] ?? missing;
      const answer = await answerTo(api, foreign, RIVAL);
      expect([foreign.name, answer]).toEqual([missing.name, await answerTo(api, missing, RIVAL)]);
      expect(answer).toMatch(/^404 .*"code":20404/);
    }
    expect(await seen(api, places, ACME)).toEqual(before);
  });

  it("every call on one service with another's SIDs is answered as for what does not exist, and changes nothing", async () => {
    const api = await verifyApi({ store: makeStore() });
    const { places } = await settled(api, ACME);
    const other = await newService(api);
    await enrolled(api, { service: other });
    const before = await seen(api, places, ACME);
    const moved = (path: string): string => path.replace(places.service, other);
    const here: Places = {
      ...places,
      service: other,
      entity: `${other}/Entities/${IDENTITY}`,
      factor: moved(places.factor),
      challenge: moved(places.challenge),
      webhook: moved(places.webhook),
    };
    const named = callsOf(here).filter(({ path }) => /\/(YF|YC|YW)/.test(path));
    expect(named).toHaveLength(9);
    for (const call of named) {
      const nowhere = {
        ...call,
        path: call.path.replace(/(YF|YC|YW)[0-9a-f]{32}$/, (_sid, prefix: string) => nothing(prefix)),
      };
      const answer = await answerTo(api, call, ACME);
      expect([call.name, answer]).toEqual([call.name, await answerTo(api, nowhere, ACME)]);
      expect(answer).toMatch(/^404 .*"code":20404/);
    }
    expect(await seen(api, places, ACME)).toEqual(before);
  });

  it('lists show what is one’s own', async () => {
    const api = await verifyApi({ store: makeStore() });
    const first = await settled(api, ACME);
    const second = await settled(api, ACME);
    const foreign = await settled(api, RIVAL);
    const urls = async (path: string, key: string, as: Credentials): Promise<readonly string[]> =>
      pathsOf(await api.get(path, as), key);
    expect(await urls('/v2/Services', 'services', ACME)).toEqual([first.places.service, second.places.service]);
    expect(await urls('/v2/Services', 'services', RIVAL)).toEqual([foreign.places.service]);
    for (const [{ places }, as] of [
      [first, ACME],
      [second, ACME],
      [foreign, RIVAL],
    ] as const) {
      expect(await urls(`${places.service}/Entities`, 'entities', as)).toEqual([places.entity]);
      expect(await urls(`${places.entity}/Factors`, 'factors', as)).toEqual([places.factor]);
      expect(await urls(`${places.entity}/Challenges`, 'challenges', as)).toEqual([places.challenge]);
      expect(await urls(`${places.service}/Webhooks`, 'webhooks', as)).toEqual([places.webhook]);
    }
  });

  it('the code of one service is nothing in another, though identity and secret are the same', async () => {
    const api = await verifyApi({ store: makeStore() });
    const form = { 'Binding.Secret': 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' };
    const first = await enrolled(api, { form });
    const second = await enrolled(api, { form });
    const code = second.code();
    const answer = { FactorSid: first.sid, AuthPayload: code };
    expect((await api.post(second.challenges, answer)).status).toBe(404);
    expect((await api.post(second.challenges, { ...answer, FactorSid: second.sid })).body.status).toBe('approved');
    expect((await api.post(first.challenges, answer)).body.status).toBe('approved');
  });

  it('a service that is removed takes everything below it along, and nothing beside it', async () => {
    const api = await verifyApi({ store: makeStore() });
    const { places } = await settled(api, ACME);
    const kept = await settled(api, ACME);
    const before = await seen(api, kept.places, ACME);
    expect((await api.delete(places.service)).status).toBe(204);
    for (const call of callsOf(places)) expect(await answerTo(api, call, ACME)).toMatch(/^404 .*"code":20404/);
    expect(await seen(api, kept.places, ACME)).toEqual(before);
    expect((await api.get('/v2/Services')).body.services).toHaveLength(1);
  });
});

it('what a record holds can be read in no store: neither secret nor identity nor the accounts’ tokens', async () => {
  const kept: Uint8Array[] = [];
  class Spied extends MemoryStore {
    override async save(...call: Parameters<MemoryStore['save']>): Promise<'saved' | 'conflict'> {
      kept.push(Buffer.from(call[0]), call[1]);
      return super.save(...call);
    }
  }
  const api = await verifyApi({ store: new Spied() });
  const { phone } = await settled(api, ACME);
  await newChallenge(api, phone, { HiddenDetails: '{"ip":"192.0.2.77"}' });
  const everything = Buffer.concat(kept).toString('latin1');
  expect(kept.length).toBeGreaterThan(4);
  for (const secret of [phone.secret, IDENTITY, ACME.secret, '192.0.2.77', 'hooks.example.com']) {
    expect(everything).not.toContain(secret);
  }
});
