import type { RequestHandler } from 'express';
import request, { type Response } from 'supertest';
import { dumpOf } from '../support/dump.js';
import { everyRoute, type KnownRoute } from '../support/every-route.js';
import { challenged, guardedApp, HeaderStrategy } from '../support/guarded-app.js';
import { agentOf, browserOf, hostApp, verdictOf, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const;

/** A body in every form in which it could be taken for one that gets somewhere. */
const CONTENTS: Readonly<Record<string, string>> = {
  'application/json': '{"friendly_name":"Mallory’s","status":"approved","verified":true,"identity":"ann"}',
  'application/json; charset=utf-8': '{"friendly_name":"Mallory’s"}',
  'application/x-www-form-urlencoded': 'friendly_name=Mallory&status=approved&_method=DELETE',
  'multipart/form-data; boundary=x':
    '--x\r\nContent-Disposition: form-data; name="friendly_name"\r\n\r\nMallory\r\n--x--\r\n',
  'text/plain': '{"friendly_name":"Mallory’s"}',
  '': '',
};

function known({ sid }: { readonly sid: string }, challenge: string): readonly KnownRoute[] {
  return everyRoute({ factor: sid, challenge });
}

describe('A22 the second factor alone, where the password is skipped', () => {
  it('every route with the right code: 401, the same in each case, without a look at any record, and the code is unspent', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
    const before = await dumpOf(made.store);
    const right = codeAt(ann.secret, made.clock.now());
    const bodies = [right, wrongCodeAt(ann.secret, made.clock.now())].map((code) => ({ code, identity: 'ann' }));
    const answers = new Set<string>();
    const asked = await made.store.during(async () => {
      for (const { method, url } of known(ann, challenge.sid)) {
        for (const body of [...bodies, {}]) {
          const answer = await send(made, method.toLowerCase() as 'get' | 'post' | 'delete', url, body);
          answers.add(`${answer.status.toString()} ${answer.text}`);
        }
      }
    });
    expect([...answers]).toEqual([expect.stringMatching(/^401 .*"code":"first_factor_required"/)]);
    expect(asked).toEqual([]);
    expect(await dumpOf(made.store)).toEqual(before);
    expect((await ann.client.post('/mfa/challenges').send({ code: right })).body.state).toBe('satisfied');
  });

  it('the strategy with the right code: 401, without a look at any record', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    const asked = await made.store.during(async () => {
      const answer = await send(made, 'post', '/vault', { code, username: 'ann', identity: 'ann' });
      expect(verdictOf(answer)).toEqual([401, 'first_factor_required']);
    });
    expect(asked).toEqual([]);
    expect((await ann.client.post('/vault').send({ code })).status).toBe(200);
  });

  it('after the login has ended: 401 as for nobody', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app) => {
          app.post('/logout', (req, res, next) => {
            req.logout((error) => {
              if (error === undefined || error === null) res.json({});
              else next(error);
            });
          });
        },
      },
    );
    const { client, secret } = await challenged(made);
    await client.post('/logout');
    const code = codeAt(secret, made.clock.now());
    expect(verdictOf(await client.post('/mfa/challenges').send({ code }))).toEqual([401, 'first_factor_required']);
    expect(verdictOf(await client.post('/vault').send({ code }))).toEqual([401, 'first_factor_required']);
  });
});

describe('A23 another way in, which forgot the second factor', () => {
  it('no route of the router, by no method and with no kind of body, makes a first factor worth two', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
    const before = await made.mfa.factors.list({ identity: 'ann' });
    const urls = new Set(known(ann, challenge.sid).map(({ url }) => url));
    const problems: string[] = [];
    for (const url of urls) {
      for (const method of METHODS) {
        for (const [type, body] of Object.entries(CONTENTS)) {
          const answer = await ann.client[method](url).set('Content-Type', type).send(body).redirects(0);
          const { state, status, binding } = answer.body;
          const isGiving = state === 'satisfied' || status === 'approved' || binding !== undefined;
          if (answer.status >= 500 || isGiving) problems.push(`${method} ${url} ${type}: ${answer.text}`);
        }
      }
    }
    expect(problems).toEqual([]);
    expect(await made.mfa.factors.list({ identity: 'ann' })).toEqual(before);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
  }, 60_000);

  it('no method and no kind of body opens a guarded route', async () => {
    const made = guardedApp();
    const { client } = await challenged(made);
    for (const method of METHODS) {
      for (const [type, body] of Object.entries(CONTENTS)) {
        for (const accept of ['application/json', 'text/html', '*/*']) {
          const headers = { 'Content-Type': type, Accept: accept };
          const { status } = await client[method]('/vault').set(headers).send(body).redirects(0);
          // A browser that fetches a page is sent to the one that asks for the code.
          expect(status === 303 || (status >= 400 && status < 500)).toBe(true);
        }
      }
    }
  }, 60_000);

  describe.each(['optional', 'required'] as const)('with the policy %s', (policy) => {
    /** Ways of a host to log somebody in without its login form. */
    const WAYS_IN: Readonly<Record<string, { early?: RequestHandler; logIn: (made: HostApp) => Promise<Client> }>> = {
      'a login by the host’s own code': {
        logIn: async (made) => enter(made, async (client) => client.post('/api/login').send({ as: 'ann' })),
      },
      'a login that keeps the session’s content': {
        logIn: async (made) => enter(made, async (client) => client.post('/api/login?keep=1').send({ as: 'ann' })),
      },
      'another strategy': {
        logIn: async (made) => enter(made, async (client) => client.post('/sso').set('X-User', 'ann')),
      },
      'a remember-me cookie that logs in at any request': {
        logIn: async (made) => enter(made, async (client) => client.get('/remembered').set('X-User', 'ann')),
      },
      'a browser': {
        logIn: async (made) => {
          const browser = browserOf(made.app);
          await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
          return browser.set('Accept', 'application/json');
        },
      },
    };

    it.each(Object.keys(WAYS_IN))('%s leaves the user hidden until the code', async (way) => {
      const made = hostApp({
        options: { policy },
        routes: (app, { passport }) => {
          passport.use(new HeaderStrategy());
          app.post('/api/login', (req, res, next) => {
            const { as } = req.body as { as: string };
            const user: TestUser = { id: as, username: as };
            req.logIn(user, { session: true, keepSessionInfo: req.query['keep'] === '1' }, (error) => {
              if (error === undefined || error === null) res.json({ user: req.user ?? null });
              else next(error);
            });
          });
          app.post('/sso', passport.authenticate('header'), (req, res) => {
            res.json({ user: req.user ?? null });
          });
          app.get('/remembered', passport.authenticate('header'), (req, res) => {
            res.json({ user: req.user ?? null });
          });
          app.get('/vault', passport.authenticate('totp'), (_req, res) => {
            res.json({});
          });
        },
      });
      const { secret } = await challenged(made);
      const client = await WAYS_IN[way]?.logIn(made);
      expect((await client?.get('/whoami'))?.body).toMatchObject({
        user: null,
        isAuthenticated: false,
        state: 'challenge_required',
        aal: 1,
      });
      expect((await client?.get('/vault'))?.status).toBe(401);
      const code = codeAt(secret, made.clock.now());
      expect((await client?.post('/mfa/challenges').send({ code }))?.body.state).toBe('satisfied');
      expect((await client?.get('/vault'))?.status).toBe(200);
    });
  });
});

type Client = ReturnType<typeof agentOf>;

/** A client after a request that logs it in, and that was not answered with a user. */
async function enter(made: HostApp, request: (client: Client) => Promise<Response>): Promise<Client> {
  const client = agentOf(made.app);
  const { status, body } = await request(client);
  expect([status, body.user ?? null]).toEqual([200, null]);
  return client;
}

/** A request of nobody. */
async function send({ app }: HostApp, method: 'get' | 'post' | 'delete', url: string, body: object): Promise<Response> {
  return request(app)[method](url).set('Accept', 'application/json').send(body);
}
