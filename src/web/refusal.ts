import type { Request, Response } from 'express';
import type { MfaError } from '../errors.js';
import { renderRefusal } from '../pages/refusal.js';
import { isBrowser } from './audience.js';
import { publicDetail, sendProblem, type ProblemMembers } from './problem.js';

/**
 * Answers a refused request: a page for a person, problem+json for a program. What failed on our side is told to neither:
 * it becomes a process warning.
 */
export function sendRefusal(req: Request, res: Response, error: MfaError, members?: ProblemMembers): void {
  if (error.status >= 500) warnOf(error);
  if (!isBrowser(req)) {
    sendProblem(res, error, members);
    return;
  }
  const { title, retryAfter = null } = error;
  const detail = publicDetail(error);
  res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
  res.type('html').send(renderRefusal({ title, detail: detail === title ? null : detail, retryAfter }));
}

function warnOf({ code, message, cause }: MfaError): void {
  const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
  process.emitWarning(`a request was answered with 503 ${code}: ${reason}`, { type: 'MfaWarning' });
}
