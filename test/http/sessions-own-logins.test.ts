import express, { type RequestHandler } from 'express';
import session from 'express-session';
import passportModule from 'passport';
import { guardedApp, nextCode, seenBy, type Enrolled } from '../support/guarded-app.js';
import { agentOf, enroll, hostApp, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const userOf = (id: string): Express.User => ({ id, username: id });

/** The host's own cookie says who it is; Passport's login is never called. */
const byCookie: RequestHandler = (req, _res, next) => {
  const [, id] = /\baccount=(\w+)/.exec(req.get('cookie') ?? '') ?? [];
  if (id !== undefined) req.user = userOf(id);
  next();
};

/** The host's own key of the session says so. */
const bySession: RequestHandler = (req, _res, next) => {
  const id: unknown = Reflect.get(req.session, 'account');
  if (typeof id === 'string') req.user = userOf(id);
  next();
};

const LIMITS = { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 2 };

/** Two codes that are wrong switch codes off; an administrator switches them on again. */
async function disableAndUnlock(
  made: HostApp,
  guess: (code: string) => Promise<unknown>,
  secret: string,
): Promise<void> {
  made.clock.advance(1);
  for (let count = 0; count < 2; count += 1) await guess(wrongCodeAt(secret, made.clock.now()));
  const [entity] = (await made.mfa.admin.list()).entities;
  expect(entity).toMatchObject({ identity: 'ann', disabled: true });
  await made.mfa.admin.unlock({ identity: 'ann' });
}

describe('a host that never calls req.logIn', () => {
  describe.each([
    [
      'with a cookie of its own',
      [byCookie],
      async (client: Enrolled['client']): Promise<void> => {
        client.set('Cookie', 'account=ann');
        await Promise.resolve();
      },
    ],
    [
      'with a key of its own in the session',
      [session({ secret: 'session secret', resave: false, saveUninitialized: false }), bySession],
      async (client: Enrolled['client']): Promise<void> => {
        await client.post('/session').send({ account: 'ann' }).expect(200);
      },
    ],
  ])('%s', (_title, early, logIn) => {
    const app = (): HostApp => guardedApp({}, { early, options: { limits: LIMITS } });

    async function loggedIn({ app: express }: HostApp): Promise<Enrolled['client']> {
      const client = agentOf(express);
      await logIn(client);
      return client;
    }

    const stateOf = async (client: Enrolled['client']): Promise<unknown> => (await client.get('/whoami')).body.state;

    it('needs the second factor of its users, and has it', async () => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      const client = await loggedIn(made);
      expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
      await client
        .post('/vault')
        .send({ code: codeAt(secret, made.clock.now()) })
        .expect(200);
      expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
    });

    it('goes on after a user was disabled and unlocked: with a new login', async () => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      const [client, guesser] = [await loggedIn(made), await loggedIn(made)];
      expect(await stateOf(client)).toBe('challenge_required');
      await disableAndUnlock(made, (code) => guesser.post('/vault').send({ code }).expect(401), secret);
      expect(await stateOf(client)).toBe('anonymous');
      // The person logs in again, in the host's own way; where the cookie still says so, there is nothing to do.
      await logIn(client);
      expect(await stateOf(client)).toBe('challenge_required');
      await client
        .post('/vault')
        .send({ code: nextCode(made, { secret }) })
        .expect(200);
      expect((await client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
    });

    it('goes on without a break where the user was satisfied', async () => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      const [client, guesser] = [await loggedIn(made), await loggedIn(made)];
      await client
        .post('/vault')
        .send({ code: codeAt(secret, made.clock.now()) })
        .expect(200);
      await disableAndUnlock(made, (code) => guesser.post('/vault').send({ code }).expect(401), secret);
      expect(await stateOf(client)).toBe('satisfied');
    });
  });

  it('and keeps no session at all goes on too: every request is a login of its own', async () => {
    const made = hostApp({ options: { limits: LIMITS } });
    const { secret } = await enroll(made, 'ann');
    const passport = new passportModule.Passport() as unknown as typeof passportModule;
    passport.use(made.mfa.strategy());
    const app = express();
    app.use(express.json(), passport.initialize(), byCookie, made.mfa.session());
    app.get('/seen', (req, res) => void res.json(seenBy(req)));
    app.post('/vault', passport.authenticate('totp', { session: false }), (req, res) => void res.json(seenBy(req)));
    const client = agentOf(app).set('Cookie', 'account=ann');

    const seen = async (): Promise<unknown> => (await client.get('/seen')).body;
    expect(await seen()).toMatchObject({ user: null, mfa: { state: 'challenge_required' } });
    await client
      .post('/vault')
      .send({ code: codeAt(secret, made.clock.now()) })
      .expect(200);
    await disableAndUnlock(made, (code) => client.post('/vault').send({ code }).expect(401), secret);
    expect(await seen()).toMatchObject({ user: null, mfa: { state: 'challenge_required' } });
    const { body } = await client
      .post('/vault')
      .send({ code: nextCode(made, { secret }) })
      .expect(200);
    expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });
});
