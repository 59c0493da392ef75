import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf } from '../support/host-app.js';

describe('POST /logout-others', () => {
  it('ends the second factor of every other session; this one goes on under a new id', async () => {
    const made = hostApp();
    const ann = await enroll(made, 'ann');
    const others = [await logInFully(made, 'ann', ann), await logInFully(made, 'ann', ann)];
    const agent = await logInFully(made, 'ann', ann);
    const before = (await agent.get('/whoami')).body;
    const answer = await agent.post('/mfa/logout-others');
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']).toBeDefined();
    expect((await agent.get('/whoami')).body).toEqual(before);
    for (const other of others) expect((await other.get('/whoami')).body.state).toBe('challenge_required');
  });

  it('needs a second factor', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    expect(verdictOf(await agent.post('/mfa/logout-others'))).toEqual([401, 'step_up_required']);
    await logIn(agent, 'bob');
    expect(verdictOf(await agent.post('/mfa/logout-others'))).toEqual([401, 'step_up_required']);
  });
});
