import fc from 'fast-check';
import { HOST } from '../../../src/domain/actor.js';
import { verifiedFactors } from '../../../src/domain/entity.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { ImportFactor } from '../../../src/use-cases/factors.js';
import { Authenticator } from '../authenticator.js';
import { HOUR, IDENTITY, MINUTE, NOW, satisfiedOn, SECOND, sessionOf, SETTINGS } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const actor = sessionOf();

/** A service whose user has an imported authenticator, and a session that has shown it. */
async function enrolled(): Promise<{
  service: AService;
  sid: string;
  authenticator: Authenticator;
  satisfied: ReturnType<typeof satisfiedOn>;
}> {
  const service = serviceOn();
  const authenticator = new Authenticator(Buffer.from('12345678901234567890'));
  const { sid } = await service.factors.import(IDENTITY, { secret: authenticator.secret.base32() });
  const { entity } = await service.transactions.read(IDENTITY, HOST);
  if (entity === null) throw new Error('nothing was imported');
  return { service, sid, authenticator, satisfied: satisfiedOn(entity) };
}

/** The authenticator app that has scanned this URI. */
function scan(uri: string): Authenticator {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = Array.from(secret, (c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  const bytes = (bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2));
  return new Authenticator(Uint8Array.from(bytes));
}

const labelOf = (uri: string): string => decodeURIComponent(new URL(uri).pathname).replace('//totp/', '').slice(1);

describe('creating a factor', () => {
  it('answers with the factor and, this once, with its secret of 160 random bits', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, actor, {
      friendlyName: ' Phone ',
      metadata: { os: 'iOS' },
    });
    expect(factor).toEqual({
      sid: expect.stringMatching(/^YF[0-9a-f]{32}$/),
      identity: IDENTITY,
      friendlyName: 'Phone',
      factorType: 'totp',
      status: 'unverified',
      config: { algorithm: 'sha1', codeLength: 6, timeStep: 30, skew: 1 },
      metadata: { os: 'iOS' },
      createdAt: new Date(NOW),
      updatedAt: new Date(NOW),
    });
    expect(binding.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(binding.uri).toBe(
      `otpauth://totp/Issuer:user-1?secret=${binding.secret}&issuer=Issuer&algorithm=SHA1&digits=6&period=30`,
    );
    expect(service.emitted).toMatchObject([
      { type: 'factor.created', identity: IDENTITY, factorSid: factor.sid, at: NOW },
    ]);
    expect(JSON.stringify([factor, service.emitted])).not.toContain(binding.secret);
  });

  it('gives every factor another secret', async () => {
    const service = serviceOn();
    const made = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => service.factors.create(index.toString(), HOST, {})),
    );
    expect(new Set(made.map(({ binding }) => binding.secret)).size).toBe(50);
  });

  it('takes a secret that exists already, in base32 as people write it', async () => {
    const { binding } = await serviceOn().factors.create(IDENTITY, actor, {
      secret: 'gezd gnbv gy3t qojq gezd gnbv gy3t qojq',
    });
    expect(binding.secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });

  it.each([
    ['15 bytes', 'GEZDGNBVGY3TQOJQGEZDGNBV'],
    ['no base32', '12345678901234567890'],
    ['nothing', ''],
  ])('refuses one of %s, without a word of it', async (_what, secret) => {
    const created = serviceOn().factors.create(IDENTITY, actor, { secret });
    await expect(created).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.not.stringMatching(/GEZD|1234/),
    });
  });

  it('has the service’s configuration where it names none, and its own within the bounds', async () => {
    const settings = { ...SETTINGS, totp: { ...SETTINGS.totp, algorithm: 'sha256', codeLength: 8 } } as const;
    const service = serviceOn(new MemoryStore(), { settings });
    const { factor, binding } = await service.factors.create(IDENTITY, HOST, { config: { timeStep: 60 } });
    expect(factor.config).toEqual({ algorithm: 'sha256', codeLength: 8, timeStep: 60, skew: 1 });
    expect(binding.uri).toContain('&algorithm=SHA256&digits=8&period=60');
  });

  it.each<readonly [unknown, string]>([
    [{ timeStep: 61 }, 'totp.timeStep must be a whole number from 20 to 60, got 61'],
    [{ codeLength: 5 }, 'totp.codeLength must be a whole number from 6 to 8, got 5'],
    [{ algorithm: 'md5' }, 'totp.algorithm must be one of sha1, sha256, sha512, got "md5"'],
    [{ algorithm: 1n }, 'The request is not understood'],
  ])('refuses the configuration %p, and says why', async (wrong, message) => {
    // As a caller without types may.
    const wanted = { config: wrong as NonNullable<ImportFactor['config']> };
    const service = serviceOn();
    const refusal = { code: 'invalid_request', message };
    await expect(service.factors.create(IDENTITY, HOST, wanted)).rejects.toMatchObject(refusal);
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    await expect(service.factors.import(IDENTITY, { secret, ...wanted })).rejects.toMatchObject(refusal);
  });
});

describe('the label in the app', () => {
  it.each([5, {}, ['ada']])('of the account name %j is refused before anything is written', async (name) => {
    const service = serviceOn();
    const created = service.factors.create(IDENTITY, HOST, { accountName: name as string });
    await expect(created).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });

  it('is the account name for the first factor, and carries the friendly name from the second on', async () => {
    const service = serviceOn();
    const first = await service.factors.create(IDENTITY, HOST, {
      accountName: 'ada@example.com',
      friendlyName: 'Phone',
    });
    expect(labelOf(first.binding.uri)).toBe('Issuer:ada@example.com');
    const code = scan(first.binding.uri).codeAt(NOW);
    await service.factors.verify(IDENTITY, HOST, first.factor.sid, code);
    const second = await service.factors.create(IDENTITY, HOST, {
      accountName: 'ada@example.com',
      friendlyName: 'Tablet',
    });
    expect(labelOf(second.binding.uri)).toBe('Issuer:ada@example.com (Tablet)');
  });

  it.each(['a-rather-long-account-name-of-somebody@department.example.com.invalid', '東京都千代田区丸の内一丁目九番'])(
    'tells two factors apart, however long the account name is: apps overwrite equal labels (%s)',
    async (accountName) => {
      const { service, satisfied } = await enrolled();
      const labels: string[] = [];
      for (const friendlyName of ['Phone', 'Tablet']) {
        const { binding } = await service.factors.create(IDENTITY, satisfied, { accountName, friendlyName });
        labels.push(labelOf(binding.uri));
      }
      expect(labels).toEqual([expect.stringMatching(/\(Phone\)$/), expect.stringMatching(/\(Tablet\)$/)]);
    },
  );

  it('lets the URI be at most 512 characters long, whatever the names are', async () => {
    const service = serviceOn(new MemoryStore(), { settings: { ...SETTINGS, issuer: 'I'.repeat(64) } });
    const anyName = fc.oneof(
      fc.constantFrom(':', ''),
      fc.string({ unit: fc.constantFrom('x', '€', '😀', ' '), maxLength: 90 }),
    );
    const friendlyName = fc.string({ unit: fc.constantFrom('x', '€', '😀'), minLength: 1, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(
        anyName,
        friendlyName.filter((name) => Array.from(name).length <= 64),
        async (accountName, name) => {
          const { binding } = await service.factors.create(IDENTITY, HOST, { accountName, friendlyName: name });
          expect(binding.uri.length).toBeLessThanOrEqual(512);
        },
      ),
      { examples: [[':', '😀'.repeat(64)]] },
    );
  });
});

describe('a friendly name', () => {
  it.each<unknown>([
    '',
    '   ',
    'x'.repeat(65),
    '😀'.repeat(65),
    'Ada: phone',
    'Ada%3Aphone',
    'Ada%3aphone',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\ud800',
    42,
    null,
    ['Phone'],
    { toString: () => 'Phone' },
  ])('%p is refused', async (name) => {
    const { service, sid, satisfied } = await enrolled();
    await expect(service.factors.rename(IDENTITY, satisfied, sid, name)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    // As a caller without types may.
    const wanted = { friendlyName: name as string };
    await expect(service.factors.create(IDENTITY, satisfied, wanted)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it.each([
    ['Phone', 'Phone'],
    [' Ada’s phone ', 'Ada’s phone'],
    ['😀'.repeat(64), '😀'.repeat(64)],
    ['100%', '100%'],
  ])('may be %j', async (name, kept) => {
    const { service, sid, satisfied } = await enrolled();
    service.clock.advance(SECOND);
    const renamed = await service.factors.rename(IDENTITY, satisfied, sid, name);
    expect(renamed).toMatchObject({ friendlyName: kept, updatedAt: new Date(NOW + SECOND), createdAt: new Date(NOW) });
    expect(await service.factors.fetch(IDENTITY, satisfied, sid)).toEqual(renamed);
  });
});

describe('metadata', () => {
  it.each<unknown>([
    [],
    ['a'],
    'text',
    42,
    { a: 1 },
    { a: null },
    { a: { b: 'c' } },
    { a: undefined },
    { a: 'x'.repeat(1024) },
  ])('%# is refused: it is an object of strings, at most 1024 characters', async (metadata) => {
    // As a caller without types may.
    const wanted = { metadata: metadata as Record<string, string> };
    await expect(serviceOn().factors.create(IDENTITY, HOST, wanted)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it.each<readonly [Readonly<Record<string, string>> | null]>([
    [{}],
    [{ a: '' }],
    [{ a: 'x'.repeat(1016) }],
    [{ toString: 'x' }],
    [null],
  ])('%# is given back as it was', async (metadata) => {
    const { service, sid, satisfied } = await enrolled();
    const { factor } = await service.factors.create(IDENTITY, satisfied, { metadata });
    expect((await service.factors.fetch(IDENTITY, satisfied, factor.sid)).metadata).toEqual(metadata);
    expect((await service.factors.fetch(IDENTITY, satisfied, sid)).metadata).toBeNull();
  });

  it.each(['__proto__', 'constructor', 'prototype'])('called %s is refused or given back, never lost', async (name) => {
    const service = serviceOn();
    const metadata: Readonly<Record<string, string>> = Object.fromEntries([[name, 'x']]);
    const { factor } = await service.factors.create(IDENTITY, HOST, { metadata }).catch(() => ({ factor: null }));
    if (factor === null) return;
    const { metadata: kept } = await service.factors.fetch(IDENTITY, HOST, factor.sid);
    expect(Object.entries(kept ?? {})).toEqual([[name, 'x']]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('importing a secret', () => {
  const bytes = Buffer.from('12345678901234567890');
  const authenticator = new Authenticator(bytes);

  it.each<readonly [string, ImportFactor]>([
    ['base32 by default', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' }],
    ['base32', { secret: 'gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq', encoding: 'base32' }],
    ['hex', { secret: bytes.toString('hex'), encoding: 'hex' }],
    ['hex in capitals', { secret: bytes.toString('hex').toUpperCase(), encoding: 'hex' }],
    ['base64', { secret: bytes.toString('base64'), encoding: 'base64' }],
    ['base64url', { secret: bytes.toString('base64url'), encoding: 'base64' }],
    ['utf8', { secret: '12345678901234567890', encoding: 'utf8' }],
  ])('written in %s gives a factor whose codes are right', async (_form, wanted) => {
    const service = serviceOn();
    const factor = await service.factors.import(IDENTITY, wanted);
    expect(factor).toMatchObject({ status: 'verified', friendlyName: 'Authenticator', identity: IDENTITY });
    service.clock.advance(MINUTE);
    const code = authenticator.codeAt(NOW + MINUTE);
    expect((await service.challenges.create(IDENTITY, HOST, { code })).outcome.status).toBe('approved');
  });

  it.each<readonly [string, ImportFactor]>([
    ['base32 with a 1', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1' }],
    ['hex of half a byte', { secret: '313233343536373839303132333435363', encoding: 'hex' }],
    ['hex with a g', { secret: 'g1323334353637383930313233343536', encoding: 'hex' }],
    ['base64 with a comma', { secret: 'MTIzNDU2Nzg5MDEyMzQ1,jc4OTA=', encoding: 'base64' }],
    ['base64 padded in the middle', { secret: 'MTIzNDU2Nz=5MDEyMzQ1Njc4OTA=', encoding: 'base64' }],
    ['15 bytes', { secret: 'tell-tale bytes', encoding: 'utf8' }],
    ['9 bytes, even as legacy', { secret: 'tell-tale', encoding: 'utf8', legacy: true }],
    ['65 bytes', { secret: 'tell-'.repeat(13), encoding: 'utf8' }],
    ['no bytes', { secret: '', encoding: 'utf8' }],
    // Callers without types.
    ['a number', { secret: 12_345_678 } as unknown as ImportFactor],
    ['nothing at all', {} as ImportFactor],
    ['an encoding that there is not', { secret: 'A'.repeat(32), encoding: 'BASE32' } as unknown as ImportFactor],
  ])('of %s is refused, without a word of it', async (_form, wanted) => {
    const service = serviceOn();
    await expect(service.factors.import(IDENTITY, wanted)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.not.stringMatching(/tell|GEZD|3132|MTIz|12345/),
    });
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });

  it.each([10, 15])('of %i bytes is let in only as legacy, and works', async (length) => {
    const service = serviceOn();
    const old = new Authenticator(bytes.subarray(0, length));
    const wanted = { secret: old.secret.base32() };
    await expect(service.factors.import(IDENTITY, wanted)).rejects.toMatchObject({ code: 'invalid_request' });
    await service.factors.import(IDENTITY, { ...wanted, legacy: true });
    service.clock.advance(MINUTE);
    const code = old.codeAt(NOW + MINUTE);
    expect((await service.challenges.create(IDENTITY, HOST, { code })).outcome.status).toBe('approved');
  });

  it.each([16, 64])('of %i bytes is let in', async (length) => {
    const secret = Buffer.alloc(length, 7).toString('hex');
    expect(await serviceOn().factors.import(IDENTITY, { secret, encoding: 'hex' })).toMatchObject({
      status: 'verified',
    });
  });

  it('that is there already is refused', async () => {
    const { service } = await enrolled();
    const again = service.factors.import(IDENTITY, { secret: authenticator.secret.base32() });
    await expect(again).rejects.toMatchObject({ code: 'duplicate_secret' });
  });
});

describe('verifying a factor', () => {
  it('gives the session that did it a grant of the new epoch', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, actor, {});
    service.clock.advance(SECOND);
    const { outcome, grant } = await service.factors.verify(IDENTITY, actor, factor.sid, scan(binding.uri).codeAt(NOW));
    expect(outcome).toMatchObject({ status: 'verified', factor: { sid: factor.sid, status: 'verified' } });
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({
      identity: IDENTITY,
      loginId: 'login-1',
      epoch: entity?.epoch,
      factorSid: factor.sid,
      amr: ['otp', 'mfa'],
      authAt: NOW + SECOND,
      seenAt: NOW + SECOND,
    });
    expect(service.emitted.map(({ type }) => type)).toEqual(['factor.created', 'factor.verified']);
  });

  it('with a wrong code is an answer, without a grant', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, actor, {});
    const wrong = scan(binding.uri).wrongCode(NOW);
    const { outcome, grant } = await service.factors.verify(IDENTITY, actor, factor.sid, wrong);
    expect(outcome).toMatchObject({ status: 'unverified', reason: 'incorrect_code', attemptsRemaining: 4 });
    expect(grant).toBeNull();
  });

  it('by the host’s own code gives nobody a grant', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, HOST, {});
    const { grant } = await service.factors.verify(IDENTITY, HOST, factor.sid, scan(binding.uri).codeAt(NOW));
    expect(grant).toBeNull();
  });

  it('with what is no code asks the store nothing', async () => {
    const service = serviceOn();
    const store = service.parts.store;
    const load = jest.spyOn(store, 'load');
    for (const code of ['12', '123456789', 123_456, null, ['123456'], '１２３４５６']) {
      await expect(service.factors.verify(IDENTITY, actor, 'YF0', code)).rejects.toMatchObject({
        code: 'malformed_code',
      });
    }
    expect(load).not.toHaveBeenCalled();
  });

  it('after its ten minutes is not found', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, actor, {});
    service.clock.advance(10 * MINUTE);
    const code = scan(binding.uri).codeAt(NOW + 10 * MINUTE);
    await expect(service.factors.verify(IDENTITY, actor, factor.sid, code)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(service.factors.fetch(IDENTITY, HOST, factor.sid)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('removing a factor', () => {
  it('lets the session that did it go on in the new epoch, with its own proof and time', async () => {
    const { service, sid, satisfied } = await enrolled();
    service.clock.advance(MINUTE);
    const { outcome, grant } = await service.factors.remove(IDENTITY, satisfied, sid);
    expect(outcome.sid).toBe(sid);
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(grant).toEqual({ ...satisfied.grant, epoch: entity?.epoch, factorSid: null });
    expect(entity?.epoch).not.toBe(satisfied.grant?.epoch);
    expect(entity).toMatchObject({ factors: [], everVerified: true });
  });

  it('other than the one it has shown, keeps naming that one', async () => {
    const { service, sid } = await enrolled();
    const secret = Buffer.alloc(20, 9).toString('hex');
    const other = await service.factors.import(IDENTITY, { secret, encoding: 'hex' });
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    if (entity === null) throw new Error('there is no record');
    const { grant } = await service.factors.remove(IDENTITY, satisfiedOn(entity), other.sid);
    expect(grant?.factorSid).toBe(sid);
  });

  it('that was never verified changes no grant', async () => {
    const { service, satisfied } = await enrolled();
    const { factor } = await service.factors.create(IDENTITY, satisfied, {});
    const { grant } = await service.factors.remove(IDENTITY, satisfied, factor.sid);
    expect(grant).toBeNull();
    expect((await service.transactions.read(IDENTITY, HOST)).entity?.epoch).toBe(satisfied.grant?.epoch);
  });

  it('by the host’s own code gives nobody a grant', async () => {
    const { service, sid } = await enrolled();
    expect((await service.factors.remove(IDENTITY, HOST, sid)).grant).toBeNull();
  });

  it('by a session without a grant is refused where a verified one exists, and needs none where not', async () => {
    const { service, sid } = await enrolled();
    await expect(service.factors.remove(IDENTITY, actor, sid)).rejects.toMatchObject({ code: 'step_up_required' });
    const fresh = serviceOn();
    const { factor } = await fresh.factors.create(IDENTITY, actor, {});
    expect((await fresh.factors.remove(IDENTITY, actor, factor.sid)).grant).toBeNull();
    expect((await fresh.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });
});

describe('looking at factors', () => {
  it('lists what this login may know of', async () => {
    const { service, sid, satisfied } = await enrolled();
    const { factor } = await service.factors.create(IDENTITY, satisfied, {});
    const sids = async (...asking: Parameters<AService['factors']['list']>): Promise<readonly string[]> =>
      (await service.factors.list(...asking)).items.map((item) => item.sid);
    expect(await sids(IDENTITY, satisfied, {})).toEqual([sid, factor.sid]);
    expect(await sids(IDENTITY, HOST, {})).toEqual([sid, factor.sid]);
    expect(await sids(IDENTITY, sessionOf('login-2'), {})).toEqual([sid]);
    expect(await sids('user-2', HOST, {})).toEqual([]);
  });

  it('in pages', async () => {
    const { service, sid } = await enrolled();
    const secret = Buffer.alloc(20, 9).toString('hex');
    const other = await service.factors.import(IDENTITY, { secret, encoding: 'hex' });
    expect(await service.factors.list(IDENTITY, HOST, { pageSize: 1 })).toMatchObject({
      items: [{ sid }],
      page: 0,
      pageSize: 1,
      hasNext: true,
    });
    expect(await service.factors.list(IDENTITY, HOST, { page: 1, pageSize: 1 })).toMatchObject({
      items: [{ sid: other.sid }],
      hasNext: false,
    });
  });

  it('one by one needs what changing it needs', async () => {
    const { service, sid, satisfied } = await enrolled();
    expect(await service.factors.fetch(IDENTITY, satisfied, sid)).toMatchObject({ sid, status: 'verified' });
    await expect(service.factors.fetch(IDENTITY, actor, sid)).rejects.toMatchObject({ code: 'step_up_required' });
    service.clock.advance(10 * MINUTE);
    await expect(service.factors.fetch(IDENTITY, satisfied, sid)).rejects.toMatchObject({ code: 'step_up_required' });
  });

  it('of another user finds nothing', async () => {
    const { service, sid } = await enrolled();
    await expect(service.factors.fetch('user-2', HOST, sid)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.factors.fetch(IDENTITY, HOST, 'YF0')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an enrollment that was begun', () => {
  it('is shown again, with its secret, to the login that began it', async () => {
    const service = serviceOn();
    const { factor, binding } = await service.factors.create(IDENTITY, actor, { accountName: 'ada' });
    expect(await service.factors.begun(IDENTITY, actor, 'ada')).toEqual({ factor, binding });
  });

  it('is shown to nobody else: no other login, not the host', async () => {
    const service = serviceOn();
    await service.factors.create(IDENTITY, actor, {});
    expect(await service.factors.begun(IDENTITY, sessionOf('login-2'), 'ada')).toBeNull();
    expect(await service.factors.begun(IDENTITY, HOST, 'ada')).toBeNull();
    expect(await service.factors.begun('user-2', actor, 'ada')).toBeNull();
  });

  it('by the host’s own code is shown to no session', async () => {
    const service = serviceOn();
    await service.factors.create(IDENTITY, HOST, {});
    expect(await service.factors.begun(IDENTITY, actor, 'ada')).toBeNull();
    expect(await service.factors.begun(IDENTITY, HOST, 'ada')).toBeNull();
  });

  it('is not shown once it is verified, spent or over', async () => {
    const service = serviceOn();
    const first = await service.factors.create(IDENTITY, actor, {});
    for (const code of scan(first.binding.uri).wrongCodes(NOW, 5)) {
      expect(await service.factors.begun(IDENTITY, actor, 'ada')).not.toBeNull();
      await service.factors.verify(IDENTITY, actor, first.factor.sid, code);
    }
    expect(await service.factors.begun(IDENTITY, actor, 'ada')).toBeNull();

    const second = await service.factors.create(IDENTITY, actor, {});
    await service.factors.verify(IDENTITY, actor, second.factor.sid, scan(second.binding.uri).codeAt(NOW));
    expect(await service.factors.begun(IDENTITY, actor, 'ada')).toBeNull();
    expect(await service.factors.begun('user-2', actor, 'ada')).toBeNull();

    const other = serviceOn();
    await other.factors.create(IDENTITY, actor, {});
    other.clock.advance(10 * MINUTE);
    expect(await other.factors.begun(IDENTITY, actor, 'ada')).toBeNull();
  });

  it('beside a verified one carries its name in the label', async () => {
    const { service, satisfied } = await enrolled();
    await service.factors.create(IDENTITY, satisfied, { friendlyName: 'Tablet' });
    const begun = await service.factors.begun(IDENTITY, satisfied, 'ada');
    expect(labelOf(begun?.binding.uri ?? '')).toBe('Issuer:ada (Tablet)');
  });
});

it('a whole life: enrolled, shown, a second one, the first removed, and the record stays', async () => {
  const service = serviceOn();
  const { factor, binding } = await service.factors.create(IDENTITY, actor, {});
  const app = scan(binding.uri);
  const verified = await service.factors.verify(IDENTITY, actor, factor.sid, app.codeAt(NOW));
  service.clock.advance(HOUR);
  const late = sessionOf('login-1', { grant: verified.grant });
  await expect(service.factors.create(IDENTITY, late, {})).rejects.toMatchObject({ code: 'step_up_required' });
  const shown = await service.challenges.create(IDENTITY, late, { code: app.codeAt(NOW + HOUR) });
  const satisfied = sessionOf('login-1', { grant: shown.grant });
  await service.factors.create(IDENTITY, satisfied, {});
  await service.factors.remove(IDENTITY, satisfied, factor.sid);
  const { entity } = await service.transactions.read(IDENTITY, HOST);
  expect(entity).toMatchObject({ everVerified: true, factors: [] });
  expect(entity === null ? null : verifiedFactors(entity)).toEqual([]);
});
