import { everyRoute } from '../support/every-route.js';
import { challenged, guardedApp, nextCode, satisfied, type Enrolled } from '../support/guarded-app.js';
import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Client = Enrolled['client'];

/** The status and the code of Ann's login with this code. */
async function tryCode(made: HostApp, code: string): Promise<unknown> {
  const client = agentOf(made.app);
  await logIn(client, 'ann');
  const { body } = await client.post('/mfa/challenges').send({ code });
  return body.state ?? body.code;
}

async function statusOf(client: Client): Promise<number> {
  return (await client.get('/vault')).status;
}

describe('A27 a session with the password alone, which wants to change the factors', () => {
  it('creates, renames, proves and removes nothing, and the factor is as it was', async () => {
    const made = guardedApp();
    const { client, sid, secret } = await challenged(made);
    const before = await made.mfa.factors.list({ identity: 'ann' });
    const attempts = [
      await client.post('/mfa/factors').send({}),
      await client.post('/mfa/factors').send({ friendly_name: 'Mallory’s' }),
      await client.post(`/mfa/factors/${sid}`).send({ friendly_name: 'Mallory’s' }),
      await client.post(`/mfa/factors/${sid}`).send({ code: codeAt(secret, made.clock.now()) }),
      await client.delete(`/mfa/factors/${sid}`),
    ];
    expect(attempts.map(verdictOf)).toEqual(attempts.map(() => [401, 'step_up_required']));
    for (const { text } of attempts) expect(text).not.toContain('otpauth');
    expect(await made.mfa.factors.list({ identity: 'ann' })).toEqual(before);
    expect(await tryCode(made, codeAt(secret, made.clock.now()))).toBe('satisfied');
  });

  it('has no enrollment of before: what was begun without a factor dies when one is verified', async () => {
    const made = guardedApp();
    const attacker = agentOf(made.app);
    await logIn(attacker, 'ann');
    const begun = await attacker.post('/mfa/factors').send({});
    const { secret } = await enroll(made, 'ann');
    const code = codeAt(begun.body.binding.secret, made.clock.now());
    expect(verdictOf(await attacker.post(begun.body.url).send({ code }))).toEqual([404, 'not_found']);
    expect(await tryCode(made, code)).toBe('challenge_required');
    expect(await tryCode(made, codeAt(secret, made.clock.now()))).toBe('satisfied');
  });

  it('changes nothing with a second factor that was shown more than ten minutes ago', async () => {
    const made = guardedApp();
    const { client, sid } = await satisfied(made);
    made.clock.advance(10 * 60_000);
    for (const attempt of [
      await client.post('/mfa/factors').send({}),
      await client.post(`/mfa/factors/${sid}`).send({ friendly_name: 'Mallory’s' }),
      await client.delete(`/mfa/factors/${sid}`),
    ]) {
      expect(verdictOf(attempt)).toEqual([401, 'step_up_required']);
    }
    expect(await statusOf(client)).toBe(200);
  });

  it('no route there is changes a factor of hers, or adds one', async () => {
    const made = guardedApp();
    const { client, sid } = await challenged(made);
    const before = await made.mfa.factors.list({ identity: 'ann' });
    const bodies = [{}, { friendly_name: 'Mallory’s' }, { status: 'verified' }, { secret: 'A'.repeat(32) }];
    for (const { method, url } of everyRoute({ factor: sid, challenge: `YC${'0'.repeat(32)}` })) {
      if (method === 'GET') continue;
      for (const body of bodies) {
        const answer = await (method === 'POST' ? client.post(url) : client.delete(url)).send(body);
        expect(answer.text).not.toContain('otpauth');
      }
    }
    expect(await made.mfa.factors.list({ identity: 'ann' })).toEqual(before);
  });
});

describe('A28 a stolen session of a user without a factor', () => {
  it('cannot enroll its thief ten minutes after the login', async () => {
    const made = guardedApp();
    const thief = agentOf(made.app);
    await logIn(thief, 'ann');
    made.clock.advance(10 * 60_000);
    expect(verdictOf(await thief.post('/mfa/factors').send({}))).toEqual([403, 'recent_login_required']);
    const browser = await thief.post('/mfa/factors').set('Accept', 'text/html').redirects(0);
    expect(browser.text).not.toContain('otpauth');
    expect((await made.mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
  });

  it('cannot enroll where the host says no', async () => {
    const made = guardedApp({}, { options: { canEnroll: () => false } });
    const thief = agentOf(made.app);
    await logIn(thief, 'ann');
    expect(verdictOf(await thief.post('/mfa/factors').send({}))).toEqual([403, 'enrollment_refused']);
  });

  it('a factor that was not proved satisfies nobody, by no code and no wish', async () => {
    const made = guardedApp({}, { options: { policy: 'required' } });
    const thief = agentOf(made.app);
    await logIn(thief, 'ann');
    const { body } = await thief.post('/mfa/factors').send({});
    const code = codeAt(body.binding.secret, made.clock.now());
    for (const attempt of [{ code }, { code, factor_sid: body.sid }]) {
      const answer = await thief.post('/mfa/challenges').send(attempt);
      expect(['enrollment_required', 'not_found']).toContain(answer.body.code);
    }
    expect(verdictOf(await thief.post('/vault').send({ code }))).toEqual([403, 'enrollment_required']);
    await thief.post(body.url).send({ status: 'verified', friendly_name: 'mine' });
    expect((await thief.get('/whoami')).body).toMatchObject({ user: null, state: 'enrollment_required', aal: 1 });
  });

  it('a factor that was not proved locks nobody out', async () => {
    const made = guardedApp();
    const thief = agentOf(made.app);
    await logIn(thief, 'ann');
    await thief.post('/mfa/factors').send({});
    const ann = agentOf(made.app);
    expect((await logIn(ann, 'ann')).body).toMatchObject({ state: 'not_required', user: { id: 'ann' } });
    expect((await ann.post('/mfa/factors').send({})).status).toBe(201);
  });
});

describe('A29 an enrollment that was begun and left', () => {
  it('the old factor works on, the new one does not, and after ten minutes it is gone', async () => {
    const made = guardedApp();
    const ann = await satisfied(made);
    const begun = await ann.client.post('/mfa/factors').send({});
    const left = begun.body.binding.secret;
    expect(await tryCode(made, nextCode(made, { secret: left }))).toBe('challenge_required');
    expect(await tryCode(made, nextCode(made, ann))).toBe('satisfied');
    made.clock.advance(10 * 60_000);
    const code = codeAt(left, made.clock.now());
    // Fresh once more, so that nothing but time can be in the way.
    await ann.client.post('/mfa/challenges').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(verdictOf(await ann.client.post(begun.body.url).send({ code }))).toEqual([404, 'not_found']);
    expect((await ann.client.get('/mfa/factors')).body.factors).toHaveLength(1);
    expect(await tryCode(made, nextCode(made, ann))).toBe('satisfied');
  });

  it('does not overwrite the old factor when five wrong codes end it', async () => {
    const made = guardedApp();
    const ann = await satisfied(made);
    const begun = await ann.client.post('/mfa/factors').send({});
    for (let n = 0; n < 6; n += 1) await ann.client.post(begun.body.url).send({ code: '000000' });
    expect(await tryCode(made, nextCode(made, ann))).toBe('satisfied');
  });
});

describe('A30 an authenticator that was replaced, or is removed by somebody else', () => {
  /** Ann replaces her phone: a new factor, then the old one removed. */
  async function replace(made: HostApp): Promise<{ readonly old: Enrolled; readonly secret: string }> {
    const old = await satisfied(made);
    const { body } = await old.client.post('/mfa/factors').send({});
    const { secret } = body.binding;
    await old.client.post(body.url).send({ code: nextCode(made, { secret }) });
    expect((await old.client.delete(`/mfa/factors/${old.sid}`)).status).toBe(204);
    return { old, secret };
  }

  it('the old secret’s codes are refused, the new one’s are right', async () => {
    const made = guardedApp();
    const { old, secret } = await replace(made);
    expect(await tryCode(made, nextCode(made, old))).toBe('challenge_required');
    expect(await tryCode(made, nextCode(made, { secret }))).toBe('satisfied');
  });

  it('a session of the old phone is asked for the new one', async () => {
    const made = guardedApp();
    const phone = await enroll(made, 'ann');
    const older = await logInFully(made, 'ann', phone);
    const owner = await logInFully(made, 'ann', phone);
    expect(await statusOf(older)).toBe(200);
    const { body } = await owner.post('/mfa/factors').send({});
    await owner.post(body.url).send({ code: nextCode(made, body.binding) });
    expect(await statusOf(older)).toBe(401);
    expect(await statusOf(owner)).toBe(200);
  });

  it('a pending challenge of the removed factor is gone with it', async () => {
    const made = guardedApp();
    const { client, secret } = await challenged(made);
    const { body: challenge } = await client.post('/mfa/challenges').send({});
    const [factor] = (await made.mfa.factors.list({ identity: 'ann' })).items;
    await made.mfa.factors.import({ identity: 'ann', secret: 'B'.repeat(32) });
    await made.mfa.factors.remove({ identity: 'ann', sid: factor?.sid ?? '' });
    const code = codeAt(secret, made.clock.now());
    expect(verdictOf(await client.post(challenge.url).send({ code }))).toEqual([404, 'not_found']);
    expect(await statusOf(client)).toBe(401);
  });

  it('somebody else’s factor is as unknown as one that never was, and stays', async () => {
    const made = hostApp();
    const ann = await enroll(made, 'ann');
    const mallory = await logInFully(made, 'mallory', await enroll(made, 'mallory'));
    const texts = [];
    for (const sid of [ann.sid, `YF${'0'.repeat(32)}`, 'YF0', '..%2f', `${ann.sid}%00`]) {
      const { status, text } = await mallory.delete(`/mfa/factors/${sid}`);
      texts.push(`${status.toString()} ${text}`);
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/^404 /);
    expect(await tryCode(made, codeAt(ann.secret, made.clock.now()))).toBe('satisfied');
  });

  it('a removal without the second factor, and one without a session, remove nothing', async () => {
    const made = guardedApp();
    const { client, sid, secret } = await challenged(made);
    expect((await client.delete(`/mfa/factors/${sid}`)).status).toBe(401);
    expect((await agentOf(made.app).delete(`/mfa/factors/${sid}`)).status).toBe(401);
    expect(await tryCode(made, codeAt(secret, made.clock.now()))).toBe('satisfied');
  });
});
