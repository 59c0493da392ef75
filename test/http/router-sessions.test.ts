import type { Response } from 'supertest';
import { agentOf, enroll, hostApp, logIn, logInFully } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

/** The session cookie that an answer sets. */
function cookieOf({ headers }: Response): string | undefined {
  const cookies: unknown = headers['set-cookie'];
  return Array.isArray(cookies) ? String(cookies[0]).split(';')[0] : undefined;
}

async function stateOf(agent: Agent): Promise<unknown> {
  return (await agent.get('/whoami')).body.state;
}

describe('the right code', () => {
  it('changes the session id, and the old one is worth nothing', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    const before = cookieOf(await logIn(agent, 'ann')) ?? '';
    const after = cookieOf(await agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }));
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    const thief = agentOf(made.app).set('Cookie', before);
    expect((await thief.get('/mfa')).status).toBe(401);
    expect(await stateOf(agent)).toBe('satisfied');
  });

  it('satisfies the session that showed it and no other of the same user', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const [first, second] = [agentOf(made.app), agentOf(made.app)];
    await logIn(first, 'ann');
    await logIn(second, 'ann');
    await first.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect([await stateOf(first), await stateOf(second)]).toEqual(['satisfied', 'challenge_required']);
  });

  it('keeps what the person wanted and nothing else of the session', async () => {
    const made = hostApp({
      routes: (app) => {
        app.post('/put', (req, res) => {
          Object.assign(req.session, req.body);
          res.end();
        });
        app.get('/held', (req, res) => {
          res.json(req.session);
        });
      },
    });
    const { secret } = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    await agent.post('/put').send({ returnTo: '/payroll', planted: 'by a thief' });
    await agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    const { body } = await agent.get('/held');
    expect(body).toMatchObject({ returnTo: '/payroll' });
    expect(body).not.toHaveProperty('planted');
  });
});

describe('a change of the factors', () => {
  it('adding one: every other session must show a factor again, the acting one goes on with a new session id', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const [acting, other] = [await logInFully(made, 'ann', factor), await logInFully(made, 'ann', factor)];
    const { body } = await acting.post('/mfa/factors').send({});
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['satisfied', 'satisfied']);
    const code = codeAt(body.binding.secret, made.clock.now());
    const verified = await acting.post(body.url).send({ code });
    expect(verified.body).toMatchObject({ status: 'verified', state: 'satisfied' });
    expect(cookieOf(verified)).toBeDefined();
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['satisfied', 'challenge_required']);
    expect((await other.get('/whoami')).body).toMatchObject({ user: null, aal: 1 });
  });

  it('adding the first one: a session that needed none until then needs it now', async () => {
    const made = hostApp();
    const [acting, other] = [agentOf(made.app), agentOf(made.app)];
    await logIn(acting, 'ann');
    await logIn(other, 'ann');
    const { body } = await acting.post('/mfa/factors').send({});
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['not_required', 'not_required']);
    await acting.post(body.url).send({ code: codeAt(body.binding.secret, made.clock.now()) });
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['satisfied', 'challenge_required']);
  });

  it('removing one: every other session must show a factor again, the acting one goes on with a new session id', async () => {
    const made = hostApp();
    const removed = await enroll(made, 'ann');
    const kept = await enroll(made, 'ann');
    const [acting, other] = [await logInFully(made, 'ann', kept), await logInFully(made, 'ann', kept)];
    const authTime = (await acting.get('/whoami')).body.authTime;
    const answer = await acting.delete(`/mfa/factors/${removed.sid}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(cookieOf(answer)).toBeDefined();
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['satisfied', 'challenge_required']);
    // Going on is no new proof.
    expect((await acting.get('/whoami')).body).toMatchObject({ authTime, factorSid: kept.sid });
  });

  it('removing the one that the session itself was proved with lets it go on', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const used = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', used);
    await agent.delete(`/mfa/factors/${used.sid}`);
    expect((await agent.get('/whoami')).body).toMatchObject({ state: 'satisfied', factorSid: null });
  });

  it('the codes of a removed factor prove nothing', async () => {
    const made = hostApp();
    const removed = await enroll(made, 'ann');
    const kept = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', kept);
    await agent.delete(`/mfa/factors/${removed.sid}`);
    const later = agentOf(made.app);
    await logIn(later, 'ann');
    const { body } = await later.post('/mfa/challenges').send({ code: codeAt(removed.secret, made.clock.now()) });
    expect(body).toMatchObject({ status: 'pending', reason: 'incorrect_code' });
  });

  it('removing the last one: the account is as before, and nobody is asked for a code', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', factor);
    await agent.delete(`/mfa/factors/${factor.sid}`);
    expect(await stateOf(agent)).toBe('not_required');
    const later = agentOf(made.app);
    expect((await logIn(later, 'ann')).body).toMatchObject({ state: 'not_required', user: { id: 'ann' } });
  });

  it('beginning, renaming or abandoning an enrollment ends no session', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const [acting, other] = [await logInFully(made, 'ann', factor), await logInFully(made, 'ann', factor)];
    const { url } = (await acting.post('/mfa/factors').send({})).body;
    await acting.post(url).send({ friendly_name: 'Tablet' });
    expect((await acting.delete(url)).status).toBe(204);
    expect([await stateOf(acting), await stateOf(other)]).toEqual(['satisfied', 'satisfied']);
  });
});
