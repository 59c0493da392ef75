/** A Verify API on a loopback port, driven from outside, and what its tests share. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import request, { type Response, type Test } from 'supertest';
import twilio from 'twilio';
import { createMfa, MemoryStore, type Mfa, type MfaOptions, type Store } from '../../src/index.js';
import { createVerifyApi } from '../../src/verify-api.js';
import { TestClock } from './clock.js';
import { oathtoolCodes } from './oathtool.js';
import { codeAt, wrongCodeAt } from './rfc-code.js';

/** Who calls: an account with its token, or a key with its secret. */
export interface Credentials {
  readonly sid: string;
  readonly secret: string;
}

export const ACME: Credentials = { sid: `AC${'a1'.repeat(16)}`, secret: 'acme-token-0123456789abcdef01234567' };
export const RIVAL: Credentials = { sid: `AC${'b2'.repeat(16)}`, secret: 'rival-token-0123456789abcdef0123456' };

/** The identity of Twilio's samples. */
export const IDENTITY = 'ff483d1ff591898a9942916050d2ca3f';
/** A well-formed SID of nothing. */
export const nothing = (prefix: string): string => prefix + '0'.repeat(32);

export const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
export const sidOf = (prefix: string): RegExp => new RegExp(`^${prefix}[0-9a-f]{32}$`);

type VerifyApiOptions = Parameters<typeof createVerifyApi>[0];

export interface Setting {
  readonly options?: Partial<Omit<VerifyApiOptions, 'mfa'>>;
  readonly mfaOptions?: Partial<MfaOptions<{ readonly id: string }>>;
  readonly store?: Store;
  readonly clock?: TestClock;
  /** Adds the host's own routes, after the API. */
  readonly routes?: (app: Express) => void;
}

/** Parameters of a form: a list is a repeated key. */
export type Form = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type Method = 'get' | 'post' | 'delete' | 'put' | 'patch' | 'head';

export interface VerifyApi {
  readonly base: string;
  readonly mfa: Mfa;
  readonly clock: TestClock;
  /** The API without a port, for requests by hand. */
  readonly app: Express;
  /** Ends its deliveries, as the end of its process would. */
  close(): Promise<void>;
  /** One request under an account's credentials. */
  call(method: Method, path: string, form?: Form, as?: Credentials): Test;
  get(path: string, as?: Credentials): Test;
  post(path: string, form?: Form, as?: Credentials): Test;
  delete(path: string, as?: Credentials): Test;
  /** The official client, pointed here by its `baseUrl` (technique A). */
  client(as?: Credentials): ReturnType<typeof twilio>;
}

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Has something closed after the test. */
export function closeAfterTest(close: () => unknown): void {
  opened.push(close);
}

/** Serves a Verify API until the test ends. */
export async function verifyApi({ options, mfaOptions, store, clock, routes }: Setting = {}): Promise<VerifyApi> {
  const time = clock ?? new TestClock();
  const mfa = createMfa<{ readonly id: string }>({
    issuer: 'Host app',
    store: store ?? new MemoryStore(),
    keys: Buffer.alloc(32, 7).toString('base64'),
    clock: time,
    ...mfaOptions,
  });
  const app = express();
  const accounts = [ACME, RIVAL].map(({ sid, secret }) => ({ sid, authToken: secret }));
  const router = createVerifyApi({ mfa, accounts, ...options });
  const close = async (): Promise<void> => router.close();
  closeAfterTest(close);
  app.use(router);
  routes?.(app);
  const base = await serve(app);
  const call: VerifyApi['call'] = (method, path, form = {}, as = ACME) => {
    const asked = request(base)[method](path).auth(as.sid, as.secret).redirects(0);
    return method === 'get' || method === 'head' ? asked.query(formOf(form)) : asked.type('form').send(formOf(form));
  };
  return {
    base,
    mfa,
    clock: time,
    app,
    close,
    call,
    get: (path, as) => call('get', path, {}, as),
    post: (path, form, as) => call('post', path, form, as),
    delete: (path, as) => call('delete', path, {}, as),
    client: (as = ACME) => {
      const client = twilio(as.sid, as.secret, { accountSid: ACME.sid });
      client.verify.baseUrl = base;
      return client;
    },
  };
}

/** Serves an app on a loopback port until the test ends; its base URL. */
export async function serve(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

export function formOf(form: Form): string {
  const fields = Object.entries(form).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, String(item)]),
  );
  return new URLSearchParams(fields).toString();
}

/** A new service; its path. */
export async function newService(api: VerifyApi, form: Form = {}, as = ACME): Promise<string> {
  const { status, body } = await api.post('/v2/Services', { FriendlyName: 'My service', ...form }, as);
  if (status !== 201) throw new Error(`the service was not created: ${JSON.stringify(body)}`);
  return `/v2/Services/${body.sid}`;
}

/** An authenticator with what it was given. */
export interface Enrolled {
  readonly service: string;
  /** The path of the entity. */
  readonly entity: string;
  readonly sid: string;
  readonly secret: string;
  /** The path of the factor. */
  readonly factor: string;
  readonly challenges: string;
  /** The code that oathtool shows now. */
  code(): string;
  wrongCode(): string;
}

export interface Enrollment {
  readonly service?: string;
  readonly identity?: string;
  readonly form?: Form;
  readonly as?: Credentials;
}

/** A new factor that is not verified, with its authenticator. */
export async function newFactor(api: VerifyApi, enrollment: Enrollment = {}): Promise<Enrolled> {
  const { identity = IDENTITY, form = {}, as = ACME } = enrollment;
  const service = enrollment.service ?? (await newService(api, {}, as));
  const entity = `${service}/Entities/${identity}`;
  const wanted = { FriendlyName: 'Phone', FactorType: 'totp', ...form };
  const { status, body } = await api.post(`${entity}/Factors`, wanted, as);
  if (status !== 201) throw new Error(`the factor was not created: ${JSON.stringify(body)}`);
  const { alg: algorithm, code_length: digits, time_step: timeStep } = body.config;
  const secret = String(body.binding.secret);
  // oathtool shows no codes of fewer than six digits.
  const code = (): string =>
    digits < 6
      ? codeAt(secret, api.clock.now(), { algorithm, digits, timeStep })
      : (oathtoolCodes({ secret, seconds: Math.floor(api.clock.now() / 1000), algorithm, digits, timeStep })[0] ?? '');
  return {
    service,
    entity,
    sid: body.sid,
    secret,
    factor: `${entity}/Factors/${body.sid}`,
    challenges: `${entity}/Challenges`,
    code,
    wrongCode: () => wrongCodeAt(secret, api.clock.now()),
  };
}

/** A verified factor, whose next code is a fresh one. */
export async function enrolled(api: VerifyApi, enrollment: Enrollment = {}): Promise<Enrolled> {
  const factor = await newFactor(api, enrollment);
  const { body } = await api.post(factor.factor, { AuthPayload: factor.code() }, enrollment.as ?? ACME);
  if (body.status !== 'verified') throw new Error(`the factor was not verified: ${JSON.stringify(body)}`);
  // The code of the enrollment is spent; what follows uses the next one.
  api.clock.advance(30_000);
  return factor;
}

/** A new challenge that waits; its path. */
export async function newChallenge(api: VerifyApi, factor: Enrolled, form: Form = {}): Promise<string> {
  const { status, body } = await api.post(factor.challenges, { FactorSid: factor.sid, ...form });
  if (status !== 201) throw new Error(`the challenge was not created: ${JSON.stringify(body)}`);
  return `${factor.challenges}/${body.sid}`;
}

/** Expects exactly the envelope of an error, with nothing told beside it. */
export function expectRefusal(answer: Response, status: number, code: number, message?: string | RegExp): void {
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.body).toEqual({
    code,
    status,
    message: message === undefined ? expect.stringMatching(/./) : expect.stringMatching(message),
    more_info: expect.stringMatching(new RegExp(`^https://\\S+\\b${code}$`)),
  });
}

/** Expects the answer for what does not exist. */
export function expectMissing(answer: Response, path: string): void {
  expectRefusal(answer, 404, 20404);
  expect(answer.body.message).toBe(`The requested resource ${path.replace(/^\/v2/, '')} was not found`);
}

/** What every item of a list has. */
export interface Item {
  readonly sid: string;
  readonly url: string;
}

/** The items on a page of a list. */
export function itemsOf({ body }: Pick<Response, 'body'>, key: string): readonly Item[] {
  return body[key];
}

/** The paths of the items on a page of a list. */
export function pathsOf(answer: Pick<Response, 'body'>, key: string): readonly string[] {
  return itemsOf(answer, key).map(({ url }) => new URL(url).pathname);
}

/** The pages of a list from `path` on, by the URLs that the pages name. */
export async function pagesFrom(api: VerifyApi, path: string, as = ACME): Promise<readonly Response['body'][]> {
  const pages: Response['body'][] = [];
  for (let url: string | null = path; url !== null; url = pages.at(-1).meta.next_page_url) {
    const { status, body } = await api.get(url.replace(api.base, ''), as);
    if (status !== 200) throw new Error(`no page at ${url}: ${JSON.stringify(body)}`);
    pages.push(body);
  }
  return pages;
}
