import { STATUS_CODES } from 'node:http';
import type { Request, Response } from 'express';
import { isBrowser } from '../web/audience.js';
import type { TotpInfo } from './totp-options.js';

/**
 * Passport answers a failure that nobody handles with the bare words of its status, `Unauthorized`. A program gets the
 * reason instead. Any other answer (a redirect, an error handler, a custom callback) is left alone.
 */
export function explainBareFailure(req: Request, info: TotpInfo, status: number): void {
  const { res } = req;
  if (res === undefined || isBrowser(req)) return;
  const end = res.end.bind(res) as (...args: unknown[]) => Response;
  res.end = (...args: unknown[]): Response => {
    res.end = end;
    if (args[0] !== STATUS_CODES[status] || res.hasHeader('content-type')) return end(...args);
    const { code, message, attemptsRemaining, retryAfter, driftSeconds } = info;
    res.set('Content-Type', 'application/problem+json; charset=utf-8').set('Cache-Control', 'no-store');
    return end(
      JSON.stringify({
        title: STATUS_CODES[status],
        status,
        code,
        detail: message,
        attempts_remaining: attemptsRemaining,
        retry_after: retryAfter,
        drift_seconds: driftSeconds,
      }),
    );
  };
}
