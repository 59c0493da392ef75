import type { Page } from './page.js';
import type { Deed, Text } from './text.js';

/** What became of the last form. */
export interface NoticeModel {
  /** What was done, an error's code, or why a code was not accepted. */
  readonly reason: string;
  readonly attemptsRemaining?: number | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** Seconds by which the authenticator's clock is behind (negative) or ahead. */
  readonly driftSeconds?: number | undefined;
}

/** Whether nothing is wrong: something was done, or is asked for. */
export function isFine({ reason }: NoticeModel, { text }: Page): boolean {
  return isDeed(reason, text) || reason === 'step_up_required';
}

/** What happened and what to do, in a sentence or two. */
export function explain(notice: NoticeModel, page: Page): string {
  const { text } = page;
  if (isDeed(notice.reason, text)) return text.deeds[notice.reason];
  const sentences = [reasonOf(notice, page), outlookOf(notice, page)].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? text.startAgain : sentences.join(text.gap);
}

function reasonOf({ reason, driftSeconds = 0 }: NoticeModel, { text, formats }: Page): string | null {
  if (reason === 'clock_drift') {
    const by = formats.duration(Math.abs(driftSeconds));
    return driftSeconds < 0 ? text.clockBehind(by) : text.clockAhead(by);
  }
  return isReason(reason, text) ? text.reasons[reason] : null;
}

function outlookOf({ reason, retryAfter, attemptsRemaining }: NoticeModel, { text, formats }: Page): string | null {
  if (retryAfter !== undefined) return text.again(formats.duration(retryAfter));
  if (attemptsRemaining !== undefined && attemptsRemaining > 0)
    return formats.count(attemptsRemaining, text.attemptsLeft);
  return attemptsRemaining === 0 || STARTS_AGAIN.includes(reason) ? text.startAgain : null;
}

/** Reasons that say nothing themselves of what to do. */
const STARTS_AGAIN = ['too_many_attempts', 'challenge_ended', 'invalid_request'];

function isDeed(reason: string, { deeds }: Text): reason is Deed {
  return Object.hasOwn(deeds, reason);
}

function isReason(reason: string, { reasons }: Text): reason is keyof Text['reasons'] {
  return Object.hasOwn(reasons, reason);
}
