/** The OpenAPI document: that it is one, and that what is answered is what it says, with nothing more and nothing less. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Response } from 'supertest';
import {
  ACME,
  closeAfterTest,
  enrolled,
  nothing,
  verifyApi,
  type Form,
  type Method,
  type VerifyApi,
} from '../support/verify-api.js';

const run = promisify(execFile);

type Responses = Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;

interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly responses: Responses;
}

/** The API with every answer held against its document. */
class DocumentedApi {
  readonly api: VerifyApi;
  readonly operations: readonly Operation[];
  /** What was asked and answered, as `get /v2/Services 200`. */
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });

  constructor(api: VerifyApi, document: Response['body']) {
    this.api = api;
    addFormats.default(this.#ajv);
    this.#ajv.addVocabulary(Object.keys(document));
    this.#ajv.addSchema(document, 'openapi.json');
    this.operations = Object.entries<Record<string, { readonly responses?: Responses }>>(document.paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          responses === undefined ? [] : [{ method: method as Method, path, responses }],
        ),
    );
  }

  async call(method: Method, path: string, form: Form = {}, as = ACME): Promise<Response> {
    const answer = await this.api.call(method, path, form, as);
    const asked = path.replace(/\?.*/, '');
    const operation = this.operations.find((known) => known.method === method && patternOf(known.path).test(asked));
    if (operation === undefined) throw new Error(`there is no ${method} ${path} in the document`);
    const status = String(answer.status) in operation.responses ? String(answer.status) : 'default';
    this.seen.add(`${method} ${operation.path} ${status}`);
    const schema = operation.responses[status]?.content?.['application/json']?.schema;
    if (schema === undefined) expect(answer.text).toBe('');
    else expect([path, answer.body, this.#faultsOf(schema, answer.body)]).toEqual([path, answer.body, []]);
    return answer;
  }

  #faultsOf(schema: object, value: unknown): readonly unknown[] {
    const { $ref } = schema as { readonly $ref: string };
    const validate = this.#ajv.getSchema(`openapi.json${$ref}`);
    if (validate === undefined) return [`there is no ${$ref}`];
    return validate(value) === true ? [] : (validate.errors ?? []);
  }
}

async function documentedApi(): Promise<DocumentedApi> {
  const api = await verifyApi();
  return new DocumentedApi(api, (await api.get('/v2/openapi.json')).body);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}

it('is valid by a validator of OpenAPI 3.1', async () => {
  const api = await verifyApi();
  const folder = mkdtempSync(join(tmpdir(), 'passport-factors-openapi-'));
  closeAfterTest(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, (await api.get('/v2/openapi.json')).text);
  const validator = require.resolve('@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
  const { stdout } = await run(process.execPath, [validator, file]);
  expect(JSON.parse(stdout)).toEqual({ valid: true });
});

it('says what every call answers', async () => {
  const documented = await documentedApi();
  const { api } = documented;
  const call = documented.call.bind(documented);

  await call('get', '/v2/openapi.json');
  const bare = await call('post', '/v2/Services', { FriendlyName: 'Bare' });
  const full = await call('post', '/v2/Services', {
    FriendlyName: 'Full',
    CodeLength: 4,
    LookupEnabled: true,
    TtsName: 'name',
    'Push.ApnCredentialSid': nothing('CR'),
    'Totp.Issuer': 'Acme',
    'Totp.TimeStep': 30,
    'Totp.CodeLength': 6,
    'Totp.Skew': 1,
    'Whatsapp.From': 'whatsapp:+1234567890',
    'Passkeys.RelyingParty.Origins': 'www.example.com,login.example.com',
    'Passkeys.UserVerification': 'discouraged',
  });
  const service = `/v2/Services/${full.body.sid}`;
  await call('get', service);
  await call('post', service, { FriendlyName: 'Fuller' });
  await call('get', '/v2/Services?PageSize=1');
  const { next_page_url: next } = (await call('get', '/v2/Services?PageSize=1')).body.meta;
  await call('get', String(next).replace(api.base, ''));

  await call('post', `${service}/Entities`, { Identity: 'registered-1' });
  const phone = await enrolled(api, { service });
  await call('get', phone.entity);
  await call('get', `${service}/Entities?PageSize=1`);

  const metadata = { Metadata: '{"os":"Android"}' };
  for (const form of [{}, metadata]) {
    await call('post', `${phone.entity}/Factors`, { FriendlyName: 'Phone', FactorType: 'totp', ...form });
  }
  await call('get', phone.factor);
  await call('post', phone.factor, { FriendlyName: 'My phone' });
  await call('get', `${phone.entity}/Factors`);

  const about = {
    'Details.Message': 'Log in?',
    'Details.Fields': '{"label":"City","value":"Rome"}',
    HiddenDetails: '{"ip":"192.0.2.1"}',
  };
  const pending = await call('post', phone.challenges, { FactorSid: phone.sid });
  const challenge = `${phone.challenges}/${pending.body.sid}`;
  await call('post', challenge, metadata);
  await call('post', phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code(), ...about });
  api.clock.advance(300_000);
  expect((await call('get', challenge)).body.status).toBe('expired');
  await call('get', phone.challenges);

  const hook = { FriendlyName: 'Audit', EventTypes: ['*'], WebhookUrl: 'https://hooks.example.com/' };
  const { body } = await call('post', `${service}/Webhooks`, hook);
  const webhook = `${service}/Webhooks/${body.sid}`;
  await call('get', webhook);
  await call('post', webhook, { Status: 'disabled' });
  await call('get', `${service}/Webhooks`);

  for (const path of [webhook, phone.factor, phone.entity, service, `/v2/Services/${bare.body.sid}`]) {
    await call('delete', path);
  }
  const successes = documented.operations.flatMap(({ method, path, responses }) =>
    Object.keys(responses).flatMap((status) => (status === 'default' ? [] : `${method} ${path} ${status}`)),
  );
  expect(successes.length).toBeGreaterThan(20);
  expect([...documented.seen].sort()).toEqual(successes.sort());
});

it('says how every call refuses', async () => {
  const documented = await documentedApi();
  for (const { method, path } of documented.operations) {
    documented.api.clock.advance(60_000);
    const somewhere = path.replace('{service}', nothing('VA')).replace(/\{\w+\}/g, 'somebody-else');
    await documented.call(method, somewhere, {}, { ...ACME, secret: 'x'.repeat(32) });
    if (somewhere !== path) await documented.call(method, somewhere);
  }
  const refusals = documented.operations.map(({ method, path }) => `${method} ${path} default`);
  expect([...documented.seen].sort()).toEqual(refusals.sort());
});
