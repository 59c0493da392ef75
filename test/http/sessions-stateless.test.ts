import { guardedApp, HeaderStrategy, seenBy } from '../support/guarded-app.js';
import { agentOf, enroll, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

/** A program interface: every request names its user, by a first factor without a session, before the router too. */
function statelessApp(): HostApp {
  return guardedApp(
    {},
    {
      // The router of `guardedApp` is not asked: the one below the first factor is.
      mount: '/earlier',
      routes: (app, { mfa, passport }) => {
        passport.use(new HeaderStrategy());
        app.use('/api', passport.authenticate('header', { session: false }));
        app.use('/mfa', passport.authenticate('header', { session: false }), mfa.router());
        app.get('/api/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
        app.post('/api/assigned', passport.authenticate('totp', { assignProperty: 'account' }), (req, res) => {
          res.json(seenBy(req));
        });
      },
    },
  );
}

describe('a login without a session', () => {
  it('proves its factor at the router for that request alone: no session, no grant, the code burned', async () => {
    const made = statelessApp();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app).set('X-User', 'ann');
    const code = codeAt(secret, made.clock.now());
    const answer = await client.post('/mfa/challenges').send({ code });
    expect([answer.status, answer.body.status, answer.body.state]).toEqual([201, 'approved', 'satisfied']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await client.get('/mfa')).body).toMatchObject({ state: 'challenge_required', amr: [] });
    await client.get('/api/required').expect(401);
    expect((await client.post('/mfa/challenges').send({ code })).body).toMatchObject({
      status: 'pending',
      reason: 'code_already_used',
    });
  });

  it('satisfies by assignProperty that request alone, and is charged for a wrong code', async () => {
    const made = statelessApp();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app).set('X-User', 'ann');
    for (const left of [4, 3]) {
      const { status, body } = await client.post('/api/assigned').send({ code: wrongCodeAt(secret, made.clock.now()) });
      expect([status, body.attempts_remaining]).toEqual([401, left]);
    }
    const code = codeAt(secret, made.clock.now());
    const { body, headers } = await client.post('/api/assigned').send({ code });
    expect(body).toMatchObject({ mfa: { state: 'satisfied', amr: ['otp', 'mfa'], aal: 2 } });
    expect(headers['set-cookie']).toBeUndefined();
    expect((await client.post('/api/assigned').send({ code })).body).toMatchObject({ code: 'code_already_used' });
  });
});
