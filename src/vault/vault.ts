import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DOCUMENT_BYTES } from '../domain/settings.js';
import { MfaError } from '../errors.js';
import { decodeEntity, encodeEntity, SCHEMA, type Entry } from './codec.js';
import { KEY_ID_BYTES, type Keyring } from './keyring.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const KIND = 'entity';

/**
 * Seals entities for a store that is not trusted. A document is
 *
 *     schema (1 byte) · key id (4) · nonce (12) · ciphertext · tag (16)
 *
 * under AES-256-GCM with a key of the entity's own (HKDF over its store key, a hash of service and identity), schema and
 * kind in the additional data: whoever reads the store learns nothing, and whoever writes it can neither change a document nor move it to
 * another user. He can delete it or put back an older one.
 */
export class Vault {
  readonly #service: string;
  readonly #keyring: Keyring;

  constructor(service: string, keyring: Keyring) {
    this.#service = service;
    this.#keyring = keyring;
  }

  /** What the names of all entities of this service begin with, in the store. */
  get kind(): string {
    return `${KIND}:${this.#service}`;
  }

  /** The name under which the store keeps this entity; it does not tell the identity. */
  keyOf(identity: string): string {
    const digest = createHash('sha256').update(`${KIND}\0${this.#service}\0${identity}`).digest('base64url');
    return `${this.kind}:${digest}`;
  }

  /** @throws MfaError `document_full` where the entity has outgrown a document */
  seal(name: string, entry: Entry): Uint8Array {
    const { id, key } = this.#keyring.sealing(name);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(additionalData(SCHEMA));
    const ciphertext = Buffer.concat([cipher.update(encodeEntity(entry)), cipher.final()]);
    const document = Buffer.concat([Buffer.of(SCHEMA), id, nonce, ciphertext, cipher.getAuthTag()]);
    if (document.length > DOCUMENT_BYTES) throw new MfaError('document_full');
    return document;
  }

  /** @throws MfaError `record_unreadable` for a newer schema, an unknown key, a changed or misplaced document */
  open(name: string, document: Uint8Array): Entry {
    const bytes = Buffer.from(document);
    const schema = bytes.at(0);
    if (schema === undefined || bytes.length < HEADER_BYTES + TAG_BYTES) throw unreadable('the document is cut short');
    if (schema !== SCHEMA)
      throw unreadable(`the document has schema ${schema.toString()}, this release reads ${SCHEMA.toString()}`);
    const key = this.#keyring.opening(keyIdOf(bytes), name);
    if (key === null) throw unreadable('none of the keys opens the document; add the one that sealed it to keys');
    const nonce = bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
        additionalData(schema),
      );
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return decodeEntity(Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]));
    } catch (cause) {
      throw unreadable('the document does not open: it was changed, or belongs to another user', cause);
    }
  }

  /** Whether the document is sealed with the key that seals now. */
  isCurrent(document: Uint8Array): boolean {
    return this.#keyring.seals(keyIdOf(Buffer.from(document)));
  }
}

function keyIdOf(document: Buffer): Uint8Array {
  return document.subarray(1, 1 + KEY_ID_BYTES);
}

function additionalData(schema: number): Buffer {
  return Buffer.from(`passport-factors\0${KIND}\0${schema.toString()}`);
}

function unreadable(message: string, cause?: unknown): MfaError {
  return new MfaError('record_unreadable', message, { cause });
}
