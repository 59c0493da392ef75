import request from 'supertest';
import { agentOf, browserOf, enroll, hostApp, logIn, logInFully, verdictOf } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

const PATHS: Readonly<Record<string, string>> = {
  '/': 'GET, HEAD',
  '/factors': 'GET, HEAD, POST',
  '/factors/YF0': 'GET, HEAD, POST, DELETE',
  '/challenges': 'GET, HEAD, POST',
  '/challenges/YC0': 'GET, HEAD, POST',
};
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'search'] as const;

const REFUSED = Object.entries(PATHS).flatMap(([path, allow]) =>
  METHODS.filter((method) => !allow.includes(method.toUpperCase())).map((method) => [method, path, allow] as const),
);

/** Everything that a session can ask of the router, answered with and refused. */
async function askEverything(path = '/mfa'): Promise<readonly request.Response[]> {
  const made = hostApp({ mount: path, options: { path } });
  const factor = await enroll(made, 'ann');
  const agent = agentOf(made.app).set('Host', 'app.example.com');
  const browser = browserOf(made.app).redirects(0);
  await logIn(agent, 'ann');
  await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
  const pages = ['', '/factors', '/challenges', '/challenges/YC0', '/nothing'];
  return [
    await request(made.app).get(path),
    await agent.get(path),
    await agent.get(`${path}/factors`),
    await agent.post(`${path}/challenges`).send({ code: 'x' }),
    await agent.post(`${path}/challenges`).send({ code: codeAt(factor.secret, made.clock.now()) }),
    await agent.get(`${path}/factors`),
    await agent.get(`${path}/challenges`),
    await agent.head(`${path}/factors`),
    await agent.put(path),
    await agent.get(`${path}/nothing`),
    await agent.get(`${path}/factors/YF0`),
    await agent.post(`${path}/factors`).set('Sec-Fetch-Site', 'cross-site'),
    await agent.post(`${path}/factors`).type('text').send('text'),
    await agent.post(`${path}/factors`).send({}),
    await agent.delete(`${path}/factors/${factor.sid}`),
    ...(await Promise.all(pages.map(async (page) => browser.get(path + page)))),
    await browser.post(`${path}/challenges`).type('form').send({ code: '000' }),
  ];
}

describe('methods', () => {
  it.each(REFUSED)('%s %s is 405, and Allow says what there is: %s', async (method, path, allow) => {
    const { app } = hostApp();
    const answer = await request(app)[method](`/mfa${path}`).set('Accept', 'application/json');
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('HEAD answers as GET does, without the body', async () => {
    const made = hostApp();
    const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
    for (const path of ['/mfa', '/mfa/factors', '/mfa/challenges', '/mfa/factors/YF0']) {
      const [get, head] = [await agent.get(path), await agent.head(path)];
      expect([head.status, head.headers['content-length']]).toEqual([get.status, get.headers['content-length']]);
      expect(head.text).toBeUndefined();
    }
  });

  it('GET changes nothing: no enrollment, no challenge, no write', async () => {
    const made = hostApp();
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const asked = await made.store.during(async () => {
      for (const path of ['', '/factors', '/factors/YF0', '/challenges', '/challenges/YC0', '/nothing']) {
        await agent.get(`/mfa${path}`);
        await agent.get(`/mfa${path}`).set('Accept', 'text/html').redirects(0);
      }
    });
    expect(asked).toContain('load');
    expect(asked).not.toContain('save');
  });
});

describe('a SID that is not one’s own', () => {
  it.each(['factors', 'challenges'])(
    'of %s: unknown, another user’s, malformed and absurd ones are answered 404, byte for byte alike',
    async (kind) => {
      const made = hostApp();
      const other = await enroll(made, 'bob');
      const { challenge } = await made.mfa.challenges.create({ identity: 'bob' });
      const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
      const prefix = kind === 'factors' ? 'YF' : 'YC';
      const sids = [
        prefix + '0'.repeat(32),
        kind === 'factors' ? other.sid : challenge.sid,
        kind === 'factors' ? challenge.sid : other.sid,
        'YF',
        '__proto__',
        'constructor',
        '..%2f..%2fetc',
        '%00',
        'a'.repeat(4000),
      ];
      const bodies = { code: '123456' };
      const texts = new Set<string>();
      for (const sid of sids) {
        const answers = [await agent.get(`/mfa/${kind}/${sid}`), await agent.post(`/mfa/${kind}/${sid}`).send(bodies)];
        if (kind === 'factors') answers.push(await agent.delete(`/mfa/${kind}/${sid}`));
        else answers.push(await agent.post(`/mfa/${kind}/${sid}`).send({ status: 'denied' }));
        expect(answers.map(verdictOf)).toEqual(Array(3).fill([404, 'not_found']));
        for (const { text } of answers) texts.add(text);
      }
      expect([...texts]).toEqual(['{"title":"Not Found","status":404,"code":"not_found","detail":"Not found"}']);
      const { items } = await made.mfa.factors.list({ identity: 'bob' });
      expect(items).toEqual([expect.objectContaining({ sid: other.sid, friendlyName: 'Authenticator' })]);
    },
  );

  it('one that is not even percent-encoded text is 404 too', async () => {
    const made = hostApp();
    const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
    const answer = await agent.get('/mfa/factors/%ff');
    expect([...verdictOf(answer), answer.headers['cache-control']]).toEqual([404, 'not_found', 'no-store']);
  });

  it('another user’s factor_sid makes no challenge: 404, the same', async () => {
    const made = hostApp();
    const other = await enroll(made, 'bob');
    const ann = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    for (const sid of [other.sid, 'YF', `YF${'0'.repeat(32)}`]) {
      const code = codeAt(sid === other.sid ? other.secret : ann.secret, made.clock.now());
      const { status, text } = await agent.post('/mfa/challenges').send({ factor_sid: sid, code });
      expect([status, text]).toEqual([
        404,
        '{"title":"Not Found","status":404,"code":"not_found","detail":"Not found"}',
      ]);
    }
    expect((await made.mfa.challenges.list({ identity: 'ann' })).items).toEqual([]);
  });
});

describe('everything under the mount', () => {
  it('is kept by no cache: pages, JSON, redirects, refusals', async () => {
    const answers = await askEverything();
    expect(new Set(answers.map(({ status }) => status))).toEqual(
      new Set([200, 201, 204, 303, 400, 401, 403, 404, 405]),
    );
    expect(answers.map(({ headers }) => headers['cache-control'])).toEqual(Array(answers.length).fill('no-store'));
  });

  it('is not sniffed for another type', async () => {
    for (const { headers } of await askEverything()) expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('answers the same at another path, whose name is in every URL that it gives', async () => {
    const texts = (answers: readonly request.Response[]): readonly string[] =>
      answers.map(({ text, headers }) => `${headers['location'] ?? ''} ${text}`);
    const here = texts(await askEverything('/auth/mfa'));
    expect(here.join()).toContain('"/auth/mfa/challenges');
    expect(here.join()).not.toMatch(/(?<!\/auth)\/mfa/);
    const unnamed = (text: string): string =>
      text.replaceAll('/auth/mfa', '/mfa').replace(/Y[CF][0-9a-f]{32}|secret=\w+|"secret":"\w+"|\d\d:\d\d:\d\d/g, '');
    expect(here.map(unnamed)).toEqual(texts(await askEverything()).map(unnamed));
  });

  it('is reached by its path in capitals too, as Express matches it: no failure', async () => {
    const made = hostApp();
    const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
    const { status } = await agent.get('/MFA/factors');
    expect([200, 404]).toContain(status);
  });
});

describe('hidden details', () => {
  it('leave by no route: not fetched, listed, answered, denied or shown on a page', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', factor);
    const wanted = {
      identity: 'ann',
      details: { message: 'Pay', fields: [{ label: 'Amount', value: '5' }] },
      hiddenDetails: { ip: 'CANARY' },
      metadata: { order: '17' },
    };
    const [first, second] = [await made.mfa.challenges.create(wanted), await made.mfa.challenges.create(wanted)];
    expect(first.challenge.hiddenDetails).toEqual({ ip: 'CANARY' });
    const url = `/mfa/challenges/${first.challenge.sid}`;
    const fetched = await agent.get(url);
    expect(fetched.body).toMatchObject({ details: wanted.details, metadata: { order: '17' } });
    const answers = [
      fetched,
      await agent.get('/mfa/challenges'),
      await agent.get(url).set('Accept', 'text/html'),
      await agent.post(url).send({ code: codeAt(factor.secret, made.clock.now()) }),
      await agent.post(`/mfa/challenges/${second.challenge.sid}`).send({ status: 'denied' }),
      await agent.get('/mfa/challenges'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    for (const { text } of answers) expect(text).not.toMatch(/CANARY|hidden_?details/i);
  });
});
