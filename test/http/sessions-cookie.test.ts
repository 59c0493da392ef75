import cookieSession from 'cookie-session';
import type { MfaOptions } from '../../src/index.js';
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
import { agentOf, logIn, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { grantIn } from '../support/session-content.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An app that keeps its sessions in a signed cookie: express-session finds one there and leaves it alone. */
function cookieApp(options: Partial<MfaOptions<TestUser>> = {}): HostApp {
  return guardedApp(
    {},
    {
      options,
      early: [cookieSession({ name: 'kept', keys: ['cookie secret'] })],
      routes: (app, { mfa, passport }) => {
        app.get('/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
        app.post('/kept/login', passport.authenticate('local', { keepSessionInfo: true }), (_req, res) => {
          res.json({});
        });
        app.post('/logout', (req, res, next) => {
          req.logOut((error) => {
            if (error) next(error);
            else res.json(seenBy(req));
          });
        });
      },
    },
  );
}

// Every app here warns; this also keeps that out of the log.
const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
beforeEach(() => warn.mockClear());
afterAll(() => warn.mockRestore());

const warningsOfCookies = (): readonly unknown[] =>
  warn.mock.calls.filter(([warning]) => warning.toString().includes('cookie'));

type Client = Pick<Enrolled, 'client'>;

async function standing({ client }: Client): Promise<readonly unknown[]> {
  const { status } = await client.get('/required');
  const { body } = await client.get('/whoami');
  return [status, body.state, body.user?.id ?? null];
}

/** What comes of a cookie that somebody puts back. */
async function seenWith({ app }: HostApp, cookie: string): Promise<readonly unknown[]> {
  return standing({ client: agentOf(app).set('Cookie', cookie) });
}

const heldBy = async ({ client }: Client): Promise<Record<string, unknown>> =>
  (await client.get('/session')).body.held as Record<string, unknown>;

describe('a session that is kept in a cookie', () => {
  it('goes from the login to the code, the second factor and the logout', async () => {
    const made = cookieApp();
    const ann = await challenged(made);
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
    await prove(made, ann);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
    const { body } = await ann.client.post('/logout').expect(200);
    expect(body).toMatchObject({ user: null, isAuthenticated: false, mfa: { state: 'anonymous' } });
    expect(await standing(ann)).toEqual([401, 'anonymous', null]);
    await logIn(ann.client, 'ann');
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
  });

  it('of a user without a factor ends at the logout', async () => {
    const made = cookieApp();
    const client = agentOf(made.app);
    await logIn(client, 'bob');
    await client.post('/logout').expect(200);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'anonymous' });
  });

  it('of a user who waits for the code ends at the logout', async () => {
    const made = cookieApp();
    const ann = await challenged(made);
    await ann.client.post('/logout').expect(200);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'anonymous', aal: 0 });
  });

  it('does not last through a login, but for what preserve names', async () => {
    const made = cookieApp({ preserve: ['locale'] });
    const ann = await satisfied(made);
    await ann.client.post('/session').send({ cart: ['pen'], locale: 'de' });
    expect(await heldBy(ann)).toMatchObject({ cart: ['pen'], locale: 'de' });
    expect(grantIn(await heldBy(ann))).toMatch(/^ann,/);
    await logIn(ann.client, 'ann');
    expect(Object.keys(await heldBy(ann)).sort()).toEqual(['locale', 'mfa', 'passport']);
    expect(grantIn(await heldBy(ann))).toBe('');
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect(Object.keys(await heldBy(ann)).sort()).toEqual(['locale', 'mfa', 'passport']);
  });

  it('has no grant after a login that keeps what it holds', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client.post('/kept/login').send({ username: 'ann', password: 'secret' });
    expect(await heldBy(ann)).toMatchObject({ cart: ['pen'] });
    expect(grantIn(await heldBy(ann))).toBe('');
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
  });

  it('keeps a grant for an hour, whatever grant.maxAge and grant.idle say', async () => {
    const made = cookieApp({ grant: { maxAge: '24h', idle: '24h' } });
    const ann = await satisfied(made);
    made.clock.advance(HOUR - 1);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
    made.clock.advance(1);
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(200);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
  });

  it('keeps a grant no longer than grant.maxAge says', async () => {
    const made = cookieApp({ grant: { maxAge: '5m' } });
    const ann = await satisfied(made);
    made.clock.advance(5 * MINUTE - 1);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
    made.clock.advance(1);
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
  });

  it('holds no secret and no code', async () => {
    const made = cookieApp();
    const ann = await challenged(made);
    const codes = [wrongCodeAt(ann.secret, made.clock.now()), codeAt(ann.secret, made.clock.now())];
    const held: unknown[] = [];
    for (const code of codes) {
      await ann.client.post('/mfa/challenges').set('Accept', 'text/html').type('form').send({ code }).redirects(0);
      held.push(await heldBy(ann));
    }
    expect(JSON.stringify(held[0])).toContain('incorrect_code');
    expect(grantIn(held[1])).toMatch(/^ann,/);
    for (const canary of [ann.secret, ...codes]) expect(JSON.stringify(held)).not.toContain(canary);
  });
});

describe('an older cookie, put back', () => {
  it('restores no attempts: the wait after wrong codes is in the record', async () => {
    const made = cookieApp();
    const ann = await challenged(made);
    const older = await cookieOf(ann);
    for (let count = 0; count < 5; count += 1) {
      await ann.client
        .post('/vault')
        .send({ code: wrongCodeAt(ann.secret, made.clock.now()) })
        .expect(401);
    }
    const restored = agentOf(made.app).set('Cookie', older);
    for (const path of ['/vault', '/mfa/challenges']) {
      const { status, body } = await restored.post(path).send({ code: codeAt(ann.secret, made.clock.now()) });
      expect([path, status, body.code]).toEqual([path, 429, 'locked']);
    }
  });

  it('restores no attempts: that codes are switched off is in the record, and once they are on the login starts again', async () => {
    const made = cookieApp({ limits: { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 2 } });
    const ann = await challenged(made);
    const older = await cookieOf(ann);
    made.clock.advance(1);
    for (let count = 0; count < 2; count += 1) {
      await ann.client
        .post('/vault')
        .send({ code: wrongCodeAt(ann.secret, made.clock.now()) })
        .expect(401);
    }
    expect(await seenWith(made, older)).toEqual([401, 'challenge_required', null]);
    const again = agentOf(made.app);
    await logIn(again, 'ann');
    const { status, body } = await again.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect([status, body.code]).toEqual([403, 'disabled']);
    await made.mfa.admin.unlock({ identity: 'ann' });
    expect(await seenWith(made, older)).toEqual([401, 'anonymous', null]);
  });

  it('does not make a used code new', async () => {
    const made = cookieApp();
    const ann = await challenged(made);
    const older = await cookieOf(ann);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/vault').send({ code }).expect(200);
    const { status, body } = await agentOf(made.app).post('/vault').set('Cookie', older).send({ code });
    expect([status, body.code]).toEqual([401, 'code_already_used']);
  });

  it('has no grant after logout-others of another session', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    const older = await cookieOf(ann);
    const other = { ...ann, client: agentOf(made.app) };
    await logIn(other.client, 'ann');
    await other.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect(await seenWith(made, older)).toEqual([200, 'satisfied', 'ann']);
    await other.client.post('/mfa/logout-others').expect(204);
    expect(await seenWith(made, older)).toEqual([401, 'challenge_required', null]);
    expect(await standing(other)).toEqual([200, 'satisfied', 'ann']);
  });

  it('has no grant after logout-others of its own session', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    const older = await cookieOf(ann);
    await ann.client.post('/mfa/logout-others').expect(204);
    expect(await seenWith(made, older)).toEqual([401, 'challenge_required', null]);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
  });

  it('has no grant after a factor was removed', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    const other = await satisfied(made);
    const older = await cookieOf(other);
    expect(await seenWith(made, older)).toEqual([200, 'satisfied', 'ann']);
    await made.mfa.factors.remove({ identity: 'ann', sid: ann.sid });
    expect(await seenWith(made, older)).toEqual([401, 'challenge_required', null]);
  });

  it('has no grant after its login was logged out, which the record knows', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    const older = await cookieOf(ann);
    expect(await seenWith(made, older)).toEqual([200, 'satisfied', 'ann']);
    await ann.client.post('/logout').expect(200);
    for (let time = 0; time < 2; time += 1) {
      expect(await seenWith(made, older)).toEqual([401, 'anonymous', null]);
    }
  });

  it.each(['ann', 'ben'])('has no grant after a later login as %s', async (username) => {
    const made = cookieApp();
    const ann = await satisfied(made);
    const older = await cookieOf(ann);
    await logIn(ann.client, username);
    expect(await seenWith(made, older)).toEqual([401, 'anonymous', null]);
  });

  it('has no second use of an approval', async () => {
    const made = guardedApp(
      {},
      {
        early: [cookieSession({ name: 'kept', keys: ['cookie secret'] })],
        routes: (app, { mfa }) => {
          app.post('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => res.json({}));
        },
      },
    );
    const ann = await satisfied(made);
    const asked = await ann.client.post('/transfer').expect(401);
    const challenge = String(asked.body.challenge_url);
    await ann.client
      .post(challenge)
      .send({ code: nextCode(made, ann) })
      .expect(200);
    const older = await cookieOf(ann);
    await ann.client.post('/transfer').expect(200);
    await agentOf(made.app).post('/transfer').set('Cookie', older).expect(401);
  });
});

describe('the warning that sessions are kept in a cookie', () => {
  it('comes once, however many requests and sessions there are', async () => {
    const made = cookieApp();
    const ann = await satisfied(made);
    await logIn(agentOf(made.app), 'bob');
    await standing(ann);
    const about = expect.stringMatching(/kept in a cookie \(cookie-session\).*1 h at most.*express-session/);
    expect(warningsOfCookies()).toEqual([[about, { type: 'MfaWarning' }]]);
  });

  it('does not come where sessions are kept on the server', async () => {
    const made = guardedApp();
    await satisfied(made);
    expect(warningsOfCookies()).toEqual([]);
  });
});
