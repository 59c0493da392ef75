import type { Request, Response } from 'express';
import { isBrowser } from '../web/audience.js';
import { problem, PROBLEM_TYPE } from '../web/problem.js';
import { STATUS_CODES } from '../web/status-codes.js';
import type { TotpInfo } from './totp-options.js';

/**
 * Prepares the answer for the case that this failure becomes it; another strategy, or the host, may still decide
 * otherwise. Where nobody handles the failure, Passport answers with the bare words of its status, `Unauthorized`: a
 * program gets the reason instead.
 */
export function prepareFailure(req: Request, info: TotpInfo, status: number): void {
  const { res } = req;
  if (res === undefined) return;
  if (status === 429 && info.retryAfter !== undefined) res.set('Retry-After', info.retryAfter.toString());
  if (!isBrowser(req)) explainBareWords(res, info, status);
}

function explainBareWords(res: Response, info: TotpInfo, status: number): void {
  const end = res.end.bind(res) as (...args: unknown[]) => Response;
  res.end = (...args: unknown[]): Response => {
    res.end = end;
    if (args[0] !== STATUS_CODES[status] || res.hasHeader('content-type')) return end(...args);
    const { code, message, attemptsRemaining, retryAfter, driftSeconds } = info;
    res.set('Content-Type', PROBLEM_TYPE).set('Cache-Control', 'no-store');
    return end(
      problem(status, {
        code,
        detail: message,
        attempts_remaining: attemptsRemaining,
        retry_after: retryAfter,
        drift_seconds: driftSeconds,
      }),
    );
  };
}
