import type { ErrorRequestHandler, RequestHandler } from 'express';
import { MfaError } from '../../src/index.js';
import {
  challenged,
  guardedApp,
  HeaderStrategy,
  nextCode,
  recoveryCodes,
  satisfied,
  seenBy,
  type Enrolled,
  type GuardOptions,
} from '../support/guarded-app.js';
import { agentOf, enroll, logIn, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const rightCode = ({ clock }: HostApp, { secret }: Enrolled): string => codeAt(secret, clock.now());
const wrongCode = ({ clock }: HostApp, { secret }: Enrolled): string => wrongCodeAt(secret, clock.now());

/** What the session of a client holds. */
async function heldBy({ client }: Enrolled): Promise<Record<string, unknown>> {
  return (await client.get('/session')).body.held;
}

async function sessionIdOf({ client }: Enrolled): Promise<string> {
  return (await client.get('/session')).body.sessionId;
}

/** `req.flash` as hosts have it: messages by type, in the session. */
const flash: RequestHandler = (req, _res, next) => {
  Object.assign(req, {
    flash: (type: string, message: string) => {
      const session = req.session as unknown as { flash?: Record<string, string[]> };
      session.flash = { ...session.flash, [type]: [...(session.flash?.[type] ?? []), message] };
    },
  });
  next();
};

describe('recovery', () => {
  it('takes a recovery code in the place of a code, once', async () => {
    const made = guardedApp({ recovery: true });
    const ann = await challenged(made);
    const [code] = await recoveryCodes(made);
    const answer = await ann.client.post('/vault').send({ code }).expect(200);
    expect(answer.body).toMatchObject({ mfa: { state: 'satisfied', amr: ['recovery_code', 'mfa'], factorSid: null } });
    const other = agentOf(made.app);
    await logIn(other, 'ann');
    await other.post('/vault').send({ code }).expect(401);
  });

  it('is what it takes: without it a recovery code is none, and is not spent', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const [code] = await recoveryCodes(made);
    expect((await ann.client.post('/vault').send({ code }).expect(400)).body).toMatchObject({ code: 'malformed_code' });
    await ann.client
      .post('/mfa/challenges')
      .send({ code })
      .expect(201)
      .expect(({ body }) => expect(body).toMatchObject({ status: 'approved' }));
  });
});

describe('failureRedirect', () => {
  it('sends every failure there', async () => {
    const made = guardedApp({ failureRedirect: '/login?again' });
    const ann = await challenged(made);
    const bodies = [{}, { code: 'abc' }, ...Array.from({ length: 6 }, () => ({ code: wrongCode(made, ann) }))];
    for (const body of bodies) {
      const answer = await ann.client.post('/vault').send(body).redirects(0);
      expect([answer.status, answer.headers['location']]).toEqual([302, '/login?again']);
    }
    const nobody = await agentOf(made.app).get('/vault').redirects(0);
    expect([nobody.status, nobody.headers['location']]).toEqual([302, '/login?again']);
  });

  it('does not hide a failure of the store behind it', async () => {
    const made = guardedApp({ failureRedirect: '/login?again' });
    const ann = await challenged(made);
    made.store.before = async () => Promise.reject(new MfaError('store_unavailable'));
    await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .redirects(0)
      .expect(503);
  });
});

describe('failureMessage', () => {
  it.each([
    [true, 'The code is wrong'],
    ['That was not it', 'That was not it'],
  ])('%s leaves its message in the session', async (failureMessage, message) => {
    const made = guardedApp({ failureMessage });
    const ann = await challenged(made);
    await ann.client
      .post('/vault')
      .send({ code: wrongCode(made, ann) })
      .expect(401);
    expect(await heldBy(ann)).toMatchObject({ messages: [message] });
  });
});

describe('failureFlash', () => {
  it.each([
    [true, { error: ['The code is wrong'] }],
    ['That was not it', { error: ['That was not it'] }],
    [{ type: 'warning', message: 'No' }, { warning: ['No'] }],
  ])('%j shows its message on the next page', async (failureFlash, shown) => {
    const made = guardedApp({ failureFlash } as GuardOptions, { early: [flash] });
    const ann = await challenged(made);
    await ann.client
      .post('/vault')
      .send({ code: wrongCode(made, ann) })
      .expect(401);
    expect(await heldBy(ann)).toMatchObject({ flash: shown });
  });

  it.each([
    ['the clock is wrong', /check the clock/, -120_000, 0],
    ['the code was used', /used already/, 0, 1],
  ])('tells a person when %s', async (_title, message, offset, uses) => {
    const made = guardedApp({ failureFlash: true, force: true }, { early: [flash] });
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now() + offset);
    for (let use = 0; use < uses; use += 1) await ann.client.post('/vault').send({ code }).expect(200);
    await ann.client.post('/vault').send({ code }).expect(401);
    expect(await heldBy(ann)).toMatchObject({ flash: { error: [expect.stringMatching(message)] } });
  });
});

describe('failWithError', () => {
  it("hands Passport's error with the status of the failure to the app's error handler", async () => {
    const seen: unknown[] = [];
    const handler: ErrorRequestHandler = (error: Error & { status: number }, _req, res, next) => {
      seen.push([error.name, error.message, error.status]);
      if (res.headersSent) next(error);
      else res.status(error.status).json({ mine: true });
    };
    const made = guardedApp({ failWithError: true }, { routes: (app) => void app.use(handler) });
    const ann = await challenged(made);
    const answers = [
      await ann.client.post('/vault'),
      await ann.client.post('/vault').send({ code: 'abc' }),
      await ann.client.post('/vault').set('Sec-Fetch-Site', 'cross-site').send({ code: '123456' }),
    ];
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ mine: true })));
    expect(seen).toEqual([
      ['AuthenticationError', 'Unauthorized', 401],
      ['AuthenticationError', 'Bad Request', 400],
      ['AuthenticationError', 'Forbidden', 403],
    ]);
  });
});

describe('a custom callback', () => {
  type Called = readonly unknown[];

  /** `/custom` notes what its callback is called with, and then does `then`. */
  function withCallback(then: (user: TestUser | false) => TestUser | null): HostApp & { readonly called: Called[] } {
    const called: Called[] = [];
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          app.post('/custom', (req, res, next) => {
            const options: GuardOptions = { force: true };
            const authenticate: RequestHandler = passport.authenticate('totp', options, (...args: unknown[]) => {
              called.push(args);
              const user = then((args[1] ?? false) as TestUser | false);
              const [, , , status = 200] = args as [unknown, unknown, unknown, number?];
              if (user === null) res.status(status).json(seenBy(req));
              else req.logIn(user, () => void res.json(seenBy(req)));
            });
            void authenticate(req, res, next);
          });
        },
      },
    );
    return { ...made, called };
  }

  it('is called once with the user and the info of a right code', async () => {
    const made = withCallback(() => null);
    const ann = await challenged(made);
    await ann.client.post('/custom').send({ code: rightCode(made, ann) });
    const info = { message: 'The code is right', amr: ['otp', 'mfa'], factorSid: ann.sid };
    expect(made.called).toEqual([[null, { id: 'ann', username: 'ann' }, info]]);
  });

  it('satisfies the session by logging the user in', async () => {
    const made = withCallback((user) => (user === false ? null : user));
    const ann = await challenged(made);
    const before = await sessionIdOf(ann);
    const { body } = await ann.client.post('/custom').send({ code: rightCode(made, ann) });
    expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
    expect(body.sessionId).not.toBe(before);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
  });

  it('that does not log in satisfies nobody, and the code is spent', async () => {
    const made = withCallback(() => null);
    const ann = await challenged(made);
    const code = rightCode(made, ann);
    const { body } = await ann.client.post('/custom').send({ code });
    expect(body).toMatchObject({ user: null, mfa: { state: 'challenge_required' } });
    expect((await ann.client.post('/vault').send({ code })).body).toMatchObject({ code: 'code_already_used' });
  });

  it('that logs somebody else in gives him nothing of the code', async () => {
    const made = withCallback(() => ({ id: 'ben', username: 'ben' }));
    await enroll(made, 'ben');
    const ann = await challenged(made);
    const { body } = await ann.client.post('/custom').send({ code: rightCode(made, ann) });
    expect(body).toMatchObject({ state: 'challenge_required' });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });

  it('is called once with the info and the status of a failure', async () => {
    const made = withCallback(() => null);
    const ann = await challenged(made);
    await ann.client.post('/custom');
    await ann.client.post('/custom').send({ code: 'abc' });
    await ann.client.post('/custom').send({ code: wrongCode(made, ann) });
    await agentOf(made.app).post('/custom');
    expect(made.called).toEqual([
      [null, false, expect.objectContaining({ code: 'code_required' }), 401],
      [null, false, expect.objectContaining({ code: 'malformed_code' }), 400],
      [null, false, { code: 'incorrect_code', message: 'The code is wrong', attemptsRemaining: 4 }, 401],
      [null, false, expect.objectContaining({ code: 'first_factor_required' }), 401],
    ]);
  });

  it('is called once with a failure of the store', async () => {
    const made = withCallback(() => null);
    const ann = await challenged(made);
    made.store.before = async () => Promise.reject(new MfaError('store_unavailable'));
    await ann.client.post('/custom').send({ code: rightCode(made, ann) });
    expect(made.called).toEqual([[expect.objectContaining({ code: 'store_unavailable', status: 503 })]]);
  });

  it('is called once, also where it throws, and the app handles what it threw', async () => {
    const called: Called[] = [];
    const handled: unknown[] = [];
    const handler: ErrorRequestHandler = (error: Error, _req, res, next) => {
      handled.push(error.message);
      if (res.headersSent) next(error);
      else res.status(500).json({});
    };
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          app.post('/custom', (req, res, next) => {
            const authenticate: RequestHandler = passport.authenticate('totp', (...args: unknown[]) => {
              called.push(args);
              if (called.length === 1) throw new Error('the app is wrong');
              next(args[0]);
            });
            void authenticate(req, res, next);
          });
          app.use(handler);
        },
      },
    );
    const ann = await challenged(made);
    await ann.client
      .post('/custom')
      .timeout(2000)
      .send({ code: rightCode(made, ann) })
      .expect(500);
    expect([called.length, handled]).toEqual([1, ['the app is wrong']]);
  });

  it('is told how long to wait, and so is the client where it answers with the status', async () => {
    const made = withCallback(() => null);
    const ann = await challenged(made);
    for (let time = 0; time < 5; time += 1) await ann.client.post('/custom').send({ code: wrongCode(made, ann) });
    const { headers } = await ann.client.post('/custom').send({ code: rightCode(made, ann) });
    expect(made.called.at(-1)).toEqual([null, false, expect.objectContaining({ code: 'locked', retryAfter: 30 }), 429]);
    expect(headers['retry-after']).toBe('30');
  });
});

describe.each([
  ['assignProperty', { assignProperty: 'account' }],
  ['session: false', { session: false }],
])('%s', (_name, options) => {
  it('satisfies this request alone: no grant, the same session, the code spent', async () => {
    const made = guardedApp(options);
    const ann = await challenged(made);
    const sessionId = await sessionIdOf(ann);
    const code = rightCode(made, ann);
    const answer = await ann.client.post('/vault').send({ code });
    expect(answer.body).toMatchObject({ user: { id: 'ann' }, sessionId, mfa: { state: 'satisfied', aal: 2 } });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
    expect(await sessionIdOf(ann)).toBe(sessionId);
    expect((await ann.client.post('/vault').send({ code })).body).toMatchObject({ code: 'code_already_used' });
  });

  it.each<[string, (passport: HostApp['passport']) => RequestHandler]>([
    ['in the same request', (passport) => passport.authenticate('totp', options) as RequestHandler],
    [
      'a custom callback, which logs nobody in',
      (passport) => (req, res, next) => {
        const callback = (error: unknown): void => next(error);
        (passport.authenticate('totp', options, callback) as RequestHandler)(req, res, next);
      },
    ],
  ])('is enough for a guard that follows %s', async (_title, authenticate) => {
    const made = guardedApp(
      {},
      {
        routes: (app, { mfa, passport }) => {
          app.post('/twice', authenticate(passport), mfa.require({ maxAge: '1m' }), (req, res) => {
            res.json(seenBy(req));
          });
        },
      },
    );
    const ann = await challenged(made);
    await ann.client
      .post('/twice')
      .send({ code: rightCode(made, ann) })
      .expect(200);
  });

  it('renews no grant that the session has', async () => {
    const made = guardedApp({ ...options, force: true });
    const ann = await satisfied(made);
    const { authTime } = (await ann.client.get('/whoami')).body;
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied', authTime });
  });
});

describe('assignProperty', () => {
  it('puts the user where it says', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          const show: RequestHandler = (req, res) => void res.json(Reflect.get(req, 'account'));
          app.post('/assigned', passport.authenticate('totp', { assignProperty: 'account' }), show);
          app.post('/authorized', passport.authorize('totp'), show);
        },
      },
    );
    const ann = await challenged(made);
    const user = { id: 'ann', username: 'ann' };
    expect((await ann.client.post('/assigned').send({ code: rightCode(made, ann) })).body).toEqual(user);
    expect((await ann.client.post('/authorized').send({ code: nextCode(made, ann) })).body).toEqual(user);
  });
});

describe('keepSessionInfo', () => {
  it('keeps what the app has in the session, under a new session id', async () => {
    const made = guardedApp({ keepSessionInfo: true });
    const ann = await challenged(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    const before = await sessionIdOf(ann);
    await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .expect(200);
    expect(await heldBy(ann)).toMatchObject({ cart: ['pen'] });
    expect(await sessionIdOf(ann)).not.toBe(before);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
  });

  it('does not bring the older grant back', async () => {
    const made = guardedApp({ keepSessionInfo: true, force: true });
    const ann = await satisfied(made);
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    const authTime = new Date(made.clock.now()).toISOString();
    expect((await ann.client.get('/whoami')).body).toMatchObject({ authTime });
  });

  it('is what it takes: without it the app loses what it had in the session', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .expect(200);
    expect(await heldBy(ann)).not.toHaveProperty('cart');
  });
});

describe('successRedirect', () => {
  it('is where a right code leads', async () => {
    const made = guardedApp({ successRedirect: '/home' });
    const ann = await challenged(made);
    const answer = await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .redirects(0);
    expect([answer.status, answer.headers['location']]).toEqual([302, '/home']);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
  });
});

describe('successReturnToOrRedirect', () => {
  it('is where a right code leads, or else the page that the session remembers, once', async () => {
    const made = guardedApp({ successReturnToOrRedirect: '/home', force: true });
    const ann = await challenged(made);
    await ann.client.post('/session').send({ returnTo: '/report?page=2' });
    const first = await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .redirects(0);
    expect([first.status, first.headers['location']]).toEqual([302, '/report?page=2']);
    const second = await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .redirects(0);
    expect([second.status, second.headers['location']]).toEqual([302, '/home']);
  });

  it('never leads a right code to another origin', async () => {
    const made = guardedApp({ successReturnToOrRedirect: '/home' });
    const ann = await challenged(made);
    await ann.client.post('/session').send({ returnTo: '//evil.example' });
    const answer = await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .redirects(0);
    expect(answer.headers['location']).toBe('/home');
  });
});

describe('successMessage', () => {
  it.each([
    [true, 'The code is right'],
    ['Welcome', 'Welcome'],
  ])('%s survives the new session', async (successMessage, message) => {
    const made = guardedApp({ successMessage });
    const ann = await challenged(made);
    await ann.client.post('/session').send({ cart: ['pen'] });
    await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .expect(200);
    const held = await heldBy(ann);
    expect(held).toMatchObject({ messages: [message] });
    expect(held).not.toHaveProperty('cart');
  });
});

describe('successFlash', () => {
  it.each([
    [true, { success: ['The code is right'] }],
    ['Welcome', { success: ['Welcome'] }],
    [{ type: 'info', message: 'Hello' }, { info: ['Hello'] }],
  ])('%j survives the new session', async (successFlash, shown) => {
    const made = guardedApp({ successFlash } as GuardOptions, { early: [flash] });
    const ann = await challenged(made);
    await ann.client
      .post('/vault')
      .send({ code: rightCode(made, ann) })
      .expect(200);
    expect(await heldBy(ann)).toMatchObject({ flash: shown });
  });
});

describe('authInfo', () => {
  it('is what the strategy says of the proof', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const { body } = await ann.client.post('/vault').send({ code: rightCode(made, ann) });
    expect(body.authInfo).toEqual({ message: 'The code is right', amr: ['otp', 'mfa'], factorSid: ann.sid });
  });

  it('passes through the transformers of the app', async () => {
    const made = guardedApp();
    made.passport.transformAuthInfo((info: { readonly factorSid: string }, done) => {
      done(null, { by: info.factorSid });
    });
    const ann = await challenged(made);
    const { body } = await ann.client.post('/vault').send({ code: rightCode(made, ann) });
    expect(body.authInfo).toEqual({ by: ann.sid });
  });

  it('is absent with authInfo: false', async () => {
    const made = guardedApp({ authInfo: false });
    const ann = await challenged(made);
    const { body } = await ann.client.post('/vault').send({ code: rightCode(made, ann) });
    expect(body).toMatchObject({ authInfo: null, mfa: { state: 'satisfied' } });
  });
});

describe('a chain of strategies', () => {
  function chained(names: readonly string[], options: GuardOptions = {}): HostApp {
    return guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          passport.use(new HeaderStrategy());
          app.post('/chained', passport.authenticate([...names], options), (req, res) => void res.json(seenBy(req)));
        },
      },
    );
  }

  it('ends with the code, where that is right', async () => {
    const made = chained(['totp', 'header']);
    const ann = await challenged(made);
    const answer = await ann.client.post('/chained').send({ code: rightCode(made, ann) });
    expect(answer.body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it('goes on to the next strategy, where the code is missing', async () => {
    const made = chained(['totp', 'header']);
    const answer = await agentOf(made.app).post('/chained').set('X-User', 'bob');
    expect(answer.body).toMatchObject({ user: { id: 'bob' }, mfa: { state: 'not_required' } });
  });

  it('does not take another strategy for the second factor', async () => {
    const made = chained(['totp', 'header']);
    const ann = await challenged(made);
    const answer = await ann.client.post('/chained').set('X-User', 'ann');
    expect(answer.body).toMatchObject({ state: 'challenge_required' });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null });
  });

  it('takes the code after another strategy failed', async () => {
    const made = chained(['header', 'totp']);
    const ann = await challenged(made);
    const answer = await ann.client.post('/chained').send({ code: rightCode(made, ann) });
    expect(answer.body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it('tells why, and the schemes of the others, where all fail', async () => {
    const made = chained(['totp', 'header']);
    const ann = await challenged(made);
    const answer = await ann.client.post('/chained').send({ code: wrongCode(made, ann) });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Header realm="users"']);
    expect(answer.body).toMatchObject({ code: 'incorrect_code', attempts_remaining: 4 });
  });

  it('leaves the answer of another strategy as it is', async () => {
    const made = chained(['totp', 'header']);
    const ann = await challenged(made);
    for (let time = 0; time < 5; time += 1) await ann.client.post('/chained').send({ code: wrongCode(made, ann) });
    const answer = await ann.client
      .post('/chained')
      .set('X-User', 'bob')
      .send({ code: rightCode(made, ann) });
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, undefined]);
    expect(answer.body).toMatchObject({ user: { id: 'bob' } });
  });

  it('is not stopped by a handler that answers with the bare word of a status', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          passport.use(new HeaderStrategy());
          app.post('/chained', passport.authenticate(['totp', 'header']), (_req, res) => {
            res.status(401).type('text').end('Unauthorized');
          });
        },
      },
    );
    const client = agentOf(made.app);
    const answer = await client.post('/chained').set('X-User', 'bob');
    expect([answer.status, answer.text]).toEqual([401, 'Unauthorized']);
  });
});

describe('a login without a session', () => {
  function stateless(): HostApp {
    return guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          passport.use(new HeaderStrategy());
          const show: RequestHandler = (req, res) => void res.json(seenBy(req));
          const first = passport.authenticate('header', { session: false });
          app.all('/api', first, show);
          app.all('/api/vault', first, passport.authenticate('totp', { session: false }), show);
          app.all('/api/vault/logged', first, passport.authenticate('totp'), show);
          app.post('/api/login', first, passport.authenticate('local', { login: 'continue' } as object), show);
          app.post('/api/other', first, (req, res) => {
            req.user = { id: 'ben' };
            res.json(seenBy(req));
          });
        },
      },
    );
  }

  it('is visible, as the app wants it, and not satisfied', async () => {
    const made = stateless();
    await enroll(made, 'ann');
    for (const user of ['ann', 'bob']) {
      const { body } = await agentOf(made.app).get('/api').set('X-User', user);
      expect(body).toMatchObject({ user: { id: user }, isAuthenticated: true, mfa: { aal: 1 } });
    }
  });

  it.each([
    ['/api/vault', 'which makes no session either'],
    ['/api/vault/logged', 'also where that one is not told so'],
  ])('needs a code in the same request for a guard (%s), %s', async (path) => {
    const made = stateless();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    const refused = await client.post(path).set('X-User', 'ann');
    expect([refused.status, refused.body.code]).toEqual([401, 'code_required']);
    const code = codeAt(secret, made.clock.now());
    const { body, headers } = await client.post(path).set('X-User', 'ann').send({ code });
    expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied', aal: 2 } });
    expect(headers['set-cookie']).toBeUndefined();
    await client.post(path).set('X-User', 'ann').expect(401);
  });

  it.each([
    ['the same user', '/api/login', { username: 'ann', password: 'secret' }],
    ['another user, whom the app sets itself', '/api/other', {}],
  ])('lends its visibility to no later login of the request: of %s', async (_whom, path, body) => {
    const made = stateless();
    for (const user of ['ann', 'ben']) await enroll(made, user);
    const answer = await agentOf(made.app).post(path).set('X-User', 'ann').send(body);
    expect(answer.body).toMatchObject({ user: null, isAuthenticated: false, mfa: { state: 'challenge_required' } });
  });

  it('leaves no session behind, with a code or without', async () => {
    const made = stateless();
    const { secret } = await enroll(made, 'ann');
    const client = agentOf(made.app);
    const answers = [
      await client.get('/api').set('X-User', 'ann'),
      await client.post('/api/vault').set('X-User', 'ann'),
      await client
        .post('/api/vault')
        .set('X-User', 'ann')
        .send({ code: codeAt(secret, made.clock.now()) }),
    ];
    expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined, undefined]);
  });

  it('does not touch the session of another user in the same browser', async () => {
    const made = stateless();
    await enroll(made, 'ben');
    const ann = await satisfied(made);
    const before = await heldBy(ann);
    const { body } = await ann.client.get('/api').set('X-User', 'ben');
    expect(body).toMatchObject({ user: { id: 'ben' }, mfa: { aal: 1 } });
    expect(await heldBy(ann)).toEqual(before);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied' });
  });

  it('of a user without a factor passes as such', async () => {
    const made = stateless();
    const client = agentOf(made.app);
    const { status, body } = await client.get('/api/vault').set('X-User', 'bob');
    expect([status, body.code]).toEqual([403, 'enrollment_required']);
    await logIn(client, 'bob');
  });
});
