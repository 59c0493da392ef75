import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe('POST /unlock', () => {
  let made: HostApp;
  let secret: string;
  beforeEach(async () => {
    made = hostApp();
    ({ secret } = await enroll(made, 'ann'));
  });

  async function login(): Promise<ReturnType<typeof agentOf>> {
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    return agent;
  }

  async function spend(wrongCodes: number): Promise<void> {
    for (let wrong = 0; wrong < wrongCodes; wrong += 1) {
      await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(secret, made.clock.now()) });
      if (wrong < wrongCodes - 1) made.clock.advance(60 * 60_000);
    }
  }

  /** The codes of three steps in a row, the last one of now. */
  function row(): readonly string[] {
    return [2, 1, 0].map((back) => codeAt(secret, made.clock.now() - back * 30_000));
  }

  it.each([5, 20])(
    'opens, by three codes in a row, what %d wrong codes have closed, and is the second factor',
    async (wrong) => {
      await spend(wrong);
      // The codes of the enrollment's own steps are spent.
      made.clock.advance(10_000);
      const agent = await login();
      const { status, body } = await agent.post('/mfa/unlock').send({ codes: row() });
      expect([status, body]).toEqual([200, { status: 'unlocked', state: 'satisfied' }]);
      expect((await agent.get('/whoami')).body).toMatchObject({ aal: 2, amr: ['otp', 'mfa'] });
      made.clock.advance(30_000);
      const next = await logInFully(made, 'ann', { secret });
      expect((await next.get('/whoami')).body.state).toBe('satisfied');
    },
  );

  it('spends all three codes', async () => {
    await spend(20);
    await (await login()).post('/mfa/unlock').send({ codes: row() });
    const { body } = await (await login()).post('/mfa/challenges').send({ code: row()[2] });
    expect(body.reason).toBe('code_already_used');
  });

  it('judges the row as a whole: it does not tell which code was wrong, and changes nothing else', async () => {
    await spend(5);
    const [first = '', second = '', third = ''] = row();
    const wrong = wrongCodeAt(secret, made.clock.now());
    const rows = [
      [wrong, second, third],
      [first, wrong, third],
      [first, second, wrong],
      [third, second, first],
      [first, second, second],
    ];
    for (const codes of rows) {
      const { status, body } = await (await login()).post('/mfa/unlock').send({ codes });
      expect([status, body]).toEqual([
        200,
        { status: 'locked', reason: 'incorrect_code', retry_after: 10, state: 'challenge_required' },
      ]);
    }
    expect(verdictOf(await (await login()).post('/mfa/challenges').send({ code: third }))).toEqual([429, 'locked']);
  });

  it('takes one try per login in ten seconds; a refused one does not count', async () => {
    await spend(20);
    const agent = await login();
    const wrong = { codes: [1, 2, 3].map(() => wrongCodeAt(secret, made.clock.now())) };
    expect((await agent.post('/mfa/unlock').send(wrong)).body.status).toBe('locked');
    made.clock.advance(4_000);
    const refused = await agent.post('/mfa/unlock').send({ codes: row() });
    expect([...verdictOf(refused), refused.body.retry_after]).toEqual([429, 'too_many_attempts', 6]);
    made.clock.advance(6_000);
    expect((await agent.post('/mfa/unlock').send({ codes: row() })).body.status).toBe('unlocked');
  });

  it('refuses where there is nothing to unlock, no factor, or nobody', async () => {
    expect(verdictOf(await (await login()).post('/mfa/unlock').send({ codes: row() }))).toEqual([409, 'not_locked']);
    const bob = agentOf(made.app);
    await logIn(bob, 'bob');
    expect(verdictOf(await bob.post('/mfa/unlock').send({ codes: row() }))).toEqual([403, 'enrollment_required']);
    expect(verdictOf(await agentOf(made.app).post('/mfa/unlock').send({ codes: row() }))).toEqual([
      401,
      'first_factor_required',
    ]);
  });

  it.each([
    [{}],
    [{ codes: '123456' }],
    [{ codes: [] }],
    [{ codes: ['123456', '123456'] }],
    [{ codes: ['123456', '123456', '123456', '123456'] }],
    [{ codes: ['123456', '123456', 123456] }],
    [{ codes: ['123456', '123456', '1234567'] }],
    [{ codes: { 0: '123456', 1: '123456', 2: '123456' } }],
  ])('%j is no row of codes and costs no try', async (body) => {
    await spend(5);
    const agent = await login();
    expect((await agent.post('/mfa/unlock').send(body)).status).toBe(400);
    expect((await agent.post('/mfa/unlock').send({ codes: row() })).body.status).toBe('unlocked');
  });

  it('takes a form that names the field three times', async () => {
    await spend(5);
    const agent = await login();
    const form = new URLSearchParams(row().map((code) => ['codes', code]));
    const { body } = await agent.post('/mfa/unlock').type('form').send(form.toString());
    expect(body.status).toBe('unlocked');
  });
});
