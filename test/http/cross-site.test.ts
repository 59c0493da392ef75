import type { Response } from 'supertest';
import { headersOf, HOST, LISTED, OWN, REQUESTS, type Headers, type Sent } from '../support/cross-site-requests.js';
import {
  agentOf,
  elementsOf,
  enroll,
  hostApp,
  logIn,
  logInFully,
  readPage,
  textOf,
  verdictOf,
  type HostApp,
  type HostAppOptions,
} from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

interface Target {
  readonly made: HostApp;
  readonly agent: Agent;
  readonly factor: { readonly secret: string; readonly sid: string };
  /** A pending challenge. */
  readonly challenge: string;
  /** A code that is right now. */
  readonly code: () => string;
}

/** Ann, satisfied, in an app that the world knows as `http://app.example.com`. */
async function target(isProxyTrusted = false, options: HostAppOptions['options'] = {}): Promise<Target> {
  const made = hostApp({
    options: { origins: [LISTED], ...options },
    routes: (app, { passport }) => {
      app.set('trust proxy', isProxyTrusted);
      app.post('/vault', passport.authenticate('totp', { force: true }), (_req, res) => {
        res.status(204).end();
      });
    },
  });
  const factor = await enroll(made, 'ann');
  const agent = await logInFully(made, 'ann', factor);
  const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
  const code = (): string => codeAt(factor.secret, made.clock.now());
  return { made, agent, factor, challenge: `/mfa/challenges/${challenge.sid}`, code };
}

/** Everything that changes something, with what says that it did. */
const MUTATIONS: Readonly<Record<string, readonly [(at: Target, headers: Headers) => Promise<Response>, number]>> = {
  'POST /factors': [async ({ agent }, headers) => agent.post('/mfa/factors').set(headers).send({}), 201],
  'POST /factors/:sid': [
    async ({ agent, factor }, headers) =>
      agent.post(`/mfa/factors/${factor.sid}`).set(headers).send({ friendly_name: 'Thief’s' }),
    200,
  ],
  'DELETE /factors/:sid': [
    async ({ agent, factor }, headers) => agent.delete(`/mfa/factors/${factor.sid}`).set(headers),
    204,
  ],
  'POST /factors/:sid/remove': [
    async ({ agent, factor }, headers) => agent.post(`/mfa/factors/${factor.sid}/remove`).set(headers),
    204,
  ],
  'POST /challenges': [
    async ({ agent, code }, headers) => agent.post('/mfa/challenges').set(headers).send({ code: code() }),
    201,
  ],
  'POST /challenges/:sid': [
    async ({ agent, challenge }, headers) => agent.post(challenge).set(headers).send({ status: 'denied' }),
    200,
  ],
  "passport.authenticate('totp')": [
    async ({ agent, code }, headers) => agent.post('/vault').set(headers).send({ code: code() }),
    204,
  ],
};

describe.each(Object.keys(MUTATIONS))('%s', (name) => {
  it.each(REQUESTS)('%s', async (_what, sent, passes) => {
    const [send, success] = MUTATIONS[name] ?? [];
    const at = await target();
    let answer: Response | undefined;
    const asked = await at.made.store.during(async () => {
      answer = await send?.(at, headersOf(sent));
    });
    if (passes) expect([answer?.status, answer?.body.code]).toEqual([success, undefined]);
    else expect([answer?.status, answer?.body.code]).toEqual([403, 'cross_site']);
    expect(asked.includes('save')).toBe(passes);
  });

  it('refused from another site, it goes through from here, with the very same code', async () => {
    const [send, success] = MUTATIONS[name] ?? [];
    const at = await target();
    await send?.(at, headersOf({ site: 'cross-site' }));
    expect((await send?.(at, headersOf({ site: 'same-origin' })))?.status).toBe(success);
  });

  it('refused, it names both origins and trust proxy', async () => {
    const [send] = MUTATIONS[name] ?? [];
    const answer = await send?.(await target(), headersOf({ origin: `https://${HOST}` }));
    expect(answer?.headers['content-type']).toMatch(/^application\/problem\+json/);
    for (const part of [`https://${HOST}`, OWN, "'trust proxy'", 'origins'])
      expect(answer?.body.detail).toContain(part);
  });
});

const INTERNAL = '10.0.0.7:3000';
const PROXIED = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': HOST };

describe('behind a proxy', () => {
  it.each<readonly [string, boolean, Sent, boolean]>([
    [
      'trusted: the forwarded scheme counts',
      true,
      { origin: `https://${HOST}`, forwarded: { 'X-Forwarded-Proto': 'https' } },
      true,
    ],
    ['trusted: its own scheme does not', true, { origin: OWN, forwarded: { 'X-Forwarded-Proto': 'https' } }, false],
    [
      'trusted: the forwarded host counts',
      true,
      { host: INTERNAL, origin: `https://${HOST}`, forwarded: PROXIED },
      true,
    ],
    [
      'trusted: the forwarded host counts with its port',
      true,
      { host: INTERNAL, origin: `${OWN}:8443`, forwarded: { 'X-Forwarded-Host': `${HOST}:8443` } },
      true,
    ],
    [
      'trusted: the forwarded host of another port is another',
      true,
      { host: INTERNAL, origin: OWN, forwarded: { 'X-Forwarded-Host': `${HOST}:8443` } },
      false,
    ],
    [
      'trusted: its own host does not',
      true,
      { host: INTERNAL, origin: `https://${INTERNAL}`, forwarded: PROXIED },
      false,
    ],
    [
      'trusted: another origin is another',
      true,
      { host: INTERNAL, origin: 'https://evil.example', forwarded: PROXIED },
      false,
    ],
    ['not trusted: a forwarded scheme is ignored', false, { origin: `https://${HOST}`, forwarded: PROXIED }, false],
    [
      'not trusted: a forwarded host is ignored',
      false,
      { host: INTERNAL, origin: OWN, forwarded: { 'X-Forwarded-Host': HOST } },
      false,
    ],
    ['not trusted: its own scheme and host count', false, { origin: OWN, forwarded: PROXIED }, true],
  ])('%s', async (_what, isTrusted, sent, passes) => {
    for (const name of ['POST /challenges', "passport.authenticate('totp')"]) {
      const [send] = MUTATIONS[name] ?? [];
      const answer = await send?.(await target(isTrusted), headersOf(sent));
      expect([name, answer?.body.code === 'cross_site']).toEqual([name, !passes]);
    }
  });
});

describe('what changes nothing', () => {
  it.each(['', '/factors', '/challenges', 'factor', 'challenge'])(
    'GET %s is answered wherever it comes from',
    async (path) => {
      const { agent, factor, challenge } = await target();
      const url = path === 'factor' ? `/mfa/factors/${factor.sid}` : path === 'challenge' ? challenge : `/mfa${path}`;
      for (const headers of [
        headersOf({ site: 'cross-site', origin: 'https://evil.example' }),
        headersOf({ origin: 'null' }),
      ]) {
        expect((await agent.get(url).set(headers)).status).toBe(200);
        expect((await agent.head(url).set(headers)).status).toBe(200);
      }
    },
  );

  it('without a code the strategy asks for one, wherever the request comes from', async () => {
    const { agent } = await target();
    const answer = await agent
      .post('/vault')
      .set(headersOf({ site: 'cross-site' }))
      .send({});
    expect(verdictOf(answer)).toEqual([401, 'step_up_required']);
  });
});

describe('the check', () => {
  it('comes before everything else: nobody is told whether there is a session, a factor or a body', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const [nobody, waiting] = [agentOf(made.app), agentOf(made.app)];
    await logIn(waiting, 'ann');
    const headers = headersOf({ site: 'cross-site' });
    const texts = new Set<string>();
    for (const agent of [nobody, waiting]) {
      texts.add((await agent.post('/mfa/challenges').set(headers).send({ code: 'none' })).text);
      texts.add((await agent.post('/mfa/factors').set(headers).type('text').send('x'.repeat(17_000))).text);
      texts.add((await agent.delete(`/mfa/factors/YF${'0'.repeat(32)}`).set(headers)).text);
    }
    expect([...texts]).toEqual([expect.stringContaining('"code":"cross_site"')]);
  });

  it('lets only whole origins be listed', () => {
    for (const origin of ['null', '*', 'shop.example.net', 'https://shop.example.net/']) {
      expect(() => hostApp({ options: { origins: [origin] } })).toThrow(/createMfa: origins must be origins such as/);
    }
  });

  it('shows a person a page', async () => {
    const { agent } = await target();
    const answer = await agent.post('/mfa/factors').set({ ...headersOf({ site: 'cross-site' }), Accept: 'text/html' });
    expect([answer.status, answer.type]).toEqual([403, 'text/html']);
    const [reason] = elementsOf(readPage(answer.text), 'p').filter(({ attributes }) => attributes['role'] === 'alert');
    expect(reason && textOf(reason)).toBe('This request came from another site, so we did not do it.');
  });
});
