import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const SID = /^YF[0-9a-f]{32}$/;
const DATE = /^2026-11-20T\d\d:\d\d:\d\dZ$/;

interface Begun extends HostApp {
  readonly agent: ReturnType<typeof agentOf>;
  readonly factor: Readonly<Record<string, unknown>>;
  readonly secret: string;
  readonly url: string;
}

/** Somebody without a factor, logged in, who has begun to enroll. */
async function begun(made = hostApp()): Promise<Begun> {
  const agent = agentOf(made.app);
  await logIn(agent, 'ann');
  const { body } = await agent.post('/mfa/factors').send({});
  return { ...made, agent, factor: body, secret: String(body.binding.secret), url: String(body.url) };
}

describe('POST /factors', () => {
  it('begins an enrollment: every key of the resource is there, with the secret and its URI', async () => {
    const { agent } = await begun();
    const { status, body } = await agent.post('/mfa/factors').send({});
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(SID),
      identity: 'ann',
      friendly_name: 'Authenticator',
      factor_type: 'totp',
      status: 'unverified',
      config: { alg: 'sha1', skew: 1, code_length: 6, time_step: 30 },
      metadata: null,
      date_created: '2026-11-20T12:00:05Z',
      date_updated: '2026-11-20T12:00:05Z',
      url: `/mfa/factors/${body.sid}`,
      binding: {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        uri: `otpauth://totp/Acme:ann?secret=${body.binding.secret}&issuer=Acme&algorithm=SHA1&digits=6&period=30`,
      },
    });
  });

  it('takes the name that a person gives it, without the spaces around it', async () => {
    const { agent } = await begun();
    const { body } = await agent.post('/mfa/factors').send({ friendly_name: '  Ann’s phone ' });
    expect(body.friendly_name).toBe('Ann’s phone');
  });

  it('replaces the enrollment that was not proved: its SID is gone, and its code proves nothing', async () => {
    const { agent, url, secret, clock } = await begun();
    const second = await agent.post('/mfa/factors').send({});
    expect(second.body.binding.secret).not.toBe(secret);
    expect((await agent.get(url)).status).toBe(404);
    expect((await agent.post(url).send({ code: codeAt(secret, clock.now()) })).status).toBe(404);
    expect((await agent.get('/mfa/factors')).body.factors).toHaveLength(1);
  });

  it('a second factor is labelled with its name, for apps overwrite an entry with an equal label', async () => {
    const made = hostApp();
    const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
    const { body } = await agent.post('/mfa/factors').send({ friendly_name: 'Tablet' });
    expect(body.binding.uri).toMatch(/^otpauth:\/\/totp\/Acme:ann%20%28Tablet%29\?secret=/);
    expect((await agent.post('/mfa/factors').send({})).body.friendly_name).toBe('Authenticator 2');
  });

  it('has room for five verified factors', async () => {
    const made = hostApp();
    const first = await enroll(made, 'ann');
    for (let i = 0; i < 4; i += 1) await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', first);
    const sixth = await agent.post('/mfa/factors').send({});
    expect(verdictOf(sixth)).toEqual([409, 'factor_limit']);
  });
});

describe('POST /factors/:sid with a code', () => {
  it('verifies with the code that oathtool shows, and satisfies the session', async () => {
    const { agent, factor, secret, url, clock } = await begun();
    clock.advance(1_000);
    const [code] = oathtoolCodes({ secret, seconds: clock.now() / 1000 });
    const { status, body } = await agent.post(url).send({ code });
    expect(status).toBe(200);
    const { binding: _binding, ...resource } = factor;
    expect(body).toEqual({
      ...resource,
      status: 'verified',
      date_updated: '2026-11-20T12:00:06Z',
      state: 'satisfied',
    });
    expect((await agent.get('/whoami')).body).toMatchObject({ aal: 2, factorSid: factor['sid'] });
  });

  it('a wrong code is an answer: 200, unverified, with the reason and how many are left', async () => {
    const { agent, secret, url, clock } = await begun();
    const { status, body } = await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'unverified',
      reason: 'incorrect_code',
      attempts_remaining: 4,
      state: 'not_required',
    });
  });

  it.each([-120, 120])('names a clock that is %i seconds off, both ways', async (drift) => {
    const { agent, secret, url, clock } = await begun();
    const { body } = await agent.post(url).send({ code: codeAt(secret, clock.now() + drift * 1000) });
    expect(body).toMatchObject({ status: 'unverified', reason: 'clock_drift', drift_seconds: drift });
  });

  it('the fifth wrong code erases the secret: the right one is refused, and only a new enrollment works', async () => {
    const { agent, secret, url, clock } = await begun();
    const left: unknown[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { status, body } = await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) });
      left.push([status, body.status, body.attempts_remaining]);
    }
    expect(left).toEqual([4, 3, 2, 1, 0].map((n) => [200, 'unverified', n]));
    const right = await agent.post(url).send({ code: codeAt(secret, clock.now()) });
    expect(verdictOf(right)).toEqual([429, 'too_many_attempts']);

    const again = await agent.post('/mfa/factors').send({});
    const proved = await agent.post(again.body.url).send({ code: codeAt(again.body.binding.secret, clock.now()) });
    expect(proved.body).toMatchObject({ status: 'verified', state: 'satisfied' });
  });

  it('a spoiled enrollment costs the verified factor nothing: it still logs in', async () => {
    const made = hostApp();
    const old = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', old);
    const { body } = await agent.post('/mfa/factors').send({});
    for (let i = 0; i < 5; i += 1) {
      await agent.post(body.url).send({ code: wrongCodeAt(body.binding.secret, made.clock.now()) });
    }
    const kept = await agent.get(`/mfa/factors/${old.sid}`);
    expect(kept.body).toMatchObject({ sid: old.sid, status: 'verified' });
    await expect(logInFully(made, 'ann', old)).resolves.toBeDefined();
  });

  it('an enrollment ends with its ten minutes: 404 for the right code, to the millisecond', async () => {
    const { agent, secret, url, clock } = await begun();
    clock.advance(10 * 60_000 - 1);
    expect((await agent.get(url)).status).toBe(200);
    clock.advance(1);
    const late = await agent.post(url).send({ code: codeAt(secret, clock.now()) });
    expect(verdictOf(late)).toEqual([404, 'not_found']);
  });

  it('a verified factor takes no code here: its codes answer challenges', async () => {
    const made = hostApp();
    const old = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', old);
    const { status, body } = await agent
      .post(`/mfa/factors/${old.sid}`)
      .send({ code: codeAt(old.secret, made.clock.now()) });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });

  it('the code that verified an enrollment is spent', async () => {
    const { agent, secret, url, clock } = await begun();
    const code = codeAt(secret, clock.now());
    await agent.post(url).send({ code });
    const { body } = await agent.post('/mfa/challenges').send({ code });
    expect(body).toMatchObject({ status: 'pending', reason: 'code_already_used', retry_after: 25 });
  });
});

describe('the secret of a factor', () => {
  it('is in the answer that creates it and in no other answer of any route', async () => {
    const { agent, secret, url, factor, clock, mfa } = await begun();
    const answers = [
      await agent.get(url),
      await agent.get('/mfa/factors'),
      await agent.post(url).send({ friendly_name: 'Phone' }),
      await agent.post(url).send({ code: wrongCodeAt(secret, clock.now()) }),
      await agent.post(url).send({ code: codeAt(secret, clock.now()) }),
      await agent.get(url),
      await agent.get('/mfa'),
      await agent.get('/mfa/factors'),
      await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now() + 30_000) }),
      await agent.get('/mfa/challenges'),
      await agent.get('/whoami'),
      await agent.delete(url),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 201, 200, 200, 204]);
    for (const answer of answers) {
      expect(`${JSON.stringify(answer.headers)} ${answer.text}`).not.toMatch(
        new RegExp(`${secret}|binding|otpauth|secret`, 'i'),
      );
    }
    await expect(mfa.factors.fetch({ identity: 'ann', sid: String(factor['sid']) })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('reading and renaming', () => {
  it('GET /factors/:sid and the list show the same resource, dates without fractions', async () => {
    const made = hostApp();
    made.clock.advance(123);
    const factor = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', factor);
    const { body } = await agent.get(`/mfa/factors/${factor.sid}`);
    expect(Object.keys(body)).toEqual([
      'sid',
      'identity',
      'friendly_name',
      'factor_type',
      'status',
      'config',
      'metadata',
      'date_created',
      'date_updated',
      'url',
    ]);
    expect([body.date_created, body.date_updated]).toEqual([expect.stringMatching(DATE), expect.stringMatching(DATE)]);
    expect((await agent.get('/mfa/factors')).body.factors).toEqual([body]);
  });

  it('{ friendly_name } renames, and nothing else of the factor changes', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', factor);
    const before = (await agent.get(`/mfa/factors/${factor.sid}`)).body;
    const renamed = await agent.post(`/mfa/factors/${factor.sid}`).send({ friendly_name: 'Work phone' });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toEqual({
      ...before,
      friendly_name: 'Work phone',
      date_updated: new Date(made.clock.now()).toISOString().replace('.000', ''),
    });
    expect((await agent.get(`/mfa/factors/${factor.sid}`)).body).toEqual(renamed.body);
  });
});
