import { HOST, type SessionActor } from '../../../src/domain/actor.js';
import { MfaError } from '../../../src/errors.js';
import { Authenticator } from '../authenticator.js';
import { DAY, IDENTITY, MINUTE, NOW, satisfiedOn, SECOND, sessionOf } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const app = new Authenticator(Buffer.from('12345678901234567890'));
const BEGIN = NOW + 10 * MINUTE;
const rowAt = (now: number): readonly string[] => [-2, -1, 0].map((later) => app.codeAt(now, later));

/** A service with an enrolled user, ten minutes after the import. */
async function enrolled(): Promise<{ service: AService; factorSid: string }> {
  const service = serviceOn();
  const { sid } = await service.factors.import(IDENTITY, { secret: app.secret.base32() });
  service.clock.advance(10 * MINUTE);
  return { service, factorSid: sid };
}

/** The same, with a budget that was spent by somebody else until it waits. */
async function locked(): Promise<{ service: AService; factorSid: string }> {
  const { service, factorSid } = await enrolled();
  for (const code of app.wrongCodes(BEGIN, 5))
    await service.challenges.create(IDENTITY, sessionOf('guesser'), { code });
  return { service, factorSid };
}

/** A session that has shown its second factor on the record as it is. */
async function satisfied(service: AService, loginId: string): Promise<SessionActor> {
  const { entity } = await service.transactions.read(IDENTITY, HOST);
  if (entity === null) throw new Error('there is no such user');
  const now = service.clock.now();
  return satisfiedOn(entity, loginId, { authAt: now, seenAt: now });
}

const stateOf = async (service: AService, actor: SessionActor): Promise<string> =>
  (await service.standings.of({ actor, policy: 'optional', enrolled: undefined })).state;

describe('a logout', () => {
  it('is told alone, and as the end of all where no other could be kept in mind beside it', async () => {
    const { service } = await enrolled();
    for (let count = 0; count < 21; count += 1) {
      const actor = await satisfied(service, `login-${count.toString()}`);
      await service.logins.end(IDENTITY, actor);
      expect(await stateOf(service, actor)).toBe('over');
    }
    const told = service.emitted.map(({ type }) => type).slice(-22);
    expect(told).toEqual([...Array<string>(21).fill('login.ended'), 'logins.ended']);
  });
});

describe('unlocking', () => {
  it('by three codes in a row is the second factor of that login too', async () => {
    const { service, factorSid } = await locked();
    const { outcome, grant } = await service.logins.unlock(IDENTITY, sessionOf(), rowAt(BEGIN));
    expect(outcome).toEqual({ status: 'unlocked', factorSid });
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({
      identity: IDENTITY,
      loginId: 'login-1',
      epoch: entity?.epoch,
      factorSid,
      amr: ['otp', 'mfa'],
      authAt: BEGIN,
      seenAt: BEGIN,
    });
    expect(await stateOf(service, sessionOf('login-1', { grant }))).toBe('satisfied');
    expect(service.emitted.at(-1)).toMatchObject({ type: 'entity.unlocked', factorSid, reason: 'codes' });
  });

  it('by wrong ones gives nothing, and one try in ten seconds', async () => {
    const { service } = await locked();
    const wrong = rowAt(BEGIN).toReversed();
    expect(await service.logins.unlock(IDENTITY, sessionOf(), wrong)).toEqual({
      outcome: { status: 'locked', reason: 'incorrect_code', retryAfter: 10 },
      grant: null,
    });
    service.clock.advance(SECOND);
    await expect(service.logins.unlock(IDENTITY, sessionOf(), rowAt(BEGIN))).rejects.toMatchObject({
      code: 'too_many_attempts',
      retryAfter: 9,
    });
    service.clock.advance(9 * SECOND);
    const { outcome } = await service.logins.unlock(IDENTITY, sessionOf(), rowAt(BEGIN));
    expect(outcome.status).toBe('unlocked');
  });

  it('takes codes with spaces and hyphens', async () => {
    const { service } = await locked();
    const typed = rowAt(BEGIN).map((code) => ` ${code.slice(0, 3)}-${code.slice(3)}`);
    expect((await service.logins.unlock(IDENTITY, sessionOf(), typed)).outcome.status).toBe('unlocked');
  });

  it('by fifty requests of fifty processes at once opens it once: the codes are spent', async () => {
    const { service } = await locked();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const process = serviceOn(service.parts.store);
        process.clock.advance(10 * MINUTE);
        return process.logins.unlock(IDENTITY, sessionOf(`login-${index.toString()}`), rowAt(BEGIN)).then(
          ({ outcome }) => outcome.status,
          (error: unknown) => (error instanceof MfaError ? error.code : String(error)),
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'unlocked')).toHaveLength(1);
    const others = outcomes.filter((outcome) => outcome !== 'unlocked');
    expect(others.filter((outcome) => outcome !== 'not_locked' && outcome !== 'store_unavailable')).toEqual([]);
  });

  it.each<unknown>([
    undefined,
    null,
    '123456 123456 123456',
    [],
    ['123456', '123456'],
    ['123456', '123456', '123456', '123456'],
    ['123456', '123456', ''],
    ['123456', '123456', 123_456],
    ['123456', '123456', '123456789'],
    ['123456', ['123456'], '123456'],
    { 0: '123456', 1: '123456', 2: '123456', length: 3 },
  ])('by %p is malformed, before the store is asked', async (typed) => {
    const service = serviceOn();
    const load = jest.spyOn(service.parts.store, 'load');
    await expect(service.logins.unlock(IDENTITY, sessionOf(), typed)).rejects.toMatchObject({ code: 'malformed_code' });
    expect(load).not.toHaveBeenCalled();
  });
});

describe('ending the other logins', () => {
  it('ends their second factor, and lets this one go on', async () => {
    const { service, factorSid } = await enrolled();
    const [own, other] = [await satisfied(service, 'login-1'), await satisfied(service, 'login-2')];
    service.clock.advance(MINUTE);
    const { outcome, grant } = await service.logins.endOthers(IDENTITY, own);
    expect(outcome).toBeNull();
    expect(grant).toMatchObject({ loginId: 'login-1', factorSid, authAt: BEGIN });
    expect(await stateOf(service, { ...own, grant })).toBe('satisfied');
    expect(await stateOf(service, own)).toBe('challenge_required');
    expect(await stateOf(service, other)).toBe('challenge_required');
    expect(service.emitted.at(-1)).toMatchObject({ type: 'logins.ended', identity: IDENTITY });
  });

  it('after a recovery code keeps that as its proof', async () => {
    const { service } = await enrolled();
    const own = await satisfied(service, 'login-1');
    const byRecoveryCode = {
      ...own,
      grant: own.grant && { ...own.grant, factorSid: null, amr: ['recovery_code', 'mfa'] },
    };
    const { grant } = await service.logins.endOthers(IDENTITY, byRecoveryCode);
    expect(grant).toMatchObject({ factorSid: null, amr: ['recovery_code', 'mfa'] });
    expect(await stateOf(service, { ...own, grant })).toBe('satisfied');
  });

  it('is for satisfied sessions only', async () => {
    const { service } = await enrolled();
    const stale = await satisfied(service, 'login-1');
    const { epoch } = (await service.transactions.read(IDENTITY, HOST)).entity ?? {};
    service.clock.advance(DAY);
    for (const actor of [sessionOf(), stale]) {
      await expect(service.logins.endOthers(IDENTITY, actor)).rejects.toMatchObject({ code: 'step_up_required' });
    }
    expect((await service.transactions.read(IDENTITY, HOST)).entity?.epoch).toBe(epoch);
  });
});

describe('ending a login', () => {
  it('ends it for good: its session, put back, is worth nothing', async () => {
    const { service } = await enrolled();
    const [own, other] = [await satisfied(service, 'login-1'), await satisfied(service, 'login-2')];
    expect(await service.logins.end(IDENTITY, own)).toBeNull();
    expect(await stateOf(service, own)).toBe('over');
    expect(await stateOf(service, other)).toBe('satisfied');
    const answered = service.challenges.create(IDENTITY, own, { code: app.codeAt(BEGIN) });
    await expect(answered).rejects.toMatchObject({ code: 'first_factor_required' });
    await expect(service.logins.endOthers(IDENTITY, own)).rejects.toMatchObject({ code: 'first_factor_required' });
    expect(service.emitted.at(-1)).toMatchObject({ type: 'login.ended', reason: 'logout' });
  });

  it('of a user without a record writes none', async () => {
    const service = serviceOn();
    await service.logins.end(IDENTITY, sessionOf());
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });
});
