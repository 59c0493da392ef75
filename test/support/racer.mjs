// One process of a host app on a shared Redis, from the built package. Started by `startRacers`; its clock stands still
// at what it is told.
import { RedisStore as RedisSessions } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import passport from 'passport';
import { createMfa } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { Strategy as LocalStrategy } from 'passport-local';

const redis = new Redis(process.env.TEST_REDIS_URL);
const clock = { time: Date.UTC(2026, 10, 20), now: () => clock.time };
const keys = Buffer.alloc(32, 7).toString('base64');
const mfa = createMfa({ issuer: 'Acme', store: new RedisStore(redis), keys, clock });

passport.use(mfa.strategy());
passport.use(new LocalStrategy((username, _password, done) => done(null, { id: username })));
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, { id }));

const app = express();
app.use(express.json());
app.use(
  session({
    secret: 'session secret',
    resave: false,
    saveUninitialized: false,
    store: new RedisSessions({ client: redis, prefix: 'session:' }),
  }),
);
app.use(passport.session());
app.use(mfa.session());
app.use('/mfa', mfa.router());
app.post('/login', passport.authenticate('local'), (req, res) => res.json({ state: req.mfa.state }));
app.post('/login/code', passport.authenticate('totp'), (req, res) => res.json({ state: req.mfa.state }));
app.get('/payroll', mfa.require(), (_req, res) => res.json({}));
app.post('/transfer', mfa.require({ purpose: (req) => ({ to: req.body.to }) }), (req, res) =>
  res.json(req.mfa.approved),
);
app.post('/enroll', (req, res, next) => {
  mfa.factors.create({ identity: req.body.identity }).then((created) => res.json(created), next);
});
app.post('/verify', (req, res, next) => {
  mfa.factors.verify(req.body).then((verified) => res.json(verified), next);
});
app.post('/clock', (req, res) => {
  clock.time = req.body.time;
  res.json({});
});

const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit(0));
