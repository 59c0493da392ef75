import { HOST } from '../../../src/domain/actor.js';
import type { Details } from '../../../src/domain/challenge.js';
import { Authenticator } from '../authenticator.js';
import { HOUR, IDENTITY, MINUTE, NOW, SECOND, sessionOf } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const actor = sessionOf();
const app = new Authenticator(Buffer.from('12345678901234567890'));
const BEGIN = NOW + MINUTE;

/** A service with an enrolled user, a minute after the import. */
async function enrolled(): Promise<{ service: AService; factorSid: string }> {
  const service = serviceOn();
  const { sid } = await service.factors.import(IDENTITY, { secret: app.secret.base32() });
  service.clock.advance(MINUTE);
  return { service, factorSid: sid };
}

const typesOf = ({ emitted }: AService): readonly string[] => emitted.slice(1).map(({ type }) => type);

describe('a challenge', () => {
  it('is told as it is, to the application', async () => {
    const { service, factorSid } = await enrolled();
    const details = { message: 'Log in', fields: [{ label: 'Browser', value: 'Firefox' }] };
    const wanted = { details, hiddenDetails: { risk: '3' }, metadata: { a: 'b' } };
    const { outcome, grant } = await service.challenges.create(IDENTITY, actor, wanted);
    expect(outcome).toEqual({
      status: 'pending',
      attemptsRemaining: 5,
      challenge: {
        sid: expect.stringMatching(/^YC[0-9a-f]{32}$/),
        identity: IDENTITY,
        factorSid,
        factorType: 'totp',
        isApproval: false,
        status: 'pending',
        ...wanted,
        expiresAt: new Date(BEGIN + 5 * MINUTE),
        createdAt: new Date(BEGIN),
        updatedAt: new Date(BEGIN),
        respondedAt: null,
      },
    });
    expect(grant).toBeNull();
    expect(await service.challenges.fetch(IDENTITY, actor, outcome.challenge.sid)).toEqual(outcome.challenge);
  });

  it('answered rightly by its own login gives that login a grant', async () => {
    const { service, factorSid } = await enrolled();
    const { outcome: made } = await service.challenges.create(IDENTITY, actor, {});
    service.clock.advance(SECOND);
    const code = app.codeAt(BEGIN + SECOND);
    const { outcome, grant } = await service.challenges.answer(IDENTITY, actor, made.challenge.sid, code);
    expect(outcome).toMatchObject({
      status: 'approved',
      factorSid,
      challenge: { respondedAt: new Date(BEGIN + SECOND) },
    });
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({
      identity: IDENTITY,
      loginId: 'login-1',
      epoch: entity?.epoch,
      factorSid,
      amr: ['otp', 'mfa'],
      authAt: BEGIN + SECOND,
      seenAt: BEGIN + SECOND,
    });
    expect(typesOf(service)).toEqual(['challenge.created', 'challenge.approved']);
  });

  it('made with the right code does so at once', async () => {
    const { service } = await enrolled();
    const { outcome, grant } = await service.challenges.create(IDENTITY, actor, { code: app.codeAt(BEGIN) });
    expect(outcome.status).toBe('approved');
    expect(grant).toMatchObject({ loginId: 'login-1', authAt: BEGIN });
  });

  it('answered wrongly gives none', async () => {
    const { service } = await enrolled();
    const { outcome, grant } = await service.challenges.create(IDENTITY, actor, { code: app.wrongCode(BEGIN) });
    expect(outcome).toMatchObject({ status: 'pending', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(grant).toBeNull();
  });

  it('of another login, answered by a satisfied session, gives neither of them a grant', async () => {
    const { service } = await enrolled();
    const { grant: held } = await service.challenges.create(IDENTITY, sessionOf('login-2'), {
      code: app.codeAt(BEGIN),
    });
    const satisfied = sessionOf('login-2', { grant: held });
    const { outcome: made } = await service.challenges.create(IDENTITY, actor, {});
    const next = app.codeAt(BEGIN, 1);
    const { outcome, grant } = await service.challenges.answer(IDENTITY, satisfied, made.challenge.sid, next);
    expect(outcome.status).toBe('approved');
    expect(grant).toBeNull();
  });

  it('of another login is not found', async () => {
    const { service } = await enrolled();
    const { outcome } = await service.challenges.create(IDENTITY, actor, {});
    const { sid } = outcome.challenge;
    const other = sessionOf('login-2');
    await expect(service.challenges.fetch(IDENTITY, other, sid)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.challenges.deny(IDENTITY, other, sid)).rejects.toMatchObject({ code: 'not_found' });
    const answered = service.challenges.answer(IDENTITY, other, sid, app.codeAt(BEGIN));
    await expect(answered).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of another user is not found, and its code stays unspent', async () => {
    const { service } = await enrolled();
    const { outcome } = await service.challenges.create(IDENTITY, actor, {});
    const { sid } = outcome.challenge;
    const code = app.codeAt(BEGIN);
    await expect(service.challenges.answer('user-2', HOST, sid, code)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.challenges.fetch('user-2', HOST, sid)).rejects.toMatchObject({ code: 'not_found' });
    expect((await service.challenges.answer(IDENTITY, actor, sid, code)).outcome.status).toBe('approved');
  });

  it('by the host’s own code gives nobody a grant', async () => {
    const { service } = await enrolled();
    const { outcome, grant } = await service.challenges.create(IDENTITY, HOST, { code: app.codeAt(BEGIN) });
    expect(outcome.status).toBe('approved');
    expect(grant).toBeNull();
  });

  it('may be denied', async () => {
    const { service } = await enrolled();
    const { outcome } = await service.challenges.create(IDENTITY, actor, {});
    const denied = await service.challenges.deny(IDENTITY, actor, outcome.challenge.sid);
    expect(denied).toMatchObject({ status: 'denied', respondedAt: new Date(BEGIN) });
    expect(typesOf(service)).toEqual(['challenge.created', 'challenge.denied']);
  });

  it('with what is no code asks the store nothing', async () => {
    const service = serviceOn();
    const load = jest.spyOn(service.parts.store, 'load');
    for (const code of ['', '12', '123456789', 123_456, null, ['123456'], { $ne: '' }, '１２３４５６', '+123456']) {
      await expect(service.challenges.create(IDENTITY, actor, { code })).rejects.toMatchObject({
        code: 'malformed_code',
      });
      await expect(service.challenges.answer(IDENTITY, actor, 'YC0', code)).rejects.toMatchObject({
        code: 'malformed_code',
      });
    }
    expect(load).not.toHaveBeenCalled();
  });

  it('takes a code with spaces and hyphens once, however it is written again', async () => {
    const { service } = await enrolled();
    const code = app.codeAt(BEGIN);
    const written = `${code.slice(0, 3)} ${code.slice(3)}`;
    expect((await service.challenges.create(IDENTITY, actor, { code: written })).outcome.status).toBe('approved');
    for (const again of [code, ` ${code}`, `${code} `, `${code.slice(0, 3)}-${code.slice(3)}`]) {
      const { outcome } = await service.challenges.create(IDENTITY, actor, { code: again });
      expect(outcome).toMatchObject({ status: 'pending', reason: 'code_already_used' });
    }
  });
});

describe('the end of a challenge', () => {
  it.each([1, HOUR])('may be set to %i ms from now', async (ms) => {
    const { service } = await enrolled();
    const expiresAt = new Date(BEGIN + ms);
    expect((await service.challenges.create(IDENTITY, actor, { expiresAt })).outcome.challenge.expiresAt).toEqual(
      expiresAt,
    );
  });

  it.each([0, -1, HOUR + 1, NaN])('may not be set to %d ms from now', async (ms) => {
    const { service } = await enrolled();
    const created = service.challenges.create(IDENTITY, actor, { expiresAt: new Date(BEGIN + ms) });
    await expect(created).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it.each<unknown>([null, NOW, 'tomorrow', {}, { getTime: () => NOW + 2 * MINUTE }])(
    'is a Date, not %p',
    async (wrong) => {
      const { service } = await enrolled();
      // As a caller without types may.
      const created = service.challenges.create(IDENTITY, actor, { expiresAt: wrong as Date });
      await expect(created).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );
});

describe('details', () => {
  const fields = Array.from({ length: 20 }, () => ({ label: 'l'.repeat(36), value: 'v'.repeat(128) }));

  it('may be a message of 256 characters and 20 fields', async () => {
    const { service } = await enrolled();
    const details = { message: 'm'.repeat(256), fields };
    const { outcome } = await service.challenges.create(IDENTITY, actor, { details });
    expect((await service.challenges.fetch(IDENTITY, actor, outcome.challenge.sid)).details).toEqual(details);
  });

  it.each<unknown>([
    'text',
    {},
    { message: 'm' },
    { message: '', fields: [] },
    { message: 'm'.repeat(257), fields: [] },
    { message: 42, fields: [] },
    { message: 'm', fields: {} },
    { message: 'm', fields: [...fields, ...fields] },
    { message: 'm', fields: [null] },
    { message: 'm', fields: ['text'] },
    { message: 'm', fields: [{ label: 'l' }] },
    { message: 'm', fields: [{ label: '', value: 'v' }] },
    { message: 'm', fields: [{ label: 'l', value: '' }] },
    { message: 'm', fields: [{ label: 'l'.repeat(37), value: 'v' }] },
    { message: 'm', fields: [{ label: 'l', value: 'v'.repeat(129) }] },
    { message: 'm', fields: [{ label: 'l', value: 42 }] },
  ])('%# are refused', async (wrong) => {
    // As a caller without types may.
    const details = wrong as Details;
    const { service } = await enrolled();
    await expect(service.challenges.create(IDENTITY, actor, { details })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const wanted = { purpose: 'transfer', details };
    await expect(service.challenges.useApproval(IDENTITY, actor, wanted)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('keep the known members only', async () => {
    const { service } = await enrolled();
    const details = { message: 'm', fields: [{ label: 'l', value: 'v', html: '<b>' }], extra: 1 };
    const { outcome } = await service.challenges.create(IDENTITY, actor, { details });
    expect(outcome.challenge.details).toEqual({ message: 'm', fields: [{ label: 'l', value: 'v' }] });
  });

  it.each(['hiddenDetails', 'metadata'] as const)('%s is an object of strings', async (member) => {
    const { service } = await enrolled();
    // As a caller without types may.
    const wanted = { [member]: { a: 1 } as unknown as Record<string, string> };
    await expect(service.challenges.create(IDENTITY, actor, wanted)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a list of challenges', () => {
  async function withSome(): Promise<{ service: AService; sids: readonly string[]; factorSid: string }> {
    const { service, factorSid } = await enrolled();
    const sids: string[] = [];
    for (const login of ['login-1', 'login-2', 'login-3']) {
      sids.push((await service.challenges.create(IDENTITY, sessionOf(login), {})).outcome.challenge.sid);
      service.clock.advance(MINUTE);
    }
    await service.challenges.deny(IDENTITY, HOST, sids[1] ?? '');
    return { service, sids, factorSid };
  }
  const listed = async (
    service: AService,
    request: Parameters<AService['challenges']['list']>[2],
  ): Promise<readonly string[]> => (await service.challenges.list(IDENTITY, HOST, request)).items.map(({ sid }) => sid);

  it('goes by creation, the oldest first, or the newest', async () => {
    const { service, sids } = await withSome();
    expect(await listed(service, {})).toEqual(sids);
    expect(await listed(service, { order: 'asc' })).toEqual(sids);
    expect(await listed(service, { order: 'desc' })).toEqual([...sids].reverse());
  });

  it('by status takes what a challenge is now', async () => {
    const { service, sids } = await withSome();
    expect(await listed(service, { status: 'denied' })).toEqual([sids[1]]);
    expect(await listed(service, { status: 'pending' })).toEqual([sids[0], sids[2]]);
    service.clock.advance(2 * MINUTE);
    expect(await listed(service, { status: 'pending' })).toEqual([sids[2]]);
    expect(await listed(service, { status: 'expired' })).toEqual([sids[0]]);
    expect(await listed(service, { status: 'approved' })).toEqual([]);
  });

  it('by factor takes those of that factor', async () => {
    const { service, sids, factorSid } = await withSome();
    expect(await listed(service, { factorSid })).toEqual(sids);
    expect(await listed(service, { factorSid: 'YF0' })).toEqual([]);
  });

  it('comes in pages', async () => {
    const { service, sids } = await withSome();
    expect(await service.challenges.list(IDENTITY, HOST, { pageSize: 2 })).toMatchObject({
      page: 0,
      pageSize: 2,
      hasNext: true,
    });
    expect(await listed(service, { page: 1, pageSize: 2 })).toEqual(sids.slice(2));
  });

  it('of an unknown user is empty', async () => {
    expect(await serviceOn().challenges.list('user-2', HOST, {})).toEqual({
      items: [],
      page: 0,
      pageSize: 50,
      hasNext: false,
    });
  });
});

describe('the approval of a purpose', () => {
  const purpose = { action: 'transfer', amount: 100 };

  it('is asked for, given and used once; it is no grant', async () => {
    const { service } = await enrolled();
    const asked = await service.challenges.useApproval(IDENTITY, actor, { purpose });
    if (asked.status === 'used') throw new Error('nobody has approved yet');
    const { grant, outcome } = await service.challenges.answer(IDENTITY, actor, asked.challenge.sid, app.codeAt(BEGIN));
    expect(outcome.status).toBe('approved');
    expect(grant).toBeNull();
    const reordered = { purpose: { amount: 100, action: 'transfer' } };
    expect(await service.challenges.useApproval(IDENTITY, actor, reordered)).toEqual({ status: 'used', purpose });
    expect(await service.challenges.useApproval(IDENTITY, actor, { purpose })).toMatchObject({ status: 'pending' });
    expect(typesOf(service)).toEqual(['challenge.created', 'challenge.approved', 'approval.used', 'challenge.created']);
  });

  it('asked for again while it is pending writes nothing', async () => {
    const { service } = await enrolled();
    const first = await service.challenges.useApproval(IDENTITY, actor, { purpose });
    const save = jest.spyOn(service.parts.store, 'save');
    expect(await service.challenges.useApproval(IDENTITY, actor, { purpose })).toEqual(first);
    expect(save).not.toHaveBeenCalled();
  });

  it('used by fifty simultaneous requests is used once', async () => {
    const { service } = await enrolled();
    const asked = await service.challenges.useApproval(IDENTITY, actor, { purpose });
    if (asked.status === 'used') throw new Error('nobody has approved yet');
    await service.challenges.answer(IDENTITY, actor, asked.challenge.sid, app.codeAt(BEGIN));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => service.challenges.useApproval(IDENTITY, actor, { purpose })),
    );
    expect(outcomes.filter(({ status }) => status === 'used')).toHaveLength(1);
  });

  it('may have to be young', async () => {
    const { service } = await enrolled();
    const asked = await service.challenges.useApproval(IDENTITY, actor, { purpose });
    if (asked.status === 'used') throw new Error('nobody has approved yet');
    await service.challenges.answer(IDENTITY, actor, asked.challenge.sid, app.codeAt(BEGIN));
    service.clock.advance(MINUTE);
    const young = { purpose, maxAge: MINUTE };
    expect(await service.challenges.useApproval(IDENTITY, actor, young)).toMatchObject({ status: 'pending' });
  });

  it.each<unknown>([undefined, '', ['42'], {}, { to: ['42'] }, 42])(
    'of %p is refused before the store is asked',
    async (wrong) => {
      const service = serviceOn();
      const load = jest.spyOn(service.parts.store, 'load');
      const used = service.challenges.useApproval(IDENTITY, actor, { purpose: wrong });
      await expect(used).rejects.toMatchObject({ code: 'invalid_request' });
      expect(load).not.toHaveBeenCalled();
    },
  );

  it('tells what it is for', async () => {
    const { service } = await enrolled();
    const details = { message: 'Transfer 100 €', fields: [] };
    expect(await service.challenges.useApproval(IDENTITY, actor, { purpose, details })).toMatchObject({
      status: 'pending',
      challenge: { details },
    });
  });
});
