/** What a host may use as a user's immutable key. */
export type IdentityValue = string | number | bigint;

const MAX_BYTES = 255;

/**
 * The one form in which an identity is compared, byte for byte, or null where the value is none: a non-empty, well-formed
 * string of up to 255 bytes, a safe integer or a bigint.
 */
export function canonicalIdentity(value: unknown): string | null {
  const text = typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || text === '' || !text.isWellFormed()) return null;
  return Buffer.byteLength(text) <= MAX_BYTES ? text : null;
}
