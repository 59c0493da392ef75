import { HOST, type SessionActor } from '../../../src/domain/actor.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import { MfaError } from '../../../src/errors.js';
import { WatchedStore } from '../../support/watched-store.js';
import { Authenticator } from '../authenticator.js';
import { codeProof, IDENTITY, nth, sessionOf } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const app = new Authenticator(Buffer.from('12345678901234567890'));

interface Enrolled {
  readonly store: WatchedStore;
  readonly service: AService;
  /** A login of the user, in a request of its own. */
  readonly visitor: (request?: object) => SessionActor;
  readonly answer: (actor: SessionActor, code?: string) => Promise<string>;
}

/** An enrolled user, before a code that is not used. */
async function enrolled(): Promise<Enrolled> {
  const store = new WatchedStore();
  const service = serviceOn(store);
  await service.factors.import(IDENTITY, { secret: app.secret.base32() });
  // No code of a moment before the import is accepted.
  service.clock.advance(60_000);
  const answer: Enrolled['answer'] = async (actor, code = app.codeAt(service.clock.now())) => {
    const { status } = await service.transactions.run(IDENTITY, actor, (entity, context) => {
      const decision = createChallenge(entity, actor, { proof: codeProof(code) }, context);
      return { ...decision, answer: decision.answer };
    });
    return status;
  };
  return { store, service, visitor: (request = {}) => ({ ...sessionOf(), request }), answer };
}

describe('a request that looks and then decides', () => {
  it('asks the store twice in all: what it saw is what it decides on', async () => {
    const { store, service, visitor, answer } = await enrolled();
    const actor = visitor();
    const asked = await store.during(async () => {
      await service.transactions.read(IDENTITY, actor);
      expect(await answer(actor)).toBe('approved');
    });
    expect(asked).toEqual(['load', 'save']);
  });

  it('looks again once it has changed something', async () => {
    const { store, service, visitor, answer } = await enrolled();
    const actor = visitor();
    await service.transactions.read(IDENTITY, actor);
    await answer(actor);
    expect(await store.during(() => answer(actor, app.codeAt(service.clock.now() + 30_000)))).toEqual(['load', 'save']);
  });

  it('begins again where somebody wrote meanwhile: a code is accepted once', async () => {
    const { store, service, visitor, answer } = await enrolled();
    const actors = [visitor(), visitor()];
    for (const actor of actors) await service.transactions.read(IDENTITY, actor);
    const asked = await store.during(async () => {
      expect(await answer(nth(actors, 0))).toBe('approved');
      expect(await answer(nth(actors, 1))).toBe('pending');
    });
    expect(asked).toEqual(['save', 'save', 'load', 'save']);
  });

  it('is refused for nothing that is no longer so', async () => {
    const { store, service, visitor } = await enrolled();
    const actor = visitor();
    await service.transactions.read(IDENTITY, actor);
    await service.factors.remove(IDENTITY, HOST, nth((await service.factors.list(IDENTITY, HOST, {})).items, 0).sid);
    const asked = await store.during(async () => {
      const found = service.transactions.run(IDENTITY, actor, (entity) => {
        if (entity.factors.length > 0) throw new MfaError('factor_limit');
        return { entity, answer: 'room', events: [] };
      });
      expect(await found).toBe('room');
    });
    expect(asked).toEqual(['load']);
  });

  it('is not decided a second time where the decision broke', async () => {
    const { service, visitor } = await enrolled();
    const actor = visitor();
    await service.transactions.read(IDENTITY, actor);
    const broken = new Error('no randomness');
    let times = 0;
    const decided = service.transactions.run(IDENTITY, actor, () => {
      times += 1;
      throw broken;
    });
    await expect(decided).rejects.toBe(broken);
    expect(times).toBe(1);
  });

  it('is answered what is so now, where its answer changes nothing', async () => {
    const { service, visitor } = await enrolled();
    const actor = visitor();
    await service.transactions.read(IDENTITY, actor);
    await service.factors.import(IDENTITY, { secret: 'A'.repeat(32) });
    const count = service.transactions.run(IDENTITY, actor, (entity) => {
      return { entity, answer: entity.factors.length, events: [] };
    });
    expect(await count).toBe(2);
  });

  it('shares what it saw with no other request, and with none for another user', async () => {
    const { store, service, visitor, answer } = await enrolled();
    await service.transactions.read(IDENTITY, visitor());
    expect(await store.during(() => answer(visitor()))).toEqual(['load', 'save']);
    const actor = visitor();
    await service.transactions.read('somebody else', actor);
    service.clock.advance(30_000);
    expect(await store.during(() => answer(actor))).toEqual(['load', 'save']);
    await service.transactions.read(IDENTITY, HOST);
    expect(await store.during(() => service.factors.import(IDENTITY, { secret: 'B'.repeat(32) }))).toEqual([
      'load',
      'save',
    ]);
  });

  it('has 600 ms for all of it', async () => {
    const { store, service, visitor, answer } = await enrolled();
    const actor = visitor();
    const begun = performance.now();
    store.before = async (verb) => {
      if (verb !== 'load') return new Promise(() => undefined);
      // The store answers only when half of the time is over.
      while (performance.now() - begun < 300) await new Promise(setImmediate);
    };
    await service.transactions.read(IDENTITY, actor);
    await expect(answer(actor)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(performance.now() - begun).toBeLessThan(900);
    store.before = null;
    expect(await answer(visitor())).toBe('approved');
  });
});
