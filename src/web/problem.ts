import type { Response } from 'express';
import type { MfaError } from '../errors.js';
import { STATUS_CODES } from './status-codes.js';

/** Members of an answer beyond those of RFC 9457. */
export type ProblemMembers = Readonly<Record<string, unknown>>;

/** Answers a program with why its request was refused (RFC 9457). `code` is what to test. */
export function sendProblem(res: Response, error: MfaError, members: ProblemMembers = {}): void {
  const { status, code, headers, retryAfter } = error;
  res.status(status).set(headers).set('Cache-Control', 'no-store').type(PROBLEM_TYPE);
  res.send(problem(status, { code, detail: publicDetail(error), retry_after: retryAfter, ...members }));
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of a refusal; members that are undefined are left out. */
export function problem(
  status: number,
  members: ProblemMembers & { readonly code: unknown; readonly detail: string },
): string {
  return JSON.stringify({ title: STATUS_CODES[status], status, ...members });
}

/** What was wrong, as far as it is the client's business: nothing of what failed on our side. */
export function publicDetail({ status, title, message }: MfaError): string {
  return status >= 500 ? title : message;
}
