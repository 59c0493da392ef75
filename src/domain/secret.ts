import { inspect } from 'node:util';
import { encodeBase32 } from './base32.js';

/**
 * The key that an authenticator and the server share. It prints as `[secret]` wherever it could leak: `String()`,
 * `JSON.stringify`, `util.inspect`, a logger. Only the two named methods give it away.
 */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  /** The raw key. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** The key as authenticator apps take it: base32, upper case, no padding. */
  base32(): string {
    return encodeBase32(this.#bytes);
  }

  equals(other: Secret): boolean {
    return this.base32() === other.base32();
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
