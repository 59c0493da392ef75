/** Section 4.5: what only push factors and passkeys have is refused as a feature that this service lacks. */
import request from 'supertest';
import {
  ACME,
  IDENTITY,
  RIVAL,
  enrolled,
  expectMissing,
  expectRefusal,
  newChallenge,
  newService,
  nothing,
  verifyApi,
  type Enrolled,
  type Form,
  type Method,
} from '../support/verify-api.js';

const LACKING = /^Service does not support this feature$/;

it.each(['push', 'passkeys'])(
  'a factor of the type %s is refused, and no entity is made for it',
  async (FactorType) => {
    const api = await verifyApi();
    const service = await newService(api);
    const form = {
      FriendlyName: 'Phone',
      FactorType,
      'Binding.Alg': 'ES256',
      'Binding.PublicKey': 'MFkw',
      'Config.AppId': 'com.example.app',
      'Config.NotificationPlatform': 'none',
    };
    expectRefusal(await api.post(`${service}/Entities/${IDENTITY}/Factors`, form), 403, 60204, LACKING);
    expect((await api.get(`${service}/Entities`)).body.entities).toEqual([]);
  },
);

it.each<[string, Method, (places: Enrolled & { readonly challenge: string }) => string, Form]>([
  ['notifications', 'post', ({ challenge }) => `${challenge}/Notifications`, { Ttl: 300 }],
  ['access tokens', 'post', ({ service }) => `${service}/AccessTokens`, { Identity: IDENTITY, FactorType: 'push' }],
  ['an access token', 'get', ({ service }) => `${service}/AccessTokens/${nothing('YK')}`, {}],
  ['forms', 'get', () => '/v2/Forms/form-push', {}],
])('%s are refused', async (_what, method, pathOf, form) => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const challenge = await newChallenge(api, phone);
  expectRefusal(await api.call(method, pathOf({ ...phone, challenge }), form), 403, 60204, LACKING);
});

it.each(['Factors', 'VerifyFactor', 'Challenges', 'ApproveChallenge'])(
  'passkeys are refused, whose calls send JSON: %s',
  async (name) => {
    const api = await verifyApi();
    const path = `${await newService(api)}/Passkeys/${name}`;
    const answer = await request(api.base).post(path).auth(ACME.sid, ACME.secret).send({ identity: IDENTITY });
    expectRefusal(answer, 403, 60204, LACKING);
  },
);

it('the official client is told so', async () => {
  const api = await verifyApi();
  const service = api.client().verify.v2.services((await newService(api)).slice(13));
  await expect(
    service.entities(IDENTITY).newFactors.create({ friendlyName: 'Phone', factorType: 'push' }),
  ).rejects.toMatchObject({ status: 403, code: 60204 });
  await expect(service.accessTokens.create({ identity: IDENTITY, factorType: 'push' })).rejects.toMatchObject({
    status: 403,
    code: 60204,
  });
  await expect(api.client().verify.v2.forms('form-push').fetch()).rejects.toMatchObject({ status: 403, code: 60204 });
});

it('is still told to nobody who does not know the credentials, nor of another’s service', async () => {
  const api = await verifyApi();
  const service = await newService(api);
  const form = { Identity: IDENTITY, FactorType: 'push', FactorFriendlyName: 'x' };
  const stranger = { sid: ACME.sid, secret: 'x'.repeat(32) };
  expectRefusal(await api.post(`${service}/AccessTokens`, form, stranger), 401, 20003);
  for (const path of [`${service}/AccessTokens`, `/v2/Services/${nothing('VA')}/AccessTokens`]) {
    expectMissing(await api.post(path, form, RIVAL), path);
  }
});
