import { agentOf, browserOf, enroll, hostApp, logIn } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

describe('a login of an enrolled user', () => {
  it('is nobody to the app until the code is right', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    expect((await logIn(agent, 'ann')).body).toEqual({
      state: 'challenge_required',
      methods: ['totp'],
      challenge_url: '/mfa/challenges',
      enroll_url: null,
    });
    expect((await agent.get('/whoami')).body).toMatchObject({ user: null, isAuthenticated: false, aal: 1 });
    const answer = await agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect(answer.body).toMatchObject({ status: 'approved', state: 'satisfied' });
    expect((await agent.get('/whoami')).body).toMatchObject({
      user: { id: 'ann' },
      isAuthenticated: true,
      state: 'satisfied',
      amr: ['otp', 'mfa'],
      aal: 2,
    });
  });

  it('sends a browser to the page that asks for the code', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const browser = browserOf(made.app);
    const answer = await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/mfa']);
    const page = await browser.get('/mfa').redirects(1);
    expect(page.text).toContain('autocomplete="one-time-code"');
  });
});
