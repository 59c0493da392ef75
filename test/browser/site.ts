import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Request } from 'express';
import session from 'express-session';
import passportModule from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { createMfa, type MfaOptions } from '../../src/index.js';
import { TestClock } from '../support/clock.js';

interface SiteUser {
  readonly id: string;
}

/** A site with a second factor, served on a port of its own. */
export interface Site {
  readonly url: string;
  readonly clock: TestClock;
  readonly close: () => Promise<void>;
}

const PASSWORD =
  '<input name="username" aria-label="Name"><input name="password" type="password" aria-label="Password">';

/** A host as a team would write it: people register, log in and out, and transfer money. Its own pages are in English. */
export async function openSite(options: Partial<MfaOptions<SiteUser>> = {}): Promise<Site> {
  const passport = new passportModule.Passport() as unknown as typeof passportModule;
  const clock = new TestClock();
  const mfa = createMfa<SiteUser>({ issuer: 'Acme', clock, ...options });
  const users = new Map<string, string>();
  passport.use(mfa.strategy());
  passport.use(
    new LocalStrategy((username, password, done) => {
      done(null, users.get(username) === password ? { id: username } : false);
    }),
  );
  passport.serializeUser((user, done) => {
    done(null, (user as SiteUser).id);
  });
  passport.deserializeUser((id: string, done) => {
    done(null, { id });
  });

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use(session({ secret: 'session secret', resave: false, saveUninitialized: false }));
  app.use(passport.session());
  app.use(mfa.session());
  app.use('/mfa', mfa.router());

  app.get('/favicon.ico', (_req, res) => {
    res.status(204).end();
  });
  app.get('/', (req, res) => {
    const form = (action: string, button: string): string =>
      `<form method="post" action="${action}"><button>${button}</button></form>`;
    const inside = '<a href="/mfa">Security</a> <a href="/transfer">Transfer money</a>' + form('/logout', 'Log out');
    const outside = '<a href="/register">Register</a> <a href="/login">Log in</a>';
    res.send(page('Home', req.isAuthenticated() ? inside : outside));
  });
  for (const path of ['register', 'login']) {
    app.get(`/${path}`, (_req, res) => {
      res.send(page(path, `<form method="post">${PASSWORD}<button>Go on</button></form>`));
    });
  }
  app.post('/register', (req, res, next) => {
    const { username, password } = req.body as Readonly<Record<string, string>>;
    users.set(String(username), String(password));
    req.login({ id: String(username) }, (error) => {
      if (error) next(error);
      else res.redirect(303, '/');
    });
  });
  app.post('/login', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login' }));
  app.post('/logout', (req, res, next) => {
    req.logout((error) => {
      if (error) next(error);
      else res.redirect(303, '/');
    });
  });
  app.get('/transfer', (_req, res) => {
    res.send(
      page(
        'Transfer',
        '<form method="post"><input name="amount" aria-label="Amount" value="50"><button>Transfer</button></form>',
      ),
    );
  });
  const amountOf = (req: Request): string => String((req.body as Readonly<Record<string, unknown>>)['amount']);
  app.post(
    '/transfer',
    mfa.require({
      purpose: (req) => ({ amount: amountOf(req) }),
      details: (req) => ({ message: 'Transfer money', fields: [{ label: 'Amount', value: `${amountOf(req)} €` }] }),
    }),
    (_req, res) => {
      res.send(page('Transferred', '<a href="/">Home</a>'));
    },
  );
  const server = await listen(app);
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port.toString()}`, clock, close };
}

async function listen(app: Express): Promise<Server> {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;
}
