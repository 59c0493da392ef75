// A small app with a second factor: `npm start`. In memory, or with REDIS_URL in Redis.
import { once } from 'node:events';
import { RedisStore as RedisSessions } from 'connect-redis';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import passport from 'passport';
import { createMfa } from 'passport-factors';
import type { MfaOptions } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { createVerifyApi } from 'passport-factors/verify-api';
import { Strategy as LocalStrategy } from 'passport-local';
import { HOME, LOGIN, REGISTER } from './pages.js';
import { settings } from './settings.js';
import { usersIn, type User } from './users.js';

const redis = settings.redisUrl === undefined ? null : await connect(settings.redisUrl);
const users = usersIn(redis);
const sessions = redis === null ? {} : { store: new RedisSessions({ client: redis, prefix: 'example:session:' }) };
const factorStore = redis === null ? null : new RedisStore(redis);
const fromEnvironment: Partial<MfaOptions<User>> = {
  issuer: settings.issuer,
  policy: settings.policy,
  enrolled: (user) => user.enrolled,
  ...(factorStore !== null && { store: factorStore, keys: settings.keys }),
};

// The wiring, as the README has it.
const app = express();
app.set('trust proxy', settings.trustProxy);
const mfa = createMfa<User>({ issuer: 'Acme', ...fromEnvironment });
passport.use(mfa.strategy());

app.use(express.urlencoded({ extended: false }));
app.use(express.json());
app.use(session({ ...settings.session, resave: false, saveUninitialized: false, ...sessions }));
app.use(passport.session());
app.use(mfa.session());
app.use('/mfa', mfa.router());

passport.use(
  new LocalStrategy((username, password, done) => {
    users.byPassword(username, password).then((user) => {
      done(null, user ?? false);
    }, done);
  }),
);
passport.serializeUser((user, done) => {
  done(null, (user as User).id);
});
passport.deserializeUser((id: string, done) => {
  users.byId(id).then((user) => {
    done(null, user ?? false);
  }, done);
});

mfa.events.on('factor.verified', async ({ identity }) => users.setEnrolled(identity, true));
mfa.events.on('factor.deleted', async ({ identity }) => {
  const { items } = await mfa.factors.list({ identity });
  await users.setEnrolled(
    identity,
    items.some(({ status }) => status === 'verified'),
  );
});

mfa.events.on('entity.reset', async ({ identity }) => users.setEnrolled(identity, false));

// Programs that speak Twilio's Verify API, with services of their own.
const { verifyAccount, publicUrl } = settings;
const verifyApi = verifyAccount && createVerifyApi({ mfa, accounts: [verifyAccount], publicUrl });
if (verifyApi !== undefined) app.use(verifyApi);

app.get('/', (_req, res) => {
  res.send(HOME);
});
app.get('/healthz', (_req, res) => {
  res.json({ status: 'ok' });
});
app.get('/register', (_req, res) => {
  res.send(REGISTER);
});
app.post('/register', (req, res, next) => {
  register(req, res).catch(next);
});
app.get('/login', (_req, res) => {
  res.send(LOGIN);
});
app.post('/login', passport.authenticate('local', { failWithError: true }), welcome);
app.post('/login/code', passport.authenticate('totp'), welcome);
app.post('/logout', (req, res, next) => {
  req.logout((error) => {
    if (error) next(error);
    else goOrTell(req, res, '/', {});
  });
});
app.get('/account', (req, res) => {
  if (req.isAuthenticated()) res.json(describe(req));
  else res.status(401).json({ error: 'log in first' });
});
app.get('/payroll', passport.authenticate('totp'), (_req, res) => {
  res.json({ payroll: [{ name: 'Alice', salary: 5000 }] });
});
app.post(
  '/transfer',
  mfa.require({
    maxAge: '5m',
    purpose: ({ body }: Request<unknown, unknown, { to: unknown; amount: unknown }>) => ({
      to: body.to,
      amount: body.amount,
    }),
    details: ({ body }: Request<unknown, unknown, { to: unknown; amount: unknown }>) => ({
      message: 'Transfer money',
      fields: [
        { label: 'To', value: String(body.to) },
        { label: 'Amount', value: String(body.amount) },
      ],
    }),
  }),
  (req, res) => {
    res.json({ transferred: req.mfa.approved });
  },
);
app.use(tellError());

const server = app.listen(settings.port, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${settings.port.toString()} (${redis === null ? 'in memory' : 'in Redis'})`);

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// npm hands SIGTERM to a shell that ends without handing it on: an orphan is meant to stop as well.
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) stop();
}, 250).unref();

/** Sessions and users live here too: when Redis does not answer, a request is to fail soon instead of waiting for it. */
async function connect(url: string): Promise<Redis> {
  const client = new Redis(url, { commandTimeout: 500, maxRetriesPerRequest: 0, enableOfflineQueue: false });
  client.on('error', (error) => {
    console.error(error.message);
  });
  await once(client, 'ready');
  return client;
}

async function register(req: Request, res: Response): Promise<void> {
  const { username, password } = (req.body ?? {}) as { username?: unknown; password?: unknown };
  if (typeof username !== 'string' || typeof password !== 'string' || username === '' || password.length < 8) {
    res.status(400).json({ error: 'username and a password of at least 8 characters are needed' });
    return;
  }
  const user = await users.register(username, password);
  if (user === null) {
    res.status(409).json({ error: 'this username is taken' });
    return;
  }
  await new Promise<void>((resolve, reject) => {
    req.login(user, (error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(error instanceof Error ? error : new Error('the login failed'));
    });
  });
  goOrTell(req, res.status(201), '/mfa', describe(req));
}

function welcome(req: Request, res: Response): void {
  goOrTell(req, res, '/', describe(req));
}

function describe(req: Request): object {
  const { username } = req.user as User;
  const { state, amr, authTime } = req.mfa;
  return { username, mfa: { state, amr, auth_time: authTime } };
}

/** Browsers go on to a page, programs are told. */
function goOrTell(req: Request, res: Response, page: string, body: object): void {
  if (req.accepts(['json', 'html']) === 'html') res.redirect(303, page);
  else res.json(body);
}

function tellError(): ErrorRequestHandler {
  return (error: Error & { status?: number; headers?: Record<string, string> }, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    // With Redis, an error that says nothing of its status is an outage: express-session hands on what its store threw.
    const { status = redis === null ? 500 : 503, headers = { 'Retry-After': '1' }, message } = error;
    if (status === 401 && req.accepts(['json', 'html']) === 'html') {
      res.redirect(303, '/login');
      return;
    }
    if (status >= 500) console.error(error);
    res
      .status(status)
      .set(headers)
      .json({ error: status >= 500 ? 'try again later' : message });
  };
}

function stop(): void {
  if (!server.listening) return;
  server.close(() => {
    Promise.all([verifyApi?.close(), factorStore?.close(), redis?.quit()]).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  server.closeIdleConnections();
}
