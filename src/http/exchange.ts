import type { Request, Response } from 'express';
import type { Challenges } from '../use-cases/challenges.js';
import type { Factors } from '../use-cases/factors.js';
import type { Logins } from '../use-cases/logins.js';
import type { RecoveryCodes } from '../use-cases/recovery-codes.js';
import type { Current } from '../web/current.js';

/** What a handler of the router works with: one request, checked and parsed. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly current: Current<unknown>;
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly recoveryCodes: RecoveryCodes;
  readonly logins: Logins;
  /** The parsed body of a POST; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Where the router is mounted, from the origin's root. */
  readonly base: string;
  /** The SID in the path; empty where the path has none. */
  readonly sid: string;
}

type Handler = (exchange: Exchange) => Promise<void>;

/** How one route answers each of its two readers. */
export interface Route {
  readonly json: Handler;
  readonly page: Handler;
}
