/** Section 6: how much of everything there may be, and what is answered beyond it. */
import type { Response } from 'supertest';
import {
  ACME,
  IDENTITY,
  RIVAL,
  enrolled,
  expectMissing,
  expectRefusal,
  itemsOf,
  newChallenge,
  newFactor,
  newService,
  pathsOf,
  verifyApi,
  type Enrolled,
  type VerifyApi,
} from '../support/verify-api.js';
import { codeAt } from '../support/rfc-code.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const FACTOR = { FriendlyName: 'Phone', FactorType: 'totp' };

/** Creates challenges until one is refused; how many were not, and the refusal. */
async function challengesUntilRefused(api: VerifyApi, phone: Enrolled): Promise<readonly [number, Response]> {
  for (let made = 0; ; made += 1) {
    const answer = await api.post(phone.challenges, { FactorSid: phone.sid });
    if (answer.status !== 201) return [made, answer];
  }
}

describe('a factor that is not verified', () => {
  it('takes five wrong codes, then none, not even a right one', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    for (let i = 0; i < 5; i += 1) {
      const { status, body } = await api.post(phone.factor, { AuthPayload: phone.wrongCode() });
      expect([status, body.status]).toEqual([200, 'unverified']);
    }
    const message = /^Factor verification attempts reached$/;
    expectRefusal(await api.post(phone.factor, { AuthPayload: phone.code() }), 429, 60310, message);
    api.clock.advance(2 * HOUR);
    expectRefusal(await api.post(phone.factor, { AuthPayload: phone.code() }), 429, 60310, message);
    expect((await api.get(phone.factor)).body.status).toBe('unverified');
    const another = await newFactor(api, { service: phone.service });
    expect((await api.post(another.factor, { AuthPayload: another.code() })).body.status).toBe('verified');
  });

  it('can be verified for 24 hours and is gone after them', async () => {
    const api = await verifyApi();
    const [early, late] = [await newFactor(api), await newFactor(api)];
    api.clock.advance(24 * HOUR - SECOND);
    expect((await api.post(early.factor, { AuthPayload: early.code() })).body.status).toBe('verified');
    api.clock.advance(SECOND);
    expectMissing(await api.post(late.factor, { AuthPayload: late.code() }), late.factor);
    expectMissing(await api.get(late.factor), late.factor);
    expect((await api.get(`${late.entity}/Factors`)).body.factors).toEqual([]);
  });

  it('is left alone by the factors that come after it', async () => {
    const api = await verifyApi();
    const first = await newFactor(api);
    const second = await newFactor(api, { service: first.service });
    expect((await api.post(second.factor, { AuthPayload: second.code() })).body.status).toBe('verified');
    expect((await api.post(first.factor, { AuthPayload: first.code() })).body.status).toBe('verified');
  });
});

describe('a challenge', () => {
  it('takes five wrong codes, then none, though its entity waits no more', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const challenge = await newChallenge(api, phone);
    for (let i = 0; i < 5; i += 1) {
      const { status, body } = await api.post(challenge, { AuthPayload: phone.wrongCode() });
      expect([status, body.status, body.date_responded]).toEqual([200, 'pending', null]);
    }
    const message = /^Challenge verification attempts limit reached$/;
    expectRefusal(await api.post(challenge, { AuthPayload: phone.code() }), 429, 60308, message);
    api.clock.advance(MINUTE);
    expectRefusal(await api.post(challenge, { AuthPayload: phone.code() }), 429, 60308, message);
    expect((await newChallengeAnswer(api, phone)).body.status).toBe('approved');
  });

  it('counts a wrong code that came with its creation as the first of the five', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const { status, body } = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.wrongCode() });
    expect([status, body.status]).toEqual([201, 'pending']);
    const challenge = `${phone.challenges}/${body.sid}`;
    for (let i = 0; i < 4; i += 1) {
      expect((await api.post(challenge, { AuthPayload: phone.wrongCode() })).status).toBe(200);
    }
    api.clock.advance(MINUTE);
    expectRefusal(await api.post(challenge, { AuthPayload: phone.code() }), 429, 60308);
  });

  it('lives five minutes, or as long as was asked for', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const [usual, long] = [
      await newChallenge(api, phone),
      await newChallenge(api, phone, { ExpirationDate: '2026-11-20T13:00:35Z' }),
    ];
    api.clock.advance(5 * MINUTE - SECOND);
    expect((await api.get(usual)).body.status).toBe('pending');
    api.clock.advance(SECOND);
    expect((await api.get(usual)).body.status).toBe('expired');
    expectRefusal(await api.post(usual, { AuthPayload: phone.code() }), 403, 60323, /^Challenge expired$/);
    api.clock.advance(54 * MINUTE);
    expect((await api.post(long, { AuthPayload: phone.code() })).body.status).toBe('approved');
  });

  it('can be created 50 times an hour and 100 times a day for one factor', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const other = await enrolled(api, { service: phone.service });
    const [inTheFirstHour, refusal] = await challengesUntilRefused(api, phone);
    expect(inTheFirstHour).toBe(50);
    expectRefusal(refusal, 429, 60312, /^Challenge creation limit reached$/);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
    expect((await api.post(other.challenges, { FactorSid: other.sid })).status).toBe(201);
    api.clock.advance(23 * HOUR);
    expect((await challengesUntilRefused(api, phone))[0]).toBe(50);
    api.clock.advance(30 * MINUTE);
    expect((await challengesUntilRefused(api, phone))[0]).toBe(0);
    api.clock.advance(48 * HOUR);
    expect((await challengesUntilRefused(api, phone))[0]).toBe(50);
  });

  it('can be created 10 times a day where codes have four digits or fewer', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api, { form: { 'Config.CodeLength': 4 } });
    const [made, refusal] = await challengesUntilRefused(api, phone);
    expect(made).toBe(10);
    expectRefusal(refusal, 429, 60312);
    api.clock.advance(2 * HOUR);
    expect((await challengesUntilRefused(api, phone))[0]).toBe(0);
    api.clock.advance(46 * HOUR);
    expect((await challengesUntilRefused(api, phone))[0]).toBe(10);
  });

  it('waits beside at most 19 others: a further one takes the place of the oldest', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const made: string[] = [];
    for (let i = 0; i < 21; i += 1) made.push(await newChallenge(api, phone));
    const waiting = await api.call('get', phone.challenges, { Status: 'pending' });
    expect(pathsOf(waiting, 'challenges')).toEqual(made.slice(1));
    expectRefusal(await api.post(made[0] ?? '', { AuthPayload: phone.code() }), 403, 60323);
  });

  it('is kept after its end until 100 newer ones have ended', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const made: string[] = [];
    for (let i = 0; i < 103; i += 1) {
      api.clock.advance(HOUR);
      const { body } = await newChallengeAnswer(api, phone);
      made.push(body.sid);
    }
    const kept = await api.call('get', phone.challenges, { PageSize: 1000 });
    expect(itemsOf(kept, 'challenges').map(({ sid }) => sid)).toEqual(made.slice(3));
    const gone = `${phone.challenges}/${made[0]}`;
    expectMissing(await api.get(gone), gone);
    expect((await api.get(`${phone.challenges}/${made[3]}`)).body.status).toBe('approved');
  });
});

describe('an entity', () => {
  it('has at most 100 factors, of whatever status', async () => {
    const api = await verifyApi();
    const service = await newService(api);
    const path = `${service}/Entities/${IDENTITY}/Factors`;
    const create = async (): Promise<Response> => api.post(path, { ...FACTOR, Metadata: '{"os":"Android"}' });
    for (let i = 0; i < 60; i += 1) {
      const { body } = await create();
      const AuthPayload = codeAt(body.binding.secret, api.clock.now());
      expect((await api.post(`${path}/${body.sid}`, { AuthPayload })).body.status).toBe('verified');
    }
    api.clock.advance(49 * HOUR);
    for (let i = 0; i < 40; i += 1) expect((await create()).status).toBe(201);
    expectRefusal(await create(), 400, 60315, /^Reached max limit of /);
    expect((await api.call('get', path, { PageSize: 1000 })).body.factors).toHaveLength(100);
    api.clock.advance(25 * HOUR);
    expect((await create()).status).toBe(201);
  });

  it('gets at most 100 new factors a day, though they are removed again', async () => {
    const api = await verifyApi();
    const path = `${await newService(api)}/Entities/${IDENTITY}/Factors`;
    for (let i = 0; i < 100; i += 1) {
      const { body } = await api.post(path, FACTOR);
      expect((await api.delete(`${path}/${body.sid}`)).status).toBe(204);
    }
    const refusal = await api.post(path, FACTOR);
    expectRefusal(refusal, 429, 60326, /^Too many requests to create factors for the entity$/);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
    api.clock.advance(48 * HOUR);
    expect((await api.post(path, FACTOR)).status).toBe(201);
  });
});

it('an account creates at most 40 entities a second, over all its services and also by factors', async () => {
  const api = await verifyApi();
  const [first, second] = [await newService(api), await newService(api)];
  for (let i = 0; i < 20; i += 1) {
    expect((await api.post(`${first}/Entities`, { Identity: `user-${i}-entity` })).status).toBe(201);
    expect((await api.post(`${second}/Entities/user-${i}-factor/Factors`, FACTOR)).status).toBe(201);
  }
  const message = /^Entities rate limit exceeded$/;
  expectRefusal(await api.post(`${second}/Entities`, { Identity: 'one-too-many' }), 429, 60328, message);
  expectRefusal(await api.post(`${first}/Entities/one-too-many/Factors`, FACTOR), 429, 60328, message);
  expect((await api.post(`${second}/Entities/user-1-factor/Factors`, FACTOR)).status).toBe(201);
  expect((await api.post(`${await newService(api, {}, RIVAL)}/Entities`, { Identity: IDENTITY }, RIVAL)).status).toBe(
    201,
  );
  api.clock.advance(SECOND);
  expect((await api.post(`${second}/Entities`, { Identity: 'one-too-many' }, ACME)).status).toBe(201);
});

it('an account has at most 1000 services, and another one for each that it removes', async () => {
  const api = await verifyApi();
  const first = await newService(api);
  for (let made = 1; made < 1000; made += 1) await newService(api);
  const expectFull = async (): Promise<void> => {
    const refusal = await api.post('/v2/Services', { FriendlyName: 'One too many' });
    expectRefusal(refusal, 409, 20409, /^Conflict: there is no room for this$/);
  };
  await expectFull();
  const { body } = await api.call('get', '/v2/Services', { PageSize: 1000 });
  expect([body.services.length, body.meta.next_page_url]).toEqual([1000, null]);
  expect((await api.delete(first)).status).toBe(204);
  await newService(api);
  await expectFull();
  await newService(api, {}, RIVAL);
});

/** A new challenge that comes with the code of the present step. */
async function newChallengeAnswer(api: VerifyApi, phone: Enrolled): Promise<Response> {
  return api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: codeAt(phone.secret, api.clock.now()) });
}
