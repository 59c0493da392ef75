const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 of `bytes` in upper case, without padding (RFC 4648 §6, or the same in another alphabet). */
export function encodeBase32(bytes: Uint8Array, alphabet: string = ALPHABET): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >>> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((buffer << (5 - bits)) & 31);
}

/**
 * The bytes of a base32 text, or null where it is none. People and other systems write secrets in lower case, in groups
 * and with padding: all three are understood. Lengths that no byte string has, and bits that would be lost, are not.
 */
export function decodeBase32(text: string): Uint8Array | null {
  const digits = text.replace(/[\s-]/g, '').replace(/=+$/, '');
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const digit of digits) {
    // Not the whole text at once: outside ASCII there are letters whose capital is one of the alphabet.
    const value = ALPHABET.indexOf(/[a-z]/.test(digit) ? digit.toUpperCase() : digit);
    if (value < 0) return null;
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >>> bits) & 255);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits >= 5 || buffer !== 0 ? null : Uint8Array.from(bytes);
}
