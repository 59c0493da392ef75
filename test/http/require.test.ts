import type { ErrorRequestHandler, RequestHandler } from 'express';
import { createMfa, type RequireOptions } from '../../src/index.js';
import {
  challenged,
  challengedBrowser,
  guardedApp,
  nextCode,
  prove,
  satisfied,
  seenBy,
  type Enrolled,
} from '../support/guarded-app.js';
import { agentOf, browserOf, enroll, logIn, type HostApp, type HostAppOptions } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';
import { WatchedStore } from '../support/watched-store.js';

const show: RequestHandler = (req, res) => void res.json(seenBy(req));

/** `/guarded` behind `mfa.require(options)`. */
function requiring(options?: RequireOptions, { routes, ...host }: HostAppOptions = {}): HostApp {
  return guardedApp(
    {},
    {
      ...host,
      routes: (app, made) => {
        app.all('/guarded', made.mfa.require(options), show);
        routes?.(app, made);
      },
    },
  );
}

describe('mfa.require()', () => {
  it('passes with a second factor and writes nothing', async () => {
    const made = requiring();
    const { client } = await satisfied(made);
    const asked = await made.store.during(async () => {
      const { body } = await client.post('/guarded');
      expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied', approved: null } });
    });
    expect(asked).toEqual(['load']);
  });

  it('tells nobody to log in first, and of no page that could not know whom to ask', async () => {
    const { status, headers, body } = await agentOf(requiring().app).get('/guarded');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
      'no-store',
    ]);
    expect(body).toEqual({
      title: 'Unauthorized',
      status: 401,
      code: 'first_factor_required',
      detail: 'Log in first',
      state: 'anonymous',
      methods: [],
      challenge_url: null,
      enroll_url: null,
    });
    const browser = await browserOf(requiring().app).get('/guarded').redirects(0);
    expect([browser.status, browser.headers['location']]).toEqual([401, undefined]);
    expect(browser.headers['content-type']).toContain('text/html');
    expect(browser.headers['cache-control']).toBe('no-store');
  });

  it('tells programs where to show the code', async () => {
    const { client } = await challenged(requiring());
    const { status, body } = await client.post('/guarded');
    expect(status).toBe(401);
    expect(body).toMatchObject({
      code: 'code_required',
      state: 'challenge_required',
      methods: ['totp'],
      challenge_url: '/mfa/challenges',
      enroll_url: null,
    });
  });

  it.each([
    ['optional', 'not_required'],
    ['required', 'enrollment_required'],
  ] as const)('tells programs where to enroll (policy %s)', async (policy, state) => {
    const { app } = requiring({}, { options: { policy } });
    const client = agentOf(app);
    await logIn(client, 'bob');
    const { status, body } = await client.post('/guarded');
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: 'enrollment_required',
      state,
      methods: [],
      challenge_url: null,
      enroll_url: '/mfa/factors',
    });
  });

  it('passes users without a factor with ifEnrolled, and no one whom the policy requires to have one', async () => {
    for (const [policy, expected] of [
      ['optional', 200],
      ['required', 403],
    ] as const) {
      const client = agentOf(requiring({ ifEnrolled: true }, { options: { policy } }).app);
      await logIn(client, 'bob');
      await client.get('/guarded').expect(expected);
    }
    const { client } = await challenged(requiring({ ifEnrolled: true }));
    await client.get('/guarded').expect(401);
  });

  it("passes everybody who is logged in where the policy is 'off'", async () => {
    const made = requiring({}, { options: { policy: 'off' } });
    const { client } = await challenged(made);
    await client.get('/guarded').expect(200);
    await agentOf(made.app).get('/guarded').expect(401);
  });

  it('never reads a code', async () => {
    const made = requiring();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await ann.client.post(`/guarded?code=${code}`).set('code', code).send({ code }).expect(401);
    await ann.client.post('/vault').send({ code }).expect(200);
  });

  it('sends a browser to the code, and back to the page afterwards', async () => {
    const made = requiring();
    const ann = await challengedBrowser(made);
    const sent = await ann.client.get('/guarded?of=ann').redirects(0);
    expect([sent.status, sent.headers['location'], sent.headers['cache-control']]).toEqual([
      303,
      '/mfa/challenges',
      'no-store',
    ]);
    const code = codeAt(ann.secret, made.clock.now());
    const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect([back.status, back.headers['location']]).toEqual([303, '/guarded?of=ann']);
  });

  it.each([
    ['the form that it came from', { Referer: 'http://acme.example/form?id=7#top' }, '/form?id=7'],
    ['the router, where it came from another origin', { Referer: 'http://evil.example/form' }, '/mfa'],
    ['the router, where it does not say where it came from', {}, '/mfa'],
    ['the router, where what it says is no address', { Referer: 'form' }, '/mfa'],
  ])('sends the post of a browser to the code, and back to %s', async (_title, headers, target) => {
    const made = requiring();
    const ann = await challengedBrowser(made);
    const sent = await ann.client
      .post('/guarded')
      .set('Host', 'acme.example')
      .set(headers)
      .type('form')
      .send({ to: 'Bob' })
      .redirects(0);
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/challenges']);
    const code = codeAt(ann.secret, made.clock.now());
    const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect(back.headers['location']).toBe(target);
  });

  it('still sends a browser back to a page whose form then says nothing of where it came from', async () => {
    const made = requiring();
    const ann = await challengedBrowser(made);
    await ann.client.get('/guarded?of=ann').redirects(0).expect(303);
    await ann.client.post('/guarded').type('form').send({ to: 'Bob' }).redirects(0).expect(303);
    const code = codeAt(ann.secret, made.clock.now());
    const back = await ann.client.post('/mfa/challenges').type('form').send({ code }).redirects(0);
    expect(back.headers['location']).toBe('/guarded?of=ann');
  });

  it('sends a browser without a factor to enroll', async () => {
    const browser = browserOf(requiring().app);
    await browser.post('/login').type('form').send({ username: 'bob', password: 'secret' }).redirects(0);
    const sent = await browser.get('/guarded').redirects(0);
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/factors']);
  });

  it('redirects no program', async () => {
    const { client } = await challengedBrowser(requiring());
    await client.get('/guarded').set('Sec-Fetch-Mode', 'cors').redirects(0).expect(401);
    await client.post('/guarded').send({ to: 'Bob' }).redirects(0).expect(401);
  });

  it('asks again from the very millisecond at which maxAge is over', async () => {
    const made = requiring({ maxAge: '5m' });
    const ann = await satisfied(made);
    made.clock.advance(299_999);
    await ann.client.get('/guarded').expect(200);
    made.clock.advance(1);
    const { status, body } = await ann.client.get('/guarded');
    expect([status, body.code, body.state, body.challenge_url]).toEqual([
      401,
      'step_up_required',
      'satisfied',
      '/mfa/challenges',
    ]);
    made.clock.advance(30_000);
    await prove(made, ann);
    await ann.client.get('/guarded').expect(200);
  });
});

describe('mfa.require() is made', () => {
  const mfa = createMfa({ issuer: 'Acme', store: new WatchedStore(), keys: '0'.repeat(64) });

  it.each(['soon', '5 minutes', '5', NaN, 1.5, null, {}, Infinity])('not with maxAge %p: TypeError', (maxAge) => {
    expect(() => mfa.require({ maxAge } as RequireOptions)).toThrow(TypeError);
    expect(() => mfa.require({ maxAge } as RequireOptions)).toThrow(/maxAge/);
  });

  it('not with a maxAge before the present: RangeError', () => {
    expect(() => mfa.require({ maxAge: -1 })).toThrow(RangeError);
    expect(() => mfa.require({ maxAge: -1 })).toThrow(/maxAge.*-1/);
  });

  it('not with details of no purpose: TypeError', () => {
    const details = { message: 'Transfer', fields: [] };
    expect(() => mfa.require({ details })).toThrow(TypeError);
    expect(() => mfa.require({ details })).toThrow('mfa.require: details need a purpose');
  });
});

/** `/transfer` behind a purpose of the body, `/erase` behind a fixed one; what the handlers did is in `done`. */
function purposeful(options: RequireOptions = {}, host: HostAppOptions = {}): HostApp & { readonly done: unknown[] } {
  const done: unknown[] = [];
  const act: RequestHandler = (req, res) => {
    done.push(req.mfa.approved);
    res.json(seenBy(req));
  };
  const made = guardedApp(
    {},
    {
      ...host,
      routes: (app, { mfa }) => {
        const purpose: RequireOptions['purpose'] = ({ body }) => ({ to: body.to, amount: body.amount });
        app.post('/transfer', mfa.require({ purpose, ...options }), act);
        app.post('/erase', mfa.require({ purpose: 'erase' }), act);
        app.post('/tamper', mfa.require({ purpose: 'tamper' }), act);
      },
    },
  );
  return { ...made, done };
}

const TRANSFER = { to: 'Bob', amount: 100 };

/** Asks for `/transfer` and approves what is asked for. */
async function approve(made: HostApp, ann: Enrolled, body: object = TRANSFER, path = '/transfer'): Promise<void> {
  const asked = await ann.client.post(path).send(body);
  const { body: approved } = await ann.client.post(asked.body.challenge_url).send({ code: nextCode(made, ann) });
  if (approved.status !== 'approved') throw new Error(`not approved: ${JSON.stringify(asked.body)}`);
}

describe('mfa.require({ purpose })', () => {
  it('makes the challenge by which it is approved, and says where', async () => {
    const made = purposeful();
    const { client } = await satisfied(made);
    const { status, body } = await client.post('/transfer').send(TRANSFER);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'step_up_required', state: 'satisfied', methods: ['totp'], enroll_url: null });
    expect(body.challenge_url).toMatch(/^\/mfa\/challenges\/YC[0-9a-f]{32}$/);
    expect((await client.get(body.challenge_url)).body).toMatchObject({ status: 'pending' });
  });

  it('asks for the same challenge as long as that is pending', async () => {
    const made = purposeful();
    const { client } = await satisfied(made);
    const urls = [await client.post('/transfer').send(TRANSFER), await client.post('/transfer').send(TRANSFER)];
    expect(urls[0]?.body.challenge_url).toBe(urls[1]?.body.challenge_url);
  });

  it('passes once with the approval; the next request must be approved anew', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann);
    await ann.client.post('/transfer').send(TRANSFER).expect(200);
    await ann.client.post('/transfer').send(TRANSFER).expect(401);
    expect(made.done).toEqual([TRANSFER]);
  });

  it('lets one of twenty pass that come at once with one approval', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => ann.client.post('/transfer').send(TRANSFER)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    expect(made.done).toEqual([TRANSFER]);
  });

  it('uses the approval up before the handler runs, in a confirmed save', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann);
    made.store.before = async (verb) => (verb === 'save' ? Promise.reject(new Error('ECONNRESET')) : undefined);
    await ann.client.post('/transfer').send(TRANSFER);
    expect(made.done).toEqual([]);
    made.store.before = null;
    await ann.client.post('/transfer').send(TRANSFER).expect(200);
  });

  it('gives the handler the approved values, frozen', async () => {
    const frozen: unknown[] = [];
    const made = guardedApp(
      {},
      {
        routes: (app, { mfa }) => {
          app.post('/transfer', mfa.require({ purpose: ({ body }) => body as object }), (req, res) => {
            const { approved } = req.mfa;
            frozen.push(Object.isFrozen(approved));
            frozen.push(Reflect.set(approved as object, 'amount', 1_000_000));
            Object.assign(req.body, { amount: 1_000_000 });
            res.json(req.mfa.approved);
          });
        },
      },
    );
    const ann = await satisfied(made);
    await approve(made, ann);
    expect((await ann.client.post('/transfer').send(TRANSFER)).body).toEqual(TRANSFER);
    expect(frozen).toEqual([true, false]);
  });

  it('gives the handler the name of a purpose that is one', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    expect((await ann.client.post('/erase')).body.mfa.approved).toBe('erase');
  });

  it.each([
    ['another value', { to: 'Bob', amount: 1000 }],
    ['another type of the same value', { to: 'Bob', amount: '100' }],
    ['another letter', { to: 'bob', amount: 100 }],
  ])('is not approved for %s by an approval of something else', async (_title, body) => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann);
    await ann.client.post('/transfer').send(body).expect(401);
    expect(made.done).toEqual([]);
    await ann.client.post('/transfer').send(TRANSFER).expect(200);
  });

  it('is not approved for another route', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    await ann.client.post('/tamper').expect(401);
    await ann.client.post('/transfer').send(TRANSFER).expect(401);
    expect(made.done).toEqual([]);
  });

  it('is approved whatever the order of the members is', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, { amount: 100, to: 'Bob' });
    await ann.client.post('/transfer').send({ to: 'Bob', amount: 100 }).expect(200);
  });

  it.each([
    ['a list', { to: ['Bob'], amount: 100 }],
    ['an object', { to: { name: 'Bob' }, amount: 100 }],
    ['null', { to: null, amount: 100 }],
    ['nothing', { amount: 100 }],
    ['a fraction', { to: 'Bob', amount: 0.5 }],
    ['a number beyond the safe ones', { to: 'Bob', amount: 2 ** 53 }],
  ])('answers 400 where the body brings %s for a value', async (_title, body) => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann);
    const asked = await made.store.during(async () => {
      const answer = await ann.client.post('/transfer').send(body);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    });
    expect(asked).toEqual(['load']);
    expect(made.done).toEqual([]);
  });

  it('of a value in a list is not that of the value', async () => {
    const made = purposeful({ purpose: ({ body }) => ({ id: body.id }) });
    const ann = await satisfied(made);
    await approve(made, ann, { id: '42' });
    await ann.client
      .post('/transfer')
      .send({ id: ['42'] })
      .expect(400);
    await ann.client.post('/transfer').send({ id: 42 }).expect(401);
    await ann.client.post('/transfer').send({ id: '42' }).expect(200);
  });

  it.each([
    ['an empty text', () => ''],
    ['an empty object', () => ({})],
    ['a list', () => ['erase']],
    ['nothing', () => undefined],
    ['a number', () => 42],
    ['a date', () => new Date(0)],
  ])('answers 400 where the app gives %s for a purpose', async (_title, purpose) => {
    const made = purposeful({ purpose });
    const { client } = await satisfied(made);
    await client.post('/transfer').send(TRANSFER).expect(400);
    expect(made.done).toEqual([]);
  });

  it('never passes where the function of the app throws, and hands the app its own error', async () => {
    const mistake = new Error('no such account');
    const made = purposeful({
      purpose: () => {
        throw mistake;
      },
    });
    const handled: unknown[] = [];
    made.app.use(((error, _req, res, next) => {
      handled.push(error);
      if (res.headersSent) next(error);
      else res.sendStatus(500);
    }) satisfies ErrorRequestHandler);
    const { client } = await satisfied(made);
    await client.post('/transfer').send(TRANSFER).expect(500);
    expect(made.done).toEqual([]);
    expect(handled).toHaveLength(1);
    expect(handled[0]).toBe(mistake);
  });

  it('is not asked for before there is a second factor', async () => {
    let asked = 0;
    const made = purposeful({
      purpose: () => {
        asked += 1;
        return 'transfer';
      },
    });
    const { client } = await challenged(made);
    const { body } = await client.post('/transfer').send(TRANSFER);
    expect([body.code, body.challenge_url, asked]).toEqual(['code_required', '/mfa/challenges', 0]);
  });

  it('is not approved by the code of a login', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await ann.client.post('/erase').expect(401);
    await ann.client
      .post('/mfa/challenges')
      .send({ code: nextCode(made, ann) })
      .expect(201);
    await ann.client.post('/erase').expect(401);
    await ann.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    await ann.client.post('/erase').expect(401);
    expect(made.done).toEqual([]);
  });

  it('renews no grant by its approval', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    const before = (await ann.client.get('/whoami')).body;
    made.clock.advance(600_000);
    await approve(made, ann, {}, '/erase');
    const { body } = await ann.client.post('/erase');
    expect(body.mfa).toMatchObject({ state: 'satisfied', authTime: before.authTime });
    expect((await ann.client.get('/whoami')).body).toMatchObject({ authTime: before.authTime });
  });

  it('is not approved by another session of the same user', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    const other = agentOf(made.app);
    await logIn(other, 'ann');
    made.clock.advance(30_000);
    await prove(made, { ...ann, client: other });
    await approve(made, ann, {}, '/erase');
    await other.post('/erase').expect(401);
    await ann.client.post('/erase').expect(200);
  });

  it('is not approved by an earlier login of the same session', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    await logIn(ann.client, 'ann');
    made.clock.advance(30_000);
    await prove(made, ann);
    await ann.client.post('/erase').expect(401);
  });

  it('is still approved after a step-up of the same login', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    made.clock.advance(30_000);
    await prove(made, ann);
    await ann.client.post('/erase').expect(200);
  });

  it('is approved no more once the epoch changed', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    await enroll(made, 'ann');
    await prove(made, ann);
    await ann.client.post('/erase').expect(401);
    expect(made.done).toEqual([]);
  });

  it('is approved for five minutes', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    await approve(made, ann, {}, '/tamper');
    made.clock.advance(300_000 - 30_000 - 1);
    await ann.client.post('/erase').expect(200);
    made.clock.advance(30_001);
    await ann.client.post('/tamper').expect(401);
  });

  it('is approved for maxAge, where that is less', async () => {
    const made = purposeful({ maxAge: '1m' });
    const ann = await satisfied(made);
    await approve(made, ann);
    made.clock.advance(59_999);
    await ann.client.post('/transfer').send(TRANSFER).expect(200);
    await approve(made, ann);
    made.clock.advance(60_000);
    await ann.client.post('/transfer').send(TRANSFER).expect(401);
  });

  it('is not approved by a denied challenge', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    const { body } = await ann.client.post('/erase');
    await ann.client.post(body.challenge_url).send({ status: 'denied' }).expect(200);
    const again = await ann.client.post('/erase');
    expect(again.status).toBe(401);
    expect(again.body.challenge_url).not.toBe(body.challenge_url);
  });

  it('shows the person who approves what it is, and no one else', async () => {
    const details: RequireOptions['details'] = ({ body }) => ({
      message: 'Transfer',
      fields: [{ label: 'to', value: body.to as string }],
    });
    const made = purposeful({ details });
    const ann = await satisfied(made);
    const ben = await satisfied(made, 'ben');
    const { body } = await ann.client.post('/transfer').send(TRANSFER);
    const shown = await ann.client.get(body.challenge_url);
    expect(shown.body.details).toEqual({ message: 'Transfer', fields: [{ label: 'to', value: 'Bob' }] });
    const page = await ann.client.get(body.challenge_url).set('Accept', 'text/html');
    expect(page.text).toMatch(/Transfer[^]*to[^]*Bob/);
    await ben.client.get(body.challenge_url).expect(404);
  });

  it('sends the form of a browser to its challenge, and back to the form', async () => {
    const made = purposeful();
    const ann = await challengedBrowser(made);
    const login = codeAt(ann.secret, made.clock.now());
    await ann.client.post('/mfa/challenges').type('form').send({ code: login }).redirects(0);
    const post = (): ReturnType<typeof ann.client.post> =>
      ann.client
        .post('/erase')
        .set('Host', 'acme.example')
        .set('Referer', 'http://acme.example/settings')
        .type('form')
        .redirects(0);
    const sent = await post();
    expect(sent.status).toBe(303);
    expect(sent.headers['location']).toMatch(/^\/mfa\/challenges\/YC/);
    const code = nextCode(made, ann);
    const back = await ann.client
      .post(sent.headers['location'] ?? '')
      .type('form')
      .send({ code })
      .redirects(0);
    expect([back.status, back.headers['location']]).toEqual([303, '/settings']);
    await post().expect(200);
  });

  it('of two routes at once can be approved one after the other', async () => {
    const made = purposeful();
    const ann = await satisfied(made);
    await approve(made, ann, {}, '/erase');
    await approve(made, ann, {}, '/tamper');
    await ann.client.post('/erase').expect(200);
    await ann.client.post('/tamper').expect(200);
  });

  it('is passed without an approval by users without a factor where ifEnrolled says so', async () => {
    const made = purposeful({ ifEnrolled: true });
    const client = agentOf(made.app);
    await logIn(client, 'bob');
    expect((await client.post('/transfer').send(TRANSFER)).body).toMatchObject({ mfa: { approved: null } });
    const ann = await satisfied(made);
    await ann.client.post('/transfer').send(TRANSFER).expect(401);
  });
});
