import { HOST } from '../../../src/domain/actor.js';
import type { Decision, Entity } from '../../../src/domain/entity.js';
import { event, OTHER_EVENTS, SECURITY_EVENTS, type EventType, type RecordedEvent } from '../../../src/domain/event.js';
import { MfaEvents, type MfaEvent } from '../../../src/events.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Write } from '../../../src/store/store.js';
import { Outbox, type EventSink } from '../../../src/use-cases/outbox.js';
import {
  entityWith,
  IDENTITY,
  newAuthenticator,
  NOW,
  nth,
  repeatableRandom,
  sessionOf,
  SOURCE,
  verifiedFactor,
} from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const random = repeatableRandom('outbox');
const ENROLLED = entityWith([verifiedFactor(newAuthenticator())]);

/** Listens to everything, and never ends: what a process does that dies while it tells. */
const DYING: EventSink = { isHeard: () => true, emit: () => new Promise(() => undefined) };

/** The real stream, with one listener that notes what it hears. */
function listening(): { events: MfaEvents; heard: MfaEvent[] } {
  const events = new MfaEvents();
  const heard: MfaEvent[] = [];
  events.on('*', (told) => void heard.push(told));
  return { events, heard };
}

/** A write with which these things happened. */
function happening(...types: readonly EventType[]): (entity: Entity) => Decision<null> {
  return (entity) => ({
    entity: { ...ENROLLED, undelivered: entity.undelivered },
    answer: null,
    events: types.map((type) => event(type, { reason: type })),
  });
}

const look = (entity: Entity): Decision<null> => ({ entity, answer: null, events: [] });

const run = (service: AService, ...types: readonly EventType[]): Promise<null> =>
  service.transactions.run(IDENTITY, HOST, happening(...types));

const keptIn = async (service: AService): Promise<readonly RecordedEvent[]> =>
  (await service.transactions.read(IDENTITY, HOST)).entity?.undelivered ?? [];

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}

const isSettled = (service: AService) => async (): Promise<boolean> => (await keptIn(service)).length === 0;

/** After everything that can go on by itself has gone on. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

describe('an event', () => {
  it('gets a name of its own, its time and its source', () => {
    const outbox = new Outbox(DYING, random);
    const happened = event('factor.verified', { factorSid: 'YF1' });
    const recorded = outbox.record(
      Array.from({ length: 100 }, () => happened),
      NOW,
      SOURCE,
    );
    expect(recorded[0]).toEqual({ ...happened, id: expect.stringMatching(/^[0-9a-f]{32}$/), at: NOW, source: SOURCE });
    expect(new Set(recorded.map(({ id }) => id)).size).toBe(100);
  });

  it('that nobody listens to is none', () => {
    const happened = [event('factor.verified'), event('factor.deleted')];
    const typesHeardBy = (events: EventSink): readonly EventType[] =>
      new Outbox(events, random).record(happened, NOW, null).map(({ type }) => type);
    const some = new MfaEvents();
    some.on('factor.deleted', () => undefined);
    expect(typesHeardBy(listening().events)).toEqual(['factor.verified', 'factor.deleted']);
    expect(typesHeardBy(some)).toEqual(['factor.deleted']);
    expect(typesHeardBy(new MfaEvents())).toEqual([]);
  });

  it('is told with the source of the session that caused it, and with none for the host', async () => {
    const service = serviceOn();
    const noted = happening('challenge.created');
    await service.transactions.run(IDENTITY, sessionOf(), noted);
    await service.transactions.run(IDENTITY, HOST, noted);
    expect(service.emitted.map(({ source }) => source)).toEqual([SOURCE, null]);
  });

  it('that no write goes with is told at once, also where it is about nobody', () => {
    const { events, heard } = listening();
    new Outbox(events, random).tell(null, event('clock.suspected'), NOW, null);
    expect(heard).toMatchObject([{ type: 'clock.suspected', identity: null, at: new Date(NOW), source: null }]);
  });
});

describe('what the next document keeps', () => {
  const outbox = new Outbox(DYING, random);
  const recorded = (...types: readonly EventType[]): readonly RecordedEvent[] =>
    outbox.record(
      types.map((type) => event(type)),
      NOW,
      null,
    );

  it.each(SECURITY_EVENTS)('%s, until it is delivered', (type) => {
    const happened = recorded(type);
    expect(outbox.keep([], happened)).toEqual(happened);
  });

  it.each(OTHER_EVENTS)('not %s: it goes out once', (type) => {
    expect(outbox.keep([], recorded(type))).toEqual([]);
  });

  it('the eight newest, in their order', () => {
    const old = recorded(...SECURITY_EVENTS.slice(0, 7));
    const more = recorded(SECURITY_EVENTS[7], 'challenge.rejected', ...SECURITY_EVENTS.slice(8, 10));
    const kept = outbox.keep(old, more);
    expect(kept).toEqual([...old.slice(2), more[0], more[2], more[3]]);
    expect(outbox.keep(kept, recorded('challenge.created'))).toBe(kept);
  });

  it('of many of one kind only as many as there is room for beside the others: they push out nothing else', () => {
    const change = recorded('factor.verified', 'factor.deleted');
    const locked = Array.from({ length: 10 }, () => recorded('entity.locked'));
    const kept = locked.reduce((before, more) => [...outbox.keep(before, more)], [...change]);
    expect(kept).toEqual([...change, ...locked.slice(-6).flat()]);
  });
});

describe('a security event', () => {
  it('is in the record with the very write that caused it, and out of it when its listeners have ended', async () => {
    const events = new MfaEvents();
    let end = (): void => undefined;
    events.on('factor.verified', () => new Promise<void>((resolve) => (end = resolve)));
    const service = serviceOn(new MemoryStore(), { events });
    await run(service, 'factor.verified');
    await quiet();
    expect(await keptIn(service)).toMatchObject([{ type: 'factor.verified', at: NOW, source: null }]);
    end();
    await until(isSettled(service));
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toMatchObject({
      everVerified: true,
      undelivered: [],
    });
  });

  it('is delivered by the next write of any process, with the same name, where its own process died', async () => {
    const store = new MemoryStore();
    await serviceOn(store, { events: DYING }).transactions.run(IDENTITY, sessionOf(), happening('factor.verified'));
    const { events, heard } = listening();
    const next = serviceOn(store, { events });
    const [left] = await keptIn(next);
    await run(next, 'challenge.created');
    expect(heard).toMatchObject([
      { type: 'factor.verified', id: left?.id, at: new Date(NOW), identity: IDENTITY, source: SOURCE },
      { type: 'challenge.created' },
    ]);
    await until(isSettled(next));
    await run(next, 'challenge.created');
    await quiet();
    expect(heard.map(({ type }) => type)).toEqual(['factor.verified', 'challenge.created', 'challenge.created']);
  });

  it('stays for a process in which somebody listens, whoever writes meanwhile', async () => {
    const store = new MemoryStore();
    await run(serviceOn(store, { events: DYING }), 'factor.verified');
    await run(serviceOn(store, { events: new MfaEvents() }));
    await quiet();
    const { events, heard } = listening();
    await run(serviceOn(store, { events }));
    expect(heard.map(({ type }) => type)).toEqual(['factor.verified']);
  });

  it('is told in the order in which all happened, what was left before what is new', async () => {
    const store = new MemoryStore();
    const dying = serviceOn(store, { events: DYING });
    await run(dying, 'factor.verified');
    await run(dying, 'recovery_codes.confirmed');
    const { events, heard } = listening();
    const next = serviceOn(store, { events });
    await run(next, 'challenge.denied', 'factor.deleted');
    expect(heard.map(({ type }) => type)).toEqual([
      'factor.verified',
      'recovery_codes.confirmed',
      'challenge.denied',
      'factor.deleted',
    ]);
    await until(isSettled(next));
  });

  it('is not delivered by who only looks', async () => {
    const store = new MemoryStore();
    await run(serviceOn(store, { events: DYING }), 'factor.verified');
    const { events, heard } = listening();
    const next = serviceOn(store, { events });
    await next.transactions.run(IDENTITY, HOST, look);
    await next.transactions.read(IDENTITY, HOST);
    await quiet();
    expect(heard).toEqual([]);
    expect(await keptIn(next)).toHaveLength(1);
  });

  it('that its own process is still telling is not told again by its next writes', async () => {
    const ends: (() => void)[] = [];
    const events = new MfaEvents();
    const heard: MfaEvent[] = [];
    events.on('*', async (told) => {
      heard.push(told);
      await new Promise<void>((resolve) => void ends.push(resolve));
    });
    const service = serviceOn(new MemoryStore(), { events });
    await run(service, 'factor.verified');
    await run(service, 'challenge.created');
    await run(service, 'factor.deleted');
    expect(heard.map(({ type }) => type)).toEqual(['factor.verified', 'challenge.created', 'factor.deleted']);
    expect(await keptIn(service)).toHaveLength(2);
    for (const end of ends) end();
    await until(isSettled(service));
    expect(heard).toHaveLength(3);
  });

  it('of a listener that fails is delivered: it is the host’s to try again', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const events = new MfaEvents();
    events.on('factor.verified', () => Promise.reject(new Error('the mail is down')));
    const service = serviceOn(new MemoryStore(), { events });
    await run(service, 'factor.verified');
    await until(isSettled(service));
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('whose end cannot be written is told again, with the same name, by the next write', async () => {
    class FailingStore extends MemoryStore {
      failures = 0;
      override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
        if (this.failures === 0) return super.save(key, document, write);
        this.failures -= 1;
        throw new Error('ECONNREFUSED');
      }
    }
    const store = new FailingStore();
    const { events, heard } = listening();
    events.on('factor.verified', () => void (store.failures = 1));
    const service = serviceOn(store, { events });
    await run(service, 'factor.verified');
    await until(() => heard.some(({ type }) => type === 'store.error'));
    await quiet();
    expect(await keptIn(service)).toHaveLength(1);
    await run(service, 'challenge.created');
    expect(heard.map(({ type }) => type)).toEqual([
      'factor.verified',
      'store.error',
      'factor.verified',
      'challenge.created',
    ]);
    expect(nth(heard, 0).id).toBe(nth(heard, 2).id);
  });

  it('that goes with no write is told, and kept by nobody', async () => {
    const { events, heard } = listening();
    const service = serviceOn(new MemoryStore(), { events });
    await run(service, 'challenge.created');
    await service.transactions.run(IDENTITY, HOST, (entity) => ({
      entity,
      answer: null,
      events: [event('factor.deleted')],
    }));
    expect(heard.map(({ type }) => type)).toEqual(['challenge.created', 'factor.deleted']);
    expect(await keptIn(service)).toEqual([]);
  });

  it('of a record that is gone with that write is told all the same, and brings it not back', async () => {
    const { events, heard } = listening();
    const service = serviceOn(new MemoryStore(), { events });
    const { factor } = await service.factors.create(IDENTITY, HOST, {});
    await service.factors.remove(IDENTITY, HOST, factor.sid);
    await quiet();
    expect(heard.map(({ type }) => type)).toEqual(['factor.created', 'factor.deleted']);
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });

  it('of more than eight is told at once; the record keeps the last eight for the next process', async () => {
    const store = new MemoryStore();
    const dying = serviceOn(store, { events: DYING });
    for (let count = 0; count < 10; count += 1) await run(dying, 'entity.locked');
    expect(await keptIn(dying)).toHaveLength(8);
  });
});
