import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Response } from 'supertest';
import { cookiesOf } from '../support/cookies.js';
import { nextCode } from '../support/guarded-app.js';
import { browserOf, enroll, hostApp, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';
import { serving } from '../support/serving.js';

type Browser = ReturnType<typeof browserOf>;

/** Where an attacker would have a browser go. */
const ELSEWHERE: readonly unknown[] = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\\/evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/./\\evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  '/%2E%2e//evil.example',
  '/x/%2e%2e//evil.example',
  'https://evil.example/',
  'https:evil.example',
  'https:/evil.example',
  'http:\\\\evil.example',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'evil.example',
  '@evil.example',
  '.evil.example',
  ':443@evil.example',
  '/x\r\nLocation: https://evil.example',
  '/x\r\n\r\n<script>alert(1)</script>',
  ['//evil.example'],
  { href: 'https://evil.example' },
  42,
  '',
];

/** The whole of what a browser makes of a Location: a page of this origin, also once it is normalised. */
function expectHere(location: unknown): void {
  expect(location).toEqual(expect.stringMatching(/^\/(?![/\\])[\x21-\x7e]*$/));
  const { host, pathname } = new URL(String(location), 'http://here.example');
  expect(host).toBe('here.example');
  expect(pathname).not.toMatch(/^\/[/\\]/);
}

/** A host that notes in the session where a person wanted to go, without a look at it, and sends him there. */
function app(): HostApp {
  return hostApp({
    login: { successReturnToOrRedirect: '/home' },
    routes: (express, { passport, mfa }) => {
      express.post('/wanted', (req, res) => {
        Object.assign(req.session, { returnTo: req.body.wanted });
        res.json({});
      });
      const andBack = { successReturnToOrRedirect: '/home' };
      express.post('/vault', passport.authenticate('totp', andBack));
      express.get('/vault', passport.authenticate('totp', andBack));
      express.post('/vault/once', passport.authenticate('totp', { ...andBack, session: false }));
      express.post('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => {
        res.json({});
      });
      // A guard before everything that follows, whatever its path.
      express.use(mfa.require(), (_req, res) => {
        res.json({});
      });
    },
  });
}

async function enter(browser: Browser): Promise<Response> {
  return browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
}

async function want(browser: Browser, wanted: unknown): Promise<void> {
  await browser.post('/wanted').send({ wanted });
}

describe('A42 a way back that leads elsewhere', () => {
  describe.each(ELSEWHERE.map((wanted) => [JSON.stringify(wanted), wanted] as const))('%s', (_text, wanted) => {
    it('noted in the session before the login: not followed by the login, the page, nor the strategy', async () => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      for (const way of ['/mfa/challenges', '/vault']) {
        const browser = browserOf(made.app);
        await want(browser, wanted);
        expectHere((await enter(browser)).headers['location']);
        const code = nextCode(made, { secret });
        expectHere((await browser.post(way).type('form').send({ code }).redirects(0)).headers['location']);
      }
    });

    it('noted between the password and the code, or after it: not followed either', async () => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      const browser = browserOf(made.app);
      await enter(browser);
      for (const way of ['/vault/once', '/mfa/challenges']) {
        await want(browser, wanted);
        const code = nextCode(made, { secret });
        expectHere((await browser.post(way).type('form').send({ code }).redirects(0)).headers['location']);
      }
      await want(browser, wanted);
      expectHere((await browser.get('/vault').redirects(0)).headers['location']);
    });

    it('noted before the login of a user without a factor: not followed by Passport', async () => {
      const made = app();
      const browser = browserOf(made.app);
      await want(browser, wanted);
      expectHere((await enter(browser)).headers['location']);
    });

    it('in the address, the body or a header of a login: not read', async () => {
      const made = app();
      await enroll(made, 'ann');
      const browser = browserOf(made.app);
      const names = ['returnTo', 'return_to', 'next', 'redirect', 'redirect_uri', 'url', 'continue'];
      const claims = Object.fromEntries(names.map((name) => [name, String(wanted)]));
      const answer = await browser
        .post(`/login?${new URLSearchParams(claims).toString()}`)
        .type('form')
        .send({ username: 'ann', password: 'secret', ...claims })
        .redirects(0);
      expect([answer.status, answer.headers['location']]).toEqual([303, '/mfa']);
    });
  });

  it.each(ELSEWHERE.filter((wanted) => typeof wanted === 'string' && /^[/\\][\x21-\x7e]*$/.test(wanted)))(
    'a guarded address of %j: after the code the browser stays here',
    async (path) => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      await serving(made.app, async (server) => {
        const browser = browserOf(server);
        const cookie = cookiesOf(await enter(browser));
        const asked = await getRaw(server, String(path), cookie);
        if (asked.statusCode === 303) expectHere(asked.headers.location);
        const code = codeAt(secret, made.clock.now());
        const answer = await browser.post('/mfa/challenges').type('form').send({ code }).redirects(0);
        expectHere(answer.headers['location']);
      });
    },
  );

  it.each(ELSEWHERE.filter((wanted) => typeof wanted === 'string' && /^[\x20-\x7e]+$/.test(wanted)))(
    'a form that says it comes from %j: after its approval the browser stays here',
    async (wanted) => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      await serving(made.app, async (server) => {
        const here = `127.0.0.1:${(server.address() as AddressInfo).port.toString()}`;
        for (const referrer of [String(wanted), `http://${here}${String(wanted)}`, `http://${here}@evil.example/`]) {
          const browser = browserOf(server);
          await enter(browser);
          const login = nextCode(made, { secret });
          await browser.post('/mfa/challenges').type('form').send({ code: login }).redirects(0);
          const asked = await browser.post('/transfer').set('Referer', referrer).type('form').send({}).redirects(0);
          expectHere(asked.headers['location']);
          const code = nextCode(made, { secret });
          const approval = String(asked.headers['location']);
          const answer = await browser.post(approval).type('form').send({ code }).redirects(0);
          expectHere(answer.headers['location']);
        }
      });
    },
  );

  it.each(['//evil.example', 'https://evil.example/'])(
    'kept by keepSessionInfo, %j is not followed',
    async (wanted) => {
      const made = hostApp({
        routes: (express, { passport }) => {
          express.post('/wanted', (req, res) => {
            Object.assign(req.session, { returnTo: req.body.wanted });
            res.json({});
          });
          const options = { keepSessionInfo: true, successReturnToOrRedirect: '/home' };
          express.post('/vault', passport.authenticate('totp', options));
        },
      });
      const { secret } = await enroll(made, 'ann');
      const browser = browserOf(made.app);
      await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
      await browser.post('/wanted').send({ wanted });
      const code = codeAt(secret, made.clock.now());
      const answer = await browser.post('/vault').type('form').send({ code }).redirects(0);
      expect(answer.headers['location']).toBe('/home');
    },
  );

  it('a way back that is here is followed', async () => {
    const made = app();
    const { secret } = await enroll(made, 'ann');
    const browser = browserOf(made.app);
    await want(browser, '/reports?month=11#top');
    await enter(browser);
    const code = codeAt(secret, made.clock.now());
    const answer = await browser.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect(answer.headers['location']).toBe('/reports?month=11#top');
  });
});

/** GETs a path as it stands: other clients would normalise it. */
async function getRaw(server: Server, path: string, cookie: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer);
    }).on('error', reject);
  });
}
