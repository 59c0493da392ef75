import { ClientError, type ClientErrorCode } from '../errors.js';

/** How often something happened of late, in buckets of time: they only over-count. Oldest first. */
export type Tally = readonly Bucket[];

interface Bucket {
  /** Of its time since the epoch. */
  readonly index: number;
  readonly count: number;
}

/** How often something may happen in so many ms. */
export interface Pace {
  readonly most: number;
  readonly within: number;
}

const BUCKETS = 12;

/** The tally with one more. @throws ClientError `code`, with `retryAfter`, where that is too many */
export function countOne(tally: Tally, { most, within }: Pace, now: number, code: ClientErrorCode): Tally {
  const width = within / BUCKETS;
  const index = Math.floor(now / width);
  const recent = tally.filter((bucket) => bucket.index >= index - BUCKETS);
  const [oldest] = recent;
  if (oldest !== undefined && recent.reduce((sum, { count }) => sum + count, 0) >= most) {
    const freeAt = (oldest.index + BUCKETS + 1) * width;
    throw new ClientError(code, Math.ceil((freeAt - now) / 1000));
  }
  const present = recent.find((bucket) => bucket.index === index)?.count ?? 0;
  return [...recent.filter((bucket) => bucket.index !== index), { index, count: present + 1 }];
}
