import { HOST } from '../../../src/domain/actor.js';
import { Authenticator } from '../authenticator.js';
import { HOUR, IDENTITY, MINUTE, NOW, nth, satisfiedOn, SECOND, sessionOf } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const app = new Authenticator(Buffer.from('12345678901234567890'));

/** A service with an enrolled user, and a session of his that has shown his second factor at NOW. */
async function enrolled(): Promise<{ service: AService; actor: ReturnType<typeof sessionOf> }> {
  const service = serviceOn();
  await service.factors.import(IDENTITY, { secret: app.secret.base32() });
  const { entity } = await service.transactions.read(IDENTITY, HOST);
  if (entity === null) throw new Error('nothing was imported');
  return { service, actor: satisfiedOn(entity) };
}

/** The same, with recovery codes that count; the session goes on with its new grant. */
async function withCodes(): Promise<Awaited<ReturnType<typeof enrolled>> & { codes: readonly string[] }> {
  const { service, actor } = await enrolled();
  const { id, codes } = await service.recoveryCodes.create(IDENTITY, actor);
  const { grant } = await service.recoveryCodes.confirm(IDENTITY, actor, id, nth(codes, 0));
  return { service, actor: { ...actor, grant }, codes };
}

const typesOf = ({ emitted }: AService): readonly string[] => emitted.slice(1).map(({ type }) => type);

describe('recovery codes', () => {
  it('are shown once, and confirmed by one of them, however it is typed', async () => {
    const { service, actor } = await enrolled();
    const made = await service.recoveryCodes.create(IDENTITY, actor);
    expect(made).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), expiresAt: new Date(NOW + 10 * MINUTE) });
    expect(made.codes).toHaveLength(10);
    const typed = ` ${nth(made.codes, 7).toLowerCase()}`;
    const { outcome } = await service.recoveryCodes.confirm(IDENTITY, actor, made.id, typed);
    expect(outcome).toEqual({ status: 'confirmed', left: 10 });
    expect(typesOf(service)).toEqual(['recovery_codes.created', 'recovery_codes.confirmed']);
    expect(JSON.stringify(service.emitted)).not.toContain(nth(made.codes, 7));
  });

  it('once confirmed let the session that did it go on: in the new epoch, with the time of its proof', async () => {
    const { service, actor } = await enrolled();
    service.clock.advance(MINUTE);
    const { id, codes } = await service.recoveryCodes.create(IDENTITY, actor);
    const { grant } = await service.recoveryCodes.confirm(IDENTITY, actor, id, nth(codes, 0));
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({ ...actor.grant, epoch: entity?.epoch });
    expect(grant).toMatchObject({ authAt: NOW, amr: ['otp', 'mfa'] });
    expect(grant?.epoch).not.toBe(actor.grant?.epoch);
  });

  it('that were made can be looked at by that login again, of a user who has a record', async () => {
    const { service, actor } = await enrolled();
    expect(await service.recoveryCodes.made(IDENTITY, actor)).toBeNull();
    const made = await service.recoveryCodes.create(IDENTITY, actor);
    expect(await service.recoveryCodes.made(IDENTITY, actor)).toEqual(made);
    expect(await service.recoveryCodes.made('nobody', { ...actor, identity: 'nobody' })).toBeNull();
  });

  it('that are not confirmed by a wrong one give no grant, and are still there to be confirmed', async () => {
    const { service, actor } = await enrolled();
    const { id, codes } = await service.recoveryCodes.create(IDENTITY, actor);
    const wrong = 'Z'.repeat(26);
    expect(await service.recoveryCodes.confirm(IDENTITY, actor, id, wrong)).toEqual({
      outcome: { status: 'pending', reason: 'incorrect_code' },
      grant: null,
    });
    expect((await service.recoveryCodes.confirm(IDENTITY, actor, id, nth(codes, 0))).outcome.status).toBe('confirmed');
  });

  it('by the host’s own code give nobody a grant', async () => {
    const { service } = await enrolled();
    const { id, codes } = await service.recoveryCodes.create(IDENTITY, HOST);
    expect((await service.recoveryCodes.confirm(IDENTITY, HOST, id, nth(codes, 0))).grant).toBeNull();
  });

  it.each<unknown>(['123456', '', undefined, null, 42, ['A'], 'Z'.repeat(25), 'U'.repeat(26), 'Z'.repeat(27)])(
    'are not confirmed by %p: malformed, before the store is asked',
    async (typed) => {
      const service = serviceOn();
      const load = jest.spyOn(service.parts.store, 'load');
      const confirmed = service.recoveryCodes.confirm(IDENTITY, HOST, 'id', typed);
      await expect(confirmed).rejects.toMatchObject({ code: 'malformed_code' });
      expect(load).not.toHaveBeenCalled();
    },
  );

  it('are counted, and that is all that is told of them', async () => {
    const { service, actor, codes } = await withCodes();
    const count = (): Promise<unknown> => service.recoveryCodes.fetch(IDENTITY, actor);
    expect(await count()).toEqual({ left: 10, createdAt: new Date(NOW) });
    await service.challenges.create(IDENTITY, actor, { code: nth(codes, 0) });
    expect(await count()).toEqual({ left: 9, createdAt: new Date(NOW) });
    expect(await service.recoveryCodes.fetch('user-2', HOST)).toEqual({ left: 0, createdAt: null });
  });
});

describe('a recovery code in the place of a code', () => {
  it('gives its login a grant of its own kind', async () => {
    const { service, codes } = await withCodes();
    service.clock.advance(HOUR);
    const login = sessionOf('login-2');
    const { outcome: made } = await service.challenges.create(IDENTITY, login, {});
    const { sid } = made.challenge;
    const { outcome, grant } = await service.challenges.answer(
      IDENTITY,
      login,
      sid,
      nth(codes, 0).replaceAll('-', ' '),
    );
    expect(outcome).toMatchObject({ status: 'approved', factorSid: null, amr: ['recovery_code', 'mfa'] });
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({
      identity: IDENTITY,
      loginId: 'login-2',
      epoch: entity?.epoch,
      factorSid: null,
      amr: ['recovery_code', 'mfa'],
      authAt: NOW + HOUR,
      seenAt: NOW + HOUR,
    });
    const standing = { actor: sessionOf('login-2', { grant }), policy: 'required', enrolled: true } as const;
    expect(await service.standings.of(standing)).toMatchObject({ state: 'satisfied', recoveryCodesLeft: 9 });
  });

  it('is accepted once, even by fifty simultaneous requests of fifty processes', async () => {
    const { service, codes } = await withCodes();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const login = sessionOf(`login-${index.toString()}`);
        return serviceOn(service.parts.store)
          .challenges.create(IDENTITY, login, { code: nth(codes, 0) })
          .then(
            ({ outcome }) => outcome.status,
            (error: unknown) => String(error),
          );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(1);
    expect((await service.recoveryCodes.fetch(IDENTITY, HOST)).left).toBe(9);
  });

  it('the fifth wrong one ends its login: even the right one is refused then', async () => {
    const { service, codes } = await withCodes();
    const login = sessionOf('login-2');
    for (const remaining of [4, 3, 2, 1, 0]) {
      const { outcome } = await service.challenges.create(IDENTITY, login, { code: 'Z'.repeat(26) });
      expect(outcome).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: remaining });
      service.clock.advance(SECOND);
    }
    for (const code of [nth(codes, 0), app.codeAt(NOW + HOUR)]) {
      const tried = service.challenges.create(IDENTITY, login, { code });
      await expect(tried).rejects.toMatchObject({ code: 'first_factor_required' });
    }
    expect(typesOf(service).at(-1)).toBe('login.ended');
    const { outcome } = await service.challenges.create(IDENTITY, sessionOf('login-3'), { code: nth(codes, 0) });
    expect(outcome.status).toBe('approved');
  });
});
