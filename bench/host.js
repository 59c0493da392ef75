// One contestant as a process of its own: `node host.js NAME`. The host app is the same for all: Express, JSON bodies,
// express-session, a login. What is measured on top of it is the contestant's.
import { once } from 'node:events';
import express from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import passport from 'passport';
import { STEP } from './codes.js';
import { CONTESTANTS } from './contestants/all.js';
import { answerMessages } from './messages.js';
import { startProfiler, stopProfiler } from './profiler.js';

const { BENCH_REDIS_URL, BENCH_CLUSTER } = process.env;
const [, , id] = process.argv;
const { wire, path, codes, parsesBodies = false } = CONTESTANTS[id];

const startedAt = Date.now();
let people = 1;
let served = 0;
/** Past the steps that enrollment has burned. */
let ahead = 0;
/** Where codes are good for once, it moves one step whenever everybody has sent one, so that each is a new one. */
const clock = {
  now: () => (codes === 'moving' ? startedAt + STEP * Math.floor(served / people) : Date.now()) + ahead,
};

const app = express();
app.use((req, _res, next) => {
  if (req.path === path) served += 1;
  next();
});
if (!parsesBodies) app.use(express.json());
app.use(session({ secret: 'a secret of the benchmark', resave: false, saveUninitialized: false }));
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, { id }));
const redis = () => (BENCH_CLUSTER ? new Redis.Cluster(JSON.parse(BENCH_CLUSTER)) : new Redis(BENCH_REDIS_URL));
const { enroll } = await wire({ id, app, passport, clock, redis });
app.post('/login', express.json(), (req, res, next) => {
  const { id } = req.body;
  req.session.userId = id;
  const done = (error) => (error ? next(error) : res.json({ id }));
  if (req.login === undefined) done();
  else req.login({ id }, done);
});

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

const COMMANDS = {
  /** Makes identities with a secret each. */
  enroll: async ({ count }) => {
    people = count;
    const enrolled = [];
    for (let index = 0; index < count; index += 1) {
      const id = `user-${index}`;
      enrolled.push({ id, ...(await enroll(id)) });
    }
    ahead = 3 * STEP;
    return enrolled;
  },
  clock: () => ({ startedAt, served, now: clock.now(), people }),
  usage: () => process.cpuUsage(),
  startProfiler,
  stopProfiler,
};
answerMessages(COMMANDS);
