import { cookiesOf } from '../support/cookies.js';
import { agentOf, enroll, hostApp, logIn, type HostApp } from '../support/host-app.js';
import { answerAround, SlowSessions } from '../support/slow-sessions.js';

const NAVIGATION = { accept: 'text/html', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };

describe('where a person was going is saved before a browser is sent to the code', () => {
  const store = (): SlowSessions => new SlowSessions((session) => 'returnTo' in session);

  async function appWith(sessions: SlowSessions): Promise<HostApp> {
    const made = hostApp({
      sessions: { store: sessions },
      login: { successReturnToOrRedirect: '/account' },
      routes: (app, { mfa, passport }) => {
        app.get('/guarded', mfa.require(), (_req, res) => res.json({}));
        app.get('/vault', passport.authenticate('totp'), (_req, res) => res.json({}));
      },
    });
    await enroll(made, 'ann');
    return made;
  }

  it('by a login: not even its headers are sent earlier', async () => {
    const sessions = store();
    const answer = await answerAround(await appWith(sessions), sessions, {
      method: 'POST',
      path: '/login',
      headers: { ...NAVIGATION, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=ann&password=secret',
    });
    expect(answer).toMatchObject({ isEarly: false, status: 303, headers: { location: '/mfa' } });
    expect(sessions.saved).toBeGreaterThan(0);
  });

  it.each(['/guarded', '/vault'])('by %s: not even its headers are sent earlier', async (path) => {
    const sessions = store();
    const made = await appWith(sessions);
    const cookie = cookiesOf(await logIn(agentOf(made.app), 'ann'));
    const answer = await answerAround(made, sessions, { path, headers: { ...NAVIGATION, cookie } });
    expect(answer).toMatchObject({ isEarly: false, status: 303, headers: { location: '/mfa/challenges' } });
    expect(sessions.saved).toBeGreaterThan(0);
  });
});
