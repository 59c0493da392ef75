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

/** Each refusal: its code for a program, its status, what a person reads, and how one comes by it. */
const REFUSALS: readonly (readonly [string, number, string, (made: HostApp, client: Client) => Promise<Response>])[] = [
  ['not_found', 404, 'Not found', async (_made, client) => client.get('/mfa/nothing')],
  ['not_found', 404, 'Not found', async (_made, client) => client.get(`/mfa/challenges/YC${'0'.repeat(32)}`)],
  ['method_not_allowed', 405, 'The method is not allowed here', async (_made, client) => client.put('/mfa/factors')],
  [
    'cross_site',
    403,
    'The request came from another site',
    async (_made, client) => client.post('/mfa/factors').set('Sec-Fetch-Site', 'cross-site'),
  ],
  [
    'payload_too_large',
    413,
    'The body is too large',
    async (_made, client) =>
      client
        .post('/mfa/factors')
        .type('form')
        .send(`x=${'x'.repeat(9000)}`),
  ],
  [
    'invalid_request',
    400,
    'The request is not understood',
    async (_made, client) => client.post('/mfa/factors').type('text').send('hello'),
  ],
  ['first_factor_required', 401, 'Log in first', async ({ app }, client) => strangerLike(client, app).get('/mfa')],
  [
    'store_unavailable',
    503,
    'The store does not answer',
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
  it.each(REFUSALS)('%s is to a person a page: %i, "%s", and what to do', async (_code, status, title, ask) => {
    const { made, client } = await loggedIn('browser');
    const answer = await ask(made, client);
    expect([answer.status, answer.type]).toEqual([status, 'text/html']);
    const page = readPage(answer.text);
    expect(elementsOf(page, 'h1').map(textOf)).toEqual([title]);
    expect(elementsOf(page, 'title').map(textOf)).toEqual([title]);
    const [advice, ...details] = elementsOf(page, 'p').map(textOf).reverse();
    expect(advice).toBe(status === 503 ? 'Try again in a moment.' : 'Go back and start again.');
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
    const { secret } = await enroll(made, 'ann');
    await look('/mfa/challenges');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) });
    await look((await browser.get('/pay')).headers['location'] ?? '');
    // Two of enrolling, one of a login, two of an approval.
    expect(tokens).toHaveLength(5);
    expect(tokens.every((token) => token.startsWith(`"<&>' `))).toBe(true);
    expect(new Set(tokens).size).toBeGreaterThanOrEqual(4);
  });
});
