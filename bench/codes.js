// What an authenticator shows (RFC 6238, SHA-1, six digits), and what it does not.
import { createHmac, createSecretKey } from 'node:crypto';

/** Milliseconds of one step (RFC 6238 §4.1). */
export const STEP = 30_000;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const keys = new Map();

export function codeAt(secret, now) {
  return codeOfStep(secret, Math.floor(now / STEP));
}

/** A code of no step that any contestant accepts now: passport-totp takes six on each side. */
export function wrongCodeAt(secret, now) {
  const step = Math.floor(now / STEP);
  const right = ACCEPTED.map((offset) => codeOfStep(secret, step + offset));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code));
}

const ACCEPTED = Array.from({ length: 15 }, (_, index) => index - 7);

/** RFC 4226 §5.3. */
export function codeOfStep(secret, step) {
  if (!keys.has(secret)) keys.set(secret, createSecretKey(bytesOf(secret)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', keys.get(secret)).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return `${number % 1_000_000}`.padStart(6, '0');
}

/** RFC 4648 §6. */
export function bytesOf(base32) {
  const bits = [...base32].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
