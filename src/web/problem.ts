import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';
import type { MfaError } from '../errors.js';

/** Members of an answer beyond those of RFC 9457. */
export type ProblemMembers = Readonly<Record<string, unknown>>;

/** Answers a program with why its request was refused (RFC 9457). `code` is what to test. */
export function sendProblem(res: Response, error: MfaError, members: ProblemMembers = {}): void {
  res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
  res.type('application/problem+json').send(JSON.stringify(problemOf(error, members)));
}

function problemOf(error: MfaError, members: ProblemMembers = {}): object {
  const { status, code, retryAfter } = error;
  return {
    title: STATUS_CODES[status],
    status,
    code,
    detail: publicDetail(error),
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...members,
  };
}

/** What was wrong, as far as it is the client's business: nothing of what failed on our side. */
export function publicDetail({ status, title, message }: MfaError): string {
  return status >= 500 ? title : message;
}
