import { MfaError, type MfaErrorCode } from '../errors.js';
import type { FormModel } from '../pages/form.js';
import type { Deed } from '../pages/text.js';
import type { PageModels } from '../pages/pages.js';
import { saveSession, type Notice } from '../web/login-record.js';
import { asPassportRequest } from '../web/passport-request.js';
import { sendPage } from '../web/page.js';
import { redirect } from '../web/redirect.js';
import { tellRefusal } from '../web/refusal.js';
import { intend, takeIntended } from '../web/way-back.js';
import type { Exchange } from './exchange.js';

/** Shows a page; what it took from the session (a notice) is saved first. */
export async function showPage<Name extends keyof PageModels>(
  { req, current }: Exchange,
  name: Name,
  model: PageModels[Name],
): Promise<void> {
  await saveSession(asPassportRequest(req).session);
  await sendPage(current, name, model);
}

/** A form of ours with these hidden fields, and what the host's CSRF protection wants in it. */
export function formTo({ req, current }: Exchange, action: string, hidden: FormModel['hidden'] = {}): FormModel {
  return { action, hidden: { ...current.parts.hooks.csrf(req), ...hidden } };
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

/**
 * Does what a form asks for, or shows what a link leads to; a refusal that can be explained is told on `page`. Where a code
 * is needed first, it is asked for, and then leads to `page`.
 */
export async function submit(exchange: Exchange, page: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MfaError)) throw error;
    const { code: reason, retryAfter } = error;
    const isStepUp = reason === 'step_up_required';
    if (!isStepUp && !EXPLAINED.includes(reason)) throw error;
    tellRefusal(exchange.req, error);
    if (isStepUp) intend(exchange.current, page);
    const asksForCode = isStepUp || reason === 'not_locked';
    await redirectWith(exchange, asksForCode ? `${exchange.base}/challenges` : page, { reason, retryAfter });
  }
}

/** Sends a browser back to a page that says what became of its form. */
export async function redirectWith(exchange: Exchange, page: string, notice: Notice): Promise<void> {
  // The session is to hold no more of an outcome than this.
  const { reason, attemptsRemaining, retryAfter, driftSeconds } = notice;
  exchange.current.leaveNotice({ reason, attemptsRemaining, retryAfter, driftSeconds });
  await redirect(exchange, page);
}

/** Sends a browser on to where the person was going; else to the overview, which says what was done. */
export async function goOn(exchange: Exchange, deed: Deed): Promise<void> {
  const { current, base } = exchange;
  const next = takeIntended(current, base);
  return next === base ? redirectWith(exchange, base, { reason: deed }) : redirect(exchange, next);
}
