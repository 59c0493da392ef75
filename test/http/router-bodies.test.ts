import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

async function begun(): Promise<HostApp & { readonly agent: Agent; readonly url: string; readonly secret: string }> {
  const made = hostApp();
  const agent = agentOf(made.app);
  await logIn(agent, 'ann');
  const { body } = await agent.post('/mfa/factors').send({});
  return { ...made, agent, url: body.url, secret: body.binding.secret };
}

const NO_NAMES: readonly (readonly [string, unknown])[] = [
  ['empty', ''],
  ['of spaces', '   '],
  ['with a colon', 'Acme:evil'],
  ['with a percent-encoded colon', 'Acme%3Aevil'],
  ['with a percent-encoded colon in lower case', 'Acme%3aevil'],
  ['with a newline', 'a\nb'],
  ['with a NUL', 'a\0b'],
  ['with a delete character', 'a\u007fb'],
  ['of 65 characters', 'x'.repeat(65)],
  ['of 65 emoji', '🔑'.repeat(65)],
  ['with half a surrogate pair', 'a\ud800'],
  ['a number', 7],
  ['an array', ['Phone']],
  ['an object', { length: 5 }],
  ['null', null],
];

describe('a friendly name', () => {
  it.each(NO_NAMES)('%s is refused: 400 to create and to rename, and nothing is written', async (_what, name) => {
    const { agent, url, store } = await begun();
    const asked = await store.during(async () => {
      for (const path of ['/mfa/factors', url]) {
        expect(verdictOf(await agent.post(path).send({ friendly_name: name }))).toEqual([400, 'invalid_request']);
      }
    });
    expect(asked).not.toContain('save');
    expect((await agent.get(url)).body.friendly_name).toBe('Authenticator');
  });

  it.each([
    ['of 64 emoji', '🔑'.repeat(64)],
    ['with markup', '<script>alert(1)</script>'],
    ['with quotes and percent signs', `Ann's "100%" phone`],
  ])('%s is kept as it is', async (_what, name) => {
    const { agent, url } = await begun();
    expect((await agent.post(url).send({ friendly_name: name })).body.friendly_name).toBe(name);
  });
});

describe('POST /factors/:sid wants exactly one of code and friendly_name', () => {
  it('both are refused: 400, nothing is written, the right code is not spent', async () => {
    const { agent, url, secret, clock, store } = await begun();
    const code = codeAt(secret, clock.now());
    const asked = await store.during(async () => {
      expect(verdictOf(await agent.post(url).send({ code, friendly_name: 'Phone' }))).toEqual([400, 'invalid_request']);
    });
    expect(asked).not.toContain('save');
    const { body } = await agent.post(url).send({ code });
    expect(body).toMatchObject({ status: 'verified', friendly_name: 'Authenticator' });
  });

  it.each([{}, { name: 'Phone' }, { status: 'verified' }])('neither is refused: 400 for %j', async (body) => {
    const { agent, url } = await begun();
    expect(verdictOf(await agent.post(url).send(body))).toEqual([400, 'invalid_request']);
    expect((await agent.get(url)).body.status).toBe('unverified');
  });
});

describe('POST /challenges/:sid wants exactly one of code and status: denied', () => {
  it.each([
    ['both', { code: 'CODE', status: 'denied' }],
    ['a status that is not given by a person', { status: 'approved' }],
    ['that status beside a right code', { code: 'CODE', status: 'approved' }],
    ['a status in capitals', { status: 'DENIED' }],
    ['nothing', {}],
  ])('%s is refused: 400, and the challenge is as before', async (_what, body) => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const { url } = (await agent.post('/mfa/challenges')).body;
    const code = codeAt(secret, made.clock.now());
    const asked = await made.store.during(async () => {
      const sent = 'code' in body ? { ...body, code } : body;
      expect(verdictOf(await agent.post(url).send(sent))).toEqual([400, 'invalid_request']);
    });
    expect(asked).not.toContain('save');
    expect((await agent.post(url).send({ code })).body.status).toBe('approved');
  });
});

describe('what only the host may say', () => {
  it('has no effect in the body that creates a factor', async () => {
    const { agent, mfa } = await begun();
    const secret = 'A'.repeat(32);
    const { status, body } = await agent.post('/mfa/factors').send({
      identity: 'bob',
      sid: `YF${'0'.repeat(32)}`,
      status: 'verified',
      secret,
      config: { code_length: 3, skew: 2 },
      totp: { codeLength: 3 },
      metadata: { role: 'admin' },
      account_name: 'bob',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      identity: 'ann',
      status: 'unverified',
      config: { alg: 'sha1', skew: 1, code_length: 6, time_step: 30 },
      metadata: null,
    });
    expect(body.binding.secret).not.toBe(secret);
    expect(body.binding.uri).toContain('/Acme:ann?');
    expect((await mfa.factors.list({ identity: 'bob' })).items).toEqual([]);
  });

  it('has no effect in the body that creates a challenge', async () => {
    const made = hostApp();
    const agent = await logInFully(made, 'ann', await enroll(made, 'ann'));
    const { status, body } = await agent.post('/mfa/challenges').send({
      identity: 'bob',
      status: 'approved',
      details: { message: 'Pay', fields: [] },
      hidden_details: { a: 'b' },
      metadata: { a: 'b' },
      purpose: 'transfer',
      expiration_date: '2027-01-01T00:00:00Z',
      expiresAt: 4102444800000,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      identity: 'ann',
      status: 'pending',
      details: null,
      metadata: null,
      expiration_date: '2026-11-20T12:06:05Z',
    });
  });

  it.each(['x-mfa', 'x-verified', 'x-skip-mfa', 'x-user', 'x-forwarded-user', 'x-authentik-auth-via'])(
    'has no effect in a header %s',
    async (header) => {
      const made = hostApp();
      await enroll(made, 'ann');
      const agent = agentOf(made.app).set(header, 'true');
      await logIn(agent, 'ann');
      expect((await agent.get('/whoami?verified=true&aal=2&skip=1')).body).toMatchObject({ user: null, aal: 1 });
      expect((await agent.get('/mfa/factors?bypass=1')).status).toBe(401);
    },
  );
});

describe('the limit of a body', () => {
  it('is limits.bodyBytes, to the byte', async () => {
    for (const parsersAt of ['/', '/login']) {
      const made = hostApp({ parsersAt, options: { limits: { bodyBytes: 1024 } } });
      const agent = agentOf(made.app);
      await logIn(agent, 'ann');
      const bodyOf = (bytes: number): string => `friendly_name=Phone&junk=${'x'.repeat(bytes - 25)}`;
      expect((await agent.post('/mfa/factors').type('form').send(bodyOf(1024))).status).toBe(201);
      expect(verdictOf(await agent.post('/mfa/factors').type('form').send(bodyOf(1025)))).toEqual([
        413,
        'payload_too_large',
      ]);
    }
  });

  it('holds for what a compressed body unpacks to', async () => {
    const { gzipSync } = await import('node:zlib');
    const made = hostApp({ parsersAt: '/login' });
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const packed = gzipSync(JSON.stringify({ junk: 'x'.repeat(100_000) }));
    const answer = await agent
      .post('/mfa/factors')
      .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
      .serialize(() => packed as unknown as string)
      .send({});
    expect(verdictOf(answer)).toEqual([413, 'payload_too_large']);
  });
});
