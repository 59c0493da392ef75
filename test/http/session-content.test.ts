import session from 'express-session';
import { agentOf, browserOf, enroll, hostApp, logIn, logInFully } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const CANARY = 'a detail that is nobody else’s business';

describe('what the session keeps', () => {
  const store = new session.MemoryStore();
  const dump = async (): Promise<string> =>
    new Promise((resolve, reject) => {
      store.all((error, sessions) => {
        if (error) reject(error as Error);
        else resolve(JSON.stringify(sessions));
      });
    });

  it('is which login it is and the grant: no secret, no code, no detail of a challenge', async () => {
    const made = hostApp({
      sessions: { store },
      routes: (app, { mfa }) => {
        const details = { message: CANARY, fields: [] };
        app.post('/transfer', mfa.require({ purpose: 'transfer', details }), (_req, res) => res.json({}));
      },
    });
    const { secret } = await enroll(made, 'ann');
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    const wrong = wrongCodeAt(secret, made.clock.now());
    await browser.post('/mfa/challenges').type('form').send({ code: wrong });
    const held = [await dump()];
    const right = codeAt(secret, made.clock.now());
    await browser.post('/mfa/challenges').type('form').send({ code: right });
    held.push(await dump());
    const asked = await browser.post('/transfer').type('form');
    const page = String(asked.headers['location']);
    expect((await browser.get(page)).text).toContain(CANARY);
    await browser.post(page).type('form').send({ code: wrong });
    held.push(await dump());
    // The notice is there, or the page could not say why: what else is there is what this test is about.
    expect(held.map((text) => text.includes('incorrect_code'))).toEqual([true, false, true]);
    for (const text of held) {
      for (const canary of [secret, wrong, right, CANARY]) expect(text).not.toContain(canary);
    }
  });

  it('costs no write of its own: a login and its second factor each take the two of any Passport login', async () => {
    const saves = jest.spyOn(store, 'set');
    const made = hostApp({ sessions: { store } });
    const { secret } = await enroll(made, 'bob');
    await logInFully(made, 'bob', { secret });
    // Passport's, before anything is answered, and express-session's, of every new session, at its end.
    expect(saves).toHaveBeenCalledTimes(4);
  });

  it('is nothing of a second factor whose session Passport could not make', async () => {
    const made = hostApp({ sessions: { store } });
    const { secret } = await enroll(made, 'eve');
    const agent = agentOf(made.app);
    await logIn(agent, 'eve');
    made.passport.serializeUser((_user, done) => done(new Error('no database')));
    // Passport asks the first of them that gives an answer.
    Reflect.set(made.passport, '_serializers', (Reflect.get(made.passport, '_serializers') as unknown[]).slice(-1));
    const code = codeAt(secret, made.clock.now());
    await agent.post('/mfa/challenges').send({ code }).expect(500);
    expect(await dump()).not.toContain('eve');
    expect((await agent.get('/whoami')).body).toMatchObject({ user: null, state: 'anonymous' });
  });

  it('is nothing of a login after its logout, also in a session that begins anew as the same object', async () => {
    const made = hostApp({
      routes: (app) => {
        app.post('/in-and-out', (req, res, next) => {
          const { session: same } = req;
          const regenerate = (done: (error?: unknown) => void): void => {
            for (const key of Object.keys(same)) if (key !== 'cookie') Reflect.deleteProperty(same, key);
            done();
          };
          Object.defineProperty(same, 'regenerate', { configurable: true, writable: true, value: regenerate });
          req.login({ id: 'kim', username: 'kim' }, () => {
            const during = Object.keys(same);
            req.logout((error) => {
              if (error) next(error);
              else res.json({ during, after: Object.keys(same) });
            });
          });
        });
      },
    });
    const { body } = await agentOf(made.app).post('/in-and-out').send({}).expect(200);
    expect(body).toEqual({ during: ['cookie', 'mfa', 'passport'], after: ['cookie'] });
  });
});
