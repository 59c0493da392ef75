import { HOST } from '../../../src/domain/actor.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import type { Decision, DecisionContext, Entity } from '../../../src/domain/entity.js';
import { event } from '../../../src/domain/event.js';
import { importFactor } from '../../../src/domain/enrollment.js';
import { noteLogin } from '../../../src/domain/login-trace.js';
import { MfaError } from '../../../src/errors.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { KeyPage, Loaded, Store, Version, Write } from '../../../src/store/store.js';
import { Transactions } from '../../../src/use-cases/transaction.js';
import {
  codeProof,
  contextAt,
  entityWith,
  IDENTITY,
  MINUTE,
  newAuthenticator,
  NOW,
  pendingChallenge,
  SECOND,
  sessionOf,
  SOURCE,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

/** Keeps what MemoryStore keeps, and notes what it was asked. The stores below differ from it in one thing each. */
class NotingStore implements Store {
  readonly asked: string[] = [];
  readonly clocks: number[] = [];
  readonly writes: Write[] = [];
  protected readonly kept = new MemoryStore();

  async load(key: string, now: number): Promise<Loaded> {
    this.asked.push('load');
    this.clocks.push(now);
    return this.kept.load(key);
  }

  async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    this.asked.push('save');
    this.writes.push(write);
    return this.kept.save(key, document, write);
  }

  async remove(key: string, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    this.asked.push('remove');
    return this.kept.remove(key, removal);
  }

  async list(kind: string, cursor: string | null, limit: number): Promise<KeyPage> {
    return this.kept.list(kind, cursor, limit);
  }
}

/** Somebody else writes between a load and the write that follows, so many times. */
class ContestedStore extends NotingStore {
  contests = 0;
  rival: () => Promise<unknown> = () => Promise.resolve();

  override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    await this.#contest();
    return super.save(key, document, write);
  }

  override async remove(key: string, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    await this.#contest();
    return super.remove(key, removal);
  }

  async #contest(): Promise<void> {
    if (this.contests === 0) return;
    const left = this.contests - 1;
    this.contests = 0;
    await this.rival();
    this.contests = left;
  }
}

/** Its verbs do not go on before the gate of that verb opens. */
class GatedStore extends NotingStore {
  gates: Partial<Record<'load' | 'save', Promise<unknown>>> = {};

  override async load(key: string, now: number): Promise<Loaded> {
    this.asked.push('load is asked');
    await this.gates.load;
    return super.load(key, now);
  }

  override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    this.asked.push('save is asked');
    await this.gates.save;
    return super.save(key, document, write);
  }
}

class FailingStore extends NotingStore {
  failing: 'load' | 'save' | 'remove' | null = null;
  readonly failure = new Error('ECONNREFUSED');

  override async load(key: string, now: number): Promise<Loaded> {
    if (this.failing === 'load') throw this.failure;
    return super.load(key, now);
  }

  override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    if (this.failing === 'save') throw this.failure;
    return super.save(key, document, write);
  }

  override async remove(key: string, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    if (this.failing === 'remove') throw this.failure;
    return super.remove(key, removal);
  }
}

/** Writes, and then loses the reply. */
class LostReplyStore extends NotingStore {
  override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    await super.save(key, document, write);
    throw new MfaError('store_unavailable', 'no reply');
  }
}

/** A replica was promoted: it vouches from `since` on. */
class PromotedStore extends NotingStore {
  since = 0;

  override async load(key: string, now: number): Promise<Loaded> {
    return { ...(await super.load(key, now)), since: this.since };
  }
}

/** All that is told where an outcome is not known. */
const FAILURE = { type: 'store.error', identity: IDENTITY, reason: 'store_unavailable', at: NOW };

interface Gate {
  readonly opened: Promise<void>;
  open: () => void;
}

function newGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** After everything that can go on by itself has gone on. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

/** A decision that leaves a mark on the record, and tells which marks it found. */
function mark(name: string): (entity: Entity) => Decision<readonly string[]> {
  return (entity) => {
    const found = marksOn(entity);
    const challenge = pendingChallenge({ metadata: { mark: name } });
    return {
      entity: { ...entity, everVerified: true, challenges: [...entity.challenges, challenge] },
      answer: found,
      events: [event('challenge.created', { reason: name })],
    };
  };
}

function marksOn(entity: Entity | null): readonly string[] {
  return entity?.challenges.map(({ metadata }) => metadata?.['mark'] ?? '') ?? [];
}

async function marksIn(service: AService, identity = IDENTITY): Promise<readonly string[]> {
  return marksOn((await service.transactions.read(identity, HOST)).entity);
}

describe('a use case', () => {
  it('decides on an empty entity where there is none, and writes what was decided', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    expect(await service.transactions.run(IDENTITY, HOST, mark('one'))).toEqual([]);
    expect(await service.transactions.run(IDENTITY, HOST, mark('two'))).toEqual(['one']);
    expect(await marksIn(service)).toEqual(['one', 'two']);
    expect(await marksIn(service, 'user-2')).toEqual([]);
    expect((await service.transactions.read('user-2', HOST)).entity).toBeNull();
  });

  it('writes in place of exactly the version that it read, under a new one', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    for (const name of ['one', 'two', 'three']) await service.transactions.run(IDENTITY, HOST, mark(name));
    const versions = store.writes.map(({ version }) => version);
    expect(store.writes.map(({ replaces }) => replaces)).toEqual([null, versions[0], versions[1]]);
    expect(new Set(versions).size).toBe(3);
    for (const version of versions) expect(version).toMatch(/^[\w-]{22}$/);
  });

  it('reads the time once, however often it must begin again, and hands it to all', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    store.contests = 2;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'));
    const times: number[] = [];
    await service.transactions.run(IDENTITY, HOST, (entity, { now }) => {
      times.push(now);
      service.clock.advance(SECOND);
      return mark('own')(entity);
    });
    expect(times).toEqual([NOW, NOW, NOW]);
    expect(service.emitted.map(({ at }) => at)).toEqual([NOW]);
  });

  it('tells the store the time and the decision since when the store vouches', async () => {
    const store = new PromotedStore();
    const service = serviceOn(store);
    const authenticator = newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    await service.transactions.run(IDENTITY, HOST, (entity) => importFactor(entity, wanted, contextAt(NOW - MINUTE)));
    const code = authenticator.codeAt(NOW);
    const shown = (entity: Entity, context: DecisionContext): ReturnType<typeof createChallenge> =>
      createChallenge(entity, sessionOf(), { proof: codeProof(code) }, context);
    store.since = NOW;
    expect(await service.transactions.run(IDENTITY, HOST, shown)).toMatchObject({ reason: 'code_already_used' });
    store.since = 0;
    expect(await service.transactions.run(IDENTITY, HOST, shown)).toMatchObject({ status: 'approved' });
    expect(new Set(store.clocks)).toEqual(new Set([NOW]));
  });
});

describe('where somebody else wrote meanwhile', () => {
  it('it is decided again, on the new entity, and nothing is lost', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'));
    expect(await service.transactions.run(IDENTITY, HOST, mark('own'))).toEqual(['rival']);
    expect(await marksIn(service)).toEqual(['rival', 'own']);
    expect(service.emitted).toHaveLength(1);
  });

  it('a refusal on the new entity is the answer', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'));
    const once = (entity: Entity): Decision<readonly string[]> => {
      if (entity.challenges.length > 0) throw new MfaError('challenge_ended');
      return mark('own')(entity);
    };
    await expect(service.transactions.run(IDENTITY, HOST, once)).rejects.toMatchObject({ code: 'challenge_ended' });
    expect(await marksIn(service)).toEqual(['rival']);
    expect(service.emitted).toEqual([]);
  });

  it('a removal is decided again too', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    const enrolling = unverifiedFactor(newAuthenticator());
    const begin = (entity: Entity): Decision<null> => ({
      entity: { ...entity, factors: [enrolling] },
      answer: null,
      events: [],
    });
    await service.transactions.run(IDENTITY, HOST, begin);
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'));
    const empty = (entity: Entity): Decision<null> => ({
      entity: { ...entity, factors: [] },
      answer: null,
      events: [],
    });
    await service.transactions.run(IDENTITY, HOST, empty);
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toMatchObject({ everVerified: true, factors: [] });
    expect(await marksIn(service)).toEqual(['rival']);
  });

  it('sixteen times over it is given up: 503, and nothing of it is written or told but the failure', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    let rivals = 0;
    store.contests = Infinity;
    store.rival = () => {
      rivals += 1;
      return serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'));
    };
    await expect(service.transactions.run(IDENTITY, HOST, mark('own'))).rejects.toMatchObject({
      code: 'store_unavailable',
      status: 503,
    });
    expect(rivals).toBe(16);
    expect(await marksIn(service)).not.toContain('own');
    expect(service.emitted).toMatchObject([FAILURE]);
  });

  it('a code is accepted once, even by fifty simultaneous requests of fifty processes', async () => {
    const store = new MemoryStore();
    const authenticator = newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    const first = serviceOn(store);
    await first.transactions.run(IDENTITY, HOST, (entity) => importFactor(entity, wanted, contextAt(NOW - MINUTE)));
    const code = authenticator.codeAt(NOW);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const actor = sessionOf(`login-${index.toString()}`);
        try {
          return (await serviceOn(store).challenges.create(IDENTITY, actor, { code })).outcome.status;
        } catch (error) {
          return error instanceof MfaError ? error.code : String(error);
        }
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(1);
    const others = outcomes.filter((outcome) => outcome !== 'approved');
    expect(others.filter((outcome) => outcome !== 'pending' && outcome !== 'store_unavailable')).toEqual([]);
  });

  it('a burst of guesses never outruns its budget: of fifty at once five are judged', async () => {
    const service = serviceOn();
    const authenticator = newAuthenticator();
    const wanted = { secret: authenticator.secret, config: authenticator.config };
    await service.transactions.run(IDENTITY, HOST, (entity) => importFactor(entity, wanted, contextAt(NOW - MINUTE)));
    const codes = authenticator.wrongCodes(NOW, 50);
    const outcomes = await Promise.all(
      codes.map((code, index) =>
        service.challenges.create(IDENTITY, sessionOf(`login-${index.toString()}`), { code }).then(
          ({ outcome }) => outcome.status,
          (error: unknown) => (error instanceof MfaError ? error.code : String(error)),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'pending')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(45);
  });
});

describe('a login that is over', () => {
  const ending = (entity: Entity): Decision<null> => ({
    entity: { ...noteLogin(entity, 'login-1', { ended: true }, NOW), everVerified: true },
    answer: null,
    events: [],
  });
  const OVER = { code: 'first_factor_required', status: 401 };

  it('decides on nothing, whatever it asks, and writes nothing', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, ending);
    const decide = jest.fn(mark('own'));
    await expect(service.transactions.run(IDENTITY, sessionOf(), decide)).rejects.toMatchObject(OVER);
    expect(decide).not.toHaveBeenCalled();
    expect(store.asked).toEqual(['load', 'save', 'load']);
    expect(service.emitted).toEqual([]);
    await service.transactions.run(IDENTITY, sessionOf('login-2'), mark('another login'));
    await service.transactions.run(IDENTITY, HOST, mark('host'));
    expect(await marksIn(service)).toEqual(['another login', 'host']);
  });

  it('is found on the very record that is changed, though it ended between the load and the write', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, ending);
    await expect(service.transactions.run(IDENTITY, sessionOf(), mark('own'))).rejects.toMatchObject(OVER);
    expect(await marksIn(service)).toEqual([]);
  });

  it('is found where the entity was disabled between the load and the write', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    const disabling = (entity: Entity): Decision<null> => ({
      entity: { ...entity, everVerified: true, disabledAt: NOW + 1 },
      answer: null,
      events: [],
    });
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, disabling);
    await expect(service.transactions.run(IDENTITY, sessionOf(), mark('own'))).rejects.toMatchObject(OVER);
    expect(await marksIn(service)).toEqual([]);
  });
});

describe('before the write is confirmed', () => {
  it('nobody is told anything: no answer, no event', async () => {
    const store = new GatedStore();
    const service = serviceOn(store);
    const gate = newGate();
    store.gates = { save: gate.opened };
    let isAnswered = false;
    const running = service.transactions.run(IDENTITY, HOST, mark('own')).finally(() => {
      isAnswered = true;
    });
    await quiet();
    expect(store.asked).toContain('save is asked');
    expect({ isAnswered, emitted: service.emitted }).toEqual({ isAnswered: false, emitted: [] });
    gate.open();
    await running;
    expect(service.emitted).toMatchObject([{ type: 'challenge.created', identity: IDENTITY, at: NOW }]);
  });

  it('a write whose reply is lost is a failure, though it may have happened', async () => {
    const store = new LostReplyStore();
    const service = serviceOn(store);
    await expect(service.transactions.run(IDENTITY, HOST, mark('own'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(store.asked).toEqual(['load', 'save']);
    expect(service.emitted).toMatchObject([FAILURE]);
    expect(await marksIn(service)).toEqual(['own']);
  });
});

describe('a refusal', () => {
  it('writes nothing', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    const refuse = (): never => {
      throw new MfaError('locked');
    };
    await expect(service.transactions.run(IDENTITY, HOST, refuse)).rejects.toMatchObject({ code: 'locked' });
    expect(store.asked).toEqual(['load']);
  });

  it('and an answer that changes nothing write nothing, but its events go out', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, mark('one'));
    const look = (entity: Entity): Decision<string> => ({
      entity,
      answer: 'seen',
      events: [event('entity.contradicted')],
    });
    expect(await service.transactions.run(IDENTITY, HOST, look)).toBe('seen');
    expect(store.asked).toEqual(['load', 'save', 'load']);
    expect(service.emitted.map(({ type }) => type)).toEqual(['challenge.created', 'entity.contradicted']);
  });
});

describe('a store that fails', () => {
  it.each(['load', 'save', 'remove'] as const)(
    'at %s is 503, with what it said as the cause, and no event but that',
    async (verb) => {
      const store = new FailingStore();
      const service = serviceOn(store);
      const enrolling = unverifiedFactor(newAuthenticator());
      const begin = (entity: Entity): Decision<null> => ({
        entity: { ...entity, factors: [enrolling] },
        answer: null,
        events: [],
      });
      await service.transactions.run(IDENTITY, HOST, begin);
      store.failing = verb;
      const change = (entity: Entity): Decision<null> => ({
        entity: { ...entity, factors: verb === 'remove' ? [] : [enrolling] },
        answer: null,
        events: [event('factor.updated')],
      });
      await expect(service.transactions.run(IDENTITY, HOST, change)).rejects.toMatchObject({
        code: 'store_unavailable',
        cause: store.failure,
      });
      expect(service.emitted).toMatchObject([FAILURE]);
    },
  );

  it('is 503 also for who only looks', async () => {
    const store = new FailingStore();
    store.failing = 'load';
    await expect(serviceOn(store).transactions.read(IDENTITY, HOST)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });

  it('with a record that does not open is 503, never an empty entity', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    const key = service.parts.vault.keyOf(IDENTITY);
    await store.save(key, Buffer.from('rubbish'), { version: 'version', replaces: null });
    await expect(service.transactions.run(IDENTITY, HOST, mark('own'))).rejects.toMatchObject({
      code: 'record_unreadable',
    });
    await expect(service.transactions.read(IDENTITY, HOST)).rejects.toMatchObject({ code: 'record_unreadable' });
  });
});

describe('a failure of ours', () => {
  it.each(['run', 'read'] as const)('of %s is told with its reason and the source of the request', async (verb) => {
    const store = new FailingStore();
    const service = serviceOn(store);
    store.failing = 'load';
    const asked =
      verb === 'run'
        ? service.transactions.run(IDENTITY, sessionOf(), mark('own'))
        : service.transactions.read(IDENTITY, sessionOf());
    await expect(asked).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(service.emitted).toMatchObject([{ ...FAILURE, source: SOURCE }]);
  });

  it('is told as what it is: a record that does not open', async () => {
    const service = serviceOn();
    const { store, vault } = service.parts;
    await store.save(vault.keyOf(IDENTITY), Buffer.from('rubbish'), { version: 'version', replaces: null });
    await expect(service.transactions.read(IDENTITY, HOST)).rejects.toMatchObject({ code: 'record_unreadable' });
    expect(service.emitted).toMatchObject([{ ...FAILURE, reason: 'record_unreadable', source: null }]);
  });

  it('is none where a request is refused, nor where the code of the host throws', async () => {
    const service = serviceOn();
    for (const error of [new MfaError('locked'), new TypeError('no such thing')]) {
      const fail = (): never => {
        throw error;
      };
      await expect(service.transactions.run(IDENTITY, HOST, fail)).rejects.toBe(error);
    }
    expect(service.emitted).toEqual([]);
  });
});

describe('a record that does not open', () => {
  const spoilt = async (): Promise<{ service: AService; store: NotingStore }> => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await store.save(service.parts.vault.keyOf(IDENTITY), Buffer.from('rubbish'), {
      version: 'version',
      replaces: null,
    });
    return { service, store };
  };

  it('is replaced where the caller says so, and by nobody else: in place of exactly what was there', async () => {
    const { service, store } = await spoilt();
    const found = await service.transactions.run(IDENTITY, HOST, mark('own'), { unreadable: 'replaced' });
    expect(found).toEqual([]);
    expect(await marksIn(service)).toEqual(['own']);
    expect(store.writes[1]).toMatchObject({ replaces: 'version' });
  });

  it('is opened again where it does meanwhile: what opens is never replaced', async () => {
    const store = new ContestedStore();
    const service = serviceOn(store);
    await store.save(service.parts.vault.keyOf(IDENTITY), Buffer.from('rubbish'), {
      version: 'version',
      replaces: null,
    });
    store.contests = 1;
    store.rival = () => serviceOn(store).transactions.run(IDENTITY, HOST, mark('rival'), { unreadable: 'replaced' });
    const found = await service.transactions.run(IDENTITY, HOST, mark('own'), { unreadable: 'replaced' });
    expect(found).toEqual(['rival']);
    expect(await marksIn(service)).toEqual(['rival', 'own']);
  });

  it('that does open is decided on as it is, also where it might be replaced', async () => {
    const service = serviceOn();
    await service.transactions.run(IDENTITY, HOST, mark('one'));
    expect(await service.transactions.run(IDENTITY, HOST, mark('two'), { unreadable: 'replaced' })).toEqual(['one']);
  });
});

describe('a store that never answers', () => {
  it('is 503 after 600 ms for all who wait for it, and holds up nobody who comes then', async () => {
    const store = new GatedStore();
    const service = serviceOn(store);
    store.gates = { load: new Promise(() => undefined) };
    const begun = performance.now();
    const waiting = [
      service.transactions.run(IDENTITY, HOST, mark('one')),
      service.transactions.run(IDENTITY, HOST, mark('behind it')),
      service.transactions.read(IDENTITY, HOST),
    ];
    for (const { status, reason } of (await Promise.allSettled(waiting)) as readonly PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toMatchObject({ code: 'store_unavailable', retryAfter: 1 });
    }
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(595);
    expect(waited).toBeLessThan(1200);
    store.gates = {};
    expect(await service.transactions.run(IDENTITY, HOST, mark('three'))).toEqual([]);
    expect(await marksIn(service)).toEqual(['three']);
  });

  it('and answers when it was given up at last, is asked to write nothing more', async () => {
    const store = new GatedStore();
    const service = serviceOn(store);
    const gate = newGate();
    store.gates = { load: gate.opened };
    await expect(service.transactions.run(IDENTITY, HOST, mark('late'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    gate.open();
    await quiet();
    expect(store.asked).toEqual(['load is asked', 'load']);
    expect(service.emitted).toMatchObject([FAILURE]);
  });
});

describe('requests of one process', () => {
  it('for one entity go one after another, in the order in which they came', async () => {
    const store = new GatedStore();
    const service = serviceOn(store);
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map((name) => service.transactions.run(IDENTITY, HOST, mark(name))));
    expect(await marksIn(service)).toEqual(names);
    const eachAlone = ['load is asked', 'load', 'save is asked', 'save'];
    expect(store.asked.slice(0, 16)).toEqual([...eachAlone, ...eachAlone, ...eachAlone, ...eachAlone]);
  });

  it('for different entities do not wait for each other', async () => {
    const store = new GatedStore();
    const service = serviceOn(store);
    const gate = newGate();
    store.gates = { save: gate.opened };
    const held = service.transactions.run(IDENTITY, HOST, mark('held'));
    await quiet();
    store.gates = {};
    expect(await service.transactions.run('user-2', HOST, mark('free'))).toEqual([]);
    gate.open();
    await held;
  });

  it('a refused one does not stop those behind it', async () => {
    const service = serviceOn();
    const refused = service.transactions.run(IDENTITY, HOST, () => {
      throw new MfaError('locked');
    });
    const next = service.transactions.run(IDENTITY, HOST, mark('next'));
    await expect(refused).rejects.toMatchObject({ code: 'locked' });
    expect(await next).toEqual([]);
  });
});

describe('how long a record is kept', () => {
  const becomes = (differing: Partial<Entity>) => (entity: Entity) => ({
    entity: { ...entity, ...differing },
    answer: null,
    events: [],
  });
  const enrolling = unverifiedFactor(newAuthenticator(), { expiresAt: NOW + 10 * MINUTE });
  const verified = verifiedFactor(newAuthenticator());

  it('that never held a verified factor: as long as its enrollment lives', async () => {
    const store = new NotingStore();
    await serviceOn(store).transactions.run(IDENTITY, HOST, becomes({ factors: [enrolling] }));
    expect(store.writes).toMatchObject([{ expiresIn: 10 * MINUTE }]);
  });

  it('is never told as nothing or less, which a store could take for anything', async () => {
    const store = new NotingStore();
    const over = unverifiedFactor(newAuthenticator(), { expiresAt: NOW - SECOND });
    await serviceOn(store).transactions.run(IDENTITY, HOST, becomes({ factors: [over] }));
    expect(store.writes).toMatchObject([{ expiresIn: 1 }]);
  });

  it('that never held one and is empty: it is removed', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, becomes({ factors: [enrolling] }));
    await service.transactions.run(IDENTITY, HOST, becomes({ factors: [] }));
    expect(store.asked).toEqual(['load', 'save', 'load', 'remove']);
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toBeNull();
  });

  it('that is not there and would be empty: nothing is written', async () => {
    const store = new NotingStore();
    await serviceOn(store).transactions.run(IDENTITY, HOST, becomes({ epoch: 'other' }));
    expect(store.asked).toEqual(['load']);
  });

  it('that holds a verified factor: for ever, also where it was not before', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, becomes({ factors: [enrolling] }));
    await service.transactions.run(IDENTITY, HOST, becomes(entityWith([verified])));
    expect(store.writes[1]).not.toHaveProperty('expiresIn');
  });

  it('that was emptied: for ever, with its budget and its epoch', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, becomes(entityWith([verified])));
    await service.transactions.run(IDENTITY, HOST, becomes({ factors: [], epoch: 'next' }));
    expect(store.asked).toEqual(['load', 'save', 'load', 'save']);
    expect(store.writes[1]).not.toHaveProperty('expiresIn');
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toMatchObject({
      epoch: 'next',
      everVerified: true,
    });
  });

  it('an enrollment past its time is gone for every request, without a write of its own', async () => {
    const store = new NotingStore();
    const service = serviceOn(store);
    await service.transactions.run(IDENTITY, HOST, becomes({ everVerified: true, factors: [verified, enrolling] }));
    service.clock.advance(10 * MINUTE);
    const seen = await service.transactions.run(IDENTITY, HOST, (entity) => ({
      entity,
      answer: entity.factors.length,
      events: [],
    }));
    expect(seen).toBe(1);
    expect((await service.transactions.read(IDENTITY, HOST)).entity?.factors).toHaveLength(1);
    expect(store.asked.filter((verb) => verb === 'save')).toHaveLength(1);
  });
});

describe('a queue of its own for each process', () => {
  it('is not what makes one-time use hold: two on one store both keep every write', async () => {
    const store = new MemoryStore();
    const [one, other] = [serviceOn(store), serviceOn(store)];
    const names = Array.from({ length: 6 }, (_, index) => index.toString());
    await Promise.all(
      names.map((name, index) =>
        new Transactions((index % 2 === 0 ? one : other).parts).run(IDENTITY, HOST, mark(name)),
      ),
    );
    expect([...(await marksIn(one))].sort()).toEqual(names);
  });
});
