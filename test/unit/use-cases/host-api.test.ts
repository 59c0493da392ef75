import { challengesApi, factorsApi, recoveryCodesApi } from '../../../src/use-cases/host-api.js';
import { Authenticator } from '../authenticator.js';
import { MINUTE, NOW } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const app = new Authenticator(Buffer.from('12345678901234567890'));
const secret = app.secret.base32();

function api(): {
  service: AService;
  factors: ReturnType<typeof factorsApi>;
  challenges: ReturnType<typeof challengesApi>;
  recoveryCodes: ReturnType<typeof recoveryCodesApi>;
} {
  const service = serviceOn();
  return {
    service,
    factors: factorsApi(service.factors),
    challenges: challengesApi(service.challenges),
    recoveryCodes: recoveryCodesApi(service.recoveryCodes),
  };
}

describe('the host’s own code', () => {
  it('enrolls, renames, lists and removes without a session or a grant', async () => {
    const { service, factors } = api();
    const { factor, binding } = await factors.create({
      identity: 42,
      secret,
      friendlyName: 'Phone',
      accountName: 'ada',
    });
    expect(binding.uri).toContain('otpauth://totp/Issuer:ada?');
    const { sid } = factor;
    expect(await factors.verify({ identity: 42, sid, code: app.wrongCode(NOW) })).toMatchObject({
      status: 'unverified',
    });
    const verified = await factors.verify({ identity: 42, sid, code: app.codeAt(NOW) });
    expect(verified).toMatchObject({ status: 'verified', factor: { sid } });
    expect(verified).not.toHaveProperty('grant');
    service.clock.advance(60 * MINUTE);
    expect(await factors.update({ identity: 42, sid, friendlyName: 'Tablet' })).toMatchObject({
      friendlyName: 'Tablet',
    });
    expect(await factors.fetch({ identity: 42, sid })).toMatchObject({ sid, friendlyName: 'Tablet' });
    expect(await factors.list({ identity: 42, pageSize: 1 })).toMatchObject({ items: [{ sid }], pageSize: 1 });
    await factors.remove({ identity: 42, sid });
    expect((await factors.list({ identity: 42 })).items).toEqual([]);
  });

  it('imports, and makes, answers, denies and lists challenges', async () => {
    const { service, factors, challenges } = api();
    const { sid: factorSid } = await factors.import({ identity: 'ada', secret, friendlyName: 'Old phone' });
    service.clock.advance(MINUTE);
    const made = await challenges.create({ identity: 'ada', metadata: { a: 'b' } });
    expect(made).toMatchObject({ status: 'pending', challenge: { metadata: { a: 'b' }, factorSid } });
    expect(made).not.toHaveProperty('grant');
    const { sid } = made.challenge;
    const answered = await challenges.answer({ identity: 'ada', sid, code: app.codeAt(NOW + MINUTE) });
    expect(answered).toMatchObject({ status: 'approved', factorSid, challenge: { sid } });
    const other = await challenges.create({ identity: 'ada', code: app.codeAt(NOW + MINUTE) });
    expect(other).toMatchObject({ status: 'pending', reason: 'code_already_used' });
    expect(await challenges.deny({ identity: 'ada', sid: other.challenge.sid })).toMatchObject({ status: 'denied' });
    expect(await challenges.fetch({ identity: 'ada', sid })).toMatchObject({ status: 'approved' });
    expect(await challenges.list({ identity: 'ada', order: 'desc', status: 'approved' })).toMatchObject({
      items: [{ sid }],
    });
  });

  it('makes, confirms, counts and uses recovery codes', async () => {
    const { factors, challenges, recoveryCodes } = api();
    await factors.import({ identity: 42, secret });
    const { id, codes } = await recoveryCodes.create({ identity: 42 });
    expect(await recoveryCodes.fetch({ identity: 42 })).toEqual({ left: 0, createdAt: null });
    expect(await recoveryCodes.confirm({ identity: 42, id, code: codes[0] })).toEqual({
      status: 'confirmed',
      left: 10,
    });
    const used = await challenges.create({ identity: 42, code: codes[0] });
    expect(used).toMatchObject({ status: 'approved', factorSid: null, amr: ['recovery_code', 'mfa'] });
    expect(used).not.toHaveProperty('grant');
    expect(await recoveryCodes.fetch({ identity: 42 })).toEqual({ left: 9, createdAt: new Date(NOW) });
  });

  it('means the same user by 42, 42n and "42", and another by "042"', async () => {
    const { factors } = api();
    const { sid } = await factors.import({ identity: 42, secret });
    for (const identity of [42, 42n, '42']) {
      expect(await factors.fetch({ identity, sid })).toMatchObject({ sid, identity: '42' });
    }
    await expect(factors.fetch({ identity: '042', sid })).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['__proto__', 'constructor', 'toString'])('keeps the user %s apart from all others', async (identity) => {
    const { factors } = api();
    const { sid } = await factors.import({ identity, secret });
    expect(await factors.fetch({ identity, sid })).toMatchObject({ identity });
    await expect(factors.fetch({ identity: 'ada', sid })).rejects.toMatchObject({ code: 'not_found' });
    expect(({} as Record<string, unknown>)['sid']).toBeUndefined();
  });

  it('with no identity is refused by every call, and the store is not asked', async () => {
    const { service, factors, challenges, recoveryCodes } = api();
    const load = jest.spyOn(service.parts.store, 'load');
    // A caller without types whose user has no id.
    const identity = undefined as unknown as string;
    const of = { identity, sid: 'YF0' };
    const calls: readonly Promise<unknown>[] = [
      factors.create({ identity }),
      factors.verify({ ...of, code: '123456' }),
      factors.import({ identity, secret }),
      factors.list({ identity }),
      factors.fetch(of),
      factors.update({ ...of, friendlyName: 'Phone' }),
      factors.remove(of),
      challenges.create({ identity }),
      challenges.answer({ ...of, code: '123456' }),
      challenges.deny(of),
      challenges.fetch(of),
      challenges.list({ identity }),
      recoveryCodes.create({ identity }),
      recoveryCodes.confirm({ identity, id: 'id', code: 'Z'.repeat(26) }),
      recoveryCodes.fetch({ identity }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'invalid_request' });
    expect(load).not.toHaveBeenCalled();
  });
});
