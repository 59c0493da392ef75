import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** One of the host's sealing keys. */
interface Key {
  /** Derived from the key, so that a document can say which one opens it without saying anything of the key. */
  readonly id: Buffer;
  /** HKDF's pseudorandom key (RFC 5869 §2.2): what of the key all others are derived from. */
  readonly root: KeyObject;
  /** Keys that were derived from it last: one request opens and seals, and the next one comes soon. */
  readonly derived: Map<string, KeyObject>;
}

/** Derived keys that are kept for each key. They tell nobody more than the key, which is kept too. */
const KEPT = 10_000;

export const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;

/**
 * The host's keys: the first seals, every one opens. Rotate in two deploys: append the new key everywhere, then move it
 * to the front.
 */
export class Keyring {
  readonly #keys: readonly [Key, ...Key[]];

  /** @throws TypeError where there is no key */
  constructor(keys: readonly Uint8Array[]) {
    const [first, ...others] = keys.map((bytes) => {
      const root = extract(bytes);
      return { id: expand(root, 'key id').subarray(0, KEY_ID_BYTES), root, derived: new Map<string, KeyObject>() };
    });
    if (first === undefined) throw new TypeError(`createMfa: keys is empty; ${HOW_TO}`);
    this.#keys = [first, ...others];
  }

  /** The id of the key that seals, and its key for this entity. */
  sealing(info: string): { readonly id: Buffer; readonly key: KeyObject } {
    const [key] = this.#keys;
    return { id: key.id, key: keyFor(info, key) };
  }

  /** Whether this is the id of the key that seals. */
  seals(id: Uint8Array): boolean {
    return this.#keys[0].id.equals(id);
  }

  /** The key with this id for this entity, or null where the host has it no more. */
  opening(id: Uint8Array, info: string): KeyObject | null {
    const found = this.#keys.find((key) => key.id.equals(id));
    return found === undefined ? null : keyFor(info, found);
  }
}

/**
 * Keys as a host writes them: bytes, or text in base64, base64url or hex; a text may hold several, separated by commas.
 * @throws TypeError naming which key is wrong, never its value
 */
export function parseKeys(keys: string | readonly (string | Uint8Array)[]): readonly Uint8Array[] {
  const listed = typeof keys === 'string' ? keys.split(',').filter((text) => text.trim() !== '') : keys;
  return listed.map((key, index) => {
    const bytes = typeof key === 'string' ? decode(key.trim()) : Uint8Array.from(key);
    if (bytes.length !== KEY_BYTES) {
      throw new TypeError(`createMfa: key ${(index + 1).toString()} of keys has not 32 bytes; ${HOW_TO}`);
    }
    return bytes;
  });
}

const HOW_TO = `make one: node -p "crypto.randomBytes(32).toString('base64')"`;

function decode(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : new Uint8Array();
}

/** The key for one entity. */
function keyFor(info: string, { root, derived }: Key): KeyObject {
  const known = derived.get(info);
  if (known !== undefined) return known;
  const [oldest] = derived.keys();
  if (oldest !== undefined && derived.size >= KEPT) derived.delete(oldest);
  const key = createSecretKey(expand(root, info));
  derived.set(info, key);
  return key;
}

/** HKDF-Extract with SHA-256 (RFC 5869 §2.2), once for each key. */
function extract(key: Uint8Array): KeyObject {
  return createSecretKey(createHmac('sha256', SALT).update(key).digest());
}

/** HKDF-Expand (RFC 5869 §2.3) to the 32 bytes of its first block: one HMAC, where `hkdfSync` takes four. */
function expand(root: KeyObject, info: string): Buffer {
  return createHmac('sha256', root).update(info).update(FIRST_BLOCK).digest();
}

const SALT = 'passport-factors';
const FIRST_BLOCK = Buffer.of(1);
