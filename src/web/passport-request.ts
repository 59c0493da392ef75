import type { Request } from 'express';

type Done = (error?: unknown) => void;

/** What Passport, and a session middleware, add to a request. Declared here because each host has its own types of them. */
export interface PassportRequest {
  _userProperty?: string;
  _sessionManager?: unknown;
  session?: Session | null;
  /** Of a session that is kept on the server. */
  sessionID?: unknown;
  logIn?: LogIn;
  login?: LogIn;
  logOut?: LogOut;
  logout?: LogOut;
}

export type LogIn = (user: unknown, options?: LogInOptions | Done, done?: Done) => void;
export type LogOut = (options?: { readonly keepSessionInfo?: boolean } | Done, done?: Done) => void;

/** Options of `req.logIn`; Passport hands on those of `passport.authenticate`. */
export interface LogInOptions {
  readonly session?: boolean;
  readonly keepSessionInfo?: boolean;
  /** `false`: a login that needs no second factor and never counts as one, for impersonation by the host. */
  readonly secondFactor?: boolean;
  /** Overrides the option `login` of `createMfa` for this login. */
  readonly login?: 'answer' | 'continue';
  readonly successRedirect?: string;
  readonly successReturnToOrRedirect?: string;
  readonly successMessage?: unknown;
  readonly successFlash?: unknown;
}

export interface Session {
  [key: string]: unknown;
  save?: (done: Done) => void;
  regenerate?: (done: Done) => void;
}

/** Ends the login by Passport's own way. */
export async function logOut(request: Request): Promise<void> {
  const req = asPassportRequest(request);
  await promised((done) => req.logOut?.({}, done));
}

/** Waits for what calls back. What it throws at once is its failure too. */
export async function promised(start: (done: Done) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    start((error) => {
      if (error === undefined || error === null) resolve();
      else reject(error instanceof Error ? error : new Error('a callback was handed a failure', { cause: error }));
    });
  });
}

/** The request as Passport sees it. Passport and the session middleware type the same members, each in its own way. */
export function asPassportRequest(req: Request): PassportRequest {
  return req as unknown as PassportRequest;
}
