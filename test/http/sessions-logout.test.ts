import { MfaError, type MfaEvent, type MfaOptions } from '../../src/index.js';
import {
  cookieOf,
  gate,
  guardedApp,
  nextCode,
  prove,
  satisfied,
  seenBy,
  type Enrolled,
} from '../support/guarded-app.js';
import { agentOf, type HostApp, type TestUser } from '../support/host-app.js';
import { grantIn } from '../support/session-content.js';

/** An app with a slow page that changes the session, and with every way to log out that Passport has. */
interface SlowApp extends HostApp {
  /** Resolves when a request has reached the slow page. */
  readonly reached: Promise<void>;
  /** Lets the slow page answer; its session is saved then, under the id that it came with. */
  readonly finish: () => void;
}

function slowApp(options: Partial<MfaOptions<TestUser>> = {}): SlowApp {
  const [reached, finished] = [gate(), gate()];
  const made = guardedApp(
    {},
    {
      options,
      routes: (app, { mfa }) => {
        app.get('/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
        app.get('/slow', (req, res, next) => {
          reached.open();
          finished.opened.then(() => {
            Object.assign(req.session, { seen: 'the slow page' });
            res.json(seenBy(req));
          }, next);
        });
        app.post('/logout', (req, res, next) => {
          req.logOut({ keepSessionInfo: req.query['keep'] === 'yes' }, (error) => {
            if (error) next(error);
            else res.json(seenBy(req));
          });
        });
      },
    },
  );
  return { ...made, reached: reached.opened, finish: finished.open };
}

const saveFails = async (verb: string): Promise<void> =>
  verb === 'save' ? Promise.reject(new MfaError('store_unavailable')) : Promise.resolve();

/** What `work` brings about while a request of this session is on the slow page; its cookie is that of before. */
async function whileSlow(made: SlowApp, ann: Enrolled, work: () => Promise<unknown>): Promise<string> {
  const cookie = await cookieOf(ann);
  const slow = agentOf(made.app).get('/slow').set('Cookie', cookie);
  const answered = slow.then((answer) => answer);
  await made.reached;
  await work();
  made.finish();
  // The user whom the request came with is its user to the end.
  expect((await answered).body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  return cookie;
}

async function seenWith(made: HostApp, cookie: string): Promise<readonly unknown[]> {
  const guarded = await agentOf(made.app).get('/required').set('Cookie', cookie);
  const { body } = await agentOf(made.app).get('/whoami').set('Cookie', cookie);
  return [guarded.status, body.state, body.user?.id ?? null];
}

describe('a slow request that saves its session after the logout', () => {
  it.each(['/logout', '/logout?keep=yes'])(
    'brings nobody back: the login has ended in the record (%s)',
    async (path) => {
      const made = slowApp();
      const ann = await satisfied(made);
      const cookie = await whileSlow(made, ann, () => ann.client.post(path).expect(200));
      expect(await seenWith(made, cookie)).toEqual([401, 'anonymous', null]);
      expect(await seenWith(made, await cookieOf(ann))).toEqual([401, 'anonymous', null]);
    },
  );

  it('really brings the session back: what it has put there is there, until the next look at the login', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const cookie = await whileSlow(made, ann, () => ann.client.post('/logout').expect(200));
    made.store.before = async () => Promise.reject(new MfaError('store_unavailable'));
    const { held } = (await agentOf(made.app).get('/session').set('Cookie', cookie)).body;
    expect(held).toMatchObject({ seen: 'the slow page', passport: { user: 'ann' } });
    expect(grantIn(held)).toMatch(/^ann,/);
    made.store.before = null;
    const after = (await agentOf(made.app).get('/session').set('Cookie', cookie)).body;
    expect(JSON.stringify(after.held)).not.toContain('ann');
  });

  it('brings nobody back after a later login in that browser either', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const cookie = await whileSlow(made, ann, async () => {
      await ann.client.post('/login').send({ username: 'ann', password: 'secret' });
      made.clock.advance(30_000);
      await prove(made, ann);
    });
    expect(await seenWith(made, cookie)).toEqual([401, 'anonymous', null]);
    expect(await seenWith(made, await cookieOf(ann))).toEqual([200, 'satisfied', 'ann']);
  });

  it('brings nobody back after a step-up and a logout: both session ids were one login', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const cookie = await whileSlow(made, ann, async () => {
      await ann.client
        .post('/mfa/challenges')
        .send({ code: nextCode(made, ann) })
        .expect(201);
      await ann.client.post('/logout').expect(200);
    });
    expect(await seenWith(made, cookie)).toEqual([401, 'anonymous', null]);
  });

  it('that asks within grant.recheck is believed no longer than that', async () => {
    const made = slowApp({ grant: { recheck: '60s' } });
    const ann = await satisfied(made);
    const cookie = await whileSlow(made, ann, () => ann.client.post('/logout').expect(200));
    made.clock.advance(60_000);
    expect(await seenWith(made, cookie)).toEqual([401, 'anonymous', null]);
  });

  it('does not end the other logins of the user', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const other = agentOf(made.app);
    await other.post('/login').send({ username: 'ann', password: 'secret' });
    made.clock.advance(30_000);
    await prove(made, { ...ann, client: other });
    await whileSlow(made, ann, () => ann.client.post('/logout').expect(200));
    expect((await other.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
  });
});

describe('a logout', () => {
  const told = ({ mfa }: HostApp): MfaEvent[] => {
    const events: MfaEvent[] = [];
    mfa.events.on('*', (event) => void events.push(event));
    return events;
  };

  it('succeeds where the record cannot be told, which is an event', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const cookie = await cookieOf(ann);
    const events = told(made);
    made.store.before = saveFails;
    expect((await ann.client.post('/logout').expect(200)).body).toMatchObject({ user: null, isAuthenticated: false });
    expect(events).toMatchObject([{ type: 'store.error', identity: 'ann', reason: 'store_unavailable' }]);
    made.store.before = null;
    // The session of this cookie was destroyed, and nothing has brought it back.
    expect(await seenWith(made, cookie)).toEqual([401, 'anonymous', null]);
    expect(await seenWith(made, await cookieOf(ann))).toEqual([401, 'anonymous', null]);
  });

  it('that could not be told to the record leaves one way back, a slow request, and logout-others closes it', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const cookie = await whileSlow(made, ann, async () => {
      made.store.before = saveFails;
      await ann.client.post('/logout').expect(200);
      made.store.before = null;
    });
    expect(await seenWith(made, cookie)).toEqual([200, 'satisfied', 'ann']);
    await ann.client.post('/login').send({ username: 'ann', password: 'secret' });
    made.clock.advance(30_000);
    await prove(made, ann);
    await ann.client.post('/mfa/logout-others').expect(204);
    expect(await seenWith(made, cookie)).toEqual([401, 'challenge_required', null]);
  });

  it('of a login that never showed a second factor writes nothing', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const other = agentOf(made.app);
    await other.post('/login').send({ username: 'ann', password: 'secret' });
    expect(await made.store.during(() => other.post('/logout').expect(200))).not.toContain('save');
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
  });

  it('of nobody, and a second one, succeed and write nothing', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    await ann.client.post('/logout').expect(200);
    const again = async (): Promise<void> => {
      await ann.client.post('/logout').expect(200);
      await agentOf(made.app).post('/logout').expect(200);
    };
    expect(await made.store.during(again)).toEqual([]);
  });

  it('is told once, as the end of this login', async () => {
    const made = slowApp();
    const ann = await satisfied(made);
    const events = told(made);
    await ann.client.post('/logout').expect(200);
    expect(events).toMatchObject([{ type: 'login.ended', identity: 'ann', reason: 'logout' }]);
  });

  it.each(['ann', 'ben'])('is what a login as %s is for the login before it', async (username) => {
    const made = slowApp();
    const ann = await satisfied(made);
    const events = told(made);
    await ann.client.post('/login').send({ username, password: 'secret' });
    expect(events.filter(({ type }) => type === 'login.ended')).toMatchObject([{ identity: 'ann', reason: 'logout' }]);
  });
});
