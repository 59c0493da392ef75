// One process of a host app on a shared store, from the built package. Started by `startRacers`; its clock stands still
// at what it is told.
import { RedisStore as RedisSessions } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { Cluster, Redis } from 'ioredis';
import passport from 'passport';
import { createMfa, MemoryStore } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { Strategy as LocalStrategy } from 'passport-local';
import { NaiveRedisStore } from './naive-redis-store.mjs';

const { store: address, sessions, continuity } = JSON.parse(process.env.RACER);

/** The host's own client is only there to be duplicated; sessions live elsewhere where the store is to fail. */
const lazy = { lazyConnect: true };
const STORES = {
  redis: ({ url, options }) => new RedisStore(new Redis(url, { ...lazy, ...options }), { continuity }),
  cluster: ({ nodes }) => new RedisStore(new Cluster(nodes, lazy), { continuity }),
  sentinel: ({ sentinels, name }) => new RedisStore(new Redis({ sentinels, name, ...lazy }), { continuity }),
  naive: ({ url }) => new NaiveRedisStore(new Redis(url)),
  memory: () => new MemoryStore(),
};

const sessionRedis = new Redis(sessions);
const clock = { time: Date.UTC(2026, 10, 20), now: () => clock.time };
const keys = Buffer.alloc(32, 7).toString('base64');
const store = STORES[address.kind](address);
const mfa = createMfa({ issuer: 'Acme', store, keys, clock, enrolled: () => true });

passport.use(mfa.strategy());
passport.use(new LocalStrategy((username, _password, done) => done(null, { id: username })));
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, { id }));

const app = express();
// Express's own error handler prints every refusal elsewhere.
app.set('env', 'test');
app.use(express.json());
app.use(
  session({
    secret: 'session secret',
    resave: false,
    saveUninitialized: false,
    store: new RedisSessions({ client: sessionRedis, prefix: 'session:' }),
  }),
);
app.use(passport.session());
app.use(mfa.session());
app.use('/mfa', mfa.router());
app.post('/login', passport.authenticate('local'), (req, res) => res.json({ state: req.mfa.state }));
app.post('/login/code', passport.authenticate('totp', { recovery: true }), (req, res) =>
  res.json({ state: req.mfa.state }),
);
app.post('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : res.json({}))));
app.get('/payroll', mfa.require(), (_req, res) => res.json({}));
app.post('/transfer', mfa.require({ purpose: (req) => ({ to: req.body.to }) }), (req, res) =>
  res.json(req.mfa.approved),
);

/** The host's own code, as routes; a refusal is answered by its code. */
const OWN = {
  '/enroll': (body) => mfa.factors.create(body),
  '/verify': (body) => mfa.factors.verify(body),
  '/factors': (body) => mfa.factors.list(body),
  '/remove': (body) => mfa.factors.remove(body),
  '/challenges': (body) => mfa.challenges.list(body),
  '/answer': (body) => mfa.challenges.create(body),
};
for (const [path, work] of Object.entries(OWN)) {
  app.post(path, (req, res) => {
    work(req.body).then(
      (done) => res.json(done ?? {}),
      ({ status = 500, code, message }) => res.status(status).json({ code, message }),
    );
  });
}

app.post('/clock', (req, res) => {
  clock.time = req.body.time;
  res.json({});
});
app.get('/memory', (_req, res) => {
  globalThis.gc?.();
  res.json(process.memoryUsage());
});
/** Ends everything that was begun here and nothing else: the process then has no reason to go on. */
app.post('/close', async (_req, res) => {
  await store.close();
  res.json({});
  server.close();
  server.closeIdleConnections();
  sessionRedis.disconnect();
  process.off('disconnect', end);
  process.disconnect();
});

const end = () => process.exit(0);
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port));
// A client that is about to use an idle connection must not find it closed.
server.keepAliveTimeout = 0;
process.once('disconnect', end);
