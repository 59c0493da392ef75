import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { LogInOptions, LogOutOptions } from 'passport';
import { createMfa, MfaError, type MfaOptions, type Policy } from '../../src/index.js';
import {
  challenged,
  guardedApp,
  HeaderStrategy,
  prove,
  satisfied,
  seenBy,
  type Enrolled,
} from '../support/guarded-app.js';
import { agentOf, browserOf, enroll, hostApp, logIn, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const show: RequestHandler = (req, res) => void res.json(seenBy(req));

/** A user without a factor who passed the first one. */
async function loggedIn({ app }: HostApp, username = 'bob'): Promise<Enrolled['client']> {
  const client = agentOf(app);
  await logIn(client, username);
  return client;
}

async function logInWithBrowser({ app }: HostApp, username: string): Promise<Enrolled['client']> {
  const browser = browserOf(app);
  await browser.post('/login').type('form').send({ username, password: 'secret' }).redirects(0);
  return browser;
}

describe('what the app sees', () => {
  const withShow = (options: Partial<MfaOptions<TestUser>> = {}): HostApp =>
    hostApp({ options, routes: (app) => void app.get('/seen', show) });

  it('of nobody: no user, anonymous', async () => {
    const { body } = await agentOf(withShow().app).get('/seen');
    expect(body).toMatchObject({ user: null, isAuthenticated: false });
    expect(body.mfa).toEqual({ state: 'anonymous', amr: [], aal: 0, authTime: null, factorSid: null, approved: null });
  });

  it('of a user with a verified factor after the first one: no user, challenge_required', async () => {
    const { client } = await challenged(withShow());
    const { body } = await client.get('/seen');
    expect(body).toMatchObject({ user: null, isAuthenticated: false });
    expect(body.mfa).toEqual({
      state: 'challenge_required',
      user: { id: 'ann', username: 'ann' },
      amr: [],
      aal: 1,
      authTime: null,
      factorSid: null,
      approved: null,
    });
  });

  it('of a user without a factor whom the policy requires to have one: no user, enrollment_required', async () => {
    const client = await loggedIn(withShow({ policy: 'required' }));
    expect((await client.get('/seen')).body).toMatchObject({
      user: null,
      isAuthenticated: false,
      mfa: { state: 'enrollment_required', user: { id: 'bob' }, aal: 1 },
    });
  });

  it('of a user without a factor where it is optional: the user, not_required', async () => {
    const client = await loggedIn(withShow());
    expect((await client.get('/seen')).body).toMatchObject({
      user: { id: 'bob' },
      isAuthenticated: true,
      mfa: { state: 'not_required', user: { id: 'bob' }, amr: [], aal: 1 },
    });
  });

  it('of anybody where the policy is off: the user, not_required', async () => {
    const made = withShow({ policy: 'off' });
    const { client } = await challenged(made);
    expect((await client.get('/seen')).body).toMatchObject({
      user: { id: 'ann' },
      mfa: { state: 'not_required', aal: 1 },
    });
  });

  it('after the second factor: the user, satisfied, by what and since when', async () => {
    const made = withShow();
    const { client, sid } = await satisfied(made);
    const { body } = await client.get('/seen');
    expect(body).toMatchObject({ user: { id: 'ann' }, isAuthenticated: true });
    expect(body.mfa).toEqual({
      state: 'satisfied',
      user: { id: 'ann', username: 'ann' },
      amr: ['otp', 'mfa'],
      aal: 2,
      authTime: new Date(made.clock.now()).toISOString(),
      factorSid: sid,
      approved: null,
    });
  });

  it('where the factor is gone since: the policy decides anew', async () => {
    const made = withShow({ policy: 'required' });
    const { client, sid } = await satisfied(made);
    await made.mfa.factors.remove({ identity: 'ann', sid });
    expect((await client.get('/seen')).body).toMatchObject({
      user: null,
      mfa: { state: 'enrollment_required', aal: 1 },
    });
  });
});

describe('where the store does not answer', () => {
  const down = async (): Promise<void> => Promise.reject(new MfaError('store_unavailable'));
  const broken = async (): Promise<void> => Promise.reject(new Error('ECONNREFUSED'));

  function guarded(): HostApp {
    return guardedApp({}, { routes: (app, { mfa }) => void app.get('/required', mfa.require(), show) });
  }

  it.each([
    ['says so', down],
    ['throws any error', broken],
  ])('other routes run as for nobody, where it %s', async (_title, failure) => {
    const made = guarded();
    const { client } = await satisfied(made);
    made.store.before = failure;
    const { status, body } = await client.get('/whoami');
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: null, isAuthenticated: false, state: 'unavailable', aal: 1, amr: [] });
  });

  it.each([
    ['/vault', undefined],
    ['/required', 'store_unavailable'],
    ['/mfa', 'store_unavailable'],
    ['/mfa/factors', 'store_unavailable'],
  ])('%s answers 503 with Retry-After', async (path, code) => {
    const made = guarded();
    const { client } = await satisfied(made);
    made.store.before = down;
    const { status, headers, body } = await client.get(path);
    expect([status, headers['retry-after'], body.code]).toEqual([503, '1', code]);
  });

  it.each(['/vault', '/required', '/mfa'])('%s sends no browser away', async (path) => {
    const made = guarded();
    const browser = await logInWithBrowser(made, 'bob');
    made.store.before = down;
    const { status, headers } = await browser.get(path).redirects(0);
    expect([status, headers['location'], headers['retry-after']]).toEqual([503, undefined, '1']);
  });

  it('nobody is logged out by it', async () => {
    const made = guarded();
    const { client } = await satisfied(made);
    made.store.before = down;
    await client.get('/whoami');
    made.store.before = null;
    expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
  });

  it('nobody is logged in: the login answers 503, and who it was stays hidden', async () => {
    const made = guarded();
    const client = agentOf(made.app);
    made.store.before = down;
    const answer = await logIn(client, 'bob');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
  });

  it('the record does not open under other keys, and nobody passes', async () => {
    const made = guarded();
    await enroll(made, 'ann');
    const other = hostApp({ options: { store: made.store, keys: 'f'.repeat(64) } });
    const client = agentOf(other.app);
    await logIn(client, 'ann');
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
    const { status, body } = await client.get('/mfa');
    expect([status, body.code]).toEqual([503, 'record_unreadable']);
  });
});

describe('isolation is a state, not a moment', () => {
  it('a second passport.session() uncovers nobody', async () => {
    const made = hostApp({ routes: (app, { passport }) => void app.get('/again', passport.session(), show) });
    const ann = await challenged(made);
    expect((await ann.client.get('/again')).body).toMatchObject({ user: null, mfa: { state: 'challenge_required' } });
    await prove(made, ann);
    expect((await ann.client.get('/again')).body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it.each(['ann', 'bob'])(
    '%s, restored later in the request by other means, stays hidden until it is resolved',
    async (id) => {
      const restore: RequestHandler = (req, _res, next) => {
        req.user = { id, username: id };
        next();
      };
      const made = hostApp({
        routes: (app, { mfa }) => {
          app.get('/restored', restore, show);
          app.get('/guarded', restore, mfa.require({ ifEnrolled: true }), show);
        },
      });
      await enroll(made, 'ann');
      const client = agentOf(made.app);
      expect((await client.get('/restored')).body).toMatchObject({ user: null, isAuthenticated: false });
      expect((await client.get('/guarded')).status).toBe(id === 'ann' ? 401 : 200);
    },
  );

  it('a user restored later is resolved by another mfa.session()', async () => {
    const restore: RequestHandler = (req, _res, next) => {
      req.user = { id: 'bob', username: 'bob' };
      next();
    };
    const made = hostApp({ routes: (app, { mfa }) => void app.get('/restored', restore, mfa.session(), show) });
    const { body } = await agentOf(made.app).get('/restored');
    expect(body).toMatchObject({ user: { id: 'bob' }, mfa: { state: 'not_required' } });
  });

  it('another user put in the place of a satisfied one is hidden', async () => {
    const made = hostApp({
      routes: (app) => {
        app.get('/swapped', (req, res) => {
          req.user = { id: 'ben', username: 'ben' };
          res.json(seenBy(req));
        });
      },
    });
    await enroll(made, 'ben');
    const { client } = await satisfied(made);
    const { body } = await client.get('/swapped');
    expect(body).toMatchObject({ user: null, mfa: { state: 'challenge_required', aal: 1, amr: [] } });
    expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
  });

  it('a fresher object of the same user is taken over', async () => {
    const made = hostApp({
      routes: (app) => {
        app.get('/renamed', (req, res) => {
          req.user = { id: 'ann', username: 'Ann' };
          res.json(seenBy(req));
        });
      },
    });
    const { client } = await satisfied(made);
    expect((await client.get('/renamed')).body).toMatchObject({
      user: { username: 'Ann' },
      mfa: { state: 'satisfied' },
    });
  });

  it('a strategy that logs in later in the request is hidden too, and its route is not reached', async () => {
    const reached: string[] = [];
    const made = hostApp({
      routes: (app, { passport }) => {
        passport.use(new HeaderStrategy());
        app.get('/remembered', passport.authenticate('header'), (req, res) => {
          reached.push(req.path);
          show(req, res, () => undefined);
        });
      },
    });
    await enroll(made, 'ann');
    const { body } = await agentOf(made.app).get('/remembered').set('X-User', 'ann');
    expect([body.state, reached]).toEqual(['challenge_required', []]);
  });

  it('mfa.session() twice is as once', async () => {
    const made = hostApp({
      routes: (app, { mfa, passport }) => {
        app.use(mfa.session());
        app.get('/twice', show);
        app.post('/twice/login', passport.authenticate('local'), show);
      },
    });
    const ann = await challenged(made);
    const asked = await made.store.during(async () => {
      const { body } = await ann.client.get('/twice');
      expect(body).toMatchObject({ user: null, mfa: { state: 'challenge_required' } });
    });
    expect(asked).toEqual(['load']);
    const login = await ann.client.post('/twice/login').send({ username: 'ann', password: 'secret' });
    expect(login.body).toMatchObject({ state: 'challenge_required' });
    await prove(made, ann);
    expect((await ann.client.get('/twice')).body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it('two createMfa of one service on one request are an error', async () => {
    const handled: string[] = [];
    const handler: ErrorRequestHandler = (error: Error, _req, res, next) => {
      handled.push(error.message);
      if (res.headersSent) next(error);
      else res.status(500).json({});
    };
    const made = hostApp({
      routes: (app) => {
        const second = createMfa<TestUser>({ issuer: 'Acme' });
        app.get('/second', second.session(), show);
        app.use(handler);
      },
    });
    await agentOf(made.app).get('/second').expect(500);
    expect(handled).toEqual([expect.stringContaining('two createMfa answered one request')]);
  });

  it('hides the property that passport.initialize names', async () => {
    const made = hostApp({
      initialize: { userProperty: 'account' },
      routes: (app) => {
        app.get('/account', (req, res) => {
          res.json({ account: Reflect.get(req, 'account') ?? null, isAuthenticated: req.isAuthenticated() });
        });
      },
    });
    const ann = await challenged(made);
    expect((await ann.client.get('/account')).body).toEqual({ account: null, isAuthenticated: false });
    await prove(made, ann);
    expect((await ann.client.get('/account')).body).toMatchObject({ account: { id: 'ann' }, isAuthenticated: true });
    const bob = await loggedIn(made);
    expect((await bob.get('/account')).body).toMatchObject({ account: { id: 'bob' }, isAuthenticated: true });
  });

  it('ends with the logout', async () => {
    const made = hostApp({
      routes: (app) => {
        app.post('/logout', (req, res, next) => {
          req.logOut((error) => {
            if (error) next(error);
            else res.json(seenBy(req));
          });
        });
      },
    });
    const { client } = await satisfied(made);
    expect((await client.post('/logout')).body).toMatchObject({ user: null, mfa: { state: 'anonymous', aal: 0 } });
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'anonymous' });
  });
});

describe('isolate: false', () => {
  it('shows the user after the first factor, satisfied or not, and calls the login route', async () => {
    const made = guardedApp({}, { options: { isolate: false, policy: 'required' } });
    await enroll(made, 'ann');
    const client = agentOf(made.app);
    expect((await logIn(client, 'ann')).body).toEqual({
      user: { id: 'ann', username: 'ann' },
      state: 'challenge_required',
    });
    expect((await client.get('/whoami')).body).toMatchObject({
      isAuthenticated: true,
      state: 'challenge_required',
      aal: 1,
    });
    expect((await logIn(client, 'bob')).body).toMatchObject({ user: { id: 'bob' }, state: 'enrollment_required' });
  });

  it('is no way past a guard', async () => {
    const made = guardedApp(
      {},
      {
        options: { isolate: false },
        routes: (app, { mfa }) => void app.get('/required', mfa.require(), show),
      },
    );
    const ann = await challenged(made);
    await ann.client.get('/vault').expect(401);
    await ann.client.get('/required').expect(401);
    await ann.client
      .post('/vault')
      .send({ code: wrongCodeAt(ann.secret, made.clock.now()) })
      .expect(401);
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(200);
    await ann.client.get('/required').expect(200);
  });
});

describe('a login that needs a second factor', () => {
  it.each([
    [
      'enrolled',
      'optional',
      { state: 'challenge_required', methods: ['totp'], challenge_url: '/mfa/challenges', enroll_url: null },
    ],
    [
      'not enrolled',
      'required',
      { state: 'enrollment_required', methods: [], challenge_url: null, enroll_url: '/mfa/factors' },
    ],
  ] as const)('is answered by us to programs (%s)', async (who, policy, answer) => {
    const made = hostApp({ options: { policy }, login: { successRedirect: '/home', failureRedirect: '/login' } });
    if (who === 'enrolled') await enroll(made, 'ann');
    const login = await logIn(agentOf(made.app), 'ann');
    expect([login.status, login.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(login.body).toEqual(answer);
  });

  it('is answered with JSON to fetch(), whatever it accepts', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const answer = await browserOf(made.app)
      .post('/login')
      .set('Sec-Fetch-Mode', 'cors')
      .type('form')
      .send({ username: 'ann', password: 'secret' });
    expect([answer.status, answer.body.state]).toEqual([200, 'challenge_required']);
  });

  it('names the paths of the router where it is mounted', async () => {
    const made = hostApp({ mount: '/auth/2fa', options: { path: '/auth/2fa' } });
    await enroll(made, 'ann');
    expect((await logIn(agentOf(made.app), 'ann')).body.challenge_url).toBe('/auth/2fa/challenges');
  });

  it.each(['ann', 'bob'])('is answered to browsers by 303 to the router (%s)', async (username) => {
    const made = hostApp({ options: { policy: 'required' }, login: { successRedirect: '/home' } });
    await enroll(made, 'ann');
    const answer = await browserOf(made.app)
      .post('/login')
      .type('form')
      .send({ username, password: 'secret' })
      .redirects(0);
    expect([answer.status, answer.headers['location']]).toEqual([303, '/mfa']);
  });

  it("does not call the app's own login callback", async () => {
    const called: string[] = [];
    const made = hostApp({
      routes: (app, { passport }) => {
        app.post('/custom', (req, res, next) => {
          const done = (_error: unknown, user?: Express.User | false | null): void => {
            if (!user) {
              next();
              return;
            }
            req.logIn(user, (error: unknown) => {
              called.push((user as TestUser).id);
              if (error) next(error);
              else res.json(seenBy(req));
            });
          };
          void (passport.authenticate('local', done) as RequestHandler)(req, res, next);
        });
      },
    });
    await enroll(made, 'ann');
    const ann = await agentOf(made.app).post('/custom').send({ username: 'ann', password: 'secret' });
    expect(ann.body).toMatchObject({ state: 'challenge_required', challenge_url: '/mfa/challenges' });
    expect(called).toEqual([]);
    const bob = await agentOf(made.app).post('/custom').send({ username: 'bob', password: 'secret' });
    expect(bob.body).toMatchObject({ user: { id: 'bob' }, mfa: { state: 'not_required' } });
    expect(called).toEqual(['bob']);
  });

  it('and a logout take null for options that are not there, as Passport does', async () => {
    const made = hostApp({
      routes: (app) => {
        const none = null as unknown as LogInOptions & LogOutOptions;
        app.post('/in', (req, res, next) => {
          req.logIn({ id: 'bob' }, none, (error) => {
            if (error) next(error);
            else res.json(seenBy(req));
          });
        });
        app.post('/out', (req, res, next) => {
          req.logOut(none, (error) => {
            if (error) next(error);
            else res.json(seenBy(req));
          });
        });
      },
    });
    const bob = agentOf(made.app);
    expect((await bob.post('/in')).body).toMatchObject({ user: { id: 'bob' }, mfa: { state: 'not_required' } });
    expect((await bob.post('/out')).body).toMatchObject({ user: null, mfa: { state: 'anonymous' } });
  });

  it('is not ours to answer where none is needed', async () => {
    const made = hostApp({ login: { successRedirect: '/home' } });
    const answer = await browserOf(made.app)
      .post('/login')
      .type('form')
      .send({ username: 'bob', password: 'secret' })
      .redirects(0);
    expect([answer.status, answer.headers['location']]).toEqual([302, '/home']);
  });

  it('is no login where the password is wrong', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const client = agentOf(made.app);
    await client.post('/login').send({ username: 'ann', password: 'wrong' }).expect(401);
    expect((await client.get('/whoami')).body).toMatchObject({ state: 'anonymous' });
  });
});

describe('the way back after a login', () => {
  async function back(made: HostApp, ann: Enrolled): Promise<string | undefined> {
    const code = codeAt(ann.secret, made.clock.now());
    const answer = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    return answer.headers['location'];
  }

  async function logInBrowser(made: HostApp, returnTo?: string): Promise<Enrolled> {
    const factor = await enroll(made, 'ann');
    const client = browserOf(made.app);
    if (returnTo !== undefined) await client.post('/session').send({ returnTo });
    await client.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
    return { client, ...factor };
  }

  it.each([
    ['successRedirect', { successRedirect: '/home?tab=1' }],
    ['successReturnToOrRedirect', { successReturnToOrRedirect: '/home?tab=1' }],
  ])('is the %s of the login', async (_name, login) => {
    const made = guardedApp({}, { login });
    expect(await back(made, await logInBrowser(made))).toBe('/home?tab=1');
  });

  it('is the page that the app noted before', async () => {
    const made = guardedApp({}, { login: { successRedirect: '/home' } });
    expect(await back(made, await logInBrowser(made, '/report?page=2'))).toBe('/report?page=2');
  });

  it('is the router where nobody said', async () => {
    const made = guardedApp();
    expect(await back(made, await logInBrowser(made))).toBe('/mfa');
  });

  it('is used once', async () => {
    const made = guardedApp({}, { login: { successRedirect: '/home' } });
    const ann = await logInBrowser(made);
    await back(made, ann);
    made.clock.advance(30_000);
    expect(await back(made, ann)).toBe('/mfa');
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
    'evil.example',
  ])('is never %j', async (returnTo) => {
    const made = guardedApp({}, { login: { successRedirect: '/home' } });
    expect(['/home', '/mfa']).toContain(await back(made, await logInBrowser(made, returnTo)));
  });

  it('is that of the login, where what the app noted leads elsewhere', async () => {
    const made = guardedApp({}, { login: { successRedirect: '/home' } });
    expect(await back(made, await logInBrowser(made, '//evil.example'))).toBe('/home');
  });
});

describe("login: 'continue'", () => {
  it('calls the login route, the user hidden', async () => {
    const made = hostApp({ options: { login: 'continue' } });
    await enroll(made, 'ann');
    expect((await logIn(agentOf(made.app), 'ann')).body).toEqual({ user: null, state: 'challenge_required' });
  });

  it('leaves redirects to Passport', async () => {
    const made = hostApp({ options: { login: 'continue' }, login: { successRedirect: '/second-step' } });
    await enroll(made, 'ann');
    const answer = await browserOf(made.app)
      .post('/login')
      .type('form')
      .send({ username: 'ann', password: 'secret' })
      .redirects(0);
    expect([answer.status, answer.headers['location']]).toEqual([302, '/second-step']);
  });

  it('can be said of one login', async () => {
    const made = hostApp({ login: { login: 'continue' } });
    await enroll(made, 'ann');
    expect((await logIn(agentOf(made.app), 'ann')).body).toEqual({ user: null, state: 'challenge_required' });
  });

  it('can be taken back for one login', async () => {
    const made = hostApp({ options: { login: 'continue' }, login: { login: 'answer' } });
    await enroll(made, 'ann');
    expect((await logIn(agentOf(made.app), 'ann')).body).toMatchObject({ challenge_url: '/mfa/challenges' });
  });
});

describe('impersonation', () => {
  function support(options: Partial<MfaOptions<TestUser>> = {}): HostApp {
    return guardedApp(
      { ifEnrolled: true },
      {
        options,
        routes: (app, { mfa }) => {
          app.post('/impersonate', (req, res, next) => {
            const { id } = req.body as { readonly id: string };
            const impersonation = { session: true, secondFactor: false } as LogInOptions;
            req.logIn({ id, username: id }, impersonation, (error) => {
              if (error) next(error);
              else res.json(seenBy(req));
            });
          });
          app.all('/required', mfa.require({ ifEnrolled: true }), show);
          app.all('/approved', mfa.require({ purpose: 'transfer' }), show);
          app.get('/seen', show);
        },
      },
    );
  }

  async function impersonated(made: HostApp): Promise<Enrolled> {
    const factor = await enroll(made, 'ann');
    const client = agentOf(made.app);
    await client.post('/impersonate').send({ id: 'ann' }).expect(200);
    return { client, ...factor };
  }

  it('shows the user, and that it is one', async () => {
    const { client } = await impersonated(support());
    expect((await client.get('/seen')).body).toMatchObject({
      user: { id: 'ann' },
      isAuthenticated: true,
      mfa: { state: 'not_required', amr: ['impersonated'], aal: 1, authTime: null, factorSid: null },
    });
  });

  it.each(['optional', 'required', 'off'] as const)(
    'is never enough for a guard, under the policy %s',
    async (policy) => {
      const { client } = await impersonated(support({ policy }));
      for (const path of ['/vault', '/required', '/approved']) {
        const { status, body } = await client.post(path);
        expect([path, status, body.code]).toEqual([path, 403, 'impersonated']);
      }
    },
  );

  it('does not become more by a code, which it does not spend', async () => {
    const made = support();
    const ann = await impersonated(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/vault').send({ code }).expect(403);
    await ann.client.post('/mfa/challenges').send({ code }).expect(403);
    expect((await ann.client.get('/seen')).body).toMatchObject({ mfa: { amr: ['impersonated'], aal: 1 } });
    const own = await loggedIn(made, 'ann');
    await own.post('/vault').send({ code }).expect(200);
  });

  it('ends with the next login, which needs a second factor again', async () => {
    const made = support();
    const { client } = await impersonated(made);
    expect((await logIn(client, 'ann')).body).toMatchObject({ state: 'challenge_required' });
    expect((await client.get('/seen')).body).toMatchObject({ user: null, mfa: { amr: [] } });
  });

  it('does not come with the second factor that the session had', async () => {
    const made = support();
    const { client } = await satisfied(made);
    const { body } = await client.post('/impersonate').send({ id: 'ann' });
    expect(body.mfa).toMatchObject({ state: 'not_required', amr: ['impersonated'], aal: 1 });
    await client.get('/vault').expect(403);
  });

  it('is not to be had by a request that only says so', async () => {
    const made = support();
    await enroll(made, 'ann');
    const client = agentOf(made.app);
    const { body } = await client
      .post('/login?secondFactor=false')
      .send({ username: 'ann', password: 'secret', secondFactor: false });
    expect(body).toMatchObject({ state: 'challenge_required' });
  });
});

describe('the policy', () => {
  it('may be a function of the user and the request', async () => {
    const policy = ({ id }: TestUser, { req }: { readonly req: { readonly ip?: string | undefined } }): Policy =>
      req.ip === undefined ? 'off' : id === 'boss' ? 'required' : 'optional';
    const made = hostApp({ options: { policy } });
    expect((await logIn(agentOf(made.app), 'boss')).body).toMatchObject({ state: 'enrollment_required' });
    expect((await logIn(agentOf(made.app), 'bob')).body).toMatchObject({ state: 'not_required' });
  });

  it('may answer later', async () => {
    const made = hostApp({ options: { policy: async () => Promise.resolve('required' as const) } });
    expect((await logIn(agentOf(made.app), 'bob')).body).toMatchObject({ state: 'enrollment_required' });
  });

  it('is asked at every request', async () => {
    const policy: { now: Policy } = { now: 'optional' };
    const made = hostApp({ options: { policy: () => policy.now } });
    const client = await loggedIn(made);
    expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'bob' }, state: 'not_required' });
    policy.now = 'required';
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'enrollment_required' });
  });

  it("does not uncover a user with a factor where it is 'optional'", async () => {
    const { client } = await challenged(hostApp({ options: { policy: 'optional' } }));
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });
});

describe.each([
  [
    'throws',
    () => {
      throw new Error('no database');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('no database'))],
  ['gives an unknown answer', () => 'mandatory'],
  ['gives no answer', () => undefined],
  ['gives a number', () => 1],
])('a hook of the app that %s', (_title, hook) => {
  it.each(['policy', 'enrolled'] as const)('(%s) is a failure and never a permission', async (name) => {
    const failing = { is: false };
    const works = name === 'policy' ? () => 'optional' : () => false;
    const made = guardedApp({ ifEnrolled: true }, { options: { [name]: () => (failing.is ? hook() : works()) } });
    const client = await loggedIn(made);
    await client.get('/vault').expect(200);
    failing.is = true;
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
    await client.get('/vault').expect(503);
    const { status, headers, body } = await client.get('/mfa');
    expect([status, headers['retry-after'], body.code]).toEqual([503, '1', 'hook_failed']);
  });
});

describe("the app's own note that a user has a factor", () => {
  const noted = (enrolled: boolean | Promise<boolean>, policy: Policy = 'optional'): HostApp =>
    guardedApp({ ifEnrolled: true }, { options: { enrolled: () => enrolled, policy } });

  it.each([
    ['at once', true],
    ['later', Promise.resolve(true)],
  ])('makes a missing record a loss: 503 record_missing (it answers %s)', async (_when, enrolled) => {
    const made = noted(enrolled);
    const client = await loggedIn(made);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
    await client.get('/vault').expect(503);
    const { status, headers, body } = await client.get('/mfa');
    expect([status, headers['retry-after'], body.code]).toEqual([503, '1', 'record_missing']);
  });

  it('does not take an unverified factor for the record', async () => {
    const made = noted(true);
    await made.mfa.factors.create({ identity: 'bob' });
    const client = await loggedIn(made);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
  });

  it.each([
    ['optional', 'not_required'],
    ['required', 'enrollment_required'],
  ] as const)('leaves a record that was emptied through us to the policy (%s)', async (policy, state) => {
    const made = noted(true, policy);
    const { sid } = await enroll(made, 'ann');
    await made.mfa.factors.remove({ identity: 'ann', sid });
    const client = await loggedIn(made, 'ann');
    expect((await client.get('/whoami')).body).toMatchObject({ state });
  });

  it('that says false does not outweigh a record: challenge_required, and an event', async () => {
    const made = noted(false);
    const events: unknown[] = [];
    made.mfa.events.on('entity.contradicted', ({ identity }) => void events.push(identity));
    const { client } = await challenged(made);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
    expect(new Set(events)).toEqual(new Set(['ann']));
  });

  it('that agrees raises no event', async () => {
    const made = noted(true);
    const events: unknown[] = [];
    made.mfa.events.on('entity.contradicted', (event) => void events.push(event));
    await satisfied(made);
    expect(events).toEqual([]);
  });

  it('is not asked where the policy is off', async () => {
    const made = noted(true, 'off');
    const client = await loggedIn(made);
    expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'bob' }, state: 'not_required' });
  });
});
