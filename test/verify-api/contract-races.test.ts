/** What holds for one request at a time holds for many at once. */
import type { Response } from 'supertest';
import {
  IDENTITY,
  enrolled,
  itemsOf,
  newChallenge,
  newFactor,
  newService,
  pathsOf,
  verifyApi,
} from '../support/verify-api.js';

/** Answers that a race may end in besides being honoured: refused by a rule, or not decided in time. */
const REFUSED = [429, 503];

it('services that are created at once are all in the list, once', async () => {
  const api = await verifyApi();
  const created = await Promise.all(Array.from({ length: 10 }, async () => newService(api)));
  const listed = pathsOf(await api.get('/v2/Services'), 'services');
  expect(listed.toSorted()).toEqual(created.toSorted());
});

it('an entity that is created at once by many is created by one of them', async () => {
  const api = await verifyApi();
  const service = await newService(api);
  const create = async (): Promise<Response> => api.post(`${service}/Entities`, { Identity: IDENTITY });
  const answers = await Promise.all(Array.from({ length: 8 }, create));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => ![201, 409, 503].includes(status))).toEqual([]);
  expect(itemsOf(await api.get(`${service}/Entities`), 'entities')).toHaveLength(1);
});

it('wrong codes that are sent at once to one challenge are judged five times', async () => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const challenge = await newChallenge(api, phone);
  const guess = async (): Promise<Response> => api.post(challenge, { AuthPayload: phone.wrongCode() });
  const answers = await Promise.all(Array.from({ length: 12 }, guess));
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(5);
  expect(answers.filter(({ status }) => status !== 200 && !REFUSED.includes(status))).toEqual([]);
});

it('wrong codes that are sent at once to many challenges and services of one identity stay in its budget', async () => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const form = { FactorSid: phone.sid, AuthPayload: phone.wrongCode() };
  const answers = await Promise.all(Array.from({ length: 12 }, async () => api.post(phone.challenges, form)));
  expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(5);
  expect(answers.filter(({ status }) => status !== 201 && !REFUSED.includes(status))).toEqual([]);
});

it('a right code that is sent at once with five wrong ones verifies once or not at all', async () => {
  const api = await verifyApi();
  const phone = await newFactor(api);
  const codes = [phone.wrongCode(), phone.wrongCode(), phone.code(), phone.code(), phone.wrongCode()];
  const answers = await Promise.all(codes.map(async (AuthPayload) => api.post(phone.factor, { AuthPayload })));
  const verified = answers.filter(({ body }) => body.status === 'verified');
  expect(verified.length).toBeLessThanOrEqual(1);
  expect((await api.get(phone.factor)).body.status).toBe(verified.length === 1 ? 'verified' : 'unverified');
});
