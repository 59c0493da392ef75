import { hash } from 'node:crypto';
import { APP_CAPACITY } from '../domain/settings.js';
import { decodeEntity, encodeEntity, SCHEMA, type Entry } from './codec.js';
import type { Keyring } from './keyring.js';
import { Sealing } from './sealing.js';

const KIND = 'entity';

/**
 * The entities of one service, sealed. The name of a document is a hash of service and identity, so that none can be
 * moved to another user.
 */
export class Vault {
  readonly #service: string;
  readonly #sealing: Sealing;

  constructor(service: string, keyring: Keyring, mostBytes: number = APP_CAPACITY.documentBytes) {
    this.#service = service;
    this.#sealing = new Sealing(keyring, { kind: KIND, schema: SCHEMA, mostBytes });
  }

  /** What the names of all entities of this service begin with, in the store. */
  get kind(): string {
    return `${KIND}:${this.#service}`;
  }

  /** The name under which the store keeps this entity; it does not tell the identity. */
  keyOf(identity: string): string {
    const digest = hash('sha256', `${KIND}\0${this.#service}\0${identity}`, 'base64url');
    return `${this.kind}:${digest}`;
  }

  /** The SID of this entity: a hash of service and identity, so that it needs no look at the record. */
  sidOf(identity: string): string {
    return `YE${hash('sha256', `YE\0${this.#service}\0${identity}`).slice(0, 32)}`;
  }

  /** @throws MfaError `document_full` where the entity has outgrown a document */
  seal(name: string, entry: Entry): Uint8Array {
    return this.#sealing.seal(name, encodeEntity(entry));
  }

  /** @throws MfaError `record_unreadable` for a newer schema, an unknown key, a changed or misplaced document */
  open(name: string, document: Uint8Array): Entry {
    return this.#sealing.open(name, document, decodeEntity);
  }

  /** Whether the document is sealed with the key that seals now. */
  isCurrent(document: Uint8Array): boolean {
    return this.#sealing.isCurrent(document);
  }
}
