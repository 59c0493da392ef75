import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import passportModule from 'passport';
import { createMfa, MemoryStore, type Mfa } from '../../src/index.js';
import { RedisStore } from '../../src/redis.js';
import { challenged, guardedApp, HeaderStrategy } from '../support/guarded-app.js';
import { agentOf, hostApp, logIn, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';
import { WatchedStore } from '../support/watched-store.js';

type Passport = typeof passportModule;

const KEYS = '0'.repeat(64);
const end: RequestHandler = (_req, res) => void res.json({});

/** Any options, as JavaScript may have them. */
function makeMfa(options: object): Mfa {
  return createMfa<TestUser>({
    issuer: 'Acme',
    store: new WatchedStore(),
    keys: KEYS,
    ...options,
  });
}

/** Hands on what an app's error handler was given. */
function catchErrors(app: Express): unknown[] {
  const caught: unknown[] = [];
  const handler: ErrorRequestHandler = (error: Error, _req, res, next) => {
    caught.push(error.message);
    if (res.headersSent) next(error);
    else res.status(500).json({});
  };
  app.use(handler);
  return caught;
}

/** An app that its team wires itself. */
function appWith(wire: (app: Express, parts: { readonly passport: Passport; readonly mfa: Mfa }) => void): {
  readonly app: Express;
  readonly caught: readonly unknown[];
} {
  const passport = new passportModule.Passport() as unknown as Passport;
  passport.serializeUser((user, done) => {
    done(null, (user as TestUser).id);
  });
  passport.deserializeUser((id: string, done) => {
    done(null, { id });
  });
  const mfa = makeMfa({});
  passport.use(mfa.strategy());
  passport.use(new HeaderStrategy());
  const app = express();
  app.use(session({ secret: 'session secret', resave: false, saveUninitialized: false }));
  wire(app, { passport, mfa });
  return { app, caught: catchErrors(app) };
}

/** The warnings that `work` gives. */
function warningsOf(work: () => unknown): readonly unknown[] {
  const spy = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    work();
    return spy.mock.calls.map(([warning]) => warning);
  } finally {
    spy.mockRestore();
  }
}

function withNodeEnv<T>(value: string, work: () => T): T {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = value;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

describe('mfa.session() before passport.session()', () => {
  const TEXT = 'mfa.session() ran before passport.session(): move app.use(mfa.session()) below it';

  it('is answered with what to move where', async () => {
    const { app, caught } = appWith((wired, { passport, mfa }) => {
      wired.use(mfa.session());
      wired.use(passport.session());
      wired.get('/', end);
    });
    await agentOf(app).get('/').expect(500);
    expect(caught).toEqual([TEXT]);
  });

  it('is so too where passport.initialize() ran before, once somebody is logged in', async () => {
    const { app, caught } = appWith((wired, { passport, mfa }) => {
      wired.use(passport.initialize());
      wired.post('/login', passport.authenticate('header'), end);
      wired.use(mfa.session());
      wired.use(passport.session());
      wired.get('/', end);
    });
    const client = agentOf(app);
    await client.post('/login').set('X-User', 'bob').expect(200);
    await client.get('/').expect(500);
    expect(caught).toEqual([TEXT]);
  });
});

describe("passport.authenticate('totp') and mfa.require() without mfa.session()", () => {
  it.each([
    [
      'the strategy',
      ({ passport }: { readonly passport: Passport }): RequestHandler => passport.authenticate('totp'),
      "passport.authenticate('totp') without mfa.session(): add app.use(mfa.session()) after passport.session()",
    ],
    [
      'the guard',
      ({ mfa }: { readonly mfa: Mfa }): RequestHandler => mfa.require(),
      'mfa.require() without mfa.session(): add app.use(mfa.session()) after passport.session()',
    ],
    [
      'the router',
      ({ mfa }: { readonly mfa: Mfa }): RequestHandler => mfa.router(),
      'mfa.router() without mfa.session(): add app.use(mfa.session()) after passport.session()',
    ],
  ])('are answered with what to add where (%s)', async (_title, middlewareOf, text) => {
    const { app, caught } = appWith((wired, parts) => {
      wired.use(parts.passport.session());
      wired.use('/mfa', middlewareOf(parts), end);
    });
    await agentOf(app).get('/mfa').expect(500);
    expect(caught).toEqual([text]);
  });
});

describe('a route that takes a code without a body parser', () => {
  function withoutParsers(): { readonly made: HostApp; readonly caught: readonly unknown[] } {
    const caught: (readonly unknown[])[] = [];
    const made = hostApp({
      parsersAt: '/login',
      routes: (app, { passport }) => {
        app.post('/code', passport.authenticate('totp'), end);
        app.use('/account', express.Router().post('/code', passport.authenticate('totp'), end));
        caught.push(catchErrors(app));
      },
    });
    return { made, caught: caught[0] ?? [] };
  }

  const textFor = (path: string): string =>
    `no body parser ran before POST ${path}: add app.use(express.urlencoded({ extended: false })) or express.json()`;

  it.each(['form', 'json'])('is answered with the parser to add (%s)', async (type) => {
    const { made, caught } = withoutParsers();
    const { client } = await challenged(made);
    await client.post('/code?next=1').type(type).send({ code: '123456' }).expect(500);
    expect(caught).toEqual([textFor('/code')]);
  });

  it('names the whole path, also within a router', async () => {
    const { made, caught } = withoutParsers();
    const { client } = await challenged(made);
    await client.post('/account/code').send({ code: '123456' }).expect(500);
    expect(caught).toEqual([textFor('/account/code')]);
  });

  it('is no mistake where there is no body', async () => {
    const { made, caught } = withoutParsers();
    const { client } = await challenged(made);
    await client.post('/code').expect(401);
    expect(caught).toEqual([]);
  });
});

describe('a user without an id', () => {
  const TEXT = 'createMfa: your user has no "id"; say identity: (user) => …';

  /** An app whose users are made by `userOf`. */
  function withUsers(
    user: object,
    options: object = {},
  ): { readonly app: Express; readonly caught: readonly unknown[] } {
    const passport = new passportModule.Passport() as unknown as Passport;
    passport.serializeUser((_user, done) => {
      done(null, 'somebody');
    });
    passport.deserializeUser((_id, done) => {
      done(null, user);
    });
    const app = express();
    app.use(session({ secret: 'session secret', resave: false, saveUninitialized: false }));
    app.use(passport.session());
    const mfa = makeMfa(options);
    app.use(mfa.session());
    app.post('/login', (req, res, next) => {
      req.logIn(user, (error) => {
        if (error) next(error);
        else res.json({ state: req.mfa.state });
      });
    });
    app.get('/', (req, res) => void res.json({ user: req.user ?? null }));
    return { app, caught: catchErrors(app) };
  }

  it.each([{}, { id: '' }, { id: null }, { id: 1.5 }, { id: {} }, { id: NaN }, { id: 'x'.repeat(256) }])(
    'is answered with what to say (%j)',
    async (user) => {
      const { app, caught } = withUsers(user);
      await agentOf(app).post('/login').expect(500);
      expect(caught).toEqual([TEXT]);
    },
  );

  it.each([{ id: 0 }, { id: 42 }, { id: 'x' }])('is not one with %j', async (user) => {
    const { app } = withUsers(user);
    expect((await agentOf(app).post('/login')).body).toEqual({ state: 'not_required' });
  });

  it('may be told by identity, and a wrong answer of that is named too', async () => {
    const named = withUsers({ name: 'ann' }, { identity: ({ name }: { readonly name: string }) => name });
    expect((await agentOf(named.app).post('/login')).body).toEqual({ state: 'not_required' });
    const unnamed = withUsers({ name: 'ann' }, { identity: () => undefined });
    await agentOf(unnamed.app).post('/login').expect(500);
    expect(unnamed.caught).toEqual([
      'createMfa: identity(user) must give a non-empty string of up to 255 bytes, a safe integer or a bigint',
    ]);
  });
});

describe('createMfa without keys', () => {
  it('with RedisStore is answered with how to make one', async () => {
    const redis = new Redis({ lazyConnect: true });
    const store = new RedisStore(redis);
    expect(() => makeMfa({ store, keys: undefined })).toThrow(
      new TypeError(
        `createMfa: keys are needed with RedisStore; make one: node -p "crypto.randomBytes(32).toString('base64')"`,
      ),
    );
    await store.close();
    redis.disconnect();
  });

  it('names the store of any other class', () => {
    expect(() => makeMfa({ keys: undefined })).toThrow(/^createMfa: keys are needed with WatchedStore; make one: /);
  });

  it('takes the keys that its own advice makes', () => {
    expect(() => makeMfa({ keys: Buffer.alloc(32, 7).toString('base64') })).not.toThrow();
  });
});

describe('createMfa at start', () => {
  const IN_MEMORY =
    'factors are kept in memory and end with this process; ' +
    'for production: store: new RedisStore(redis), keys: process.env.MFA_KEYS';

  it('warns that factors in memory end with the process', () => {
    expect(warningsOf(() => createMfa({ issuer: 'Acme' }))).toEqual([IN_MEMORY]);
    expect(warningsOf(() => createMfa({ issuer: 'Acme', store: new MemoryStore() }))).toEqual([IN_MEMORY]);
  });

  it('says nothing with another store', () => {
    expect(warningsOf(() => makeMfa({}))).toEqual([]);
  });

  it('in production refuses to go without a store', () => {
    expect(() => withNodeEnv('production', () => createMfa({ issuer: 'Acme' }))).toThrow(
      new TypeError(
        'createMfa: a store is needed in production: store: new RedisStore(redis), keys: process.env.MFA_KEYS',
      ),
    );
  });

  it('in production warns once that a lost record would be taken for none', async () => {
    const warnings = warningsOf(() => withNodeEnv('production', () => makeMfa({})));
    expect(warnings).toEqual([expect.stringMatching(/enrolled\(user\).*lost.*enrolled: \(user\) =>/)]);
    expect(warningsOf(() => withNodeEnv('production', () => makeMfa({ enrolled: () => false })))).toEqual([]);
  });
});

describe('mfa.router()', () => {
  it('mounted elsewhere than path says names both', async () => {
    const caught: (readonly unknown[])[] = [];
    const made = hostApp({ mount: '/auth/mfa', routes: (app) => void caught.push(catchErrors(app)) });
    const client = agentOf(made.app);
    await logIn(client, 'bob');
    await client.get('/auth/mfa').expect(500);
    expect(caught[0]).toEqual([
      'mfa.router() answers at "/auth/mfa" but createMfa has path "/mfa"; say path: "/auth/mfa"',
    ]);
  });
});

describe('an option of createMfa that does not exist', () => {
  it('is named, with those that do', () => {
    expect(() => makeMfa({ isuer: 'Acme' })).toThrow(TypeError);
    expect(() => makeMfa({ isuer: 'Acme' })).toThrow(
      'createMfa: there is no option "isuer"; the options are issuer, store, keys, identity, accountName, policy, ' +
        'enrolled, canEnroll, path, origins, isolate, login, service, totp, limits, grant, recentLogin, preserve, ' +
        'codeField, codeHeader, csrf, language, languages, theme, views, clock',
    );
  });

  it.each([
    ['grant.maxage', { grant: { maxage: '1h' } }],
    ['limits.wrongCodes', { limits: { wrongCodes: 3 } }],
    ['totp.digits', { totp: { digits: 8 } }],
  ])('is named within another one too (%s)', (name, options) => {
    expect(() => makeMfa(options)).toThrow(TypeError);
    expect(() => makeMfa(options)).toThrow(name);
  });
});

const nested = (name: string, value: unknown): object => {
  const [group = '', member] = name.split('.');
  return { [group]: member === undefined ? value : { [member]: value } };
};

describe('a number of createMfa', () => {
  it.each([
    ['totp.codeLength', [5, 9, 6.5, '6']],
    ['totp.timeStep', [19, 61, 30.5]],
    ['totp.skew', [-1, 3, 0.5]],
    ['totp.algorithm', ['md5', 'SHA1', 1]],
    ['limits.factors', [0, 21, 1.5]],
    ['limits.wrongCodesBeforeWait', [0, 21]],
    ['limits.wrongCodesBeforeDisable', [4, 101]],
    ['limits.bodyBytes', [1023, 16_385]],
    ['limits.unverifiedFactorLife', ['59s', '1441m']],
    ['limits.challengeLife', ['59s', '61m']],
    ['limits.firstWait', ['9s', '61m']],
    ['limits.longestWait', ['29s', '25h']],
    ['grant.maxAge', ['59s', '25h']],
    ['grant.idle', ['59s', '25h']],
    ['grant.recheck', [-1, '61s']],
    ['grant.management', ['59s', '61m']],
    ['recentLogin', ['59s', '25h']],
  ])('beyond its bounds is a RangeError that names it: %s', (name, values) => {
    for (const value of values) {
      expect(() => makeMfa(nested(name, value))).toThrow(RangeError);
      expect(() => makeMfa(nested(name, value))).toThrow(name);
      expect(() => makeMfa(nested(name, value))).toThrow(String(value));
    }
  });

  it.each([
    ['totp.codeLength', [6, 8]],
    ['totp.timeStep', [20, 60]],
    ['totp.skew', [0, 2]],
    ['totp.algorithm', ['sha256', 'sha512']],
    ['limits.factors', [1, 20]],
    ['limits.wrongCodesBeforeWait', [1, 20]],
    ['limits.wrongCodesBeforeDisable', [5, 100]],
    ['limits.bodyBytes', [1024, 16_384]],
    ['limits.unverifiedFactorLife', ['1m', '24h']],
    ['limits.challengeLife', [60_000, '60m']],
    ['limits.firstWait', ['10s', '1h']],
    ['limits.longestWait', ['30s', '24h']],
    ['grant.maxAge', ['1m', '1d']],
    ['grant.idle', ['1m', '24h']],
    ['grant.recheck', [0, '60s']],
    ['grant.management', ['1m', '1h']],
    ['recentLogin', ['1m', '24h']],
  ])('at its bounds is taken: %s', (name, values) => {
    for (const value of values) expect(() => makeMfa(nested(name, value))).not.toThrow();
  });

  it.each([
    'limits.unverifiedFactorLife',
    'limits.challengeLife',
    'limits.firstWait',
    'limits.longestWait',
    'grant.maxAge',
    'grant.idle',
    'grant.recheck',
    'grant.management',
    'recentLogin',
  ])('that is no duration is a TypeError that names it: %s', (name) => {
    for (const value of ['soon', '5 minutes', '5', '', NaN, {}, true]) {
      expect(() => makeMfa(nested(name, value))).toThrow(TypeError);
      expect(() => makeMfa(nested(name, value))).toThrow(name);
    }
  });
});

describe('an option of createMfa of another kind', () => {
  it.each([
    ['issuer', [undefined, '', ' ', 5, null]],
    ['store', [{}, 'redis', null]],
    ['keys', ['', 'short', [], ['short'], 5, KEYS.slice(2)]],
    ['identity', ['id']],
    ['accountName', ['email']],
    ['policy', ['mandatory', '', true]],
    ['enrolled', [true]],
    ['canEnroll', [false]],
    ['path', ['mfa', '/', '', '/mfa/', '/mfa?x', 'https://acme.example/mfa', 5]],
    ['origins', [['app.example'], ['https://app.example/'], ['*'], 'https://app.example']],
    ['isolate', ['no', 0, null]],
    ['login', ['redirect', true]],
    ['service', ['', 'a b', 'a:b', 'x'.repeat(65), 5]],
    ['totp', [6, 'sha1']],
    ['limits', [5, 'none']],
    ['grant', ['1h', 5]],
    ['preserve', ['returnTo', [5]]],
    ['codeField', ['', 5]],
    ['codeHeader', ['', 5]],
    ['csrf', ['_csrf', {}]],
    ['clock', [{}, 5, () => 0]],
  ])('is a TypeError that names it: %s', (name, values) => {
    const accepted = values.filter((value) => {
      try {
        makeMfa({ [name]: value });
        return true;
      } catch (error) {
        const { message } = error as Error;
        return !(
          error instanceof TypeError &&
          message.startsWith('createMfa:') &&
          message.includes(name.replace(/s$/, ''))
        );
      }
    });
    expect(accepted).toEqual([]);
  });
});

describe('options of a guard', () => {
  it("of passport.authenticate('totp') that are none are named when the route is asked", async () => {
    const caught: (readonly unknown[])[] = [];
    const made = guardedApp({ maxAge: 'soon' as '5m' }, { routes: (app) => void caught.push(catchErrors(app)) });
    const ann = await challenged(made);
    await ann.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(500);
    expect(caught[0]).toEqual([`maxAge must be milliseconds or a duration such as '5m', got 'soon'`]);
  });

  it('name the bounds in words that say something', () => {
    expect(() => makeMfa({}).require({ maxAge: -1 })).toThrow(/^maxAge must be (?!.*Infinity).*, got -1$/);
  });

  it('that do not exist are named', () => {
    expect(() => makeMfa({}).require({ maxage: '5m' } as object)).toThrow(/maxage/);
  });
});
