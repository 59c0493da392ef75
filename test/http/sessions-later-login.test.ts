import type { Request } from 'express';
import type { LogInOptions } from 'passport';
import { Strategy } from 'passport-strategy';
import {
  challenged,
  cookieOf,
  guardedApp,
  nextCode,
  prove,
  satisfied,
  seenBy,
  type Enrolled,
  type GuardOptions,
} from '../support/guarded-app.js';
import { agentOf, browserOf, enroll, logIn, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';
import { grantIn } from '../support/session-content.js';

/** Logs in whom a cookie names, as passport-remember-me does: not where somebody is logged in. */
class RememberMeStrategy extends Strategy {
  readonly name = 'remember-me';

  override authenticate(req: Request): void {
    const [, id] = /\bremember=(\w+)/.exec(req.get('cookie') ?? '') ?? [];
    if (req.isAuthenticated() || id === undefined) this.pass();
    else this.success({ id, username: id });
  }
}

/** With pages before which a cookie may log in: `/report` guarded, `/seen` open. */
function rememberingApp(options: GuardOptions = {}): HostApp {
  return guardedApp(
    {},
    {
      routes: (app, { mfa, passport }) => {
        passport.use(new RememberMeStrategy());
        const remember = passport.authenticate('remember-me', options);
        app.get('/report', remember, mfa.require(), (req, res) => void res.json(seenBy(req)));
        app.get('/seen', remember, (req, res) => void res.json(seenBy(req)));
      },
    },
  );
}

async function remembered(made: HostApp): Promise<Enrolled> {
  const factor = await enroll(made, 'ann');
  return { client: browserOf(made.app).set('Cookie', 'remember=ann'), ...factor };
}

/** Types the code into the page; the place to which that leads. */
async function typeCode(made: HostApp, { client, secret }: Enrolled): Promise<unknown> {
  const code = codeAt(secret, made.clock.now());
  const answer = await client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
  return answer.headers['location'];
}

describe('a strategy that logs in from a cookie, later in the request', () => {
  it("with login: 'continue' leads to the page that was asked for, after the code", async () => {
    const made = rememberingApp({ login: 'continue' });
    const ann = await remembered(made);
    const asked = await ann.client.get('/report?page=2').redirects(0);
    expect([asked.status, asked.headers['location']]).toEqual([303, '/mfa/challenges']);
    expect(await typeCode(made, ann)).toBe('/report?page=2');
    expect((await ann.client.get('/report?page=2')).body).toMatchObject({
      user: { id: 'ann' },
      mfa: { state: 'satisfied' },
    });
  });

  it("with login: 'continue' runs the route, the user hidden", async () => {
    const made = rememberingApp({ login: 'continue' });
    const ann = await remembered(made);
    expect((await ann.client.get('/seen')).body).toMatchObject({
      user: null,
      isAuthenticated: false,
      mfa: { state: 'challenge_required', user: { id: 'ann' }, aal: 1 },
    });
  });

  it('is answered by us otherwise: the route does not run, the user stays hidden until the code', async () => {
    const made = rememberingApp();
    const ann = await remembered(made);
    const asked = await ann.client.get('/seen').redirects(0);
    expect([asked.status, asked.headers['location']]).toEqual([303, '/mfa']);
    expect((await ann.client.get('/whoami').set('Accept', 'application/json')).body).toMatchObject({
      user: null,
      isAuthenticated: false,
      state: 'challenge_required',
    });
  });

  it('changes nothing for a session that is satisfied', async () => {
    const made = rememberingApp();
    const ann = await satisfied(made);
    const { body } = await ann.client.get('/seen').set('Cookie', 'remember=ben');
    expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it("with login: 'continue' may run for every request, before the router too", async () => {
    const made = guardedApp(
      {},
      {
        // The router of `guardedApp` is not asked: here it must be the later one.
        mount: '/earlier',
        routes: (app, { mfa, passport }) => {
          passport.use(new RememberMeStrategy());
          app.use(passport.authenticate('remember-me', { login: 'continue' }));
          app.use('/mfa', mfa.router());
          app.get('/report', mfa.require(), (req, res) => void res.json(seenBy(req)));
        },
      },
    );
    const ann = await remembered(made);
    const page = await ann.client.get('/report').redirects(5);
    expect([page.status, page.redirects]).toEqual([200, [expect.stringMatching(/\/mfa\/challenges$/)]]);
    expect(await typeCode(made, ann)).toBe('/report');
    expect((await ann.client.get('/report')).body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it('that runs before the router is no endless way round', async () => {
    const made = guardedApp(
      {},
      {
        mount: '/elsewhere',
        routes: (app, { mfa, passport }) => {
          passport.use(new RememberMeStrategy());
          app.use(passport.authenticate('remember-me'));
          app.use('/mfa', mfa.router());
        },
      },
    );
    const ann = await remembered(made);
    const page = await ann.client.get('/mfa').redirects(5);
    expect([page.status, page.redirects]).toEqual([200, [expect.stringMatching(/\/mfa\/challenges$/)]]);
  });
});

describe('a login that follows the right code in the same request', () => {
  it('has no second factor of it', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          app.post('/again', passport.authenticate('totp'), (req, res, next) => {
            const { state } = req.mfa;
            req.logIn({ id: 'ann', username: 'ann' }, { login: 'continue' } as object as LogInOptions, (error) => {
              if (error) next(error);
              else res.json([state, req.mfa.state]);
            });
          });
        },
      },
    );
    const ann = await challenged(made);
    const { body } = await ann.client.post('/again').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(body).toEqual(['satisfied', 'challenge_required']);
  });
});

describe('a session that changes its user', () => {
  /** With logins and logouts that keep what the session holds, or do not. */
  function switching(): HostApp {
    return guardedApp(
      {},
      {
        routes: (app, { mfa, passport }) => {
          app.get('/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
          app.post('/kept/login', passport.authenticate('local', { keepSessionInfo: true }), (_req, res) => {
            res.json({});
          });
          for (const [path, keepSessionInfo] of [
            ['/logout', false],
            ['/kept/logout', true],
          ] as const) {
            app.post(path, (req, res, next) => {
              req.logOut({ keepSessionInfo }, (error) => (error ? next(error) : void res.json({})));
            });
          }
        },
      },
    );
  }

  const stateOf = async ({ client }: Pick<Enrolled, 'client'>): Promise<unknown> => {
    const { body } = await client.get('/whoami');
    return [body.state, body.user?.id ?? null];
  };

  const seenWith = async ({ app }: HostApp, cookie: string): Promise<unknown> => {
    const client = agentOf(app).set('Cookie', cookie);
    const { status } = await client.get('/required');
    return [status, ...((await stateOf({ client })) as unknown[])];
  };

  it.each([
    ['', ''],
    ['/kept', ', also where the login keeps what the session holds'],
  ])('has no second factor of the one before, in either direction (%s/login)%s', async (prefix) => {
    const made = switching();
    const ben = await enroll(made, 'ben');
    const ann = await satisfied(made);
    const { client } = ann;
    const cookieOfAnn = await cookieOf(ann);
    expect(await seenWith(made, cookieOfAnn)).toEqual([200, 'satisfied', 'ann']);

    await client.post(`${prefix}/login`).send({ username: 'ben', password: 'secret' });
    expect(await stateOf(ann)).toEqual(['challenge_required', null]);
    expect(await seenWith(made, cookieOfAnn)).toEqual([401, 'anonymous', null]);
    await client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(401);
    await prove(made, { client, ...ben });
    expect(await stateOf(ann)).toEqual(['satisfied', 'ben']);
    const cookieOfBen = await cookieOf(ann);

    await client.post(`${prefix}/login`).send({ username: 'ann', password: 'secret' });
    expect(await stateOf(ann)).toEqual(['challenge_required', null]);
    expect(await seenWith(made, cookieOfAnn)).toEqual([401, 'anonymous', null]);
    expect(await seenWith(made, cookieOfBen)).toEqual([401, 'anonymous', null]);
    // Her code was a wrong one of Ben's; it cost her nothing.
    await prove(made, ann);
    expect(await stateOf(ann)).toEqual(['satisfied', 'ann']);
  });

  it.each(['/logout', '/kept/logout'])(
    'keeps no grant through %s and a login that keeps everything',
    async (logout) => {
      const made = switching();
      const ann = await satisfied(made);
      const before = (await ann.client.get('/session')).body.held as Record<string, unknown>;
      expect(grantIn(before)).toMatch(/^ann,/);
      await ann.client.post(logout).expect(200);
      expect(await stateOf(ann)).toEqual(['anonymous', null]);
      await ann.client.post('/kept/login').send({ username: 'ann', password: 'secret' });
      expect(grantIn((await ann.client.get('/session')).body.held)).toBe('');
      expect(await stateOf(ann)).toEqual(['challenge_required', null]);
    },
  );

  it('by several logins at once ends in one of them, which must show a factor', async () => {
    const made = switching();
    await enroll(made, 'ben');
    const ann = await satisfied(made);
    await Promise.all(['ben', 'ann', 'ben', 'ann'].map((name) => logIn(ann.client, name)));
    expect((await stateOf(ann)) as unknown[]).toEqual(['challenge_required', null]);
    await ann.client.get('/required').expect(401);
  });

  it('without a login, by the hand of the app, has nobody else’s login: it is not recent', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app) => {
          app.post('/become/ben', (req, res) => {
            Object.assign(req.session, { passport: { user: 'ben' } });
            res.json({});
          });
        },
      },
    );
    const ann = await satisfied(made);
    await ann.client.post('/become/ben').expect(200);
    expect(await stateOf(ann)).toEqual(['not_required', 'ben']);
    expect(verdictOf(await ann.client.post('/mfa/factors').send({}))).toEqual([403, 'recent_login_required']);
  });

  it('by a login that fails stays as it is', async () => {
    const made = switching();
    const ann = await satisfied(made);
    await ann.client.post('/kept/login').send({ username: 'ben', password: 'wrong' }).expect(401);
    expect(await stateOf(ann)).toEqual(['satisfied', 'ann']);
  });

  it('begins as one who waits, where the session waited for the other', async () => {
    const made = switching();
    await enroll(made, 'ben');
    const ann = await challenged(made);
    await ann.client.post('/kept/login').send({ username: 'ben', password: 'secret' });
    // A code of Ann's, right for her, is nothing here.
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(401);
    expect(await stateOf(ann)).toEqual(['challenge_required', null]);
  });
});
