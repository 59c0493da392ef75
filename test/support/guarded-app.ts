import type { Request } from 'express';
import type { AuthenticateOptions } from 'passport';
import { Strategy } from 'passport-strategy';
import type { Mfa, TotpAuthenticateOptions } from '../../src/index.js';
import { agentOf, browserOf, enroll, hostApp, logIn, type HostApp, type HostAppOptions } from './host-app.js';
import { codeAt } from './rfc-code.js';

export type GuardOptions = AuthenticateOptions &
  Pick<TotpAuthenticateOptions, 'maxAge' | 'force' | 'ifEnrolled' | 'recovery' | 'secondFactor' | 'login'>;

/**
 * A host app with `/vault` behind `passport.authenticate('totp', options)`. The route answers with what its handler
 * sees; a GET of `/session` with what the session holds, a POST puts more in; `/cookie` with the cookies that came.
 */
export function guardedApp(options: GuardOptions = {}, { routes, ...host }: HostAppOptions = {}): HostApp {
  return hostApp({
    ...host,
    routes: (app, made) => {
      app.get('/session', (req, res) => {
        res.json({ sessionId: req.sessionID, held: req.session });
      });
      app.post('/session', (req, res) => {
        Object.assign(req.session, req.body);
        res.json({});
      });
      app.get('/cookie', (req, res) => {
        res.json(req.get('cookie') ?? '');
      });
      app.all('/vault', made.passport.authenticate('totp', options), (req, res) => {
        res.json(seenBy(req));
      });
      routes?.(app, made);
    },
  });
}

/** The cookies that the client keeps. */
export async function cookieOf({ client }: Pick<Enrolled, 'client'>): Promise<string> {
  return String((await client.get('/cookie')).body);
}

/** What a handler sees of its request. */
export function seenBy(req: Request): object {
  const { state, user, amr, aal, authTime, factorSid, approved } = req.mfa;
  return {
    user: req.user ?? null,
    isAuthenticated: req.isAuthenticated(),
    authInfo: req.authInfo ?? null,
    sessionId: req.sessionID,
    mfa: { state, user, amr, aal, authTime, factorSid, approved },
  };
}

type Client = ReturnType<typeof agentOf>;

export interface Enrolled {
  readonly client: Client;
  readonly secret: string;
  readonly sid: string;
}

/** A program whose user has a factor and passed the first one. */
export async function challenged(made: HostApp, username = 'ann'): Promise<Enrolled> {
  const factor = await enroll(made, username);
  const client = agentOf(made.app);
  await logIn(client, username);
  return { client, ...factor };
}

/** A browser whose user has a factor and passed the first one. */
export async function challengedBrowser(made: HostApp, username = 'ann'): Promise<Enrolled> {
  const factor = await enroll(made, username);
  const client = browserOf(made.app);
  await client.post('/login').type('form').send({ username, password: 'secret' }).redirects(0);
  return { client, ...factor };
}

/** A program whose user has shown his factor this very instant; its code of this step is spent. */
export async function satisfied(made: HostApp, username = 'ann'): Promise<Enrolled> {
  const enrolled = await challenged(made, username);
  await prove(made, enrolled);
  return enrolled;
}

/** Shows the factor at the router. */
export async function prove({ clock }: HostApp, { client, secret }: Enrolled): Promise<void> {
  const { body } = await client
    .post('/mfa/challenges')
    .set('Accept', 'application/json')
    .send({ code: codeAt(secret, clock.now()) });
  if (body.state !== 'satisfied') throw new Error(`the code was not accepted: ${JSON.stringify(body)}`);
}

/** The code of the next step: one that nobody has used yet. */
export function nextCode({ clock }: HostApp, { secret }: Pick<Enrolled, 'secret'>): string {
  clock.advance(30_000);
  return codeAt(secret, clock.now());
}

/** A confirmed set of recovery codes. */
export async function recoveryCodes({ mfa }: HostApp, identity = 'ann'): Promise<readonly string[]> {
  const { id, codes } = await mfa.recoveryCodes.create({ identity });
  await mfa.recoveryCodes.confirm({ identity, id, code: codes[0] });
  return codes;
}

export type StrategyAction = readonly ['success' | 'fail' | 'pass' | 'redirect' | 'error', ...unknown[]];

/** The strategy, noting what it asks Passport to do. */
export class RecordedStrategy extends Strategy {
  readonly name = 'recorded';
  readonly actions: StrategyAction[] = [];
  private readonly strategy: ReturnType<Mfa['strategy']>;

  constructor(strategy: ReturnType<Mfa['strategy']>) {
    super();
    this.strategy = strategy;
  }

  override authenticate(req: Request, options?: object): void {
    const { actions } = this;
    // As Passport does it: an object of its own for every request.
    const recorded = Object.create(this.strategy) as Strategy;
    recorded.success = (user: unknown, info?: unknown) => {
      actions.push(['success', user, info]);
      this.success(user, info);
    };
    recorded.fail = (challenge: unknown, status?: number) => {
      actions.push(['fail', challenge, status]);
      this.fail(challenge, status ?? 401);
    };
    recorded.pass = () => {
      actions.push(['pass']);
      this.pass();
    };
    recorded.redirect = (url: string, status?: number) => {
      actions.push(['redirect', url, status]);
      this.redirect(url, status);
    };
    recorded.error = (error: Error) => {
      actions.push(['error', error]);
      this.error(error);
    };
    recorded.authenticate(req, options);
  }
}

/** A first factor of the host's own: the user whom a header names, as behind a proxy that authenticates. */
export class HeaderStrategy extends Strategy {
  readonly name = 'header';

  override authenticate(req: Request): void {
    const id = req.get('x-user');
    if (id === undefined) this.fail('Header realm="users"', 401);
    else this.success({ id, username: id });
  }
}

/** Something to wait for until the test lets it happen. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
