/** The app's own service, which is one more Service only where the host shares it. */
import {
  ACME,
  DATE,
  enrolled,
  expectMissing,
  expectRefusal,
  newFactor,
  newService,
  pathsOf,
  sidOf,
  verifyApi,
  type Enrolled,
  type VerifyApi,
} from '../support/verify-api.js';
import { codeAt } from '../support/rfc-code.js';

const identity = 'user-0001-of-the-app';
const accounts = [{ sid: ACME.sid, authToken: ACME.secret }];

async function shared(): Promise<VerifyApi & { readonly service: string }> {
  const api = await verifyApi({ options: { accounts, shareWithApp: true } });
  const { services } = (await api.get('/v2/Services')).body;
  expect(services).toHaveLength(1);
  return { ...api, service: `/v2/Services/${services[0].sid}` };
}

/** Somebody who enrolled in the app. */
async function inApp(api: VerifyApi): Promise<{ readonly sid: string; readonly secret: string }> {
  const { factor, binding } = await api.mfa.factors.create({ identity });
  await api.mfa.factors.verify({ identity, sid: factor.sid, code: codeAt(binding.secret, api.clock.now()) });
  api.clock.advance(30_000);
  return { sid: factor.sid, secret: binding.secret };
}

it('without shareWithApp, nobody of the app is seen or reached', async () => {
  const api = await verifyApi();
  const { sid } = await inApp(api);
  expect((await api.get('/v2/Services')).body.services).toEqual([]);
  const service = await newService(api);
  const path = `${service}/Entities/${identity}/Factors/${sid}`;
  expectMissing(await api.get(path), path);
  const there = await verifyApi({ options: { accounts, shareWithApp: true } });
  const [app] = (await there.get('/v2/Services')).body.services;
  expectRefusal(await api.get(`/v2/Services/${app.sid}`), 404, 20404);
  expectRefusal(await api.get(`/v2/Services/${app.sid}/Entities/${identity}`), 404, 20404);
});

it('has a SID that stays, the issuer of the app, and a configuration that cannot be changed', async () => {
  const api = await shared();
  const { body } = await api.get(api.service);
  expect(body).toMatchObject({
    sid: expect.stringMatching(sidOf('VA')),
    account_sid: ACME.sid,
    friendly_name: 'Host app',
    date_created: expect.stringMatching(DATE),
    url: api.base + api.service,
  });
  for (const answer of [await api.post(api.service, { FriendlyName: 'Mine' }), await api.delete(api.service)]) {
    expectRefusal(answer, 403, 60204, /^Service does not support this feature$/);
  }
  expect((await api.get(api.service)).body).toEqual(body);
  const again = await shared();
  expect(again.service).toBe(api.service);
});

it('comes with the services made through the API in one list', async () => {
  const api = await shared();
  const made = await newService(api);
  const listed = pathsOf(await api.get('/v2/Services'), 'services');
  expect(listed.toSorted()).toEqual([api.service, made].sort());
});

it('a factor enrolled in the app is challenged through the API, and the code is spent in both', async () => {
  const api = await shared();
  const { sid, secret } = await inApp(api);
  const entity = `${api.service}/Entities/${identity}`;
  expect((await api.get(`${entity}/Factors`)).body.factors).toMatchObject([{ sid, status: 'verified', identity }]);
  const code = codeAt(secret, api.clock.now());
  const approved = await api.post(`${entity}/Challenges`, { FactorSid: sid, AuthPayload: code });
  expect(approved.body.status).toBe('approved');
  const replay = await api.mfa.challenges.create({ identity, code });
  expect(replay).toMatchObject({ status: 'pending', reason: 'code_already_used' });
});

it('a factor enrolled through the API is challenged in the app, and the code is spent in both', async () => {
  const api = await shared();
  const phone: Enrolled = await enrolled(api, { service: api.service, identity });
  const code = phone.code();
  expect(await api.mfa.challenges.create({ identity, code })).toMatchObject({
    status: 'approved',
    factorSid: phone.sid,
  });
  const replay = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: code });
  expect(replay.body.status).toBe('pending');
});

it('wrong codes given here and there are charged to one budget', async () => {
  const api = await shared();
  const phone = await enrolled(api, { service: api.service, identity });
  for (let i = 0; i < 3; i += 1) await api.mfa.challenges.create({ identity, code: phone.wrongCode() });
  for (let i = 0; i < 2; i += 1)
    await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.wrongCode() });
  expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() }), 429, 60308);
  await expect(api.mfa.challenges.create({ identity, code: phone.code() })).rejects.toMatchObject({ code: 'locked' });
});

it('without shareWithApp the same identity here and there is two people', async () => {
  const api = await verifyApi();
  const { secret } = await inApp(api);
  const phone = await newFactor(api, { identity, form: { 'Binding.Secret': secret } });
  const code = codeAt(secret, api.clock.now());
  expect((await api.post(phone.factor, { AuthPayload: code })).body.status).toBe('verified');
  expect(await api.mfa.challenges.create({ identity, code })).toMatchObject({ status: 'approved' });
});

it('recovery codes of the app are no codes here', async () => {
  const api = await shared();
  const phone = await enrolled(api, { service: api.service, identity });
  const { id, codes } = await api.mfa.recoveryCodes.create({ identity });
  const [first, second = ''] = codes;
  expect(await api.mfa.recoveryCodes.confirm({ identity, id, code: first })).toMatchObject({ status: 'confirmed' });
  const form = { FactorSid: phone.sid, AuthPayload: second };
  expectRefusal(await api.post(phone.challenges, form), 400, 60306);
  expect(await api.mfa.challenges.create({ identity, code: second })).toMatchObject({ status: 'approved' });
});
