/** The rules of one-time codes (RFC 6238, the budget, imported seeds), through the door of the Verify API. */
import {
  IDENTITY,
  enrolled,
  expectMissing,
  expectRefusal,
  newChallenge,
  newFactor,
  newService,
  verifyApi,
  type Enrolled,
  type VerifyApi,
} from '../support/verify-api.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { codeAt } from '../support/rfc-code.js';

const MINUTE = 60_000;

async function statusOf(api: VerifyApi, { challenges, sid }: Enrolled, AuthPayload: string): Promise<unknown> {
  return (await api.post(challenges, { FactorSid: sid, AuthPayload })).body.status;
}

describe('a code', () => {
  it('is accepted once: the one that verified the factor, and the one that approved', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    const first = phone.code();
    expect((await api.post(phone.factor, { AuthPayload: first })).body.status).toBe('verified');
    expect(await statusOf(api, phone, first)).toBe('pending');
    api.clock.advance(30_000);
    const second = phone.code();
    const challenge = await newChallenge(api, phone);
    expect((await api.post(challenge, { AuthPayload: second })).body.status).toBe('approved');
    expect(await statusOf(api, phone, second)).toBe('pending');
    expect(await statusOf(api, phone, first)).toBe('pending');
  });

  it('is accepted once, even by twenty simultaneous challenges', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const form = { FactorSid: phone.sid, AuthPayload: phone.code() };
    const answers = await Promise.all(Array.from({ length: 20 }, async () => api.post(phone.challenges, form)));
    expect(answers.filter(({ body }) => body.status === 'approved')).toHaveLength(1);
    expect(answers.filter(({ status }) => ![201, 429, 503].includes(status))).toEqual([]);
  });

  it('of an older step is none after a later one was accepted', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const older = phone.code();
    api.clock.advance(30_000);
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
    expect(await statusOf(api, phone, older)).toBe('pending');
  });

  it.each([0, 1, 2])('is right %i steps before and after its own, as the skew says, and no further', async (skew) => {
    for (const [steps, status] of [
      [-skew - 1, 'pending'],
      [-skew, 'approved'],
      [skew, 'approved'],
      [skew + 1, 'pending'],
    ] as const) {
      const api = await verifyApi();
      const phone = await enrolled(api, { form: { 'Config.Skew': skew } });
      api.clock.advance(5 * MINUTE);
      expect(await statusOf(api, phone, codeAt(phone.secret, api.clock.now() + steps * 30_000))).toBe(status);
    }
  });

  it.each([
    { alg: 'sha1', digits: 6, timeStep: 30 },
    { alg: 'sha256', digits: 8, timeStep: 60 },
    { alg: 'sha512', digits: 7, timeStep: 20 },
    { alg: 'sha1', digits: 3, timeStep: 45 },
  ])('of $digits digits by $alg every $timeStep seconds is the one that authenticators show', async (config) => {
    const api = await verifyApi();
    const { alg, digits, timeStep } = config;
    const form = { 'Config.Alg': alg, 'Config.CodeLength': digits, 'Config.TimeStep': timeStep };
    const phone = await enrolled(api, { form });
    api.clock.advance(MINUTE);
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
  });

  it('of another factor of the entity does not answer for the one that was named', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const tablet = await enrolled(api, { service: phone.service });
    expect(await statusOf(api, phone, tablet.code())).toBe('pending');
    expect(await statusOf(api, tablet, tablet.code())).toBe('approved');
  });
});

describe('a factor', () => {
  it('that is not verified cannot be challenged, and its right code proves nothing', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    for (const AuthPayload of ['', phone.code()]) {
      const refusal = await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload });
      expectRefusal(refusal, 403, 60318, /^Factor is unverified$/);
    }
    expect((await api.get(phone.factor)).body.status).toBe('unverified');
  });

  it('that is verified takes no further code at its own address, for that would be asked for as an answer', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const right = phone.code();
    for (const AuthPayload of [right, phone.wrongCode()]) {
      expectRefusal(await api.post(phone.factor, { AuthPayload, FriendlyName: 'Other' }), 400, 60306);
    }
    expect((await api.get(phone.factor)).body).toMatchObject({ status: 'verified', friendly_name: 'Phone' });
    expect(await statusOf(api, phone, right)).toBe('approved');
  });

  it('that is removed takes its challenges along', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const challenge = await newChallenge(api, phone);
    await api.delete(phone.factor);
    expectMissing(await api.post(challenge, { AuthPayload: phone.code() }), challenge);
    expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() }), 404, 20404);
  });

  it('shows its secret to nobody a second time', async () => {
    const api = await verifyApi();
    const phone = await newFactor(api);
    const answers = [
      await api.get(phone.factor),
      await api.get(`${phone.entity}/Factors`),
      await api.post(phone.factor, { AuthPayload: phone.code() }),
      await api.get(phone.entity),
      await api.post(phone.challenges, { FactorSid: phone.sid }),
    ];
    for (const { text } of answers) expect(text).not.toMatch(new RegExp(`${phone.secret}|binding`));
  });
});

describe('a seed of your own', () => {
  const base32 = (bytes: number): string => {
    const bits = Array.from({ length: bytes }, (_, i) => (i + 1).toString(2).padStart(8, '0')).join('');
    return (bits.match(/.{1,5}/g) ?? [])
      .map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(group.padEnd(5, '0'), 2)])
      .join('');
  };
  const form = { FriendlyName: 'Old phone', FactorType: 'totp' };

  it.each([16, 20, 32, 64])('of %i bytes is taken, and its codes are those of oathtool', async (bytes) => {
    const api = await verifyApi();
    const secret = base32(bytes);
    const phone = await newFactor(api, { form: { 'Binding.Secret': secret } });
    expect(phone.secret).toBe(secret);
    const [code] = oathtoolCodes({ secret, seconds: Math.floor(api.clock.now() / 1000) });
    expect((await api.post(phone.factor, { AuthPayload: code ?? '' })).body.status).toBe('verified');
  });

  it.each([
    ['of 15 bytes', base32(15)],
    ['of 10 bytes', base32(10)],
    ['of 65 bytes', base32(65)],
    ['that is no base32', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1'],
  ])('%s is refused, and the answer does not repeat it', async (_what, secret) => {
    const api = await verifyApi();
    const path = `${await newService(api)}/Entities/${IDENTITY}/Factors`;
    const refusal = await api.post(path, { ...form, 'Binding.Secret': secret });
    expectRefusal(refusal, 400, 60306);
    expect(refusal.text).not.toContain(secret);
  });

  it('is refused where the entity has it already, and taken by everybody else', async () => {
    const api = await verifyApi();
    const secret = base32(20);
    const phone = await newFactor(api, { form: { 'Binding.Secret': secret } });
    const again = { ...form, 'Binding.Secret': secret };
    const message = /^Factor already exists$/;
    expectRefusal(await api.post(`${phone.entity}/Factors`, again), 409, 60317, message);
    await api.post(phone.factor, { AuthPayload: phone.code() });
    expectRefusal(await api.post(`${phone.entity}/Factors`, again), 409, 60317, message);
    expect((await api.post(`${phone.service}/Entities/somebody-else/Factors`, again)).status).toBe(201);
  });
});

describe('the budget of an entity', () => {
  /** Spends wrong codes, each in a challenge of its own. */
  async function guess(api: VerifyApi, phone: Enrolled, count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) expect(await statusOf(api, phone, phone.wrongCode())).toBe('pending');
  }

  it('is one over all its challenges and factors: the fifth wrong code starts a wait of 30 seconds', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const tablet = await enrolled(api, { service: phone.service });
    const challenge = await newChallenge(api, tablet);
    await guess(api, phone, 4);
    expect((await api.post(challenge, { AuthPayload: tablet.wrongCode() })).body.status).toBe('pending');
    const refusals = [
      await api.post(challenge, { AuthPayload: tablet.code() }),
      await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() }),
    ];
    for (const refusal of refusals) {
      expectRefusal(refusal, 429, 60308);
      expect(refusal.headers['retry-after']).toBe('30');
    }
    api.clock.advance(30_000);
    expect((await api.post(challenge, { AuthPayload: tablet.code() })).body.status).toBe('approved');
  });

  it('is not touched by what was refused: a wait ends when it was said to end', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    await guess(api, phone, 5);
    for (let i = 0; i < 10; i += 1) {
      api.clock.advance(2500);
      expect((await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.wrongCode() })).status).toBe(
        429,
      );
    }
    const listed = await api.get(phone.challenges);
    expect(listed.body.challenges).toHaveLength(5);
    api.clock.advance(5000);
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
  });

  it('grows its waits, and is at an end after twenty wrong codes in a row, however long one waits', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    await guess(api, phone, 5);
    api.clock.advance(30_000);
    await guess(api, phone, 1);
    api.clock.advance(59_000);
    expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() }), 429, 60308);
    api.clock.advance(1000);
    for (let i = 6; i < 20; i += 1) {
      await guess(api, phone, 1);
      api.clock.advance(60 * MINUTE);
    }
    api.clock.advance(24 * 60 * MINUTE);
    expectRefusal(await api.post(phone.challenges, { FactorSid: phone.sid, AuthPayload: phone.code() }), 429, 60308);
  });

  it('is that of one service: the same identity elsewhere is somebody else', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const elsewhere = await enrolled(api);
    await guess(api, phone, 5);
    expect(await statusOf(api, elsewhere, elsewhere.code())).toBe('approved');
  });

  it('is not that of an enrollment: wrong codes of a new factor keep nobody out', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const added = await newFactor(api, { service: phone.service });
    for (let i = 0; i < 5; i += 1) await api.post(added.factor, { AuthPayload: added.wrongCode() });
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
  });

  it('is restored by a right code', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    await guess(api, phone, 4);
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
    await guess(api, phone, 4);
    api.clock.advance(30_000);
    expect(await statusOf(api, phone, phone.code())).toBe('approved');
  });
});

describe('a challenge that has ended', () => {
  it('is answered no more: approved, and expired', async () => {
    const api = await verifyApi();
    const phone = await enrolled(api);
    const approved = await newChallenge(api, phone, { AuthPayload: phone.code() });
    const expired = await newChallenge(api, phone);
    api.clock.advance(5 * MINUTE);
    const payload = { AuthPayload: phone.code() };
    expectRefusal(await api.post(approved, payload), 403, 60322, /^Challenge already responded$/);
    expectRefusal(await api.post(expired, payload), 403, 60323, /^Challenge expired$/);
    expect(await statusOf(api, phone, payload.AuthPayload)).toBe('approved');
  });
});
