import { createCipheriv, createDecipheriv } from 'node:crypto';
import { MfaError } from '../errors.js';
import { KEY_ID_BYTES, type Keyring } from './keyring.js';
import { takeRandom } from './random.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;

/** What documents of one kind have in common. */
export interface DocumentForm {
  readonly kind: string;
  /** The number of what their bytes mean. */
  readonly schema: number;
  /** Bytes of a sealed document. */
  readonly mostBytes: number;
}

/**
 * Seals documents for a store that is not trusted. A document is
 *
 *     schema (1 byte) · key id (4) · nonce (12) · ciphertext · tag (16)
 *
 * under AES-256-GCM with a key of its own (HKDF over its name in the store), schema and kind in the additional data:
 * whoever reads the store learns nothing, and whoever writes it can neither change a document nor move it to another
 * name. He can delete it or put back an older one.
 */
export class Sealing {
  readonly #keyring: Keyring;
  readonly #form: DocumentForm;
  readonly #additionalData: Buffer;

  constructor(keyring: Keyring, form: DocumentForm) {
    this.#keyring = keyring;
    this.#form = form;
    this.#additionalData = Buffer.from(`passport-factors\0${form.kind}\0${form.schema.toString()}`);
  }

  /** The document of a JSON value. @throws MfaError `document_full` where it has too many bytes */
  seal(name: string, stored: unknown): Uint8Array {
    const { schema, mostBytes } = this.#form;
    const { id, key } = this.#keyring.sealing(name);
    const nonce = takeRandom(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(this.#additionalData);
    const ciphertext = [cipher.update(JSON.stringify(stored), 'utf8'), cipher.final()];
    const document = Buffer.concat([Buffer.of(schema), id, nonce, ...ciphertext, cipher.getAuthTag()]);
    if (document.length > mostBytes) throw new MfaError('document_full');
    return document;
  }

  /**
   * What `decode` makes of the JSON value that was sealed.
   * @throws MfaError `record_unreadable` for a newer schema, an unknown key, a changed or misplaced document
   */
  open<T>(name: string, document: Uint8Array, decode: (stored: unknown) => T): T {
    const bytes = Buffer.from(document);
    const schema = bytes.at(0);
    if (schema === undefined || bytes.length < HEADER_BYTES + TAG_BYTES) throw unreadable('the document is cut short');
    if (schema !== this.#form.schema)
      throw unreadable(
        `the document has schema ${schema.toString()}, this release reads ${this.#form.schema.toString()}`,
      );
    const key = this.#keyring.opening(keyIdOf(bytes), name);
    if (key === null) throw unreadable('none of the keys opens the document; add the one that sealed it to keys');
    const nonce = bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(this.#additionalData)
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const content = Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
      return decode(JSON.parse(content.toString('utf8')));
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

function unreadable(message: string, cause?: unknown): MfaError {
  return new MfaError('record_unreadable', message, { cause });
}
