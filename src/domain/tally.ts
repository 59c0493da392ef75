import { ClientError, type ClientErrorCode } from '../errors.js';

/** How often something happened since `start` (ms). */
export interface Tally {
  readonly start: number;
  readonly count: number;
}

/** How often something may happen in so many ms. */
export interface Pace {
  readonly most: number;
  readonly within: number;
}

export const NEVER: Tally = { start: 0, count: 0 };

/** The tally with one more. @throws ClientError `code`, with `retryAfter`, where that is too many */
export function countOne({ start, count }: Tally, { most, within }: Pace, now: number, code: ClientErrorCode): Tally {
  if (now - start >= within) return { start: now, count: 1 };
  if (count < most) return { start, count: count + 1 };
  throw new ClientError(code, Math.ceil((start + within - now) / 1000));
}
