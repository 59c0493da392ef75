import type { Request, Response } from 'express';
import type { MfaError } from '../errors.js';
import { renderRefusal } from '../pages/refusal.js';
import { isBrowser } from './audience.js';
import { sendProblem, type ProblemMembers } from './problem.js';

/** Answers a refused request: a page for a person, problem+json for a program. */
export function sendRefusal(req: Request, res: Response, error: MfaError, members?: ProblemMembers): void {
  if (isBrowser(req)) {
    res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
    res.type('html').send(renderRefusal({ title: error.title, retryAfter: error.retryAfter ?? null }));
  } else {
    sendProblem(res, error, members);
  }
}
