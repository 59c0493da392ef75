import { MfaError, type MfaErrorCode } from '../errors.js';
import type { FormModel } from '../pages/form.js';
import { saveSession, type Notice } from '../web/login-record.js';
import { asPassportRequest } from '../web/passport-request.js';
import { tellRefusal } from '../web/refusal.js';
import type { Exchange } from './exchange.js';

/** Shows a page; what it took from the session (a notice) is saved first. */
export async function showPage({ req, res }: Exchange, html: string): Promise<void> {
  await saveSession(asPassportRequest(req).session);
  res.type('html').send(html);
}

/** Sends a browser on to a page (POST-redirect-GET), with what that page needs saved first. */
export async function redirect({ req, res }: Exchange, url: string): Promise<void> {
  await saveSession(asPassportRequest(req).session);
  res.redirect(303, url);
}

/** A form of ours, with what the host's CSRF protection wants in it. */
export function formTo({ req, current }: Exchange, action: string): FormModel {
  return { action, hidden: current.parts.hooks.csrf(req) };
}

/** Refusals that a person can do something about on the page that the form stands on. */
const EXPLAINED: readonly MfaErrorCode[] = [
  'malformed_code',
  'locked',
  'disabled',
  'too_many_attempts',
  'not_locked',
  'challenge_ended',
  'factor_limit',
  'enrollment_refused',
  'recent_login_required',
];

/** Does what a form asks for; a refusal that can be explained is told on `page`. */
export async function submit(exchange: Exchange, page: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MfaError)) throw error;
    const isStepUp = error.code === 'step_up_required';
    if (!isStepUp && !EXPLAINED.includes(error.code)) throw error;
    tellRefusal(exchange.req, error);
    if (isStepUp) return redirect(exchange, `${exchange.base}/challenges`);
    await redirectWith(exchange, page, { reason: error.code, retryAfter: error.retryAfter });
  }
}

/** Sends a browser back to a page that says what became of its form. */
export async function redirectWith(exchange: Exchange, page: string, notice: Notice): Promise<void> {
  // The session is to hold no more of an outcome than this.
  const { reason, attemptsRemaining, retryAfter, driftSeconds } = notice;
  exchange.current.leaveNotice({ reason, attemptsRemaining, retryAfter, driftSeconds });
  await redirect(exchange, page);
}
