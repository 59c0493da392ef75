import express, { type Express } from 'express';
import request from 'supertest';
import { createMfa, type Mfa, type MfaOptions, type Store } from '../../src/index.js';
import { createVerifyApi, type VerifyApi, type VerifyApiOptions } from '../../src/verify-api.js';
import { TestClock } from '../support/clock.js';
import { WatchedStore } from '../support/watched-store.js';

export const ACCOUNT = { sid: `AC${'1'.repeat(32)}`, authToken: 'a'.repeat(32) };
export const OTHER = { sid: `AC${'2'.repeat(32)}`, authToken: 'b'.repeat(32) };

export interface AnApi {
  readonly app: Express;
  readonly mfa: Mfa;
  readonly clock: TestClock;
  readonly store: Store;
  readonly api: VerifyApi;
}

/** The API alone on an app, on the real Express. */
export function anApi(
  options: Partial<VerifyApiOptions> = {},
  { mfaOptions = {}, store = new WatchedStore() }: { readonly mfaOptions?: Partial<MfaOptions>; store?: Store } = {},
): AnApi {
  const clock = new TestClock();
  const mfa = createMfa({ issuer: 'Acme', clock, store, keys: '0'.repeat(64), ...mfaOptions });
  const api = createVerifyApi({ mfa, accounts: [ACCOUNT, OTHER], publicUrl: 'http://127.0.0.1', ...options });
  const app = express();
  app.use(api);
  return { app, mfa, clock, store, api };
}

export type Answer = request.Response;

/** One request with the credentials of an account; a body goes as a form. */
export async function call(
  { app }: Pick<AnApi, 'app'>,
  method: 'get' | 'post' | 'delete',
  path: string,
  form: string | Record<string, string> = {},
  { sid, authToken } = ACCOUNT,
): Promise<Answer> {
  const sent = request(app)[method](path).auth(sid, authToken);
  return method === 'post' ? sent.type('form').send(form) : sent;
}

/** A service, and the path of an entity of it. */
export async function aService(
  api: AnApi,
  form: Record<string, string> = {},
): Promise<{ readonly sid: string; readonly path: string; readonly entity: string }> {
  const { body } = await call(api, 'post', '/v2/Services', { FriendlyName: 'Acme', ...form });
  const path = `/v2/Services/${body.sid}`;
  return { sid: body.sid, path, entity: `${path}/Entities/identity-1` };
}

export const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
