import type { Request, Response } from 'express';
import { event } from '../domain/event.js';
import type { MfaError } from '../errors.js';
import { isBrowser } from './audience.js';
import { Current } from './current.js';
import { sendPage } from './page.js';
import { publicDetail, sendProblem, type ProblemMembers } from './problem.js';
import { sourceOf } from './source.js';

/**
 * Answers a refused request, and tells the audit stream: a page for a person, problem+json for a program. What failed on
 * our side is told to neither: it becomes a process warning.
 */
export async function sendRefusal(
  req: Request,
  res: Response,
  error: MfaError,
  members?: ProblemMembers,
): Promise<void> {
  tellRefusal(req, error);
  if (error.status >= 500) warnOf(error);
  const current = Current.find(req);
  if (current === undefined || !isBrowser(req)) {
    sendProblem(res, error, members);
    return;
  }
  const { code, title, retryAfter } = error;
  const detail = publicDetail(error);
  const url = current.user === undefined ? '/' : current.parts.web.path;
  res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
  await sendPage(current, 'refusal', {
    notice: { reason: code, retryAfter },
    detail: detail === title ? null : detail,
    url,
  });
}

/** Tells the audit stream that a request was refused. Never throws: the answer is still to come. */
export function tellRefusal(req: Request, { code }: MfaError): void {
  const current = Current.find(req);
  if (current === undefined) return;
  const { record, parts } = current;
  const refused = event('request.refused', { reason: code });
  try {
    parts.outbox.tell(record?.identity ?? null, refused, parts.clock.now(), sourceOf(req));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    process.emitWarning(`a refusal could not be told: ${reason}`, { type: 'MfaWarning' });
  }
}

function warnOf({ code, message, cause }: MfaError): void {
  const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
  process.emitWarning(`a request was answered with 503 ${code}: ${reason}`, { type: 'MfaWarning' });
}
