import { MemoryStore as MemorySessions } from 'express-session';
import type { Response } from 'supertest';
import { TestClock } from '../support/clock.js';
import { cookiesOf } from '../support/cookies.js';
import {
  challenged,
  cookieOf,
  guardedApp,
  nextCode,
  prove,
  satisfied,
  seenBy,
  type Enrolled,
} from '../support/guarded-app.js';
import { agentOf, enroll, logIn, type HostApp, type HostAppOptions } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { grantIn, withGrant } from '../support/session-content.js';
import { answerAround, SlowSessions } from '../support/slow-sessions.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** With guards of `maxAge` and without, and logins and logouts that keep what the session holds. */
function app({ login, ...host }: HostAppOptions = {}): HostApp {
  return guardedApp(
    {},
    {
      ...host,
      ...(login !== undefined && { login }),
      routes: (express, { mfa, passport }) => {
        express.get('/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
        express.get('/fresh', mfa.require({ maxAge: '1h' }), (req, res) => void res.json(seenBy(req)));
        express.post('/login/kept', passport.authenticate('local', { keepSessionInfo: true }), (req, res) => {
          res.json(seenBy(req));
        });
        express.post('/logout', (req, res, next) => {
          req.logOut({ keepSessionInfo: true }, (error) => {
            if (error) next(error);
            else res.json({});
          });
        });
      },
    },
  );
}

async function stateOf({ client }: Enrolled): Promise<unknown> {
  return (await client.get('/whoami')).body.state;
}

async function sessionOf({ client }: Enrolled): Promise<{ sessionId: string; held: Record<string, unknown> }> {
  return (await client.get('/session')).body;
}

describe('the session id', () => {
  it('changes at the first and at the second factor', async () => {
    const made = app();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    await client.post('/session').send({ cart: [] });
    const ids = [(await client.get('/session')).body.sessionId];
    await logIn(client, 'ann');
    ids.push((await client.get('/session')).body.sessionId);
    await client.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    ids.push((await client.get('/session')).body.sessionId);
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    ['the strategy', '/vault'],
    ['the router', '/mfa/challenges'],
  ])('of before the second factor (by %s) belongs to nobody afterwards', async (_title, path) => {
    const made = app();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    const before = cookiesOf(await logIn(client, 'ann'));
    const proof = await client.post(path).send({ code: codeAt(secret, made.clock.now()) });
    const whoami = async (cookie: string): Promise<unknown> =>
      (await agentOf(made.app).get('/whoami').set('Cookie', cookie)).body.state;
    expect([before, cookiesOf(proof)]).toEqual([expect.stringContaining('sid='), expect.stringContaining('sid=')]);
    expect([await whoami(before), await whoami(cookiesOf(proof))]).toEqual(['anonymous', 'satisfied']);
  });

  it('of before the first factor never holds a grant', async () => {
    const made = app();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    const fixed = cookiesOf(await client.post('/session').send({ cart: [] }));
    await logIn(client, 'ann');
    await client
      .post('/vault')
      .send({ code: codeAt(secret, made.clock.now()) })
      .expect(200);
    const { body } = await agentOf(made.app).get('/whoami').set('Cookie', fixed);
    expect(body).toMatchObject({ user: null, state: 'anonymous' });
  });
});

describe('what the session holds', () => {
  it('keeps returnTo at both factors, and nothing else', async () => {
    const made = app();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    await client
      .post('/session')
      .send({ returnTo: '/report', cart: ['pen'], messages: ['old'], flash: { error: ['old'] } });
    await logIn(client, 'ann');
    expect(Object.keys((await client.get('/session')).body.held).sort()).toEqual([
      'cookie',
      'mfa',
      'passport',
      'returnTo',
    ]);
    await client.post('/session').send({ cart: ['pen'], messages: ['old'] });
    await client
      .post('/vault')
      .send({ code: codeAt(secret, made.clock.now()) })
      .expect(200);
    expect(Object.keys((await client.get('/session')).body.held).sort()).toEqual([
      'cookie',
      'mfa',
      'passport',
      'returnTo',
    ]);
  });

  it('keeps what preserve names, at both factors', async () => {
    const made = app({ options: { preserve: ['cart', 'locale'] } });
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    await client.post('/session').send({ returnTo: '/report', cart: ['pen'], locale: 'de', seen: 1 });
    await logIn(client, 'ann');
    await client
      .post('/vault')
      .send({ code: codeAt(secret, made.clock.now()) })
      .expect(200);
    const { held } = (await client.get('/session')).body;
    expect(held).toMatchObject({ cart: ['pen'], locale: 'de' });
    expect(Object.keys(held).sort()).toEqual(['cart', 'cookie', 'locale', 'mfa', 'passport']);
  });

  it('never keeps our own key, not even where preserve names it', async () => {
    const made = app({ options: { preserve: ['mfa', 'passport'] } });
    const ann = await satisfied(made);
    await logIn(ann.client, 'ann');
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('holds no secret and no code', async () => {
    const made = app();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/vault').send({ code }).expect(200);
    const text = JSON.stringify(await sessionOf(ann));
    expect(text).not.toContain(code);
    expect(text).not.toContain(ann.secret);
  });
});

describe('a grant ends', () => {
  it('with a new login of the same user', async () => {
    const made = app();
    const ann = await satisfied(made);
    await logIn(ann.client, 'ann');
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('with a login that keeps what the session holds', async () => {
    const made = app();
    const ann = await satisfied(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client.post('/login/kept').send({ username: 'ann', password: 'secret' });
    expect((await sessionOf(ann)).held).toMatchObject({ cart: ['pen'] });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('with the login of another user that keeps what the session holds', async () => {
    const made = app();
    await enroll(made, 'ben');
    const ann = await satisfied(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    const { body } = await ann.client.post('/login/kept').send({ username: 'ben', password: 'secret' });
    expect(body).toMatchObject({ state: 'challenge_required' });
    expect((await sessionOf(ann)).held).toMatchObject({ cart: ['pen'] });
    expect((await ann.client.get('/whoami')).body).toMatchObject({
      user: null,
      state: 'challenge_required',
      aal: 1,
      amr: [],
    });
  });

  it('with a logout that keeps what the session holds', async () => {
    const made = app();
    const ann = await satisfied(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client.post('/logout');
    expect((await sessionOf(ann)).held).toMatchObject({ cart: ['pen'] });
    expect((await sessionOf(ann)).held).not.toHaveProperty('mfa');
    await ann.client.post('/login/kept').send({ username: 'ann', password: 'secret' });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('24 hours after the factor was shown, however busy the session is', async () => {
    const made = app();
    const ann = await satisfied(made);
    for (let quarter = 1; quarter < 48; quarter += 1) {
      made.clock.advance(HOUR / 2);
      expect(await stateOf(ann)).toBe('satisfied');
    }
    made.clock.advance(HOUR / 2 - 1);
    expect(await stateOf(ann)).toBe('satisfied');
    made.clock.advance(1);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
  });

  it('after an hour without a request', async () => {
    const made = app();
    const ann = await satisfied(made);
    made.clock.advance(HOUR - 1);
    expect(await stateOf(ann)).toBe('satisfied');
    made.clock.advance(HOUR);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });

  it('an hour before the last request, where the clock is set back', async () => {
    const made = app();
    const ann = await satisfied(made);
    // Each of these requests is the last one then.
    for (let half = 0; half < 3; half += 1) {
      made.clock.advance(-HOUR / 2);
      expect(await stateOf(ann)).toBe('satisfied');
    }
    made.clock.advance(-HOUR);
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it.each([
    ['maxAge', { maxAge: '2m', idle: '2m' }, 2 * MINUTE],
    ['idle', { idle: '5m' }, 5 * MINUTE],
  ] as const)('when grant.%s says', async (_name, grant, life) => {
    const made = app({ options: { grant } });
    const ann = await satisfied(made);
    made.clock.advance(life - 1);
    expect(await stateOf(ann)).toBe('satisfied');
    made.clock.advance(life);
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('not while requests come, however short grant.idle is', async () => {
    const made = app({ options: { grant: { idle: '1m' } } });
    const ann = await satisfied(made);
    for (let time = 0; time < 10; time += 1) {
      made.clock.advance(MINUTE / 2);
      expect(await stateOf(ann)).toBe('satisfied');
    }
  });

  it('once another factor was added elsewhere', async () => {
    const made = app();
    const ann = await satisfied(made);
    await enroll(made, 'ann');
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
    await ann.client.get('/required').expect(401);
  });

  it('once another factor was removed elsewhere', async () => {
    const made = app();
    const other = await enroll(made, 'ann');
    const ann = await challenged(made);
    await prove(made, ann);
    await made.mfa.factors.remove({ identity: 'ann', sid: other.sid });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('once its own factor was removed', async () => {
    const made = app();
    await enroll(made, 'ann');
    const ann = await challenged(made);
    await prove(made, ann);
    await made.mfa.factors.remove({ identity: 'ann', sid: ann.sid });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('in every other session, but not in the one that added the factor', async () => {
    const made = app();
    const ann = await satisfied(made);
    const other = agentOf(made.app);
    await logIn(other, 'ann');
    made.clock.advance(30_000);
    await prove(made, { ...ann, client: other });
    const { body: added } = await other.post('/mfa/factors').send({});
    const code = codeAt(added.binding.secret, made.clock.now());
    await other.post(`/mfa/factors/${added.sid}`).send({ code }).expect(200);
    expect((await other.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('never by an unverified factor', async () => {
    const made = app();
    const ann = await satisfied(made);
    await made.mfa.factors.create({ identity: 'ann' });
    expect(await stateOf(ann)).toBe('satisfied');
  });

  it('and a new code begins another one', async () => {
    const made = app();
    const ann = await satisfied(made);
    made.clock.advance(2 * HOUR);
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect(await stateOf(ann)).toBe('satisfied');
  });

  it('is of no use in another session of the same user', async () => {
    const made = app();
    const ann = await satisfied(made);
    const grant = grantIn((await sessionOf(ann)).held);
    expect(grant).toMatch(/^ann,/);
    const other = agentOf(made.app);
    await logIn(other, 'ann');
    const own = (await other.get('/session')).body.held.mfa;
    await other.post('/session').send({ mfa: withGrant(own, grant) });
    expect((await other.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });

  it.each([
    ['text', 'satisfied'],
    ['a list', []],
    ['an object', { service: 'default', identity: 'ann', loginId: 'x', loginAt: 0, seenSince: 0, grant: {} }],
    ['a grant that says nothing', 'default,ann,x,0,0,,;,,,,,,;'],
  ])('is not to be had from %s in its place', async (_title, mfa) => {
    const made = app();
    const ann = await challenged(made);
    await ann.client.post('/session').send({ mfa });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });
});

describe('grant.recheck', () => {
  const RECHECK = { options: { grant: { recheck: '30s' } } } as const;

  it('relies on the last look for its time, and then looks again', async () => {
    const made = app(RECHECK);
    const ann = await satisfied(made);
    const asked = async (): Promise<number> => (await made.store.during(() => ann.client.get('/whoami'))).length;
    expect([await asked(), await asked()]).toEqual([0, 0]);
    made.clock.advance(29_999);
    expect(await asked()).toBe(0);
    made.clock.advance(1);
    expect([await asked(), await asked()]).toEqual([1, 0]);
  });

  it('is off by default: a new epoch bites at once', async () => {
    const made = app();
    const ann = await satisfied(made);
    expect(await made.store.during(() => ann.client.get('/whoami'))).toEqual(['load']);
    await enroll(made, 'ann');
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('lets a new epoch bite when its time is over', async () => {
    const made = app(RECHECK);
    const ann = await satisfied(made);
    const { factor, binding } = await made.mfa.factors.create({ identity: 'ann' });
    const code = codeAt(binding.secret, made.clock.now());
    await made.mfa.factors.verify({ identity: 'ann', sid: factor.sid, code });
    expect(await stateOf(ann)).toBe('satisfied');
    made.clock.advance(30_000);
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it.each(['/fresh', '/mfa', '/mfa/factors'])('is nothing to %s, which looks afresh', async (path) => {
    const made = app(RECHECK);
    const ann = await satisfied(made);
    expect(await made.store.during(() => ann.client.get(path).expect(200))).toContain('load');
    const { factor, binding } = await made.mfa.factors.create({ identity: 'ann' });
    const code = codeAt(binding.secret, made.clock.now());
    await made.mfa.factors.verify({ identity: 'ann', sid: factor.sid, code });
    const { status, body } = await ann.client.get(path);
    expect(path === '/mfa' ? body.state : status).toBe(path === '/mfa' ? 'challenge_required' : 401);
  });

  it('does not outlive the grant', async () => {
    const made = app({ options: { grant: { recheck: '60s', maxAge: '1m', idle: '1m' } } });
    const ann = await satisfied(made);
    made.clock.advance(30_000);
    await ann.client.get('/fresh').expect(200);
    made.clock.advance(29_999);
    expect(await stateOf(ann)).toBe('satisfied');
    made.clock.advance(1);
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('does not take the grant of another service in the same session', async () => {
    const store = new MemorySessions();
    const clock = new TestClock();
    const [one, other] = ['one', 'other'].map((service) =>
      app({ clock, sessions: { store }, options: { service, ...RECHECK.options } }),
    ) as [HostApp, HostApp];
    const ann = await satisfied(one);
    await enroll(other, 'ann');
    const cookie = await cookieOf(ann);
    const there = { ...ann, client: agentOf(other.app).set('Cookie', cookie) };
    expect([await stateOf(ann), await stateOf(there)]).toEqual(['satisfied', 'challenge_required']);
  });

  it('does not last longer because the clock is set back', async () => {
    const made = app(RECHECK);
    const ann = await satisfied(made);
    made.clock.advance(-29_999);
    expect(await made.store.during(() => ann.client.get('/whoami'))).toEqual([]);
    made.clock.advance(-1);
    expect(await made.store.during(() => ann.client.get('/whoami'))).toEqual(['load']);
  });

  it('does not outlive the login', async () => {
    const made = app(RECHECK);
    const ann = await satisfied(made);
    await ann.client.post('/login/kept').send({ username: 'ann', password: 'secret' });
    expect(await stateOf(ann)).toBe('challenge_required');
  });

  it('lets nobody wait who has no grant: a code counts at once', async () => {
    const made = app(RECHECK);
    const ann = await challenged(made);
    await ann.client.get('/whoami');
    await prove(made, ann);
    expect(await stateOf(ann)).toBe('satisfied');
  });
});

describe('the store is asked', () => {
  it.each([
    ['/whoami', 200],
    ['/required', 200],
    ['/fresh', 200],
    ['/vault', 200],
  ])('once by an authenticated request (%s)', async (path, status) => {
    const made = app();
    const { client } = await satisfied(made);
    expect(await made.store.during(() => client.get(path).expect(status))).toEqual(['load']);
  });

  it('not at all by a request of nobody', async () => {
    const made = app();
    expect(await made.store.during(() => agentOf(made.app).get('/whoami'))).toEqual([]);
  });

  it.each([
    ['right', (made: HostApp, ann: Enrolled) => codeAt(ann.secret, made.clock.now())],
    ['wrong', (made: HostApp, ann: Enrolled) => wrongCodeAt(ann.secret, made.clock.now())],
  ])('twice by a request with a code, to look and to write (%s)', async (_title, codeOf) => {
    const made = app();
    const ann = await challenged(made);
    const code = codeOf(made, ann);
    expect(await made.store.during(() => ann.client.post('/vault').send({ code }))).toEqual(['load', 'save']);
  });

  it('once by a login', async () => {
    const made = app();
    await enroll(made, 'ann');
    const client = agentOf(made.app);
    expect(await made.store.during(() => logIn(client, 'ann'))).toEqual(['load']);
  });
});

describe('the grant is saved before the answer leaves', () => {
  it.each([
    ['the strategy', '/vault'],
    ['the router', '/mfa/challenges'],
  ])('by %s: not even its headers are sent earlier', async (_title, path) => {
    const store = new SlowSessions((session) => grantIn(session) !== '');
    const made = app({ sessions: { store } });
    const { secret } = await enroll(made, 'ann');
    const cookie = cookiesOf(await logIn(agentOf(made.app), 'ann'));
    const { isEarly, status } = await answerAround(made, store, {
      method: 'POST',
      path,
      headers: { cookie, accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ code: codeAt(secret, made.clock.now()) }),
    });
    expect(isEarly).toBe(false);
    expect([200, 201]).toContain(status);
    expect(store.saved).toBeGreaterThan(0);
  });

  it('and is not given where the session cannot be saved', async () => {
    class FullSessions extends MemorySessions {
      isFull = false;

      override set(...[sid, session, done]: Parameters<MemorySessions['set']>): void {
        if (this.isFull && grantIn(session) !== '') done?.(new Error('the disk is full'));
        else super.set(sid, session, done);
      }
    }
    const store = new FullSessions();
    const made = app({ sessions: { store } });
    const ann = await challenged(made);
    store.isFull = true;
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(500);
  });

  it('and the older one is gone from what a new login saves, and where nothing can be saved, all is', async () => {
    class FailingSessions extends MemorySessions {
      savesLeft = Infinity;

      override set(...[sid, session, done]: Parameters<MemorySessions['set']>): void {
        this.savesLeft -= 1;
        if (this.savesLeft < 0) done?.(new Error('the disk is full'));
        else super.set(sid, session, done);
      }
    }
    const store = new FailingSessions();
    const made = app({ sessions: { store } });
    const ann = await satisfied(made);
    const all = (): readonly string[] =>
      Object.values((store as unknown as { readonly sessions: Record<string, string> }).sessions);
    const newLogin = async (): Promise<Response> =>
      ann.client.post('/login/kept').send({ username: 'ann', password: 'secret' });
    // That is before the answer; the one of express-session after it fails.
    store.savesLeft = 1;
    expect((await newLogin()).status).toBe(200);
    expect(all()).toEqual([expect.stringContaining('"passport":{"user":"ann"}')]);
    expect(all().map((text) => grantIn(JSON.parse(text)))).toEqual(['']);
    store.savesLeft = 0;
    expect((await newLogin()).status).toBe(500);
    expect(all()).toEqual([]);
  });
});
