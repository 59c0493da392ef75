import { MemoryStore } from '../../../src/store/memory.js';
import { Documents } from '../../../src/use-cases/documents.js';
import { accountName } from '../../../src/vault/names.js';
import { INDEX_DOCUMENT, SERVICE_DOCUMENT } from '../../../src/vault/service-codec.js';
import { WatchedStore } from '../../support/watched-store.js';
import { ACCOUNT, CONFIG, houseOn } from './a-room.js';

const OTHER = `AC${'2'.repeat(32)}`;
const WEBHOOK = {
  friendlyName: 'Audit',
  eventTypes: ['*'],
  url: 'https://example.com/',
  status: 'enabled',
  version: 'v2',
} as const;
const MISSING = { code: 'not_found' };
const name = accountName('default', ACCOUNT);

describe('the services of an account', () => {
  it('are made, found, changed and removed, in the order of their creation', async () => {
    const { services, clock } = houseOn();
    const [first, second] = [await services.create(ACCOUNT, CONFIG), await services.create(ACCOUNT, CONFIG)];
    expect(await services.fetch(ACCOUNT, first.sid)).toEqual(first);
    clock.advance(1000);
    const changed = await services.update(ACCOUNT, first.sid, (before) => ({ ...before, friendlyName: 'New' }));
    expect(changed).toEqual({
      ...first,
      friendlyName: 'New',
      revision: expect.not.stringMatching(first.revision),
      updatedAt: first.createdAt + 1000,
    });
    await services.remove(ACCOUNT, first.sid);
    const third = await services.create(ACCOUNT, CONFIG);
    expect(await services.list(ACCOUNT)).toEqual([
      { number: 2, sid: second.sid },
      { number: 3, sid: third.sid },
    ]);
    await expect(services.fetch(ACCOUNT, first.sid)).rejects.toMatchObject(MISSING);
  });

  it('are nobody else’s, and what is malformed is not there', async () => {
    const { services } = houseOn();
    const { sid } = await services.create(ACCOUNT, CONFIG);
    expect(await services.list(OTHER)).toEqual([]);
    for (const attempt of [
      () => services.fetch(OTHER, sid),
      () => services.fetch(ACCOUNT, 'nonsense'),
      () => services.remove(OTHER, sid),
      () => services.update(OTHER, sid, (before) => before),
      () => services.createWebhook(ACCOUNT, 'nonsense', WEBHOOK),
    ]) {
      await expect(attempt()).rejects.toMatchObject(MISSING);
    }
  });

  it('are at most a thousand, also where two are made at once, of which the other leaves nothing behind', async () => {
    const store = new WatchedStore();
    const { services, parts } = houseOn(store);
    const most = Array.from({ length: 999 }, (_, index) => ({ number: index, sid: `VA${'0'.repeat(32)}` }));
    const value = { made: 999, services: most };
    await new Documents(parts, INDEX_DOCUMENT).change(`services:${name}:index`, () => ({ value, answer: null }));
    let waiting = 0;
    let go: () => void = () => undefined;
    const bothHaveLooked = new Promise<void>((resolve) => (go = resolve));
    store.before = async (verb) => {
      if (verb !== 'save') return;
      if ((waiting += 1) === 2) go();
      await bothHaveLooked;
    };
    const made = await Promise.allSettled([services.create(ACCOUNT, CONFIG), services.create(ACCOUNT, CONFIG)]);
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(services.create(ACCOUNT, CONFIG)).rejects.toMatchObject({ code: 'document_full' });
    expect(await services.list(ACCOUNT)).toHaveLength(1000);
    expect((await store.list(`service:${name}`, null, 10)).keys).toHaveLength(1);
  });

  it('have webhooks, also the app’s own, which is kept for them and not listed', async () => {
    const { services } = houseOn();
    const made = await services.create(OTHER, CONFIG);
    const own = { ...made, accountSid: ACCOUNT };
    await services.keep(own);
    await services.keep({ ...own, friendlyName: 'Another' });
    const webhook = await services.createWebhook(ACCOUNT, own.sid, WEBHOOK);
    const disabled = { ...webhook, status: 'disabled' };
    expect(await services.updateWebhook(ACCOUNT, own.sid, webhook.sid, { status: 'disabled' })).toEqual(disabled);
    expect(await services.look(ACCOUNT, own.sid)).toMatchObject({ friendlyName: 'Acme', webhooks: [disabled] });
    await services.removeWebhook(ACCOUNT, own.sid, webhook.sid);
    expect(await services.list(ACCOUNT)).toEqual([]);
    await services.remove(ACCOUNT, own.sid);
    expect(await services.look(ACCOUNT, own.sid)).toBeNull();
  });

  it('are sealed anew with the first key, once', async () => {
    const store = new MemoryStore();
    const [old, next] = [Buffer.alloc(32, 'old'), Buffer.alloc(32, 'next')];
    const before = houseOn(store, [old]);
    const [kept, lost] = [await before.services.create(ACCOUNT, CONFIG), await before.services.create(ACCOUNT, CONFIG)];
    const documents = new Documents(before.parts, SERVICE_DOCUMENT);
    await documents.change(`service:${name}:${lost.sid}`, () => ({ value: null, answer: null }));
    const own = { ...kept, sid: `VA${'0'.repeat(32)}` };
    await before.services.keep(own);
    const { services } = houseOn(store, [next, old]);
    expect(await services.rekey(ACCOUNT, [own.sid])).toEqual({ services: [kept], rekeyed: 3 });
    expect(await services.rekey(ACCOUNT)).toEqual({ services: [kept], rekeyed: 0 });
    const after = houseOn(store, [next]);
    expect(await after.services.fetch(ACCOUNT, kept.sid)).toEqual(kept);
    expect(await after.services.look(ACCOUNT, own.sid)).toEqual(own);
  });
});

describe('a document', () => {
  const codec = {
    form: { kind: 'count', schema: 1, mostBytes: 100 },
    encode: (value: number) => value,
    decode: Number,
  };
  const more = (value: number | null): { value: number; answer: null } => ({ value: (value ?? 0) + 1, answer: null });
  const none = (): { value: null; answer: null } => ({ value: null, answer: null });

  it('loses no change of many at once, and no removal', async () => {
    const store = new WatchedStore();
    const documents = new Documents(houseOn(store).parts, codec);
    await documents.change('count:1', none);
    await Promise.all(Array.from({ length: 5 }, () => documents.change('count:1', more)));
    expect(await documents.read('count:1')).toBe(5);
    expect(await store.during(() => documents.change('count:1', () => ({ value: 5, answer: null })))).toEqual(['load']);
    let isFirst = true;
    store.before = async (verb) => {
      if (verb !== 'remove' || !isFirst) return;
      isFirst = false;
      await documents.change('count:1', more);
    };
    await documents.change('count:1', none);
    expect(await documents.read('count:1')).toBeNull();
  });

  it('is not written by a change that came too late', async () => {
    const store = new WatchedStore();
    const documents = new Documents(houseOn(store).parts, codec);
    store.before = () => new Promise((resolve) => setTimeout(resolve, 700));
    await expect(documents.change('count:1', more)).rejects.toMatchObject({ code: 'store_unavailable' });
    store.before = null;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await documents.read('count:1')).toBeNull();
  });
});
