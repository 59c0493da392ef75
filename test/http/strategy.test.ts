import type { Response } from 'supertest';
import { MfaError } from '../../src/index.js';
import {
  challenged,
  challengedBrowser,
  gate,
  guardedApp,
  nextCode,
  prove,
  RecordedStrategy,
  satisfied,
  type GuardOptions,
} from '../support/guarded-app.js';
import type { hostApp } from '../support/host-app.js';
import { agentOf, browserOf, enroll, logIn } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

/** The members of a refusal that programs test. */
function refusalOf({ status, headers, body }: Response): object {
  return { status, type: headers['content-type'], ...body };
}

const PROBLEM = 'application/problem+json; charset=utf-8';

describe("passport.authenticate('totp') for nobody", () => {
  it('answers 401 first_factor_required, whether or not a code comes with it', async () => {
    const made = guardedApp();
    const { secret } = await enroll(made, 'ann');
    const asked = await made.store.during(async () => {
      for (const body of [{}, { code: codeAt(secret, made.clock.now()) }, { code: 'no code' }]) {
        const answer = await agentOf(made.app).post('/vault').send(body);
        expect(refusalOf(answer)).toMatchObject({ status: 401, type: PROBLEM, code: 'first_factor_required' });
      }
    });
    expect(asked).toEqual([]);
  });

  it('sends no browser to a page that could not know whom to ask', async () => {
    const answer = await browserOf(guardedApp().app).get('/vault').redirects(0);
    expect([answer.status, answer.text]).toEqual([401, 'Unauthorized']);
  });
});

describe("passport.authenticate('totp') with a second factor that is fresh enough", () => {
  it.each([
    ['without a code', () => ({})],
    ['with a right one', nextCode],
    [
      'with a wrong one',
      ({ clock }: { clock: { now(): number } }, { secret }: { secret: string }) => wrongCodeAt(secret, clock.now()),
    ],
    ['with no code at all', () => 'abc'],
  ])('passes %s, writes nothing and keeps the session id', async (_title, codeOf) => {
    const made = guardedApp();
    const ann = await satisfied(made);
    const { sessionId } = (await ann.client.get('/session')).body;
    const code = codeOf(made, ann);
    const asked = await made.store.during(async () => {
      const answer = await ann.client.post('/vault').send({ code });
      expect(answer.body).toMatchObject({
        user: { id: 'ann' },
        sessionId,
        authInfo: null,
        mfa: { state: 'satisfied' },
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
    });
    expect(asked).toEqual(['load']);
  });

  it('leaves the code that came with it unused', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app, { passport }) => {
          app.post(
            '/forced',
            passport.authenticate('totp', { force: true } as GuardOptions),
            (_req, res) => void res.json({}),
          );
        },
      },
    );
    const ann = await satisfied(made);
    const code = nextCode(made, ann);
    await ann.client.post('/vault').send({ code }).expect(200);
    await ann.client.post('/forced').send({ code }).expect(200);
  });

  it('goes to successRedirect', async () => {
    const made = guardedApp({ successRedirect: '/home' });
    const { client } = await satisfied(made);
    const asked = await made.store.during(async () => {
      const answer = await client.get('/vault').redirects(0);
      expect([answer.status, answer.headers['location']]).toEqual([303, '/home']);
    });
    expect(asked).toEqual(['load']);
  });

  it('goes to the page that the session remembers, once, and then to successReturnToOrRedirect', async () => {
    const { client } = await satisfied(guardedApp({ successReturnToOrRedirect: '/home' }));
    await client.post('/session').send({ returnTo: '/report?page=2' });
    expect((await client.get('/vault').redirects(0)).headers['location']).toBe('/report?page=2');
    expect((await client.get('/vault').redirects(0)).headers['location']).toBe('/home');
  });

  it('goes to no other origin, whatever the session remembers', async () => {
    const { client } = await satisfied(guardedApp({ successReturnToOrRedirect: '/home' }));
    for (const returnTo of [
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      'https://evil.example',
    ]) {
      await client.post('/session').send({ returnTo });
      expect((await client.get('/vault').redirects(0)).headers['location']).toBe('/home');
    }
  });
});

describe("passport.authenticate('totp') with a second factor that is not fresh enough", () => {
  it('asks again from the very millisecond at which maxAge is over', async () => {
    const made = guardedApp({ maxAge: '5m' });
    const { client } = await satisfied(made);
    made.clock.advance(300_000 - 1);
    await client.get('/vault').expect(200);
    made.clock.advance(1);
    expect(refusalOf(await client.get('/vault'))).toMatchObject({ status: 401, code: 'step_up_required' });
  });

  it('takes maxAge in milliseconds', async () => {
    const made = guardedApp({ maxAge: 1000 });
    const { client } = await satisfied(made);
    await client.get('/vault').expect(200);
    made.clock.advance(1000);
    await client.get('/vault').expect(401);
  });

  it('is satisfied anew by a code, and then passes without one', async () => {
    const made = guardedApp({ maxAge: '5m' });
    const ann = await satisfied(made);
    made.clock.advance(600_000);
    const answer = await ann.client.post('/vault').send({ code: nextCode(made, ann) });
    const authTime = new Date(made.clock.now()).toISOString();
    expect(answer.body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied', authTime } });
    made.clock.advance(299_999);
    await ann.client.get('/vault').expect(200);
  });

  it('keeps asking after a wrong code, and lets the older second factor be what it was', async () => {
    const made = guardedApp({ maxAge: '5m' });
    const ann = await satisfied(made);
    made.clock.advance(600_000);
    const answer = await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
    expect(refusalOf(answer)).toMatchObject({ status: 401, code: 'incorrect_code' });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ state: 'satisfied', isAuthenticated: true });
  });

  it('asks with force however fresh the factor is, and every time', async () => {
    const made = guardedApp({ force: true });
    const ann = await satisfied(made);
    for (let time = 0; time < 2; time += 1) {
      expect(refusalOf(await ann.client.post('/vault'))).toMatchObject({ status: 401, code: 'step_up_required' });
      await ann.client
        .post('/vault')
        .send({ code: nextCode(made, ann) })
        .expect(200);
    }
  });

  it('sends a browser that asks for a page to the code, and back afterwards', async () => {
    const made = guardedApp({ maxAge: '5m' });
    const ann = await challengedBrowser(made);
    await ann.client
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .redirects(0);
    made.clock.advance(600_000);
    const sent = await ann.client.get('/vault?of=ann').redirects(0);
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/challenges']);
    const code = nextCode(made, ann);
    const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect([back.status, back.headers['location']]).toEqual([303, '/vault?of=ann']);
    await ann.client.get('/vault?of=ann').redirects(0).expect(200);
  });
});

describe("passport.authenticate('totp') without a verified factor", () => {
  it('answers 403 enrollment_required, whether or not a code comes with it', async () => {
    const { app } = guardedApp();
    const client = agentOf(app);
    await logIn(client, 'bob');
    for (const body of [{}, { code: '123456' }]) {
      const answer = await client.post('/vault').send(body);
      expect(refusalOf(answer)).toMatchObject({ status: 403, type: PROBLEM, code: 'enrollment_required' });
    }
  });

  it('takes an unverified factor for none', async () => {
    const made = guardedApp();
    const { binding } = await made.mfa.factors.create({ identity: 'bob' });
    const client = agentOf(made.app);
    await logIn(client, 'bob');
    const answer = await client.post('/vault').send({ code: codeAt(binding.secret, made.clock.now()) });
    expect(refusalOf(answer)).toMatchObject({ status: 403, code: 'enrollment_required' });
  });

  it('passes with ifEnrolled, and asks those who have a factor all the same', async () => {
    const made = guardedApp({ ifEnrolled: true });
    const bob = agentOf(made.app);
    await logIn(bob, 'bob');
    expect((await bob.get('/vault')).body).toMatchObject({ user: { id: 'bob' }, mfa: { state: 'not_required' } });
    const { client } = await challenged(made);
    expect(refusalOf(await client.get('/vault'))).toMatchObject({ status: 401, code: 'code_required' });
  });

  it('does not pass with ifEnrolled whom the policy requires to have one', async () => {
    const { app } = guardedApp({ ifEnrolled: true }, { options: { policy: 'required' } });
    const client = agentOf(app);
    await logIn(client, 'bob');
    expect(refusalOf(await client.get('/vault'))).toMatchObject({ status: 403, code: 'enrollment_required' });
  });

  it("passes where the policy is 'off', with a factor or without", async () => {
    const made = guardedApp({}, { options: { policy: 'off' } });
    const { client } = await challenged(made);
    expect((await client.get('/vault')).body).toMatchObject({
      user: { id: 'ann' },
      mfa: { state: 'not_required', aal: 1 },
    });
    const bob = agentOf(made.app);
    await logIn(bob, 'bob');
    await bob.get('/vault').expect(200);
  });

  it('sends a browser that asks for a page to enroll, and back after it has its recovery codes', async () => {
    const made = guardedApp();
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'bob', password: 'secret' });
    const sent = await browser.get('/vault?of=bob').redirects(0);
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/factors']);
    const { body: factor } = await browser.post('/mfa/factors').set('Accept', 'application/json').send({});
    const code = codeAt(factor.binding.secret, made.clock.now());
    const enrolled = await browser.post(`/mfa/factors/${factor.sid}`).type('form').send({ code }).redirects(0);
    expect([enrolled.status, enrolled.headers['location']]).toEqual([303, '/mfa/recovery-codes']);
    const { body: set } = await browser.post('/mfa/recovery-codes').set('Accept', 'application/json').send({});
    const kept = { id: set.id, code: set.codes[0] };
    const back = await browser.post('/mfa/recovery-codes/confirm').type('form').send(kept).redirects(0);
    expect([back.status, back.headers['location']]).toEqual([303, '/vault?of=bob']);
  });
});

describe("passport.authenticate('totp') without a code", () => {
  it.each(['get', 'head'] as const)(
    'sends the %s of a browser to the page that takes it, and back afterwards',
    async (method) => {
      const made = guardedApp();
      const ann = await challengedBrowser(made);
      const sent = await ann.client[method]('/vault?of=ann').redirects(0);
      expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/challenges']);
      const code = codeAt(ann.secret, made.clock.now());
      const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
      expect([back.status, back.headers['location']]).toEqual([303, '/vault?of=ann']);
    },
  );

  it('brings a browser back to the page that it asked for last', async () => {
    const made = guardedApp();
    const ann = await challengedBrowser(made);
    await ann.client.get('/vault?page=first').redirects(0);
    await ann.client.get('/vault?page=last').redirects(0);
    const code = codeAt(ann.secret, made.clock.now());
    const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect(back.headers['location']).toBe('/vault?page=last');
  });

  it('sends nobody who posts to another page', async () => {
    const { client } = await challengedBrowser(guardedApp());
    const answer = await client.post('/vault').type('form').send({ amount: '5' }).redirects(0);
    expect([answer.status, answer.text]).toEqual([401, 'Unauthorized']);
  });

  it.each([
    ['failureRedirect', { failureRedirect: '/login?again' }, 302, '/login?again'],
    ['failureMessage', { failureMessage: true }, 401, undefined],
    ['failWithError', { failWithError: true }, 401, undefined],
  ])('leaves the browser to %s where the route has it', async (_name, options, status, location) => {
    const { client } = await challengedBrowser(guardedApp(options));
    const answer = await client.get('/vault').redirects(0);
    expect([answer.status, answer.headers['location']]).toEqual([status, location]);
  });

  it('answers programs 401 code_required and spends nothing', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const asked = await made.store.during(async () => {
      for (const body of [undefined, {}, { code_: '1' }, []]) {
        const answer = await ann.client.post('/vault').send(body);
        expect(refusalOf(answer)).toMatchObject({ status: 401, type: PROBLEM, code: 'code_required' });
        expect(answer.headers['cache-control']).toBe('no-store');
      }
      expect(refusalOf(await ann.client.get('/vault'))).toMatchObject({ status: 401, code: 'code_required' });
    });
    expect(new Set(asked)).toEqual(new Set(['load']));
  });

  it('takes a code in the query string for none', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    expect(refusalOf(await ann.client.post(`/vault?code=${code}`).send({}))).toMatchObject({ code: 'code_required' });
    expect(refusalOf(await ann.client.get(`/vault?code=${code}`))).toMatchObject({ code: 'code_required' });
    await ann.client.post('/vault').send({ code }).expect(200);
  });

  it('takes a code in a header for none, unless codeHeader names it', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    for (const header of ['code', 'X-Code', 'X-OTP', 'X-MFA-Code', 'Authorization']) {
      expect(refusalOf(await ann.client.post('/vault').set(header, code))).toMatchObject({ code: 'code_required' });
    }
    await ann.client.post('/vault').send({ code }).expect(200);
  });

  it('reads the header that codeHeader names', async () => {
    const made = guardedApp({}, { options: { codeHeader: 'X-OTP' } });
    const ann = await challenged(made);
    const answer = await ann.client.get('/vault').set('x-otp', codeAt(ann.secret, made.clock.now()));
    expect(answer.body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied' } });
  });

  it('reads the field that codeField names, and no other', async () => {
    const made = guardedApp({}, { options: { codeField: 'otp' } });
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    expect(refusalOf(await ann.client.post('/vault').send({ code }))).toMatchObject({ code: 'code_required' });
    await ann.client.post('/vault').send({ otp: code }).expect(200);
  });

  it('takes for a code nothing that every object has', async () => {
    const made = guardedApp({}, { options: { codeField: 'constructor' } });
    const ann = await challenged(made);
    expect(refusalOf(await ann.client.post('/vault').send({}))).toMatchObject({ code: 'code_required' });
  });
});

describe("passport.authenticate('totp') with a code from another site", () => {
  it.each([
    ['Sec-Fetch-Site says cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['Sec-Fetch-Site says same-site', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://www.example' }],
    ['the Origin is another one', { Origin: 'https://evil.example' }],
    ['the Origin is null', { Origin: 'null' }],
    ['the Origin has another scheme', { Origin: 'https://127.0.0.1' }],
  ])('answers 403 before the code is read, where %s', async (_title, headers) => {
    const made = guardedApp({}, { options: { origins: ['https://app.example'] } });
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    const asked = await made.store.during(async () => {
      for (const sent of [code, wrongCodeAt(ann.secret, made.clock.now()), 'abc']) {
        const answer = await ann.client.post('/vault').set(headers).send({ code: sent });
        expect(refusalOf(answer)).toMatchObject({ status: 403, type: PROBLEM, code: 'cross_site' });
        expect(answer.headers['cache-control']).toBe('no-store');
      }
    });
    expect(asked).toEqual(['load', 'load', 'load']);
    await ann.client.post('/vault').send({ code }).expect(200);
  });

  it('names both origins and the setting that a proxy needs', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const answer = await ann.client
      .post('/vault')
      .set('Origin', 'https://evil.example')
      .set('Host', 'acme.example')
      .send({ code: '123456' });
    expect(answer.body.detail).toMatch(/https:\/\/evil\.example.*http:\/\/acme\.example.*'trust proxy'.*origins/);
  });

  it.each([
    ['its own origin, without Sec-Fetch-Site', { Origin: 'http://acme.example', Host: 'acme.example' }],
    ['its own pages', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a person who typed the address', { 'Sec-Fetch-Site': 'none' }],
    ['a listed origin', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example' }],
  ])('reads the code of %s', async (_title, headers) => {
    const made = guardedApp({}, { options: { origins: ['https://app.example'] } });
    const ann = await challenged(made);
    await ann.client
      .post('/vault')
      .set(headers)
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(200);
  });
});

describe("passport.authenticate('totp') with what is no code", () => {
  it.each([
    ['letters', '12345a'],
    ['an empty text', ''],
    ['two digits', '12'],
    ['nine digits', '123456789'],
    ['more digits than the factor has', '1234567'],
    ['fewer digits than the factor has', '12345'],
    ['a number', 123_456],
    ['a list', ['123456']],
    ['an object', { $ne: '' }],
    ['null', null],
    ['digits of another script', '１２３４５６'],
    ['a sign', '+12345'],
    ['a line break', '123456\n'],
  ])('answers 400 malformed_code to %s and spends nothing', async (_title, code) => {
    const made = guardedApp();
    const ann = await challenged(made);
    const asked = await made.store.during(async () => {
      const answer = await ann.client.post('/vault').send({ code });
      expect(refusalOf(answer)).toMatchObject({ status: 400, type: PROBLEM, code: 'malformed_code' });
    });
    expect(asked).not.toContain('save');
    const { body } = await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
    expect(body).toMatchObject({ code: 'incorrect_code', attempts_remaining: 4 });
  });

  it('asks the store for nothing where no factor could have such a code', async () => {
    const made = guardedApp();
    const { client } = await challenged(made);
    const asked = await made.store.during(() => client.post('/vault').send({ code: '12345a' }));
    expect(asked).toEqual(['load']); // by mfa.session()
  });

  it('takes a form with the field twice for none', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    const answer = await ann.client.post('/vault').type('form').send(`code=${code}&code=${code}`);
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'malformed_code' });
  });

  it('reads through the spaces and hyphens that people type', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client
      .post('/vault')
      .send({ code: ` ${code.slice(0, 3)} - ${code.slice(3)} ` })
      .expect(200);
  });
});

describe("passport.authenticate('totp') with a wrong code", () => {
  it('answers 401 incorrect_code and charges it once', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    for (const attemptsRemaining of [4, 3, 2]) {
      const answer = await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
      expect(refusalOf(answer)).toMatchObject({
        status: 401,
        type: PROBLEM,
        code: 'incorrect_code',
        attempts_remaining: attemptsRemaining,
      });
    }
  });

  it('lets nobody in', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
  });

  it('answers 401 code_already_used with when to try again, and charges nothing', async () => {
    const made = guardedApp({ force: true });
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/vault').send({ code }).expect(200);
    made.clock.advance(4_000);
    for (let time = 0; time < 2; time += 1) {
      const answer = await ann.client.post('/vault').send({ code });
      expect(refusalOf(answer)).toMatchObject({ status: 401, code: 'code_already_used', retry_after: 21 });
    }
    const { body } = await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
    expect(body).toMatchObject({ attempts_remaining: 4 });
  });

  it('names the drift of a code of a past step, and charges it', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now() - 120_000);
    expect(refusalOf(await ann.client.post('/vault').send({ code }))).toMatchObject({
      status: 401,
      code: 'clock_drift',
      drift_seconds: -120,
      attempts_remaining: 4,
    });
  });

  it('does not name the drift of a future step', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const { body } = await ann.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now() + 120_000) });
    expect(body).toMatchObject({ code: 'incorrect_code' });
    expect(body).not.toHaveProperty('drift_seconds');
  });

  it('answers the bare word of the status to a browser, as Passport does', async () => {
    const made = guardedApp();
    const ann = await challengedBrowser(made);
    const code = wrongCodeAt(ann.secret, made.clock.now());
    const answer = await ann.client.post('/vault').type('form').send({ code }).redirects(0);
    expect([answer.status, answer.text]).toEqual([401, 'Unauthorized']);
  });
});

describe("passport.authenticate('totp') after too many wrong codes", () => {
  it('answers 429 locked with Retry-After, to a right code as well, until the wait is over', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    for (let time = 1; time <= 5; time += 1) {
      const { body } = await ann.client.post('/vault').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
      expect(body.retry_after).toBe(time === 5 ? 30 : undefined);
    }
    const asked = await made.store.during(async () => {
      for (const wait of [30, 29, 28]) {
        const answer = await ann.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) });
        expect(refusalOf(answer)).toMatchObject({ status: 429, type: PROBLEM, code: 'locked', retry_after: wait });
        expect(answer.headers['retry-after']).toBe(wait.toString());
        made.clock.advance(1000);
      }
    });
    expect(asked).not.toContain('save');
    made.clock.advance(27_000);
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(200);
  });

  it('answers 403 disabled once codes are switched off', async () => {
    const made = guardedApp({}, { options: { limits: { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 2 } } });
    const ann = await challenged(made);
    for (let time = 0; time < 2; time += 1) {
      await ann.client
        .post('/vault')
        .send({ code: wrongCodeAt(ann.secret, made.clock.now()) })
        .expect(401);
    }
    made.clock.advance(86_400_000);
    const answer = await ann.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(refusalOf(answer)).toMatchObject({ status: 403, type: PROBLEM, code: 'disabled' });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });
});

describe("passport.authenticate('totp') where the store fails", () => {
  const UNAVAILABLE = async (): Promise<void> => Promise.reject(new MfaError('store_unavailable'));
  const BROKEN = async (): Promise<void> => Promise.reject(new Error('ECONNREFUSED'));
  const SILENT = async (): Promise<void> => new Promise(() => undefined);

  it.each([
    ['says so', 'load', UNAVAILABLE],
    ['says so on the write', 'save', UNAVAILABLE],
    ['throws any error', 'load', BROKEN],
    ['throws any error on the write', 'save', BROKEN],
    ['never answers', 'load', SILENT],
    ['never answers the write', 'save', SILENT],
  ] as const)('answers 503 with Retry-After and never passes, where it %s', async (_title, failing, failure) => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    made.store.before = async (verb) => (verb === failing ? failure() : undefined);
    const answer = await ann.client.post('/vault').send({ code });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    made.store.before = null;
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });

  it('answers 503 where only the strategy meets the failure', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    let loads = 0;
    made.store.before = async () => {
      loads += 1;
      if (loads === 2) throw new MfaError('store_unavailable');
    };
    await ann.client.post('/vault').send({ code }).expect(503);
    await ann.client.post('/vault').send({ code }).expect(200);
  });

  it('answers 503 record_missing where the app knows of a factor that the store does not', async () => {
    const made = guardedApp({ ifEnrolled: true }, { options: { enrolled: () => true } });
    const client = agentOf(made.app);
    await logIn(client, 'bob');
    const answer = await client.get('/vault');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });
});

describe("passport.authenticate('totp') with a right code", () => {
  it('logs in with a new session id, the methods and the factor', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const before = (await ann.client.get('/session')).body;
    const { body } = await ann.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(body).toMatchObject({
      user: { id: 'ann' },
      isAuthenticated: true,
      authInfo: { message: 'The code is right', amr: ['otp', 'mfa'], factorSid: ann.sid },
      mfa: {
        state: 'satisfied',
        user: { id: 'ann' },
        amr: ['otp', 'mfa'],
        aal: 2,
        authTime: new Date(made.clock.now()).toISOString(),
        factorSid: ann.sid,
      },
    });
    expect(body.sessionId).not.toBe(before.sessionId);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: { id: 'ann' }, state: 'satisfied', aal: 2 });
  });

  it('takes it from a form', async () => {
    const made = guardedApp();
    const ann = await challengedBrowser(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/vault').type('form').send({ code }).redirects(0).expect(200);
  });

  it('names the factor that was shown, of several', async () => {
    const made = guardedApp();
    await enroll(made, 'ann');
    const second = await enroll(made, 'ann');
    const client = agentOf(made.app);
    await logIn(client, 'ann');
    const { body } = await client.post('/vault').send({ code: codeAt(second.secret, made.clock.now()) });
    expect(body.authInfo).toMatchObject({ factorSid: second.sid });
  });

  it('lets one of twenty sessions pass that bring the same code at once', async () => {
    const made = guardedApp();
    const { secret } = await enroll(made, 'ann');
    const clients = Array.from({ length: 20 }, () => agentOf(made.app));
    for (const client of clients) await logIn(client, 'ann');
    const code = codeAt(secret, made.clock.now());
    const answers = await Promise.all(clients.map(async (client) => client.post('/vault').send({ code })));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(19);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['code_already_used']));
  });

  it('does not take the code of one user for another', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const ben = await challenged(made, 'ben');
    const { body } = await ben.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(body).toMatchObject({ code: 'incorrect_code' });
  });
});

describe('the strategy asks Passport for one thing, once', () => {
  function recorded(options: GuardOptions = {}): ReturnType<typeof hostApp> & { readonly recorder: RecordedStrategy } {
    const recorders: RecordedStrategy[] = [];
    const made = guardedApp(
      {},
      {
        routes: (app, { mfa, passport }) => {
          const recorder = new RecordedStrategy(mfa.strategy());
          recorders.push(recorder);
          passport.use(recorder);
          app.all('/recorded', passport.authenticate('recorded', options), (_req, res) => void res.json({}));
        },
      },
    );
    const [recorder] = recorders;
    if (recorder === undefined) throw new Error('no strategy was made');
    return { ...made, recorder };
  }

  it('pass, for a fresh second factor', async () => {
    const made = recorded();
    const { client } = await satisfied(made);
    await client.get('/recorded');
    expect(made.recorder.actions).toEqual([['pass']]);
  });

  it('redirect with 303, for a browser without a code', async () => {
    const made = recorded();
    const { client } = await challengedBrowser(made);
    await client.get('/recorded').redirects(0);
    expect(made.recorder.actions).toEqual([['redirect', '/mfa/challenges', 303]]);
  });

  it('success with the user and how it was proved, for a right code', async () => {
    const made = recorded();
    const ann = await challenged(made);
    await ann.client.post('/recorded').send({ code: codeAt(ann.secret, made.clock.now()) });
    const info = { message: 'The code is right', amr: ['otp', 'mfa'], factorSid: ann.sid };
    expect(made.recorder.actions).toEqual([['success', { id: 'ann', username: 'ann' }, info]]);
  });

  it('fail with the reason and its status, for every refusal', async () => {
    const made = recorded();
    const ann = await challenged(made);
    const bob = agentOf(made.app);
    await bob.post('/recorded');
    await logIn(bob, 'bob');
    await bob.post('/recorded');
    await ann.client.post('/recorded');
    await ann.client.post('/recorded').send({ code: 'abc' });
    await ann.client.post('/recorded').set('Sec-Fetch-Site', 'cross-site').send({ code: '123456' });
    for (let time = 0; time < 6; time += 1) {
      await ann.client.post('/recorded').send({ code: wrongCodeAt(ann.secret, made.clock.now()) });
    }
    expect(made.recorder.actions).toEqual([
      ['fail', expect.objectContaining({ code: 'first_factor_required' }), 401],
      ['fail', expect.objectContaining({ code: 'enrollment_required' }), 403],
      ['fail', expect.objectContaining({ code: 'code_required' }), 401],
      ['fail', expect.objectContaining({ code: 'malformed_code' }), 400],
      ['fail', expect.objectContaining({ code: 'cross_site' }), 403],
      ...[4, 3, 2, 1, 0].map((attemptsRemaining) => [
        'fail',
        expect.objectContaining({ code: 'incorrect_code', attemptsRemaining }),
        401,
      ]),
      ['fail', expect.objectContaining({ code: 'locked', retryAfter: 30 }), 429],
    ]);
  });

  it.each([
    ['throws', async () => Promise.reject(new Error('ECONNRESET'))],
    ['hangs', async () => new Promise<void>(() => undefined)],
  ])('error, where the store %s', async (_title, failure) => {
    const made = recorded();
    const ann = await challenged(made);
    made.store.before = async (verb) => (verb === 'save' ? failure() : undefined);
    await ann.client.post('/recorded').send({ code: codeAt(ann.secret, made.clock.now()) });
    expect(made.recorder.actions).toEqual([['error', expect.objectContaining({ code: 'store_unavailable' })]]);
  });

  it('error, and nothing more when the store answers after all', async () => {
    const made = recorded();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    const late = gate();
    made.store.before = async (verb) => (verb === 'save' ? late.opened : undefined);
    await ann.client.post('/recorded').send({ code }).expect(503);
    made.store.before = null;
    late.open();
    // Another round trip through the same process, after which the late answer has long been handled.
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
    expect(made.recorder.actions.map(([action]) => action)).toEqual(['error']);
    // What was written late is written: the code is burned.
    expect((await ann.client.post('/recorded').send({ code })).body).toMatchObject({ code: 'code_already_used' });
  });

  it('error, where maxAge is no duration', async () => {
    const made = recorded({ maxAge: 'soon' as '5m' });
    const { client } = await satisfied(made);
    await client.post('/recorded').expect(500);
    expect(made.recorder.actions).toEqual([['error', expect.objectContaining({ name: 'TypeError' })]]);
  });

  it('of its own request, where one instance is handed to Passport and two requests meet in it', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app, { mfa, passport }) => {
          app.post('/direct', passport.authenticate(mfa.strategy()), (req, res) => void res.json({ user: req.user }));
        },
      },
    );
    const ann = await challenged(made);
    const ben = await challenged(made, 'ben');
    const code = codeAt(ann.secret, made.clock.now());
    const held = gate();
    const writing = gate();
    made.store.before = async (verb) => {
      if (verb !== 'save') return;
      writing.open();
      await held.opened;
    };
    const annsAnswer = ann.client.post('/direct').timeout(2000).send({ code });
    const annsUser = annsAnswer.then(
      ({ body }) => body.user.id as string,
      () => 'nobody',
    );
    await writing.opened;
    await ben.client.post('/direct').expect(401);
    held.open();
    expect(await annsUser).toBe('ann');
    expect((await ben.client.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required' });
  });
});

describe('a store that answers late to mfa.session()', () => {
  it('is waited for no longer than the deadline, and the route runs as for nobody', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    await prove(made, ann);
    made.store.before = async () => new Promise(() => undefined);
    expect((await ann.client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
  });
});
