import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

interface Waiting extends HostApp {
  readonly agent: Agent;
  readonly secret: string;
  readonly sid: string;
}

/** Ann, enrolled, with her password given and her code not. */
async function waiting(made = hostApp()): Promise<Waiting> {
  const factor = await enroll(made, 'ann');
  const agent = agentOf(made.app);
  await logIn(agent, 'ann');
  return { ...made, agent, ...factor };
}

describe('POST /challenges', () => {
  it('without a code makes a pending challenge: every key of the resource is there', async () => {
    const { agent, sid } = await waiting();
    const { status, body } = await agent.post('/mfa/challenges');
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(/^YC[0-9a-f]{32}$/),
      factor_sid: sid,
      identity: 'ann',
      status: 'pending',
      responded_reason: null,
      details: null,
      metadata: null,
      factor_type: 'totp',
      expiration_date: '2026-11-20T12:05:35Z',
      date_created: '2026-11-20T12:00:35Z',
      date_updated: '2026-11-20T12:00:35Z',
      date_responded: null,
      url: `/mfa/challenges/${body.sid}`,
      attempts_remaining: 5,
      state: 'challenge_required',
    });
  });

  it('with the code that oathtool shows is approved at once, and satisfies the session', async () => {
    const { agent, secret, sid, clock } = await waiting();
    const [code] = oathtoolCodes({ secret, seconds: clock.now() / 1000 });
    const { status, body } = await agent.post('/mfa/challenges').send({ code });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'approved',
      factor_sid: sid,
      date_responded: '2026-11-20T12:00:35Z',
      state: 'satisfied',
    });
    expect(body).not.toHaveProperty('reason');
    expect((await agent.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, factorSid: sid });
  });

  it('a wrong code is an answer: 201, pending, with the reason and how many are left', async () => {
    const { agent, secret, clock } = await waiting();
    const { status, body } = await agent.post('/mfa/challenges').send({ code: wrongCodeAt(secret, clock.now()) });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'pending',
      date_responded: null,
      reason: 'incorrect_code',
      attempts_remaining: 4,
      state: 'challenge_required',
    });
  });

  it('a code of the past is named as drift; one of the future is just wrong, which tells a guesser nothing', async () => {
    const { agent, secret, clock } = await waiting();
    clock.advance(10 * 60_000);
    const past = await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now() - 90_000) });
    expect(past.body).toMatchObject({ status: 'pending', reason: 'clock_drift', drift_seconds: -90 });
    const future = await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now() + 90_000) });
    expect(future.body).toMatchObject({ status: 'pending', reason: 'incorrect_code' });
    expect(future.body).not.toHaveProperty('drift_seconds');
  });

  it('an approved code is used: another login is told when the next one comes', async () => {
    const { agent, secret, clock, app } = await waiting();
    const code = codeAt(secret, clock.now());
    await agent.post('/mfa/challenges').send({ code });
    const other = agentOf(app);
    await logIn(other, 'ann');
    const { body } = await other.post('/mfa/challenges').send({ code });
    expect(body).toMatchObject({
      status: 'pending',
      reason: 'code_already_used',
      retry_after: 25,
      attempts_remaining: 5,
      state: 'challenge_required',
    });
  });

  it('{ factor_sid } tries that factor alone', async () => {
    const made = hostApp();
    const first = await enroll(made, 'ann');
    const { agent, secret, clock } = await waiting(made);
    const wrongFactor = await agent
      .post('/mfa/challenges')
      .send({ factor_sid: first.sid, code: codeAt(secret, clock.now()) });
    expect(wrongFactor.body).toMatchObject({ factor_sid: first.sid, status: 'pending', reason: 'incorrect_code' });
    const any = await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now()) });
    expect(any.body).toMatchObject({ status: 'approved' });
  });

  it('replaces the pending challenge of its own login, and of no other', async () => {
    const { agent, app } = await waiting();
    const other = agentOf(app);
    await logIn(other, 'ann');
    const others = (await other.post('/mfa/challenges')).body.url;
    const first = (await agent.post('/mfa/challenges')).body.url;
    const second = (await agent.post('/mfa/challenges')).body.url;
    expect((await agent.get(first)).status).toBe(404);
    expect((await agent.get(second)).body.status).toBe('pending');
    expect((await other.get(others)).body.status).toBe('pending');
  });
});

describe('POST /challenges/:sid', () => {
  it('answers a challenge of its own login, which satisfies it', async () => {
    const { agent, secret, sid, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    clock.advance(2_000);
    const { status, body } = await agent.post(url).send({ code: codeAt(secret, clock.now()) });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'approved',
      factor_sid: sid,
      date_created: '2026-11-20T12:00:35Z',
      date_responded: '2026-11-20T12:00:37Z',
      state: 'satisfied',
    });
    expect((await agent.get('/whoami')).body.aal).toBe(2);
  });

  it('the fifth wrong code is still pending, a sixth is 429, and so is the right one', async () => {
    const { agent, secret, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    const given: unknown[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { status, body } = await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) });
      given.push([status, body.status, body.attempts_remaining, body.retry_after]);
    }
    expect(given).toEqual([
      [200, 'pending', 4, undefined],
      [200, 'pending', 3, undefined],
      [200, 'pending', 2, undefined],
      [200, 'pending', 1, undefined],
      [200, 'pending', 0, 30],
    ]);
    const sixth = await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) });
    expect([sixth.status, sixth.body.code, sixth.headers['retry-after']]).toEqual([429, 'locked', '30']);
    const right = await agent.post(url).send({ code: codeAt(secret, clock.now()) });
    expect([right.status, right.body.code, right.body.retry_after]).toEqual([429, 'locked', 30]);
    expect((await agent.get(url)).body.status).toBe('pending');
  });

  it('after the wait that challenge still takes no sixth code; a new one takes the right one', async () => {
    const { agent, secret, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    for (let i = 0; i < 5; i += 1) await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) });
    clock.advance(30_000);
    const code = codeAt(secret, clock.now());
    const spent = await agent.post(url).send({ code });
    expect(verdictOf(spent)).toEqual([429, 'too_many_attempts']);
    const renewed = await agent.post('/mfa/challenges').send({ code });
    expect(renewed.body).toMatchObject({ status: 'approved', state: 'satisfied' });
  });

  it('expires with its five minutes, to the millisecond: then 409, also for the right code', async () => {
    const { agent, secret, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    clock.advance(5 * 60_000 - 1);
    expect((await agent.get(url)).body.status).toBe('pending');
    clock.advance(1);
    expect((await agent.get(url)).body).toMatchObject({ status: 'expired', date_responded: null });
    const late = await agent.post(url).send({ code: codeAt(secret, clock.now()) });
    expect(verdictOf(late)).toEqual([409, 'challenge_ended']);
  });

  it('an expired challenge is still known, as expired, after a new one was made', async () => {
    const { agent, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    clock.advance(5 * 60_000);
    await agent.post('/mfa/challenges');
    expect((await agent.get(url)).body.status).toBe('expired');
  });

  it('an answered challenge takes no second answer: 409', async () => {
    const { agent, secret, clock } = await waiting();
    const denied = (await agent.post('/mfa/challenges')).body.url;
    await agent.post(denied).send({ status: 'denied' });
    const approved = (await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now()) })).body.url;
    for (const url of [denied, approved]) {
      const answers = [
        await agent.post(url).send({ code: codeAt(secret, clock.now() + 30_000) }),
        await agent.post(url).send({ status: 'denied' }),
      ];
      expect(answers.map(verdictOf)).toEqual(Array(2).fill([409, 'challenge_ended']));
    }
  });

  it('is denied by its own login, which proves nothing', async () => {
    const { agent } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    const { status, body } = await agent.post(url).send({ status: 'denied' });
    expect([status, body.status, body.date_responded]).toEqual([200, 'denied', '2026-11-20T12:00:35Z']);
    expect((await agent.get('/whoami')).body.aal).toBe(1);
  });
});

describe('a challenge of another login of the same user', () => {
  it('does not exist for a login without its second factor: 404 to look, to answer and to deny', async () => {
    const { agent, app, secret, clock } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    const other = agentOf(app);
    await logIn(other, 'ann');
    const answers = [
      await other.get(url),
      await other.post(url).send({ status: 'denied' }),
      await other.post(url).send({ code: codeAt(secret, clock.now()) }),
    ];
    expect(answers.map(verdictOf)).toEqual(Array(3).fill([404, 'not_found']));
    expect((await agent.get(url)).body.status).toBe('pending');
    expect((await other.get('/whoami')).body.aal).toBe(1);
  });

  it('is shown to a satisfied one, which may deny it', async () => {
    const { agent, secret, sid, ...made } = await waiting();
    const { url } = (await agent.post('/mfa/challenges')).body;
    const owner = await logInFully(made, 'ann', { secret });
    expect((await owner.get(url)).body).toMatchObject({ status: 'pending', factor_sid: sid });
    expect((await owner.post(url).send({ status: 'denied' })).body.status).toBe('denied');
    expect((await agent.get(url)).body.status).toBe('denied');
  });

  it('answered by a satisfied one approves the challenge and renews nobody’s grant', async () => {
    const { agent, secret, ...made } = await waiting();
    const owner = await logInFully(made, 'ann', { secret });
    const before = (await owner.get('/whoami')).body.authTime;
    const { url } = (await agent.post('/mfa/challenges')).body;
    const answer = await owner.post(url).send({ code: codeAt(secret, made.clock.now()) });
    expect([answer.body.status, answer.headers['set-cookie']]).toEqual(['approved', undefined]);
    expect((await owner.get('/whoami')).body.authTime).toBe(before);
    expect((await agent.get('/whoami')).body.aal).toBe(1);
  });
});
