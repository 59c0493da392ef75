import type { LogInOptions } from 'passport';
import { MfaError, type MfaErrorCode, type MfaEvent } from '../../src/index.js';
import { guardedApp, satisfied, type Enrolled } from '../support/guarded-app.js';
import { agentOf, browserOf, enroll, type HostApp, type HostAppOptions } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Client = Enrolled['client'];
type Answer = Awaited<ReturnType<Client['get']>>;

/** Who asks: `ann` has a factor, `bob` has none. */
type Who = 'nobody' | 'ann, waiting' | 'ann, satisfied' | 'ann, satisfied an hour ago' | 'ann, impersonated' | 'bob';

/** Every door that a request may be refused at. */
function doors(): HostApp {
  return guardedApp(
    {},
    {
      options: { limits: { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 3, factors: 1 }, grant: { idle: '2h' } },
      routes: (app, { mfa, passport }) => {
        app.all('/required', mfa.require(), (_req, res) => void res.json({}));
        app.all('/fresh', mfa.require({ maxAge: '5m' }), (_req, res) => void res.json({}));
        app.all('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => void res.json({}));
        app.all('/mistaken', mfa.require({ purpose: () => null }), (_req, res) => void res.json({}));
        app.all('/vault/fresh', passport.authenticate('totp', { maxAge: '5m' }), (_req, res) => void res.json({}));
        app.post('/impersonate', (req, res, next) => {
          const impersonation = { session: true, secondFactor: false } as LogInOptions;
          req.logIn({ id: 'ann', username: 'ann' }, impersonation, (error) => {
            if (error) next(error);
            else res.json({});
          });
        });
      },
    },
  );
}

/** A client of that kind, and what it is told once it is there. */
async function come(who: Who, by: 'program' | 'browser'): Promise<{ made: HostApp; client: Client; secret: string }> {
  const made = doors();
  const { secret } = await enroll(made, 'ann');
  const client = by === 'program' ? agentOf(made.app) : browserOf(made.app);
  if (who === 'nobody') return { made, client, secret };
  const username = who === 'bob' ? 'bob' : 'ann';
  if (who === 'ann, impersonated') await client.post('/impersonate').send({});
  else await client.post('/login').type('form').send({ username, password: 'secret' }).redirects(0);
  if (who.startsWith('ann, satisfied')) {
    const code = codeAt(secret, made.clock.now());
    await client.post('/vault').type('form').send({ code }).expect(200);
    made.clock.advance(30_000);
  }
  if (who === 'ann, satisfied an hour ago') made.clock.advance(60 * 60_000);
  return { made, client, secret };
}

function listen({ mfa }: HostApp): MfaEvent[] {
  const told: MfaEvent[] = [];
  mfa.events.on('*', (event) => void told.push(event));
  return told;
}

const refusals = (told: readonly MfaEvent[]): readonly (readonly [unknown, unknown])[] =>
  told.filter(({ type }) => type === 'request.refused').map(({ identity, reason }) => [identity, reason]);

const NO_SID = `YF${'0'.repeat(32)}`;
const right = ({ clock }: HostApp, secret: string): object => ({ code: codeAt(secret, clock.now()) });
const json = (client: Client, path: string, body: object = {}): PromiseLike<Answer> => client.post(path).send(body);

/** What a door refuses, to whom, with which request, and the identity that the event names. */
type Refusal = readonly [
  door: string,
  reason: MfaErrorCode,
  who: Who,
  request: (client: Client, made: HostApp, secret: string) => PromiseLike<Answer>,
];

const TO_PROGRAMS: readonly Refusal[] = [
  ['the guard', 'first_factor_required', 'nobody', (client) => client.get('/required')],
  ['the guard', 'code_required', 'ann, waiting', (client) => client.get('/required')],
  ['the guard', 'enrollment_required', 'bob', (client) => client.post('/required')],
  ['the guard', 'step_up_required', 'ann, satisfied an hour ago', (client) => client.get('/fresh')],
  ['the guard', 'step_up_required', 'ann, satisfied', (client) => client.post('/transfer')],
  ['the guard', 'invalid_request', 'ann, satisfied', (client) => client.post('/mistaken')],
  ['the guard', 'impersonated', 'ann, impersonated', (client) => client.get('/required')],
  ['the strategy', 'first_factor_required', 'nobody', (client) => client.get('/vault')],
  ['the strategy', 'code_required', 'ann, waiting', (client) => client.post('/vault')],
  ['the strategy', 'enrollment_required', 'bob', (client) => client.get('/vault')],
  ['the strategy', 'step_up_required', 'ann, satisfied an hour ago', (client) => client.get('/vault/fresh')],
  ['the strategy', 'impersonated', 'ann, impersonated', (client) => client.get('/vault')],
  ['the strategy', 'malformed_code', 'ann, waiting', (client) => json(client, '/vault', { code: 'abc' })],
  [
    'the strategy',
    'cross_site',
    'ann, waiting',
    (client, made, secret) => client.post('/vault').set('Sec-Fetch-Site', 'cross-site').send(right(made, secret)),
  ],
  ['the router', 'first_factor_required', 'nobody', (client) => client.get('/mfa')],
  ['the router', 'not_found', 'ann, satisfied', (client) => client.get(`/mfa/factors/${NO_SID}`)],
  ['the router', 'not_found', 'ann, satisfied', (client) => client.get('/mfa/nowhere')],
  ['the router', 'not_found', 'ann, satisfied', (client) => client.get('/mfa/factors/%ff')],
  ['the router', 'method_not_allowed', 'ann, satisfied', (client) => client.put('/mfa/factors')],
  ['the router', 'malformed_code', 'ann, waiting', (client) => json(client, '/mfa/challenges', { code: 12 })],
  ['the router', 'invalid_request', 'ann, waiting', (client) => json(client, '/mfa/unlock', { code: '1' })],
  ['the router', 'payload_too_large', 'bob', (client) => json(client, '/mfa/factors', { x: 'x'.repeat(5000) })],
  ['the router', 'step_up_required', 'ann, waiting', (client) => client.get('/mfa/factors')],
  ['the router', 'step_up_required', 'ann, satisfied an hour ago', (client) => json(client, '/mfa/factors')],
  ['the router', 'step_up_required', 'ann, waiting', (client) => json(client, '/mfa/logout-others')],
  ['the router', 'enrollment_required', 'bob', (client) => json(client, '/mfa/challenges')],
  [
    'the router',
    'not_locked',
    'ann, waiting',
    (client) => json(client, '/mfa/unlock', { codes: ['111111', '222222', '333333'] }),
  ],
  ['the router', 'factor_limit', 'ann, satisfied', (client) => json(client, '/mfa/factors')],
  ['the router', 'impersonated', 'ann, impersonated', (client) => json(client, '/mfa/factors')],
  [
    'the router',
    'cross_site',
    'ann, satisfied',
    (client) => client.post('/mfa/logout-others').set('Sec-Fetch-Site', 'cross-site'),
  ],
  [
    'the router',
    'recent_login_required',
    'bob',
    (client, { clock }) => {
      clock.advance(11 * 60_000);
      return json(client, '/mfa/factors');
    },
  ],
];

const form = (client: Client, path: string, body: object = {}): PromiseLike<Answer> =>
  client.post(path).type('form').send(body).redirects(0);
const page = (client: Client, path: string): PromiseLike<Answer> => client.get(path).redirects(0);

/** What sends a browser elsewhere instead: it is a refusal all the same. */
const TO_BROWSERS: readonly (readonly [...Refusal, to: string])[] = [
  ['the guard', 'code_required', 'ann, waiting', (client) => page(client, '/required'), '/mfa/challenges'],
  ['the guard', 'enrollment_required', 'bob', (client) => page(client, '/required'), '/mfa/factors'],
  [
    'the guard',
    'step_up_required',
    'ann, satisfied an hour ago',
    (client) => page(client, '/fresh'),
    '/mfa/challenges',
  ],
  ['the guard', 'step_up_required', 'ann, satisfied', (client) => form(client, '/transfer'), '/mfa/challenges/YC'],
  ['the strategy', 'code_required', 'ann, waiting', (client) => page(client, '/vault'), '/mfa/challenges'],
  ['the strategy', 'enrollment_required', 'bob', (client) => page(client, '/vault'), '/mfa/factors'],
  [
    'the strategy',
    'step_up_required',
    'ann, satisfied an hour ago',
    (client) => page(client, '/vault/fresh'),
    '/mfa/challenges',
  ],
  [
    'a form',
    'malformed_code',
    'ann, waiting',
    (client) => form(client, '/mfa/challenges', { code: 'abc' }),
    '/mfa/challenges',
  ],
  [
    'a form',
    'step_up_required',
    'ann, satisfied an hour ago',
    (client) => form(client, '/mfa/factors'),
    '/mfa/challenges',
  ],
  ['a form', 'factor_limit', 'ann, satisfied', (client) => form(client, '/mfa/factors'), '/mfa/factors'],
];

describe('a request that is refused', () => {
  it.each(TO_PROGRAMS)('by %s, %s, to a program (%s), is told once, with the code as its reason', async (...row) => {
    const [, reason, who, request] = row;
    const { made, client, secret } = await come(who, 'program');
    const told = listen(made);
    const { status, headers } = await request(client, made, secret);
    expect([status >= 400 && status < 500, headers['location']]).toEqual([true, undefined]);
    expect(refusals(told)).toEqual([[identityOf(who), reason]]);
  });

  it.each(TO_BROWSERS)('by %s, %s, to a browser (%s), is told once, though it is sent elsewhere', async (...row) => {
    const [, reason, who, request, to] = row;
    const { made, client, secret } = await come(who, 'browser');
    const told = listen(made);
    const { status, headers } = await request(client, made, secret);
    expect([status, headers['location']]).toEqual([303, expect.stringMatching(`^${to}`)]);
    expect(refusals(told)).toEqual([[identityOf(who), reason]]);
  });

  it.each(TO_PROGRAMS.filter(([door]) => door !== 'the router'))(
    'by %s, %s, to a browser (%s), is told once as well',
    async (...row) => {
      const [, reason, who, request] = row;
      const { made, client, secret } = await come(who, 'browser');
      const told = listen(made);
      await Promise.resolve(request(client.redirects(0), made, secret)).catch(() => undefined);
      expect(refusals(told)).toEqual([[identityOf(who), reason]]);
    },
  );

  it.each([
    ['locked', 2],
    ['disabled', 3],
  ] as const)('because codes are not judged (%s) is told at every door, once per request', async (reason, wrong) => {
    const { made, client, secret } = await come('ann, waiting', 'program');
    const code = wrongCodeAt(secret, made.clock.now());
    for (let count = 0; count < wrong; count += 1) {
      await client.post('/vault').send({ code }).expect(401);
      if (wrong === 3) made.clock.advance(60_000);
    }
    if (reason === 'disabled') await client.post('/login').send({ username: 'ann', password: 'secret' });
    const told = listen(made);
    await client.post('/vault').send({ code });
    await client.post('/mfa/challenges').send({ code });
    await client.post('/mfa/challenges').set('Accept', 'text/html').type('form').send({ code }).redirects(0);
    expect(refusals(told)).toEqual([reason, reason, reason].map((why) => ['ann', why]));
  });

  it('is told with where it came from', async () => {
    const { made, client } = await come('ann, waiting', 'program');
    made.app.set('trust proxy', 'loopback');
    const told = listen(made);
    const from = { 'X-Forwarded-For': '203.0.113.7', 'User-Agent': 'Lynx/2.9.2' };
    await client.get('/required').set(from);
    await client.get('/vault').set(from);
    await client.get('/mfa/factors').set(from);
    const source = { address: '203.0.113.7', userAgent: 'Lynx/2.9.2' };
    expect(told.map((event) => [event.type, event.source])).toEqual(told.map(() => ['request.refused', source]));
    expect(told).toHaveLength(3);
  });

  it('is none where it passes, and none where a code is wrong: that is an event of its challenge', async () => {
    const { made, client, secret } = await come('ann, waiting', 'program');
    const told = listen(made);
    await client.post('/vault').send({ code: wrongCodeAt(secret, made.clock.now()) });
    await client.post('/vault').send(right(made, secret)).expect(200);
    await client.get('/required').expect(200);
    expect(told.map(({ type }) => type)).toEqual([
      'challenge.created',
      'challenge.rejected',
      'challenge.created',
      'challenge.approved',
    ]);
  });
});

describe('where a hook of the host fails', () => {
  it.each(['/vault', '/required', '/mfa'])('%s tells why', async (path) => {
    const host = { fails: false };
    const policy = (): 'optional' => {
      if (host.fails) throw new Error('no database');
      return 'optional';
    };
    const routes: HostAppOptions['routes'] = (app, { mfa }) => void app.get('/required', mfa.require());
    const made = guardedApp({}, { options: { policy }, routes });
    const client = agentOf(made.app);
    await client.post('/login').send({ username: 'bob', password: 'secret' });
    const told = listen(made);
    host.fails = true;
    await client.get(path).expect(503);
    expect(told).toMatchObject([{ type: 'request.refused', identity: 'bob', reason: 'hook_failed' }]);
  });
});

describe('where the store fails', () => {
  it.each(['/required', '/mfa', '/vault', '/whoami'])('%s raises store.error with why, and for whom', async (path) => {
    const made = doors();
    const { client } = await satisfied(made);
    const told = listen(made);
    made.store.before = async () => Promise.reject(new Error('ECONNREFUSED'));
    await client.get(path);
    const [first] = told;
    expect(first).toMatchObject({ type: 'store.error', identity: 'ann', reason: 'store_unavailable' });
    expect(first?.source?.address).toEqual(expect.any(String));
    // What was answered with 503 by us is a refusal besides.
    const isOurs = path !== '/whoami';
    expect(refusals(told)).toEqual(isOurs ? [['ann', 'store_unavailable']] : []);
  });

  it('also where only the write fails, with the refusal that comes of it', async () => {
    const { made, client, secret } = await come('ann, waiting', 'program');
    const told = listen(made);
    made.store.before = async (verb) =>
      verb === 'save' ? Promise.reject(new MfaError('store_unavailable')) : Promise.resolve();
    await client.post('/vault').send(right(made, secret)).expect(503);
    expect(told).toMatchObject(
      ['store.error', 'request.refused'].map((type) => ({ type, identity: 'ann', reason: 'store_unavailable' })),
    );
  });

  it('also where a record does not open', async () => {
    const made = doors();
    await enroll(made, 'ann');
    const other = guardedApp({}, { options: { store: made.store, keys: 'f'.repeat(64) } });
    const told = listen(other);
    await agentOf(other.app).post('/login').send({ username: 'ann', password: 'secret' }).expect(503);
    expect(told).toMatchObject([{ type: 'store.error', identity: 'ann', reason: 'record_unreadable' }]);
  });

  it('also for the host’s own code, which comes from nowhere', async () => {
    const made = doors();
    const told = listen(made);
    made.store.before = async () => Promise.reject(new Error('ECONNREFUSED'));
    await expect(made.mfa.factors.create({ identity: 'ann' })).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(told).toMatchObject([{ type: 'store.error', identity: 'ann', reason: 'store_unavailable', source: null }]);
  });

  it('and not where a request is wrong', async () => {
    const { made, client } = await come('ann, waiting', 'program');
    const told = listen(made);
    await client.post('/mfa/challenges').send({ code: 'abc' });
    await client.get(`/mfa/challenges/${NO_SID}`);
    expect(told.filter(({ type }) => type === 'store.error')).toEqual([]);
  });
});

function identityOf(who: Who): string | null {
  return who === 'nobody' ? null : who.slice(0, 3);
}
