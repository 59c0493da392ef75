import type { Server } from 'node:http';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import passportModule from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import request from 'supertest';
import { createMfa, type Mfa, type MfaOptions } from '../../src/index.js';
import { TestClock } from './clock.js';
import { codeAt } from './rfc-code.js';

export interface TestUser {
  readonly id: string;
  readonly username: string;
}

export interface HostAppOptions {
  readonly options?: Partial<MfaOptions<TestUser>>;
  readonly clock?: TestClock;
  /** Adds the host's routes, after the wiring. */
  readonly routes?: (app: Express, made: { readonly mfa: Mfa; readonly passport: typeof passportModule }) => void;
  /** Middleware between the body parsers and the session. */
  readonly early?: readonly RequestHandler[];
}

export interface HostApp {
  readonly app: Express;
  readonly mfa: Mfa;
  readonly clock: TestClock;
  readonly passport: typeof passportModule;
}

/**
 * A host app as a team would write it, on the real Express, Passport and express-session: everybody's password is
 * `secret`, and the name is the identity.
 */
export function hostApp({ options, clock = new TestClock(), routes, early = [] }: HostAppOptions = {}): HostApp {
  const passport = new passportModule.Passport() as unknown as typeof passportModule;
  const mfa = createMfa<TestUser>({ issuer: 'Acme', clock, ...options });
  passport.use(mfa.strategy());
  passport.use(
    new LocalStrategy((username, password, done) => {
      done(null, password === 'secret' ? { id: username, username } : false);
    }),
  );
  passport.serializeUser((user, done) => {
    done(null, (user as TestUser).id);
  });
  passport.deserializeUser((id: string, done) => {
    done(null, { id, username: id });
  });

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use(express.json());
  for (const middleware of early) app.use(middleware);
  app.use(session({ secret: 'session secret', resave: false, saveUninitialized: false }));
  app.use(passport.session());
  app.use(mfa.session());
  app.use('/mfa', mfa.router());
  app.post('/login', passport.authenticate('local'), (req, res) => {
    res.json({ user: req.user ?? null, state: req.mfa?.state });
  });
  app.get('/whoami', (req, res) => {
    const { state, amr, aal, authTime, factorSid } = req.mfa ?? {};
    res.json({ user: req.user ?? null, isAuthenticated: req.isAuthenticated(), state, amr, aal, authTime, factorSid });
  });
  routes?.(app, { mfa, passport });
  return { app, mfa, clock, passport };
}

/** A client that keeps its cookies and wants JSON. */
export function agentOf(app: Express | Server): ReturnType<typeof request.agent> {
  return request.agent(app).set('Accept', 'application/json');
}

/** A browser: it keeps its cookies, wants HTML and says where its requests come from. */
export function browserOf(app: Express | Server): ReturnType<typeof request.agent> {
  return request
    .agent(app)
    .set('Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')
    .set('Sec-Fetch-Site', 'same-origin')
    .set('Sec-Fetch-Mode', 'navigate');
}

/** Enrolls a user by the service-level API, as an authenticator that shows right codes; returns its secret. */
export async function enroll(
  { mfa, clock }: HostApp,
  identity: string,
): Promise<{ readonly secret: string; readonly sid: string }> {
  const { factor, binding } = await mfa.factors.create({ identity });
  const { status } = await mfa.factors.verify({ identity, sid: factor.sid, code: codeAt(binding.secret, clock.now()) });
  if (status !== 'verified') throw new Error('the enrollment failed');
  // The code of the enrollment is spent; what follows uses the next one.
  clock.advance(30_000);
  return { secret: binding.secret, sid: factor.sid };
}

/** Logs in with the password. */
export async function logIn(agent: ReturnType<typeof agentOf>, username: string): Promise<request.Response> {
  return agent.post('/login').send({ username, password: 'secret' });
}
