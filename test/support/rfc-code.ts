import { createHmac } from 'node:crypto';

/** The code of a base32 secret at `now` (ms), by the formula of RFC 4226 §5.3 and RFC 6238 §4, written anew here. */
export function codeAt(secret: string, now: number, { timeStep = 30, digits = 6, algorithm = 'sha1' } = {}): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 1000 / timeStep)));
  const mac = createHmac(algorithm, fromBase32(secret)).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 15;
  return ((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).toString().padStart(digits, '0');
}

/** A well-formed code that is right at no step near `now`. */
export function wrongCodeAt(secret: string, now: number): string {
  const near = new Set(Array.from({ length: 61 }, (_, i) => codeAt(secret, now + (i - 30) * 30_000)));
  const candidates = Array.from({ length: 62 }, (_, i) => (100_000 + i).toString());
  return candidates.find((code) => !near.has(code)) ?? '';
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join(
    '',
  );
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
