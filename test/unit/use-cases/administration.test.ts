import { HOST } from '../../../src/domain/actor.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Write } from '../../../src/store/store.js';
import type { EntityView } from '../../../src/use-cases/administration.js';
import { Authenticator } from '../authenticator.js';
import { IDENTITY, MINUTE, NOW, nth, sessionOf, SECOND } from '../entity-builders.js';
import { serviceOn, type AService } from './a-service.js';

const OLD = Buffer.alloc(32, 'old key');
const NEW = Buffer.alloc(32, 'new key');

const appOf = (identity: string): Authenticator => new Authenticator(Buffer.from(identity.padEnd(20, '.')));

const importFor = async (service: AService, ...identities: readonly string[]): Promise<void> => {
  for (const identity of identities)
    await service.factors.import(identity, { secret: appOf(identity).secret.base32() });
};

/** Puts something into the store that is no record of this user's. */
async function spoil({ parts }: AService, identity: string): Promise<string> {
  const key = parts.vault.keyOf(identity);
  const { found } = await parts.store.load(key, NOW);
  await parts.store.save(key, Buffer.from('rubbish'), { version: 'rubbish', replaces: found?.version ?? null });
  return key;
}

const standingOf = async (service: AService, enrolled: boolean): Promise<string> =>
  (await service.standings.of({ actor: sessionOf(), policy: 'required', enrolled })).state;

/** Every page, one after another. */
async function pagesOf<Page extends { readonly cursor: string | null }>(
  ask: (cursor: string | null) => Promise<Page>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await ask(cursor);
    pages.push(page);
    ({ cursor } = page);
  } while (cursor !== null);
  return pages;
}

describe('the list of entities', () => {
  it('shows of each what an administrator needs, and no secret', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    const view: EntityView = {
      identity: IDENTITY,
      verifiedFactors: 1,
      recoveryCodesLeft: 0,
      lockedUntil: null,
      disabled: false,
    };
    expect(await service.administration.list()).toEqual({ entities: [view], unreadable: [], cursor: null });
    const { id, codes } = await service.recoveryCodes.create(IDENTITY, HOST);
    await service.recoveryCodes.confirm(IDENTITY, HOST, id, nth(codes, 0));
    await service.factors.create(IDENTITY, HOST, {});
    service.clock.advance(MINUTE);
    for (const code of appOf(IDENTITY).wrongCodes(NOW, 5)) await service.challenges.create(IDENTITY, HOST, { code });
    const lockedUntil = new Date(NOW + MINUTE + 30 * SECOND);
    expect((await service.administration.list()).entities).toEqual([{ ...view, recoveryCodesLeft: 10, lockedUntil }]);
    service.clock.advance(30 * SECOND);
    expect((await service.administration.list()).entities).toMatchObject([{ lockedUntil: null }]);
  });

  it('comes in pages, and has everybody once', async () => {
    const service = serviceOn();
    const identities = Array.from({ length: 7 }, (_, index) => `user-${index.toString()}`);
    await importFor(service, ...identities);
    const pages = await pagesOf((cursor) => service.administration.list({ cursor, limit: 3 }));
    expect(pages.map(({ entities }) => entities.length)).toEqual([3, 3, 1]);
    expect(pages.flatMap(({ entities }) => entities.map(({ identity }) => identity)).sort()).toEqual(identities);
  });

  it('names records that do not open by what the store calls them, and shows the others', async () => {
    const service = serviceOn();
    await importFor(service, 'user-1', 'user-2');
    const key = await spoil(service, 'user-2');
    const { entities, unreadable } = await service.administration.list();
    expect(entities.map(({ identity }) => identity)).toEqual(['user-1']);
    expect(unreadable).toEqual([key]);
  });

  it('leaves out who is gone between the list of the store and the look at the record', async () => {
    class ForgetfulStore extends MemoryStore {
      forgotten: string | null = null;
      override async load(key: string): ReturnType<MemoryStore['load']> {
        return key === this.forgotten ? { found: null, since: 0 } : super.load(key);
      }
    }
    const store = new ForgetfulStore();
    const service = serviceOn(store);
    await importFor(service, 'user-1', 'user-2');
    store.forgotten = service.parts.vault.keyOf('user-2');
    const { entities, unreadable } = await service.administration.list();
    expect(entities.map(({ identity }) => identity)).toEqual(['user-1']);
    expect(unreadable).toEqual([]);
  });

  it('is of one service alone', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    const other = serviceOn(service.parts.store, { settings: { ...service.parts.settings, service: 'staging' } });
    expect((await other.administration.list()).entities).toEqual([]);
  });

  it.each([0, -1, 1.5, NaN, 1001])('in pages of %p is refused', async (limit) => {
    await expect(serviceOn().administration.list({ limit })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(serviceOn().administration.rekey({ limit })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('of a cursor that is none is refused as the store refuses it', async () => {
    const listed = serviceOn().administration.list({ cursor: 'no cursor' });
    await expect(listed).rejects.toMatchObject({ code: 'invalid_request' });
    const odd = {} as string;
    await expect(serviceOn().administration.list({ cursor: odd })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('sealing with the first key', () => {
  /** Seven users whose records the old key has sealed, and two processes that know both keys. */
  async function rotated(): Promise<{ store: MemoryStore; service: AService; identities: readonly string[] }> {
    const store = new MemoryStore();
    const identities = Array.from({ length: 7 }, (_, index) => `user-${index.toString()}`);
    await importFor(serviceOn(store, { keys: [OLD] }), ...identities);
    return { store, service: serviceOn(store, { keys: [NEW, OLD] }), identities };
  }

  it('goes page by page, and then the old key can go', async () => {
    const { store, service, identities } = await rotated();
    const pages = await pagesOf((cursor) => service.administration.rekey({ cursor, limit: 3 }));
    expect(pages.map(({ rekeyed, current }) => [rekeyed, current])).toEqual([
      [3, 0],
      [3, 0],
      [1, 0],
    ]);
    const { entities, unreadable } = await serviceOn(store, { keys: [NEW] }).administration.list();
    expect(entities.map(({ identity }) => identity).sort()).toEqual(identities);
    expect(unreadable).toEqual([]);
  });

  it('may break off and begin again, anywhere: what is done is done', async () => {
    const { service } = await rotated();
    const first = await service.administration.rekey({ limit: 3 });
    expect(first).toMatchObject({ rekeyed: 3, current: 0 });
    expect(await service.administration.rekey({ cursor: first.cursor })).toMatchObject({ rekeyed: 4, current: 0 });
    expect(await service.administration.rekey()).toEqual({ rekeyed: 0, current: 7, unreadable: [], cursor: null });
  });

  it('changes nothing in a record, and tells nobody', async () => {
    const { service } = await rotated();
    const before = await service.transactions.read('user-1', HOST);
    await service.administration.rekey();
    const after = await service.transactions.read('user-1', HOST);
    expect(JSON.stringify(after.entity)).toBe(JSON.stringify(before.entity));
    expect(service.emitted).toEqual([]);
  });

  it('names what does not open, and goes on with the others', async () => {
    const { service } = await rotated();
    const key = await spoil(service, 'user-3');
    expect(await service.administration.rekey()).toEqual({ rekeyed: 6, current: 0, unreadable: [key], cursor: null });
  });

  it('loses no write that comes between', async () => {
    class RivalledStore extends MemoryStore {
      rival: (() => Promise<unknown>) | null = null;
      override async save(key: string, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
        const { rival } = this;
        this.rival = null;
        await rival?.();
        return super.save(key, document, write);
      }
    }
    const store = new RivalledStore();
    await importFor(serviceOn(store, { keys: [OLD] }), IDENTITY);
    const [service, rival] = [serviceOn(store, { keys: [NEW, OLD] }), serviceOn(store, { keys: [OLD] })];
    store.rival = () => rival.factors.import(IDENTITY, { secret: appOf('second').secret.base32() });
    await service.administration.rekey();
    expect((await service.administration.list()).entities).toMatchObject([{ verifiedFactors: 2 }]);
    expect(await service.administration.rekey()).toMatchObject({ rekeyed: 0, current: 1 });
  });
});

describe('an administrator’s unlock', () => {
  it('opens the budget, and the factors stay', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    service.clock.advance(MINUTE);
    const app = appOf(IDENTITY);
    for (const code of app.wrongCodes(NOW, 5)) await service.challenges.create(IDENTITY, HOST, { code });
    const code = app.codeAt(NOW + MINUTE);
    await expect(service.challenges.create(IDENTITY, HOST, { code })).rejects.toMatchObject({ code: 'locked' });
    await service.administration.unlock({ identity: IDENTITY });
    expect((await service.challenges.create(IDENTITY, HOST, { code })).outcome.status).toBe('approved');
    expect(service.emitted).toContainEqual(
      expect.objectContaining({ type: 'entity.unlocked', reason: 'administrator' }),
    );
  });

  it('of a record that does not open is refused: only a reset replaces it', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    await spoil(service, IDENTITY);
    await expect(service.administration.unlock({ identity: IDENTITY })).rejects.toMatchObject({
      code: 'record_unreadable',
    });
  });
});

describe('an administrator’s reset', () => {
  it('leaves a user without a second factor, for whom the policy decides', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    await service.administration.reset({ identity: IDENTITY });
    expect((await service.transactions.read(IDENTITY, HOST)).entity).toMatchObject({ factors: [], everVerified: true });
    expect(await standingOf(service, true)).toBe('enrollment_required');
    expect(service.emitted.at(-1)).toMatchObject({ type: 'entity.reset', identity: IDENTITY, source: null });
  });

  it('of a record that is lost makes an emptied one', async () => {
    const service = serviceOn();
    await expect(standingOf(service, true)).rejects.toMatchObject({ code: 'record_missing' });
    await service.administration.reset({ identity: IDENTITY });
    expect(await standingOf(service, true)).toBe('enrollment_required');
  });

  it('of a record that does not open replaces it', async () => {
    const service = serviceOn();
    await importFor(service, IDENTITY);
    await spoil(service, IDENTITY);
    await expect(standingOf(service, true)).rejects.toMatchObject({ code: 'record_unreadable' });
    await service.administration.reset({ identity: IDENTITY });
    expect(await standingOf(service, true)).toBe('enrollment_required');
    expect((await service.administration.list()).unreadable).toEqual([]);
  });

  it.each<unknown>(['', null, undefined, {}, 1.5])('or unlock of %p is refused', async (identity) => {
    const { administration } = serviceOn();
    // As a caller without types may.
    const of = { identity: identity as string };
    await expect(administration.reset(of)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(administration.unlock(of)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
