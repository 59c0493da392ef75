import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';

type Agent = ReturnType<typeof agentOf>;

const SECRETS = ['A', 'B', 'C'].map((letter) => letter.repeat(32));

async function satisfied(made = hostApp()): Promise<HostApp & { readonly agent: Agent; readonly sid: string }> {
  const factor = await enroll(made, 'ann');
  return { ...made, agent: await logInFully(made, 'ann', factor), sid: factor.sid };
}

interface Member {
  readonly sid: string;
  readonly status: string;
  readonly date_created: string;
}

/** Every page from `url` on, by the links of each. */
async function walk(agent: Agent, url: string): Promise<{ key: string; metas: Meta[]; pages: Member[][] }> {
  const metas: Meta[] = [];
  const pages: Member[][] = [];
  let key = '';
  for (let next: string | null = url; next !== null; next = metas.at(-1)?.next_page_url ?? null) {
    const { status, body } = await agent.get(next);
    expect([status, Object.keys(body)]).toEqual([200, [body.meta.key, 'meta']]);
    key = body.meta.key;
    metas.push(body.meta);
    pages.push(body[key]);
  }
  return { key, metas, pages };
}

interface Meta {
  readonly page: number;
  readonly page_size: number;
  readonly first_page_url: string;
  readonly previous_page_url: string | null;
  readonly url: string;
  readonly next_page_url: string | null;
  readonly key: string;
}

const META_KEYS = ['page', 'page_size', 'first_page_url', 'previous_page_url', 'url', 'next_page_url', 'key'];

describe('GET /factors', () => {
  it('pages through every factor by the links in meta, each of which leads to the page that it names', async () => {
    const made = hostApp();
    for (const secret of SECRETS) await made.mfa.factors.import({ identity: 'ann', secret });
    const owner = await satisfied(made);
    const { key, metas, pages } = await walk(owner.agent, '/mfa/factors?page_size=3');
    expect(key).toBe('factors');
    expect(pages.map(({ length }) => length)).toEqual([3, 1]);
    expect(new Set(pages.flat().map(({ sid }) => sid)).size).toBe(4);
    expect(metas.map((meta) => Object.keys(meta))).toEqual([META_KEYS, META_KEYS]);
    expect(metas.map(({ page, page_size: size, previous_page_url: previous }) => [page, size, previous])).toEqual([
      [0, 3, null],
      [1, 3, metas[0]?.url],
    ]);
    for (const { first_page_url: first, url } of metas) {
      expect((await owner.agent.get(first)).body.factors).toEqual(pages[0]);
      expect((await owner.agent.get(url)).body.meta.url).toBe(url);
    }
  });

  it('has fifty to a page where nothing is said, and an empty page after the last', async () => {
    const { agent } = await satisfied();
    expect((await agent.get('/mfa/factors')).body.meta).toMatchObject({
      page: 0,
      page_size: 50,
      previous_page_url: null,
      next_page_url: null,
    });
    const beyond = await agent.get('/mfa/factors?page=7');
    expect([beyond.status, beyond.body.factors, beyond.body.meta.next_page_url]).toEqual([200, [], null]);
  });
});

describe('GET /challenges', () => {
  /** Five pending ones of the host, a second apart, besides the approved one of the login. */
  async function withChallenges(): Promise<Awaited<ReturnType<typeof satisfied>>> {
    const made = await satisfied();
    for (let i = 0; i < 5; i += 1) {
      await made.mfa.challenges.create({ identity: 'ann' });
      made.clock.advance(1_000);
    }
    return made;
  }

  it('lists oldest first, or with order=desc newest first', async () => {
    const { agent } = await withChallenges();
    const oldest: readonly Member[] = (await agent.get('/mfa/challenges')).body.challenges;
    const dates = oldest.map(({ date_created: date }) => date);
    expect(dates).toHaveLength(6);
    expect(dates).toEqual([...dates].sort());
    expect((await agent.get('/mfa/challenges?order=asc')).body.challenges).toEqual(oldest);
    expect((await agent.get('/mfa/challenges?order=desc')).body.challenges).toEqual([...oldest].reverse());
  });

  it.each([
    ['status=approved', 1],
    ['status=pending', 5],
    ['status=denied', 0],
    ['status=expired', 0],
  ])('?%s gives only those', async (filter, count) => {
    const { agent } = await withChallenges();
    const challenges: readonly Member[] = (await agent.get(`/mfa/challenges?${filter}`)).body.challenges;
    expect(challenges.map(({ status }) => `status=${status}`)).toEqual(Array<string>(count).fill(filter));
  });

  it('?factor_sid gives only those of that factor', async () => {
    const { agent, sid } = await withChallenges();
    expect((await agent.get(`/mfa/challenges?factor_sid=${sid}`)).body.challenges).toHaveLength(6);
    expect((await agent.get(`/mfa/challenges?factor_sid=YF${'0'.repeat(32)}`)).body.challenges).toEqual([]);
  });

  it('the links of meta keep the filters and the order', async () => {
    const { agent, sid } = await withChallenges();
    const query = `status=pending&order=desc&factor_sid=${sid}`;
    const all = (await agent.get(`/mfa/challenges?${query}`)).body.challenges;
    const { key, metas, pages } = await walk(agent, `/mfa/challenges?${query}&page_size=2`);
    expect(key).toBe('challenges');
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(all);
    const back = await agent.get(metas[2]?.previous_page_url ?? '');
    expect(back.body.challenges).toEqual(pages[1]);
  });

  it('has no challenge of another user', async () => {
    const made = await satisfied();
    await enroll(made, 'bob');
    const { challenge } = await made.mfa.challenges.create({ identity: 'bob' });
    const { text } = await made.agent.get('/mfa/challenges');
    expect(text).not.toContain(challenge.sid);
  });
});

describe('the query of a list', () => {
  it.each([
    'page=-1',
    'page=1.5',
    'page=1e3',
    'page=',
    'page=0&page=1',
    'page_size=0',
    'page_size=1001',
    'page_size=ten',
    'page_size=99999999999999999999',
  ])('?%s is refused: 400', async (query) => {
    const { agent } = await satisfied();
    for (const list of ['factors', 'challenges']) {
      const { status, body } = await agent.get(`/mfa/${list}?${query}`);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    }
  });

  it.each(['status=PENDING', 'status=', 'status=pending&status=denied', 'order=up', 'factor_sid=a&factor_sid=b'])(
    '?%s of challenges is refused: 400',
    async (query) => {
      const { agent } = await satisfied();
      const { status, body } = await agent.get(`/mfa/challenges?${query}`);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    },
  );

  it('knows no identity: another user’s factors are not to be had by asking', async () => {
    const { agent, sid, ...made } = await satisfied();
    await enroll(made, 'bob');
    const { body } = await agent.get('/mfa/factors?identity=bob');
    expect(body.factors).toEqual([expect.objectContaining({ sid, identity: 'ann' })]);
  });
});

describe('before the second factor', () => {
  it('a session sees of its factors the sid, the type and the name, and of challenges nothing', async () => {
    const made = hostApp();
    const { sid } = await enroll(made, 'ann');
    await made.mfa.challenges.create({ identity: 'ann' });
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const { status, body } = await agent.get('/mfa');
    expect(status).toBe(200);
    expect(body).toEqual({
      state: 'challenge_required',
      methods: ['totp'],
      challenge_url: '/mfa/challenges',
      enroll_url: null,
      amr: [],
      auth_time: null,
      factors: [{ sid, factor_type: 'totp', friendly_name: 'Authenticator' }],
      recovery_codes_left: null,
    });
    const closed = [
      await agent.get('/mfa/factors'),
      await agent.get('/mfa/challenges'),
      await agent.get(`/mfa/factors/${sid}`),
    ];
    expect(closed.map(verdictOf)).toEqual(Array(3).fill([401, 'step_up_required']));
    expect(closed.map(({ text }) => text).join()).not.toContain(sid);
  });

  it('GET / says where each session stands, and after the second factor since when', async () => {
    const made = hostApp({ options: { policy: ({ id }) => (id === 'mia' ? 'required' : 'optional') } });
    const owner = await satisfied(made);
    expect((await owner.agent.get('/mfa')).body).toMatchObject({
      state: 'satisfied',
      methods: [],
      challenge_url: null,
      enroll_url: null,
      amr: ['otp', 'mfa'],
      auth_time: '2026-11-20T12:00:35Z',
    });
    const [mia, noah] = [agentOf(made.app), agentOf(made.app)];
    await logIn(mia, 'mia');
    await logIn(noah, 'noah');
    expect((await mia.get('/mfa')).body).toMatchObject({ state: 'enrollment_required', enroll_url: '/mfa/factors' });
    expect((await noah.get('/mfa')).body).toMatchObject({ state: 'not_required', enroll_url: null, factors: [] });
  });
});
