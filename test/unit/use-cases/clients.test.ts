import { HOST } from '../../../src/domain/actor.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { ServiceRoom } from '../../../src/use-cases/service-rooms.js';
import { Authenticator } from '../authenticator.js';
import { DAY, HOUR, IDENTITY, MINUTE, newAuthenticator, NOW, nth, SECOND } from '../entity-builders.js';
import { ACCOUNT, CLIENT, CONFIG, houseOn, type House } from './a-room.js';
import { serviceOn } from './a-service.js';

const app = new Authenticator(Buffer.from('12345678901234567890'));
const refused = (code: string): object => ({ name: 'ClientError', code });

async function create(room: ServiceRoom, secret?: string, identity = IDENTITY): Promise<string> {
  const wanted = { friendlyName: 'Phone', accountName: 'Phone', secret };
  return (await room.factors.create(identity, CLIENT, wanted)).factor.sid;
}

async function enrolled(house: House, config = {}): Promise<{ readonly room: ServiceRoom; readonly sid: string }> {
  const room = await house.open(config);
  const sid = await create(room, app.secret.base32());
  await room.factors.update(IDENTITY, CLIENT, sid, { code: app.codeAt(house.clock.now()) });
  house.clock.advance(MINUTE);
  return { room, sid };
}

describe('an entity of a client', () => {
  it('is made once, stands without factors, and goes with all below it', async () => {
    const { open, clock } = houseOn();
    const { entities } = await open();
    expect(await entities.has(IDENTITY, CLIENT)).toBe(false);
    await expect(entities.fetch(IDENTITY, CLIENT)).rejects.toMatchObject({ code: 'not_found' });
    await expect(entities.remove(IDENTITY, CLIENT)).rejects.toMatchObject({ code: 'not_found' });
    const made = { identity: IDENTITY, createdAt: new Date(NOW), updatedAt: new Date(NOW) };
    expect(await entities.create(IDENTITY, CLIENT)).toEqual(made);
    await expect(entities.create(IDENTITY, CLIENT)).rejects.toMatchObject(refused('entity_exists'));
    clock.advance(30 * DAY);
    expect(await entities.fetch(IDENTITY, CLIENT)).toEqual(made);
    expect(entities.sidOf(IDENTITY)).toMatch(/^YE[0-9a-f]{32}$/);
    await entities.remove(IDENTITY, CLIENT);
    expect(await entities.has(IDENTITY, CLIENT)).toBe(false);
  });

  it('that had a factor gets no new budget by being deleted and made again', async () => {
    const house = houseOn();
    const { room, sid } = await enrolled(house);
    const wrong = nth(app.wrongCodes(house.clock.now(), 1), 0);
    for (let count = 0; count < 4; count += 1) {
      await room.challenges.create(IDENTITY, CLIENT, { factorSid: sid, code: wrong });
    }
    await room.entities.remove(IDENTITY, CLIENT);
    expect(await room.entities.has(IDENTITY, CLIENT)).toBe(false);
    await expect(room.entities.fetch(IDENTITY, CLIENT)).rejects.toMatchObject({ code: 'not_found' });
    const again = await create(room, app.secret.base32());
    await room.factors.update(IDENTITY, CLIENT, again, { code: app.codeAt(house.clock.now()) });
    house.clock.advance(MINUTE);
    const code = nth(app.wrongCodes(house.clock.now(), 1), 0);
    await room.challenges.create(IDENTITY, CLIENT, { factorSid: again, code });
    await expect(room.challenges.create(IDENTITY, CLIENT, { factorSid: again, code })).rejects.toMatchObject({
      code: 'locked',
    });
    const third = await create(room);
    await expect(room.factors.update(IDENTITY, CLIENT, third, { code })).rejects.toMatchObject({ code: 'locked' });
  });

  it('is listed in pages, and cleared away with its service', async () => {
    const store = new MemoryStore();
    const house = houseOn(store);
    const { entities } = await house.open();
    const all = ['user-1', 'user-2', 'user-3'];
    for (const identity of all) await entities.create(identity, CLIENT);
    const first = await entities.list({ cursor: null, skip: 0 }, 2);
    const rest = await entities.list(first.next ?? { cursor: null, skip: 0 }, 2);
    expect([first.entities.length, rest.entities.length, rest.next]).toEqual([2, 1, null]);
    expect([...first.entities, ...rest.entities].map(({ identity }) => identity).sort()).toEqual(all);
    for (let count = 0; count < 60; count += 1) await entities.create(`more-${count.toString()}`, CLIENT);
    const whole = await entities.list({ cursor: null, skip: 0 }, 50);
    expect([whole.entities.length, whole.next?.skip]).toEqual([50, 0]);
    const { keys } = await store.list(await kindIn(house), null, 1);
    await store.save(nth(keys, 0), Buffer.from('nonsense'), {
      version: 'x'.repeat(22),
      replaces: (await store.load(nth(keys, 0))).found?.version ?? null,
    });
    expect((await entities.list({ cursor: null, skip: 0 }, 1000)).entities).toHaveLength(62);
    await entities.clear();
    expect((await entities.list({ cursor: null, skip: 0 }, 1000)).entities).toEqual([]);
  });

  it('of the app is as old as its first factor', async () => {
    const service = serviceOn();
    await service.factors.import(IDENTITY, { secret: app.secret.base32() });
    service.clock.advance(HOUR);
    await service.factors.create(IDENTITY, CLIENT, {});
    const { entity } = await service.transactions.read(IDENTITY, HOST);
    expect(entity?.registration).toMatchObject({ createdAt: NOW });
  });
});

/** The kind of the records of the only service. */
async function kindIn({ services }: House): Promise<string> {
  const { sid } = nth(await services.list(ACCOUNT), 0);
  return `entity:${services.recordsOf({ accountSid: ACCOUNT, sid })}`;
}

describe('a factor of a client', () => {
  it('is one of many that are not verified, and outlives the verification of another', async () => {
    const house = houseOn();
    const room = await house.open();
    const [first, second] = [await create(room, app.secret.base32()), await create(room)];
    await room.factors.update(IDENTITY, CLIENT, first, { code: app.codeAt(NOW) });
    const listed = await room.factors.list(IDENTITY, CLIENT, {});
    expect(listed.items.map(({ sid, status }) => [sid, status])).toEqual([
      [first, 'verified'],
      [second, 'unverified'],
    ]);
    await expect(create(room, app.secret.base32())).rejects.toMatchObject({ code: 'duplicate_secret' });
  });

  it('keeps its place beside one that took five wrong codes', async () => {
    const house = houseOn();
    const room = await house.open();
    const sid = await create(room, app.secret.base32());
    const code = nth(app.wrongCodes(NOW, 1), 0);
    for (let count = 0; count < 5; count += 1) await room.factors.update(IDENTITY, CLIENT, sid, { code });
    await expect(room.factors.update(IDENTITY, CLIENT, sid, { code })).rejects.toMatchObject({
      code: 'too_many_attempts',
    });
    expect(await create(room, app.secret.base32())).toMatch(/^YF/);
  });

  it('is one of at most a hundred, and of a hundred in a day', async () => {
    const house = houseOn();
    const room = await house.open();
    for (let count = 0; count < 100; count += 1) await create(room);
    await expect(create(room)).rejects.toMatchObject({ code: 'factor_limit' });
    const { items } = await room.factors.list(IDENTITY, CLIENT, {});
    await room.factors.remove(IDENTITY, CLIENT, nth(items, 0).sid);
    await expect(create(room)).rejects.toMatchObject(refused('too_many_factors'));
  });

  it('changes its name and how its codes are made until it is verified; then only the skew shrinks', async () => {
    const house = houseOn();
    const room = await house.open();
    const other = newAuthenticator({ algorithm: 'sha256', codeLength: 8 });
    const sid = await create(room, other.secret.base32());
    const update = (wanted: Parameters<typeof room.factors.update>[3]): ReturnType<typeof room.factors.update> =>
      room.factors.update(IDENTITY, CLIENT, sid, wanted);
    expect((await update({})).updatedAt).toEqual(new Date(NOW));
    expect((await update({ friendlyName: 'Tablet' })).friendlyName).toBe('Tablet');
    const config = { algorithm: 'sha256', codeLength: 8 } as const;
    const verified = await update({ config, code: other.codeAt(NOW) });
    expect(verified).toMatchObject({ status: 'verified', friendlyName: 'Tablet', config });
    for (const change of [{ algorithm: 'sha1' }, { codeLength: 6 }, { timeStep: 60 }, { skew: 2 }] as const) {
      await expect(update({ config: change })).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect((await update({ config: { skew: 0 } })).config.skew).toBe(0);
  });
});

describe('a challenge of a client', () => {
  it('needs a verified factor, and says so', async () => {
    const room = await houseOn().open();
    const sid = await create(room);
    const made = room.challenges.create(IDENTITY, CLIENT, { factorSid: sid });
    await expect(made).rejects.toMatchObject(refused('factor_unverified'));
  });

  it('is changed while it is pending, with or without a code', async () => {
    const house = houseOn();
    const { room, sid } = await enrolled(house);
    await create(room);
    const { outcome } = await room.challenges.create(IDENTITY, CLIENT, { factorSid: sid });
    const { outcome: other } = await room.challenges.create(IDENTITY, CLIENT, { factorSid: sid });
    const update = (wanted: object): ReturnType<typeof room.challenges.update> =>
      room.challenges.update(IDENTITY, CLIENT, outcome.challenge.sid, wanted);
    expect((await update({})).metadata).toBeNull();
    expect((await update({ metadata: { a: 'b' } })).metadata).toEqual({ a: 'b' });
    const code = app.codeAt(house.clock.now());
    expect(await update({ code })).toMatchObject({ status: 'approved', metadata: { a: 'b' } });
    await expect(update({})).rejects.toMatchObject({ code: 'challenge_ended' });
    expect((await room.challenges.fetch(IDENTITY, CLIENT, outcome.challenge.sid)).metadata).toEqual({ a: 'b' });
    house.clock.advance(5 * MINUTE);
    const late = room.challenges.update(IDENTITY, CLIENT, other.challenge.sid, { code });
    await expect(late).rejects.toMatchObject(refused('challenge_expired'));
  });

  it('is one of fifty in an hour and a hundred in a day of its factor; the one that is pushed out has expired', async () => {
    const house = houseOn();
    const { room, sid } = await enrolled(house);
    const challenge = (): Promise<unknown> => room.challenges.create(IDENTITY, CLIENT, { factorSid: sid });
    for (let count = 0; count < 50; count += 1) await challenge();
    await expect(challenge()).rejects.toMatchObject(refused('too_many_challenges'));
    const statuses = (await room.challenges.list(IDENTITY, CLIENT, {})).items.map(({ status }) => status);
    expect(statuses).toEqual([...Array<string>(30).fill('expired'), ...Array<string>(20).fill('pending')]);
    house.clock.advance(65 * MINUTE);
    for (let count = 0; count < 50; count += 1) await challenge();
    house.clock.advance(65 * MINUTE);
    await expect(challenge()).rejects.toMatchObject(refused('too_many_challenges'));
  });

  it('is one of ten in a day where codes have four digits', async () => {
    const house = houseOn();
    const room = await house.open({ totp: { ...CONFIG.totp, codeLength: 4 } });
    const short = newAuthenticator({ codeLength: 4 });
    const sid = await create(room, short.secret.base32());
    await room.factors.update(IDENTITY, CLIENT, sid, { code: short.codeAt(NOW) });
    const challenge = (): Promise<unknown> => room.challenges.create(IDENTITY, CLIENT, { factorSid: sid });
    for (let count = 0; count < 10; count += 1) await challenge();
    house.clock.advance(65 * MINUTE);
    await expect(challenge()).rejects.toMatchObject(refused('too_many_challenges'));
  });
});

describe('the rooms of services', () => {
  it('are kept until their service changes, or a thousand others were asked for', async () => {
    const { services, rooms } = houseOn();
    const service = await services.create(ACCOUNT, CONFIG);
    const room = rooms.of(service, 'name');
    expect(rooms.of(service, 'name')).toBe(room);
    expect(rooms.of({ ...service, revision: 'another' }, 'name')).not.toBe(room);
    const kept = rooms.of(service, 'name');
    for (let count = 0; count < 1000; count += 1) rooms.of(service, `name-${count.toString()}`);
    expect(rooms.of(service, 'name')).not.toBe(kept);
  });

  it('leave an event to the process that recorded it for its time, then to whoever looks', async () => {
    const house = houseOn();
    const { room } = await enrolled(house);
    expect(house.told.map(({ type }) => type)).toEqual(['factor.created', 'factor.verified']);
    house.clock.advance(30 * SECOND);
    await room.entities.fetch(IDENTITY, CLIENT);
    expect(house.told).toHaveLength(2);
  });
});
