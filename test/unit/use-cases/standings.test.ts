import { HOST } from '../../../src/domain/actor.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Grant } from '../../../src/domain/grant.js';
import type { StandingRequest } from '../../../src/use-cases/standings.js';
import { DAY, grantOn, HOUR, IDENTITY, MINUTE, nth, sessionOf, SOURCE } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

const request = ({
  grant = null,
  ...differing
}: Partial<StandingRequest> & { readonly grant?: Grant | null } = {}): StandingRequest => ({
  actor: sessionOf('login-1', { grant }),
  policy: 'optional',
  enrolled: undefined,
  ...differing,
});

async function enrolled(): Promise<{ service: AService; sid: string; grant: ReturnType<typeof grantOn> }> {
  const service = serviceOn();
  const { sid } = await service.factors.import(IDENTITY, { secret: SECRET });
  const { entity } = await service.transactions.read(IDENTITY, HOST);
  if (entity === null) throw new Error('nothing was imported');
  return { service, sid, grant: grantOn(entity) };
}

describe('the standing of a session', () => {
  it('with a verified factor and no grant: it is asked, and told which factors there are', async () => {
    const { service, sid } = await enrolled();
    expect(await service.standings.of(request())).toMatchObject({
      state: 'challenge_required',
      factors: [{ sid, status: 'verified' }],
    });
  });

  it('with a valid grant: it is satisfied, until that ends', async () => {
    const { service, grant } = await enrolled();
    expect((await service.standings.of(request({ grant }))).state).toBe('satisfied');
    service.clock.advance(HOUR);
    expect((await service.standings.of(request({ grant }))).state).toBe('challenge_required');
    const used = { ...grant, seenAt: grant.authAt + DAY - MINUTE };
    service.clock.advance(23 * HOUR - 1);
    expect((await service.standings.of(request({ grant: used }))).state).toBe('satisfied');
    service.clock.advance(1);
    expect((await service.standings.of(request({ grant: used }))).state).toBe('challenge_required');
  });

  it('with a grant of another login, user or epoch: it is asked', async () => {
    const { service, grant } = await enrolled();
    for (const wrong of [{ loginId: 'login-2' }, { identity: 'user-2' }, { epoch: 'older' }, { factorSid: 'YF0' }]) {
      expect((await service.standings.of(request({ grant: { ...grant, ...wrong } }))).state).toBe('challenge_required');
    }
  });

  it('after a security change elsewhere: it is asked again at once', async () => {
    const { service, grant } = await enrolled();
    await service.factors.import(IDENTITY, { secret: '3132333435363738393031323334353637', encoding: 'hex' });
    expect((await service.standings.of(request({ grant }))).state).toBe('challenge_required');
  });

  it('after the last factor was removed: the policy decides, and a grant satisfies nothing any more', async () => {
    const { service, sid, grant } = await enrolled();
    await service.factors.remove(IDENTITY, HOST, sid);
    const all = { enrolled: true, grant };
    expect(await service.standings.of(request(all))).toEqual({
      state: 'not_required',
      factors: [],
      recoveryCodesLeft: 0,
    });
    expect((await service.standings.of(request({ ...all, policy: 'required' }))).state).toBe('enrollment_required');
  });

  it('with an enrollment that is not proved: as without one', async () => {
    const service = serviceOn();
    await service.factors.create(IDENTITY, HOST, {});
    expect(await service.standings.of(request())).toEqual({ state: 'not_required', factors: [], recoveryCodesLeft: 0 });
    expect((await service.standings.of(request({ policy: 'required' }))).state).toBe('enrollment_required');
  });

  it('with no record: the policy decides, unless the host knows of one', async () => {
    const service = serviceOn();
    expect((await service.standings.of(request({ enrolled: false }))).state).toBe('not_required');
    await expect(service.standings.of(request({ enrolled: true }))).rejects.toMatchObject({
      code: 'record_missing',
      status: 503,
    });
  });

  it('with a record that does not open: it is not known, never "no factor"', async () => {
    const store = new MemoryStore();
    const service = serviceOn(store);
    await store.save(service.parts.vault.keyOf(IDENTITY), Buffer.alloc(99), { version: 'version', replaces: null });
    for (const policy of ['required', 'optional', 'off'] as const) {
      await expect(service.standings.of(request({ policy }))).rejects.toMatchObject({ code: 'record_unreadable' });
    }
  });

  it('against the host’s own note that there is no factor: the record decides, and an event tells', async () => {
    const { service } = await enrolled();
    expect((await service.standings.of(request({ enrolled: false }))).state).toBe('challenge_required');
    expect(service.emitted.slice(1)).toMatchObject([
      { type: 'entity.contradicted', identity: IDENTITY, source: SOURCE },
    ]);
    await service.standings.of(request({ enrolled: true }));
    await service.standings.of(request());
    expect(service.emitted).toHaveLength(2);
  });

  it('whose login was ended is over, whatever grant it holds and whatever the policy says', async () => {
    const { service, grant } = await enrolled();
    await service.logins.end(IDENTITY, sessionOf());
    for (const policy of ['required', 'optional', 'off'] as const) {
      expect((await service.standings.of(request({ policy, grant }))).state).toBe('over');
    }
    const other = sessionOf('login-2', { grant });
    expect((await service.standings.of(request({ actor: other }))).state).toBe('challenge_required');
  });

  it('tells how many recovery codes are left', async () => {
    const { service, grant } = await enrolled();
    const { id, codes } = await service.recoveryCodes.create(IDENTITY, HOST);
    expect((await service.standings.of(request({ grant }))).recoveryCodesLeft).toBe(0);
    await service.recoveryCodes.confirm(IDENTITY, HOST, id, nth(codes, 0));
    expect((await service.standings.of(request())).recoveryCodesLeft).toBe(10);
  });

  it('is only looked at: nothing is written', async () => {
    const { service, grant } = await enrolled();
    const save = jest.spyOn(service.parts.store, 'save');
    await service.standings.of(request({ grant, enrolled: false }));
    expect(save).not.toHaveBeenCalled();
  });
});
