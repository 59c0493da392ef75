import { dumpOf } from '../support/dump.js';
import { hostApp } from '../support/host-app.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { enrolled, identity, refused, UNKNOWN } from '../support/service-api.js';

describe('mfa.factors', () => {
  it('create gives the factor and, once, its secret; verify makes it count', async () => {
    const { mfa, clock } = hostApp();
    const { factor, binding } = await mfa.factors.create({
      identity,
      friendlyName: 'Phone',
      accountName: 'ann@example.com',
      metadata: { by: 'support' },
      config: { codeLength: 8, timeStep: 60, algorithm: 'sha256', skew: 0 },
    });
    expect(factor).toEqual({
      sid: expect.stringMatching(/^YF[0-9a-f]{32}$/),
      identity,
      friendlyName: 'Phone',
      factorType: 'totp',
      status: 'unverified',
      config: { codeLength: 8, timeStep: 60, algorithm: 'sha256', skew: 0 },
      metadata: { by: 'support' },
      createdAt: new Date(clock.now()),
      updatedAt: new Date(clock.now()),
    });
    expect(binding.uri).toBe(
      `otpauth://totp/Acme:ann%40example.com?secret=${binding.secret}&issuer=Acme&algorithm=SHA256&digits=8&period=60`,
    );
    const seconds = clock.now() / 1000;
    const [code] = oathtoolCodes({ secret: binding.secret, seconds, algorithm: 'sha256', digits: 8, timeStep: 60 });
    expect(await mfa.factors.verify({ identity, sid: factor.sid, code })).toEqual({
      status: 'verified',
      factor: { ...factor, status: 'verified' },
    });
    expect(await mfa.factors.fetch({ identity, sid: factor.sid })).toEqual({ ...factor, status: 'verified' });
  });

  it('a wrong code of an enrollment is an answer, not an error', async () => {
    const { mfa, clock } = hostApp();
    const { factor, binding } = await mfa.factors.create({ identity });
    const code = wrongCodeAt(binding.secret, clock.now());
    expect(await mfa.factors.verify({ identity, sid: factor.sid, code })).toMatchObject({
      status: 'unverified',
      reason: 'incorrect_code',
      attemptsRemaining: 4,
    });
  });

  it.each([
    ['base32', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', undefined],
    ['base32 as people write it', 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp====', undefined],
    ['hex', '48656c6c6f21deadbeef48656c6c6f21deadbeef', 'hex'],
    ['base64', 'SGVsbG8h3q2+70hlbGxvId6tvu8=', 'base64'],
    ['utf8', 'Hello!\u00de\u00ad0123456789', 'utf8'],
  ] as const)(
    'import takes a secret in %s, whose present code is burned and whose next one is right',
    async (_what, secret, encoding) => {
      const { mfa, clock } = hostApp();
      const factor = await mfa.factors.import({ identity, secret, ...(encoding && { encoding }), friendlyName: 'Old' });
      expect(factor).toMatchObject({ status: 'verified', friendlyName: 'Old' });
      const base32 = {
        utf8: 'JBSWY3DPEHBZ5QVNGAYTEMZUGU3DOOBZ',
        other: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      }[encoding === 'utf8' ? 'utf8' : 'other'];
      const present = await mfa.challenges.create({ identity, code: codeAt(base32, clock.now()) });
      expect(present).toMatchObject({ status: 'pending', reason: 'code_already_used' });
      clock.advance(60_000);
      expect(await mfa.challenges.create({ identity, code: codeAt(base32, clock.now()) })).toMatchObject({
        status: 'approved',
        factorSid: factor.sid,
      });
    },
  );

  it('import refuses what is no secret, a short one without legacy, and one that the entity has', async () => {
    const { mfa } = hostApp();
    const short = 'JBSWY3DPEHPK3PXP';
    await refused(mfa.factors.import({ identity, secret: short }), 'invalid_request');
    await refused(mfa.factors.import({ identity, secret: 'not base32!' }), 'invalid_request');
    await refused(mfa.factors.import({ identity, secret: 'A'.repeat(112) }), 'invalid_request');
    await refused(
      mfa.factors.import({ identity, secret: '00'.repeat(9), encoding: 'hex', legacy: true }),
      'invalid_request',
    );
    const encoding = 'BASE32' as 'base32';
    await refused(mfa.factors.import({ identity, secret: short, legacy: true, encoding }), 'invalid_request');
    expect((await mfa.factors.import({ identity, secret: short, legacy: true })).status).toBe('verified');
    await refused(mfa.factors.import({ identity, secret: short, legacy: true }), 'duplicate_secret');
    expect((await mfa.factors.import({ identity: 'bob', secret: short, legacy: true })).status).toBe('verified');
  });

  it.each([5, {}, ['ann']])('create with the account name %j is refused, and makes no factor', async (name) => {
    const { mfa, store } = hostApp();
    const accountName = name as string;
    await refused(mfa.factors.create({ identity, accountName }), 'invalid_request');
    expect(await dumpOf(store)).toEqual({});
  });

  it('update renames, remove removes, and a removed factor is unknown', async () => {
    const { mfa, sid, clock } = await enrolled();
    expect(await mfa.factors.update({ identity, sid, friendlyName: 'Tablet' })).toMatchObject({
      friendlyName: 'Tablet',
      updatedAt: new Date(clock.now()),
    });
    await refused(mfa.factors.update({ identity, sid, friendlyName: 'a:b' }), 'invalid_request');
    await mfa.factors.remove({ identity, sid });
    await refused(mfa.factors.fetch({ identity, sid }), 'not_found');
    await refused(mfa.factors.remove({ identity, sid }), 'not_found');
    expect((await mfa.factors.list({ identity })).items).toEqual([]);
  });

  it('list pages, unverified ones included', async () => {
    const { mfa, sid } = await enrolled();
    const { factor } = await mfa.factors.create({ identity });
    const first = await mfa.factors.list({ identity, pageSize: 1 });
    expect([first.items.map((item) => item.sid), first.hasNext]).toEqual([[sid], true]);
    const second = await mfa.factors.list({ identity, pageSize: 1, page: 1 });
    expect([second.items.map((item) => item.sid), second.hasNext]).toEqual([[factor.sid], false]);
    for (const request of [{ page: -1 }, { page: 0.5 }, { pageSize: 0 }, { pageSize: 1001 }]) {
      await refused(mfa.factors.list({ identity, ...request }), 'invalid_request');
    }
  });
});

describe('mfa.challenges', () => {
  it('create without a code waits for five minutes, and answer approves it', async () => {
    const { mfa, sid: factorSid, clock, code } = await enrolled();
    const { challenge, status } = await mfa.challenges.create({ identity });
    expect([status, challenge]).toEqual([
      'pending',
      {
        sid: expect.stringMatching(/^YC[0-9a-f]{32}$/),
        identity,
        factorSid,
        factorType: 'totp',
        isApproval: false,
        status: 'pending',
        details: null,
        hiddenDetails: null,
        metadata: null,
        expiresAt: new Date(clock.now() + 300_000),
        createdAt: new Date(clock.now()),
        updatedAt: new Date(clock.now()),
        respondedAt: null,
      },
    ]);
    const answer = await mfa.challenges.answer({ identity, sid: challenge.sid, code: code() });
    expect(answer).toMatchObject({ status: 'approved', factorSid, challenge: { respondedAt: new Date(clock.now()) } });
    expect((await mfa.challenges.fetch({ identity, sid: challenge.sid })).status).toBe('approved');
    await refused(mfa.challenges.answer({ identity, sid: challenge.sid, code: code() }), 'challenge_ended');
  });

  it('create with a code is answered at once; a wrong one is an answer, not an error', async () => {
    const { mfa, clock, secret, code } = await enrolled();
    const wrong = await mfa.challenges.create({ identity, code: wrongCodeAt(secret, clock.now()) });
    expect(wrong).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(await mfa.challenges.create({ identity, code: code() })).toMatchObject({ status: 'approved' });
    await refused(mfa.challenges.create({ identity, code: 123456 }), 'malformed_code');
  });

  it('deny ends it', async () => {
    const { mfa, code } = await enrolled();
    const { challenge } = await mfa.challenges.create({ identity });
    expect(await mfa.challenges.deny({ identity, sid: challenge.sid })).toMatchObject({ status: 'denied' });
    await refused(mfa.challenges.answer({ identity, sid: challenge.sid, code: code() }), 'challenge_ended');
    await refused(mfa.challenges.deny({ identity, sid: challenge.sid }), 'challenge_ended');
  });

  it('list filters by status and factor, in either order', async () => {
    const { mfa, sid: factorSid, clock, code } = await enrolled();
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      made.push((await mfa.challenges.create({ identity })).challenge.sid);
      clock.advance(1_000);
    }
    await mfa.challenges.answer({ identity, sid: made[1] ?? '', code: code() });
    const sids = async (request: object): Promise<readonly string[]> =>
      (await mfa.challenges.list({ identity, ...request })).items.map(({ sid }) => sid);
    expect(await sids({})).toEqual(made);
    expect(await sids({ order: 'desc' })).toEqual([...made].reverse());
    expect(await sids({ status: 'approved' })).toEqual([made[1]]);
    expect(await sids({ factorSid, status: 'pending', order: 'desc' })).toEqual([made[2], made[0]]);
    expect(await sids({ factorSid: UNKNOWN.factor })).toEqual([]);
  });

  it('carries details, hidden details and metadata while it waits, and drops them when it has ended', async () => {
    const { mfa } = await enrolled();
    const attached = {
      details: { message: 'Pay 5 €', fields: [{ label: 'To', value: 'Bob' }] },
      hiddenDetails: { ip: '192.0.2.1' },
      metadata: { order: '17' },
    };
    const { challenge } = await mfa.challenges.create({ identity, ...attached });
    const of = { identity, sid: challenge.sid };
    expect(await mfa.challenges.fetch(of)).toMatchObject(attached);
    await mfa.challenges.deny(of);
    expect(await mfa.challenges.fetch(of)).toMatchObject({ details: null, hiddenDetails: null, metadata: null });
  });
});
