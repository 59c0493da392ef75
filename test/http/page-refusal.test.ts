import type { Response } from 'supertest';
import { MfaError } from '../../src/index.js';
import {
  agentOf,
  browserOf,
  elementsOf,
  enroll,
  hostApp,
  logIn,
  readPage,
  textOf,
  type HostApp,
} from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Client = ReturnType<typeof agentOf>;

const NOTHING = 'There is nothing here. It may have expired.';

/** Each refusal: its code for a program, its status, what a person reads, and how one comes by it. */
const REFUSALS: readonly (readonly [string, number, string, (made: HostApp, client: Client) => Promise<Response>])[] = [
  ['not_found', 404, NOTHING, async (_made, client) => client.get('/mfa/nothing')],
  ['not_found', 404, NOTHING, async (_made, client) => client.get(`/mfa/challenges/YC${'0'.repeat(32)}`)],
  ['method_not_allowed', 405, 'This cannot be done here.', async (_made, client) => client.put('/mfa/factors')],
  [
    'cross_site',
    403,
    'This request came from another site, so we did not do it.',
    async (_made, client) => client.post('/mfa/factors').set('Sec-Fetch-Site', 'cross-site'),
  ],
  [
    'payload_too_large',
    413,
    'This was too long.',
    async (_made, client) =>
      client
        .post('/mfa/factors')
        .type('form')
        .send(`x=${'x'.repeat(9000)}`),
  ],
  [
    'invalid_request',
    400,
    'We did not understand this request. Start again.',
    async (_made, client) => client.post('/mfa/factors').type('text').send('hello'),
  ],
  ['first_factor_required', 401, 'Sign in first.', async ({ app }, client) => strangerLike(client, app).get('/mfa')],
  [
    'store_unavailable',
    503,
    'We cannot check codes at present. Try again in 1 second.',
    async ({ store }, client) => {
      store.before = async () => Promise.reject(new MfaError('store_unavailable'));
      return client.get('/mfa');
    },
  ],
];

const isBrowser = new WeakSet<Client>();

/** Somebody who has not logged in, of the same kind. */
function strangerLike(client: Client, app: HostApp['app']): Client {
  return isBrowser.has(client) ? browserOf(app) : agentOf(app);
}

async function loggedIn(kind: 'browser' | 'program'): Promise<{ readonly made: HostApp; readonly client: Client }> {
  const made = hostApp();
  const client = kind === 'browser' ? browserOf(made.app).redirects(0) : agentOf(made.app);
  if (kind === 'browser') isBrowser.add(client);
  await logIn(client, 'noah');
  return { made, client };
}

describe('a refusal', () => {
  it.each(REFUSALS)('%s is to a person a page: %i, "%s", and what to do', async (code, status, words, ask) => {
    const { made, client } = await loggedIn('browser');
    const answer = await ask(made, client);
    expect([answer.status, answer.type]).toEqual([status, 'text/html']);
    const page = readPage(answer.text);
    expect(elementsOf(page, 'h1').map(textOf)).toEqual(['This did not work']);
    expect(elementsOf(page, 'title').map(textOf)).toEqual(['This did not work – Acme']);
    const [reason, ...others] = elementsOf(page, 'p');
    expect([reason?.attributes['role'], reason && textOf(reason)]).toEqual(['alert', words]);
    const [back, ...details] = others.reverse();
    const [link] = back === undefined ? [] : elementsOf(back, 'a');
    const start = code === 'first_factor_required' ? '/' : '/mfa';
    expect([link?.attributes['href'], back && textOf(back)]).toEqual([start, 'Start again']);
    for (const { attributes } of details) expect(attributes['lang']).toBe('en');
    // What failed on our side is nobody's business.
    if (status === 503) expect(details).toEqual([]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(REFUSALS)('%s is to a program problem+json: %i', async (code, status, _title, ask) => {
    const { made, client } = await loggedIn('program');
    const answer = await ask(made, client);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({ title: expect.any(String), status, code, detail: expect.any(String) });
    expect(answer.body.detail.length).toBeGreaterThan(0);
    expect(answer.text).not.toContain('<');
  });
});

describe('what a refusal tells', () => {
  it('a person sent by another site is told both origins, and what to set behind a proxy', async () => {
    const { client } = await loggedIn('browser');
    const request = client
      .post('/mfa/factors')
      .set('Sec-Fetch-Site', 'cross-site')
      .set('Origin', 'https://evil.example');
    const { text } = await request.type('form');
    for (const told of ['https://evil.example', 'http://127.0.0.1', 'trust proxy']) expect(text).toContain(told);
  });

  it('a person is told why in their language, and what a developer wants to know in English', async () => {
    const { made, client } = await loggedIn('browser');
    const { text } = await client.put('/mfa/factors').set('Accept-Language', 'ja');
    const page = readPage(text);
    const [reason, detail] = elementsOf(page, 'p');
    expect(page.attributes).toEqual({ lang: 'ja', dir: 'ltr' });
    expect([reason?.attributes['role'], reason && textOf(reason)]).toEqual(['alert', 'ここではこの操作はできません。']);
    const { body } = await agentOf(made.app).put('/mfa/factors');
    expect([detail?.attributes['lang'], detail && textOf(detail)]).toEqual(['en', body.detail]);
    expect(body.detail).toBe('the methods here are GET, HEAD, POST');
  });

  it('nobody is told what failed on our side', async () => {
    const made = hostApp({ options: { policy: () => Promise.reject(new Error('the database has a name')) } });
    for (const client of [agentOf(made.app), browserOf(made.app)]) {
      await client.post('/login').type('form').send({ username: 'ann', password: 'secret' });
      const { status, text } = await client.get('/mfa');
      expect(status).toBe(503);
      expect(text).not.toMatch(/database|policy/);
    }
  });
});

describe('who is a program', () => {
  /** Asks as this reader for the list that a login may not see before its code. */
  async function listAs(headers: Readonly<Record<string, string>>): Promise<Response> {
    const made = hostApp();
    await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    return agent.get('/mfa/factors').set(headers).redirects(0);
  }

  it.each([
    ['accepts JSON', { Accept: 'application/json' }],
    ['accepts JSON before HTML', { Accept: 'application/json, text/html;q=0.5' }],
    ['accepts anything, as curl does', { Accept: '*/*' }],
    ['calls fetch, whatever it accepts', { Accept: 'text/html', 'Sec-Fetch-Mode': 'cors' }],
  ])('one that %s: JSON, and never a redirect', async (_who, headers) => {
    const { status, headers: answered } = await listAs(headers);
    expect([status, answered['content-type']]).toEqual([401, 'application/problem+json; charset=utf-8']);
  });

  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['text/html, application/json;q=0.9'],
  ])('not one that accepts %s: it is sent to the page', async (accept) => {
    const { status, headers } = await listAs({ Accept: accept });
    expect([status, headers['location']]).toEqual([303, '/mfa/challenges']);
  });

  it('one that sends JSON, whatever it accepts', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const browser = browserOf(made.app).redirects(0);
    await logIn(browser, 'ann');
    const answer = await browser.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect([answer.status, answer.body.status, answer.body.state]).toEqual([201, 'approved', 'satisfied']);
  });
});

describe('what the host’s CSRF protection wants', () => {
  it('is in every form of every page, as it is, and asked for at each request', async () => {
    let count = 0;
    const made = hostApp({
      options: { csrf: () => ({ _csrf: `"<&>' ${(count += 1)}`, second: 'field' }) },
      routes: (app, { mfa }) => {
        app.get('/pay', mfa.require({ purpose: 'pay' }), (_req, res) => res.end());
      },
    });
    const browser = browserOf(made.app).redirects(0);
    const tokens: string[] = [];
    const look = async (path: string): Promise<void> => {
      for (const form of elementsOf(readPage((await browser.get(path)).text), 'form')) {
        const hidden = elementsOf(form, 'input').filter(({ attributes }) => attributes['type'] === 'hidden');
        expect(form.attributes['method']).toBe('post');
        expect(hidden.map(({ attributes }) => attributes['name'])).toEqual(expect.arrayContaining(['_csrf', 'second']));
        tokens.push(hidden[0]?.attributes['value'] ?? '');
      }
    };
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    await look('/mfa/factors');
    await browser.post('/mfa/factors').type('form').send({});
    await look('/mfa/factors');
    const { secret, sid } = await enroll(made, 'ann');
    await look('/mfa/challenges');
    await look('/mfa/challenges?method=recovery_code');
    await look('/mfa/unlock');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) });
    await look('/mfa');
    await look(`/mfa/factors/${sid}`);
    await look('/mfa/recovery-codes');
    await browser.post('/mfa/recovery-codes').type('form').send({});
    await look('/mfa/recovery-codes');
    await look((await browser.get('/pay')).headers['location'] ?? '');
    // Two of enrolling, three of a login, one of all other sessions, two of an app, two of recovery codes, two of an approval.
    expect(tokens).toHaveLength(12);
    expect(tokens.every((token) => token.startsWith(`"<&>' `))).toBe(true);
    expect(new Set(tokens).size).toBeGreaterThanOrEqual(10);
  });
});
