import type { Server } from 'node:http';
import express, { type Express, type RequestHandler } from 'express';
import session, { type SessionOptions } from 'express-session';
import passportModule, { type AuthenticateOptions, type InitializeOptions } from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import request from 'supertest';
import { createMfa, type Mfa, type MfaOptions } from '../../src/index.js';
import { TestClock } from './clock.js';
import { codeAt } from './rfc-code.js';
import { WatchedStore } from './watched-store.js';

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
  /** Where the router is mounted. @default '/mfa' */
  readonly mount?: string;
  /** Below which path the host's own body parsers run. @default '/' */
  readonly parsersAt?: string;
  /** Options of `passport.authenticate('local')` at `/login`. */
  readonly login?: AuthenticateOptions;
  /** Has `passport.initialize()` run before `passport.session()`, with these options. */
  readonly initialize?: InitializeOptions;
  /** Options of express-session besides those that every app here has. */
  readonly sessions?: Partial<SessionOptions>;
  /** Whether a user still exists where a session names him. @default everybody does */
  readonly exists?: (id: string) => boolean;
}

export interface HostApp {
  readonly app: Express;
  readonly mfa: Mfa;
  readonly clock: TestClock;
  readonly passport: typeof passportModule;
  /** The store, unless the options bring another one. */
  readonly store: WatchedStore;
}

/**
 * A host app as a team would write it, on the real Express, Passport and express-session: everybody's password is
 * `secret`, and the name is the identity.
 */
export function hostApp({
  options,
  clock = new TestClock(),
  routes,
  early = [],
  mount = '/mfa',
  parsersAt = '/',
  login = {},
  initialize,
  sessions,
  exists = () => true,
}: HostAppOptions = {}): HostApp {
  const passport = new passportModule.Passport() as unknown as typeof passportModule;
  const store = new WatchedStore();
  const mfa = createMfa<TestUser>({ issuer: 'Acme', clock, store, keys: '0'.repeat(64), ...options });
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
    done(null, exists(id) ? { id, username: id } : false);
  });

  const app = express();
  app.use(parsersAt, express.urlencoded({ extended: false }), express.json());
  for (const middleware of early) app.use(middleware);
  app.use(session({ secret: 'session secret', resave: false, saveUninitialized: false, ...sessions }));
  if (initialize !== undefined) app.use(passport.initialize(initialize));
  app.use(passport.session());
  app.use(mfa.session());
  app.use(mount, mfa.router());
  app.post('/login', passport.authenticate('local', login), (req, res) => {
    res.json({ user: req.user ?? null, state: req.mfa.state });
  });
  app.get('/whoami', (req, res) => {
    const { state, amr, aal, authTime, factorSid } = req.mfa;
    res.json({ user: req.user ?? null, isAuthenticated: req.isAuthenticated(), state, amr, aal, authTime, factorSid });
  });
  routes?.(app, { mfa, passport });
  return { app, mfa, clock, passport, store };
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

/** A browser that has logged in with the password. It follows no redirect: where it is sent is what tests look at. */
export async function loggedInBrowser(app: Express | Server, username: string): Promise<ReturnType<typeof browserOf>> {
  const browser = browserOf(app).redirects(0);
  await browser.post('/login').type('form').send({ username, password: 'secret' });
  return browser;
}

/** Logs in with the password and with the code that the authenticator shows now. */
export async function logInFully(
  { app, clock }: HostApp,
  username: string,
  { secret }: { readonly secret: string },
): Promise<ReturnType<typeof agentOf>> {
  const agent = agentOf(app);
  await logIn(agent, username);
  const { body } = await agent.post('/mfa/challenges').send({ code: codeAt(secret, clock.now()) });
  if (body.state !== 'satisfied') throw new Error('the code was not accepted');
  clock.advance(30_000);
  return agent;
}

/** The status of an answer and, where it is a refusal, its error code. */
export function verdictOf({ status, body }: request.Response): readonly [number, unknown] {
  return [status, body.code];
}

/** An element of a page, as a browser reads it. */
export interface PageElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (PageElement | string)[];
}

const TOKEN =
  /<!DOCTYPE html>|<\/(?<close>[a-z0-9]+)>|<(?<open>[a-z0-9]+)(?<attributes>(?: [a-zA-Z-]+(?:="[^"<]*")?)*)(?<isVoid>\/?)>|(?<text>[^<]+)/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** Reads a page strictly: every tag closed in its place, every attribute quoted, every `&` and `<` escaped; else it throws. */
export function readPage(html: string): PageElement {
  const top: (PageElement | string)[] = [];
  const open: { readonly name: string; readonly children: (PageElement | string)[] }[] = [];
  const token = new RegExp(TOKEN);
  while (token.lastIndex < html.length) {
    const at = token.lastIndex;
    const { close, open: name, attributes = '', isVoid, text } = token.exec(html)?.groups ?? {};
    if (token.lastIndex === 0) throw new Error(`not well-formed: ${html.slice(at, at + 60)}`);
    const siblings = open.at(-1)?.children ?? top;
    if (text !== undefined) siblings.push(unescape(text));
    if (close !== undefined && open.pop()?.name !== close) throw new Error(`</${close}> closes nothing`);
    if (name === undefined) continue;
    const element = { name, attributes: readAttributes(attributes), children: [] };
    siblings.push(element);
    if (isVoid === '') open.push(element);
  }
  const [root, ...others] = top;
  if (typeof root !== 'object' || others.length > 0 || open.length > 0) throw new Error('not one whole page');
  return root;
}

/** The elements with this name, in the order of the page. */
export function elementsOf(element: PageElement, name: string): readonly PageElement[] {
  const below = element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child, name)));
  return element.name === name ? [element, ...below] : below;
}

/** What a person reads in an element. */
export function textOf({ children }: PageElement): string {
  return children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

/** Fills in a form of a page and sends it, as a browser does without JavaScript. */
export async function submitForm(
  browser: ReturnType<typeof browserOf>,
  form: PageElement | undefined,
  typed: Readonly<Record<string, string>> = {},
): Promise<request.Response> {
  if (form?.attributes['method'] !== 'post') throw new Error('there is no such form');
  const fields = elementsOf(form, 'input').map(({ attributes: { name = '', value = '' } }) => [name, value] as const);
  const unknown = Object.keys(typed).find((name) => !fields.some(([field]) => field === name));
  if (unknown !== undefined) throw new Error(`the form has no field "${unknown}"`);
  return browser
    .post(form.attributes['action'] ?? '')
    .type('form')
    .send({ ...Object.fromEntries(fields), ...typed })
    .redirects(0);
}

function readAttributes(text: string): Record<string, string> {
  const found = text.matchAll(/ (?<name>[a-zA-Z-]+)(?:="(?<value>[^"]*)")?/g);
  return Object.fromEntries(
    [...found].map(({ groups }) => [groups?.['name'] ?? '', unescape(groups?.['value'] ?? '')]),
  );
}

function unescape(text: string): string {
  return text.replace(/&(#?\w*;?)/g, (entity, name: string) => {
    const character = ENTITIES[name.replace(/;$/, '')];
    if (character === undefined || !name.endsWith(';')) throw new Error(`not escaped: ${entity}`);
    return character;
  });
}
