/** Raw HTTP: what the clients hide. */
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import request, { type Test } from 'supertest';
import {
  ACME,
  IDENTITY,
  enrolled,
  expectMissing,
  expectRefusal,
  formOf,
  newChallenge,
  newFactor,
  newService,
  nothing,
  verifyApi,
  type Method,
  type VerifyApi,
} from '../support/verify-api.js';
import { WatchedStore } from '../support/watched-store.js';

const auth = `Basic ${Buffer.from(`${ACME.sid}:${ACME.secret}`).toString('base64')}`;

/** A POST whose body and headers are written by hand. */
function postRaw({ base }: VerifyApi, path: string, body: string, type = 'application/x-www-form-urlencoded'): Test {
  return request(base).post(path).set('Authorization', auth).set('Content-Type', type).send(body);
}

/** What a server answers to these very bytes. */
async function bytes({ base }: VerifyApi, head: readonly string[], body = ''): Promise<string> {
  const { port } = new URL(base);
  const socket = createConnection(Number(port), '127.0.0.1');
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write([...head, `Authorization: ${auth}`, 'Host: localhost', 'Connection: close', '', body].join('\r\n'));
  await once(socket, 'close');
  return answer;
}

describe('what does not exist', () => {
  it.each([
    '/v2',
    '/v2/',
    '/v2/Nothing',
    '/v2/Services/VAnot-a-sid',
    `/v2/Services/${nothing('VA').toUpperCase()}x`,
    `/v2/Services/${nothing('VA')}`,
    `/v2/Services/${nothing('VA')}/Entities`,
    `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}`,
    `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}/Factors`,
    `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}/Factors/${nothing('YF')}`,
    `/v2/Services/${nothing('VA')}/Entities/${IDENTITY}/Challenges/${nothing('YC')}`,
    `/v2/Services/${nothing('VA')}/Webhooks/${nothing('YW')}`,
  ])('%s is answered in the envelope, by its path without the version', async (path) => {
    const api = await verifyApi();
    const answer = await api.get(path);
    expectRefusal(answer, 404, 20404);
    if (path.startsWith('/v2/Services/')) expectMissing(answer, path);
  });

  it('malformed, unknown and foreign SIDs and identities are answered alike, byte for byte', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    const other = await newFactor(api);
    for (const [place, sids] of [
      [`${phone.entity}/Factors/`, [other.sid, nothing('YF'), 'x', 'YF', `${phone.sid}0`, phone.sid.toUpperCase()]],
      ['/v2/Services/', [nothing('VA'), 'x', `${phone.service.slice(13)}0`]],
      [`${phone.service}/Entities/`, ['nobody-at-all', IDENTITY.toUpperCase()]],
    ] as const) {
      const told = new Set<string>();
      for (const sid of sids) {
        const answer = await api.get(place + sid);
        expectMissing(answer, place + sid);
        told.add(answer.text.replaceAll(sid, '…'));
      }
      expect(told.size).toBe(1);
    }
  });

  it.each([
    '/v2/Services/%E0%A4%A',
    '/v2/Services/%ff',
    '/v2/Services/VA%2F..%2F',
    '/v2/Services/%00',
    '/v2//Services//x',
  ])('the address %s is no error of ours', async (path) => {
    const api = await verifyApi();
    const answer = await bytes(api, [`GET ${path} HTTP/1.1`]);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ code: 20404, status: 404 });
  });

  it('paths of the host are none of ours: they need no credentials and get none of our answers', async () => {
    const api = await verifyApi({
      routes: (app) => {
        app.get('/hello', (_req, res) => void res.send('hello'));
        app.post('/echo', (req, res) => void res.json({ body: req.body ?? null }));
      },
    });
    expect((await request(api.base).get('/hello')).text).toBe('hello');
    expect((await request(api.base).post('/echo').type('form').send('a=b')).body).toEqual({ body: null });
    const unknown = await request(api.base).get('/nothing');
    expect([unknown.status, unknown.headers['content-type']]).toEqual([404, expect.stringMatching(/^text\/html/)]);
  });
});

describe('methods', () => {
  it('that a resource does not have are answered with those that it has', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const challenge = await newChallenge(api, phone);
    const table: readonly (readonly [string, readonly Method[]])[] = [
      ['/v2/Services', ['get', 'post']],
      [phone.service, ['get', 'post', 'delete']],
      [`${phone.service}/Entities`, ['get', 'post']],
      [phone.entity, ['get', 'delete']],
      [`${phone.entity}/Factors`, ['get', 'post']],
      [phone.factor, ['get', 'post', 'delete']],
      [phone.challenges, ['get', 'post']],
      [challenge, ['get', 'post']],
      [`${phone.service}/Webhooks`, ['get', 'post']],
    ];
    for (const [path, methods] of table) {
      for (const method of ['post', 'delete', 'put', 'patch'] as const) {
        if (methods.includes(method)) continue;
        const answer = await api.call(method, path, { FriendlyName: 'x' });
        expectRefusal(answer, 405, 20004, /^Method not allowed$/);
        const allowed = String(answer.headers['allow'])
          .split(/, */)
          .filter((name) => !['HEAD', 'OPTIONS'].includes(name));
        expect(allowed.sort()).toEqual(methods.map((name) => name.toUpperCase()).sort());
      }
    }
    expect((await api.get(phone.service)).body.friendly_name).toBe('My service');
  });

  it('HEAD is GET without its body', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    const get = await api.get(service);
    const head = await api.call('head', service);
    expect(head.status).toBe(200);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
    expect((await api.call('head', `/v2/Services/${nothing('VA')}`)).status).toBe(404);
    expect((await request(api.base).head(service)).status).toBe(401);
  });

  it('are not taken from a header or a parameter', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    await api.post(service, { _method: 'DELETE' }).set('X-HTTP-Method-Override', 'DELETE');
    expect((await api.get(service)).status).toBe(200);
  });
});

describe('bodies', () => {
  it('that are too large are refused before they are read', async () => {
    const api = await verifyApi();
    const answer = await postRaw(api, '/v2/Services', `FriendlyName=${'x'.repeat(1_000_000)}`);
    expectRefusal(answer, 413, 20413);
    expect((await api.get('/v2/Services')).body.services).toEqual([]);
  });

  it.each([
    ['application/json', '{"FriendlyName":"My service"}'],
    ['application/json', '{"FriendlyName":'],
    ['text/plain', 'FriendlyName=x'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="FriendlyName"\r\n\r\nx\r\n--x--\r\n',
    ],
    ['application/x-www-form-urlencoded; charset=utf-16', 'FriendlyName=x'],
    ['nonsense', 'FriendlyName=x'],
  ])('of the type %s are no form', async (type, body) => {
    const api = await verifyApi();
    const answer = await postRaw(api, '/v2/Services', body, type);
    expectRefusal(answer, 400, 60200, /^Invalid parameter: the body /);
    expect((await api.get('/v2/Services')).body.services).toEqual([]);
  });

  it('with another charset of the same letters, or in upper case, are forms', async () => {
    const api = await verifyApi();
    const answer = await postRaw(
      api,
      '/v2/Services',
      'FriendlyName=One',
      'Application/X-WWW-Form-Urlencoded; Charset=UTF-8',
    );
    expect(answer.status).toBe(201);
  });

  it.each([
    '%',
    '%zz=%',
    '=&=&&&',
    '&',
    'FriendlyName',
    '%00=%00',
    '__proto__=x&constructor=y&hasOwnProperty=z',
    '[]=1&a[b]=c',
  ])('such as %s are missing what they miss, and break nothing', async (body) => {
    const api = await verifyApi();
    const answer = await postRaw(api, '/v2/Services', body);
    expectRefusal(answer, 400, 20001, /^Missing required parameter FriendlyName in the post body$/);
  });

  it('that are packed are unpacked, and a bomb or an unknown packing is refused', async () => {
    const api = await verifyApi();
    const pack = (text: string): Buffer => gzipSync(text);
    const send = (body: Buffer, encoding: string): Test =>
      request(api.base)
        .post('/v2/Services')
        .set({ Authorization: auth, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': encoding })
        .serialize((data: unknown) => data as string)
        .send(body);
    expect((await send(pack('FriendlyName=Packed'), 'gzip')).body.friendly_name).toBe('Packed');
    const bomb = await send(pack(`FriendlyName=${'x'.repeat(10_000_000)}`), 'gzip');
    expectRefusal(bomb, 413, 20413);
    const unknown = await send(Buffer.from('FriendlyName=x'), 'rot13');
    expectRefusal(unknown, 400, 60200, /^Invalid parameter: the body /);
  });

  it('that end too early leave nothing behind', async () => {
    const api = await verifyApi();
    const { port } = new URL(api.base);
    const socket = createConnection(Number(port), '127.0.0.1');
    const head = ['POST /v2/Services HTTP/1.1', 'Host: x', `Authorization: ${auth}`, 'Content-Length: 100'];
    socket.end([...head, 'Content-Type: application/x-www-form-urlencoded', '', 'FriendlyName=Half'].join('\r\n'));
    socket.resume();
    await once(socket, 'close');
    expect((await api.get('/v2/Services')).body.services).toEqual([]);
  });
});

describe('keys that are repeated', () => {
  it('are lists where lists are meant, however many there are', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    const hook = { FriendlyName: 'Audit', WebhookUrl: 'https://hooks.example.com/' };
    const EventTypes = ['factor.created', 'factor.verified', 'factor.deleted'];
    const { body } = await api.post(`${service}/Webhooks`, { ...hook, EventTypes });
    expect(body.event_types).toEqual(EventTypes);
    const many = await api.post(`${service}/Webhooks`, {
      ...hook,
      EventTypes: Array<string>(30).fill('factor.created'),
    });
    expect([many.status, new Set(many.body.event_types)]).toEqual([201, new Set(['factor.created'])]);
    const phone = await enrolled(api, { service });
    const fields = Array.from({ length: 20 }, (_, i) => JSON.stringify({ label: `${i}`, value: 'x' }));
    const challenge = await api.post(phone.challenges, {
      FactorSid: phone.sid,
      'Details.Message': 'Hi',
      'Details.Fields': fields,
    });
    expect(challenge.body.details.fields).toHaveLength(20);
    const more = { FactorSid: phone.sid, 'Details.Message': 'Hi', 'Details.Fields': [...fields, ...fields] };
    expectRefusal(await api.post(phone.challenges, more), 400, 60306);
  });

  it('are refused where one value is meant: which of two codes counts is nobody’s to guess', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    for (const payload of [
      [phone.wrongCode(), phone.code()],
      [phone.code(), phone.wrongCode()],
      [phone.code(), phone.code()],
    ]) {
      expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: payload }), 400, 60306);
    }
    expectRefusal(await api.post('/v2/Services', { FriendlyName: ['One', 'Two'] }), 400, 60200);
    expect((await api.get(phone.challenges)).body.challenges).toEqual([]);
  });
});

describe('answers', () => {
  it('never lead elsewhere', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    for (const path of ['/v2/Services/', `${service}/`]) expect((await api.get(path)).status).toBe(200);
    for (const path of ['/v2/services', '/v2']) expectRefusal(await api.get(path), 404, 20404);
    expect((await api.get('/v2')).body.message).toBe('The requested resource / was not found');
  });

  it('name this server as the request does, and as a proxy does only where the app trusts one', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    const named = async (): Promise<string> => {
      const { body } = await api.get(service).set('X-Forwarded-Host', 'verify.example');
      return new URL(body.url).host;
    };
    expect(await named()).toBe(new URL(api.base).host);
    api.app.set('trust proxy', true);
    expect(await named()).toBe('verify.example');
  });

  it.each(['application/json, text/plain, */*', 'text/html', 'image/png', ''])(
    'are JSON whatever is accepted: %s',
    async (accept) => {
      const api = await verifyApi();
      const answer = await api.get('/v2/Services').set('Accept', accept);
      expect([answer.status, answer.headers['content-type']]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
    },
  );

  it('of failures are no problem documents, by which the clients would throw something else', async () => {
    const api = await verifyApi();
    for (const answer of [
      await api.get(`/v2/Services/${nothing('VA')}`),
      await api.post('/v2/Services'),
      await api.call('put', '/v2/Services'),
      await request(api.base).get('/v2/Services'),
    ]) {
      for (const key of ['type', 'title', 'detail', 'instance']) expect(answer.body).not.toHaveProperty(key);
    }
  });

  it('are failures where the store does not answer, and tell nothing of it', async () => {
    const store = new WatchedStore();
    const api = await verifyApi({ store });
    const phone = await enrolled(api);
    const right = phone.code();
    store.before = async () => Promise.reject(new Error('redis://secret-host is down'));
    for (const answer of [
      await api.get(phone.service),
      await api.get('/v2/Services'),
      await api.get(phone.factor),
      await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: right }),
      await api.post('/v2/Services', { FriendlyName: 'Lost' }),
      await api.delete(phone.entity),
    ]) {
      expectRefusal(answer, 503, 20503);
      expect(answer.text).not.toMatch(/redis|secret-host/);
    }
    store.before = null;
    const after = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: right });
    expect(after.body.status).toBe('approved');
  });

  it('never hold a code that was sent', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    for (const AuthPayload of ['314159', '3141592', '31']) {
      const { text } = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload });
      expect(text.replace(/[A-Z]{2}[0-9a-f]{32}/g, '')).not.toContain(`"${AuthPayload}`);
      expect(text).not.toMatch(new RegExp(`: ?${AuthPayload}\\b`));
    }
  });
});

it('parameters in the query of a POST are none', async () => {
  const api = await verifyApi();
  expectRefusal(await postRaw(api, `/v2/Services?${formOf({ FriendlyName: 'My service' })}`, ''), 400, 20001);
});

it('the OpenAPI document names every path and parameter', async () => {
  const api = await verifyApi();
  const { status, body } = await api.get('/v2/openapi.json');
  expect([status, body.openapi]).toEqual([200, expect.stringMatching(/^3\.1\./)]);
  const normal = (path: string): string => path.replace(/\{\w+\}/g, '{}');
  const paths = new Map(
    Object.entries<Record<string, unknown>>(body.paths).map(([path, item]) => [normal(path), item]),
  );
  for (const [path, methods] of [
    ['/v2/Services', ['get', 'post']],
    ['/v2/Services/{}', ['get', 'post', 'delete']],
    ['/v2/Services/{}/Entities', ['get', 'post']],
    ['/v2/Services/{}/Entities/{}', ['get', 'delete']],
    ['/v2/Services/{}/Entities/{}/Factors', ['get', 'post']],
    ['/v2/Services/{}/Entities/{}/Factors/{}', ['get', 'post', 'delete']],
    ['/v2/Services/{}/Entities/{}/Challenges', ['get', 'post']],
    ['/v2/Services/{}/Entities/{}/Challenges/{}', ['get', 'post']],
    ['/v2/Services/{}/Webhooks', ['get', 'post']],
    ['/v2/Services/{}/Webhooks/{}', ['get', 'post', 'delete']],
  ] as const) {
    expect([path, Object.keys(paths.get(path) ?? {})]).toEqual([path, expect.arrayContaining([...methods])]);
  }
  const text = JSON.stringify(body);
  for (const name of [
    'Totp.Issuer',
    'Identity',
    'Binding.Secret',
    'Config.Alg',
    'AuthPayload',
    'HiddenDetails',
    'EventTypes',
    'PageToken',
  ]) {
    expect(text).toContain(`"${name}"`);
  }
});
