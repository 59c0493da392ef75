import { MfaError } from '../errors.js';
import type { Challenge } from './challenge.js';
import type { Factor } from './factor.js';
import type { Capacity } from './settings.js';

/** A challenge, or a factor, as far as something is attached to it. */
type Attached = Partial<Pick<Challenge, 'details' | 'hiddenDetails' | 'metadata'>>;

/**
 * The challenges without the oldest ones for whose details and metadata there is no room beside what is added:
 * a record can never be too full for a login, and who makes many challenges shuts out nobody else's next one.
 * @throws MfaError `document_full` where the factors and what is added are too much by themselves
 */
export function makeAttachmentRoom(
  factors: readonly Factor[],
  challenges: readonly Challenge[],
  added: Attached,
  { attachedBytes }: Capacity,
): readonly Challenge[] {
  if (bytesOf(added) === 0) return challenges;
  let room = attachedBytes - [...factors, added].reduce(sumOfBytes, 0);
  if (room < 0) throw new MfaError('document_full');
  const kept = challenges.toReversed().filter((challenge) => {
    room -= bytesOf(challenge);
    return room >= 0 || bytesOf(challenge) === 0;
  });
  return kept.reverse();
}

function sumOfBytes(sum: number, attached: Attached): number {
  return sum + bytesOf(attached);
}

function bytesOf({ details = null, hiddenDetails = null, metadata = null }: Attached): number {
  const attached = [details, hiddenDetails, metadata].filter((member) => member !== null);
  return attached.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(attached));
}
