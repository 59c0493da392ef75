import { MfaError } from '../errors.js';
import type { Challenge } from './challenge.js';
import type { Factor } from './factor.js';
import { ATTACHED_BYTES } from './settings.js';

/**
 * Refuses details and metadata for which there is no room, so that a record can never be too full for a login.
 * What comes without any is never refused.
 * @throws MfaError `document_full`
 */
export function requireAttachmentRoom(
  factors: readonly Factor[],
  challenges: readonly Challenge[],
  added: Partial<Pick<Challenge, 'details' | 'hiddenDetails' | 'metadata'>>,
): void {
  const bytes = bytesOf(added);
  if (bytes === 0) return;
  const held = [...factors.map(({ metadata }) => ({ metadata })), ...challenges].map(bytesOf);
  if (held.reduce((sum, size) => sum + size, bytes) > ATTACHED_BYTES) throw new MfaError('document_full');
}

function bytesOf({
  details = null,
  hiddenDetails = null,
  metadata = null,
}: Parameters<typeof requireAttachmentRoom>[2]): number {
  const attached = [details, hiddenDetails, metadata].filter((member) => member !== null);
  return attached.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(attached));
}
