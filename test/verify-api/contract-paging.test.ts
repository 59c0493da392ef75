/** Section 2, paging: every list in pages, by the URLs that the pages name. */
import { MemoryStore } from '../../src/index.js';
import {
  IDENTITY,
  RIVAL,
  enrolled,
  expectRefusal,
  newChallenge,
  newService,
  pagesFrom,
  verifyApi,
  type VerifyApi,
} from '../support/verify-api.js';

/** A list with five items, and the SIDs of them in their order. */
interface List {
  readonly path: string;
  readonly sids: readonly string[];
}

async function servicesList(api: VerifyApi): Promise<List> {
  const sids: string[] = [];
  for (let i = 0; i < 5; i += 1) sids.push((await newService(api)).slice(13));
  return { path: '/v2/Services', sids };
}

async function factorsList(api: VerifyApi): Promise<List> {
  const path = `${await newService(api)}/Entities/${IDENTITY}/Factors`;
  const sids: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    sids.push((await api.post(path, { FriendlyName: `Phone ${i}`, FactorType: 'totp' })).body.sid);
  }
  return { path, sids };
}

async function challengesList(api: VerifyApi): Promise<List> {
  const phone = await enrolled(api);
  const sids: string[] = [];
  for (let i = 0; i < 5; i += 1) sids.push((await newChallenge(api, phone)).slice(-34));
  return { path: phone.challenges, sids };
}

async function webhooksList(api: VerifyApi): Promise<List> {
  const path = `${await newService(api)}/Webhooks`;
  const sids: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    const form = { FriendlyName: `Hook ${i}`, EventTypes: '*', WebhookUrl: 'https://hooks.example.com/' };
    sids.push((await api.post(path, form)).body.sid);
  }
  return { path, sids };
}

async function entitiesList(api: VerifyApi): Promise<List> {
  const path = `${await newService(api)}/Entities`;
  const sids: string[] = [];
  for (let i = 0; i < 5; i += 1) sids.push((await api.post(path, { Identity: `user-000${i}` })).body.sid);
  return { path, sids };
}

const ORDERED = {
  services: servicesList,
  factors: factorsList,
  challenges: challengesList,
  webhooks: webhooksList,
} as const;
const ALL = { ...ORDERED, entities: entitiesList } as const;

const sidsOf = (items: readonly { readonly sid: string }[]): readonly string[] => items.map(({ sid }) => sid);

describe.each(Object.entries(ORDERED))('the list of %s', (key, make) => {
  it('goes forward and back through all of it, each item once, in the order of creation', async () => {
    const api = await verifyApi();
    const { path, sids } = await make(api);
    const pages = await pagesFrom(api, `${path}?PageSize=2`);
    expect(pages.map((page) => sidsOf(page[key]))).toEqual([sids.slice(0, 2), sids.slice(2, 4), sids.slice(4)]);
    expect(pages.map(({ meta }) => [meta.page, meta.page_size, meta.key])).toEqual([
      [0, 2, key],
      [1, 2, key],
      [2, 2, key],
    ]);
    const [first, second, third] = pages.map(({ meta }) => meta);
    const follow = async (url: string): Promise<readonly string[]> =>
      sidsOf((await api.get(url.replace(api.base, ''))).body[key]);
    expect([first.previous_page_url, third.next_page_url]).toEqual([null, null]);
    expect(await follow(third.previous_page_url)).toEqual(sids.slice(2, 4));
    expect(await follow(second.previous_page_url)).toEqual(sids.slice(0, 2));
    for (const { first_page_url: url } of [first, second, third]) {
      expect(url).toBe(`${api.base}${path}?PageSize=2&Page=0`);
      expect(await follow(url)).toEqual(sids.slice(0, 2));
    }
    expect(await follow(second.url)).toEqual(sids.slice(2, 4));
  });
});

it('the list of entities goes forward by tokens through all of it, each once, and back nowhere', async () => {
  const api = await verifyApi();
  const { path, sids } = await entitiesList(api);
  const pages = await pagesFrom(api, `${path}?PageSize=2`);
  expect([...sidsOf(pages.flatMap(({ entities }) => entities))].sort()).toEqual([...sids].sort());
  for (const { meta, entities } of pages) {
    expect(meta.previous_page_url).toBeNull();
    expect(entities.length).toBeLessThanOrEqual(2);
    if (meta.next_page_url !== null) expect(new URL(meta.next_page_url).searchParams.get('PageToken')).toMatch(/./);
  }
  expect(pages.map(({ meta }) => meta.page)).toEqual(pages.map((_, index) => index));
});

describe.each(Object.entries(ALL))('the size of a page of %s', (key, make) => {
  it('is 50, or what was asked for within 1 and 1000, and nothing is a redirect', async () => {
    const api = await verifyApi();
    const { path, sids } = await make(api);
    for (const [asked, size] of [
      ['', 50],
      ['?PageSize=', 50],
      ['?PageSize=5000', 1000],
      ['?PageSize=1000', 1000],
      ['?PageSize=5', 5],
      ['?PageSize=1', 1],
      ['?PageSize=0', 1],
    ] as const) {
      const { status, body } = await api.get(path + asked);
      expect([status, body.meta.page_size, body[key].length]).toEqual([200, size, Math.min(size, sids.length)]);
      if (size >= sids.length) expect(body.meta.next_page_url).toBeNull();
    }
  });

  it('and the page are numbers, and a token is one of ours', async () => {
    const api = await verifyApi();
    const { path } = await make(api);
    for (const query of ['PageSize=x', 'PageSize=1.5', 'Page=-1', 'Page=x', 'PageToken=x', 'Page=1&PageToken=PTnone']) {
      // Section 5.1 names 60306 for these; of services, section 0 says, it is 60200.
      expectRefusal(await api.get(`${path}?${query}`), 400, key === 'services' ? 60200 : 60306);
    }
  });
});

describe('a page token', () => {
  it('of another service, another entity or another list is none', async () => {
    const api = await verifyApi();
    const lists = [
      await entitiesList(api),
      await entitiesList(api),
      await factorsList(api),
      await factorsList(api),
      await webhooksList(api),
      await challengesList(api),
    ];
    for (const { path } of lists) {
      const { next_page_url: url } = (await api.get(`${path}?PageSize=2`)).body.meta;
      const { search, searchParams } = new URL(url);
      // A list that pages by number alone has nothing to carry elsewhere.
      if (!searchParams.has('PageToken')) continue;
      for (const other of lists) {
        if (other.path === path) continue;
        expectRefusal(await api.get(other.path + search), 400, 60306);
      }
    }
  });

  it('tells nothing: no identity, no SID and no key of the store can be read in it', async () => {
    const api = await verifyApi();
    const { path, sids } = await entitiesList(api);
    const { next_page_url: url } = (await api.get(`${path}?PageSize=2`)).body.meta;
    const token = new URL(url).searchParams.get('PageToken') ?? '';
    const read = `${token} ${Buffer.from(token, 'base64url').toString('latin1')} ${Buffer.from(token, 'hex').toString('latin1')}`;
    for (const secret of ['user-000', ...sids, path.slice(13, 47)]) expect(read).not.toContain(secret);
  });

  it.each(['services', 'webhooks', 'entities'] as const)(
    'of %s does not age: another process of the app goes on with it a year later',
    async (key) => {
      const store = new MemoryStore();
      const before = await verifyApi({ store });
      const { path, sids } = await ALL[key](before);
      const { body: first } = await before.get(`${path}?PageSize=2`);
      const after = await verifyApi({ store });
      after.clock.advance(365 * 24 * 60 * 60_000);
      const pages = await pagesFrom(after, String(first.meta.next_page_url).replace(before.base, ''));
      const found = [first, ...pages].flatMap((page) => sidsOf(page[key]));
      expect(found.toSorted()).toEqual([...sids].sort());
    },
  );

  it('that was changed by one character is none', async () => {
    const api = await verifyApi();
    const { path } = await entitiesList(api);
    const url = new URL((await api.get(`${path}?PageSize=2`)).body.meta.next_page_url);
    const token = url.searchParams.get('PageToken') ?? '';
    const middle = Math.floor(token.length / 2);
    const other = token[middle] === 'A' ? 'B' : 'A';
    url.searchParams.set('PageToken', token.slice(0, middle) + other + token.slice(middle + 1));
    expectRefusal(await api.get(path + url.search), 400, 60306);
  });
});

it('pages keep the filters and the order that were asked for', async () => {
  const api = await verifyApi();
  const phone = await enrolled(api);
  const other = await enrolled(api, { service: phone.service });
  const wanted: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    wanted.unshift((await newChallenge(api, phone)).slice(-34));
    await newChallenge(api, other);
  }
  const path = `${phone.challenges}?FactorSid=${phone.sid}&Status=pending&Order=desc&PageSize=1`;
  const pages = await pagesFrom(api, path);
  expect(pages.map(({ challenges }) => challenges[0].sid)).toEqual(wanted);
  for (const { meta } of pages) {
    const query = new URL(meta.url).searchParams;
    expect([query.get('FactorSid'), query.get('Status'), query.get('Order')]).toEqual([phone.sid, 'pending', 'desc']);
  }
});

it('services that are made and removed between two pages neither hide nor repeat another', async () => {
  const api = await verifyApi();
  const { path, sids } = await servicesList(api);
  const { next_page_url: url } = (await api.get(`${path}?PageSize=2`)).body.meta;
  await api.delete(`${path}/${sids[0]}`);
  await newService(api);
  const { body } = await api.get(String(url).replace(api.base, ''));
  expect(sidsOf(body.services)).toEqual(sids.slice(2, 4));
});

it('lists that are empty are pages all the same', async () => {
  const api = await verifyApi();
  expect((await api.get('/v2/Services', RIVAL)).body).toMatchObject({ services: [], meta: { next_page_url: null } });
  const service = await newService(api);
  for (const key of ['Entities', 'Webhooks']) {
    const { status, body } = await api.get(`${service}/${key}`);
    expect([status, body[key.toLowerCase()], body.meta.key]).toEqual([200, [], key.toLowerCase()]);
  }
  await api.post(`${service}/Entities`, { Identity: IDENTITY });
  for (const key of ['Factors', 'Challenges']) {
    const { status, body } = await api.get(`${service}/Entities/${IDENTITY}/${key}`);
    expect([status, body[key.toLowerCase()], body.meta.key]).toEqual([200, [], key.toLowerCase()]);
  }
});
