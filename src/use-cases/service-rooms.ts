import { VERIFY_CAPACITY, type Settings } from '../domain/settings.js';
import { settingsOf, type Service } from '../domain/service.js';
import type { Keyring } from '../vault/keyring.js';
import { Vault } from '../vault/vault.js';
import { Administration } from './administration.js';
import { Challenges } from './challenges.js';
import { DriftWatch } from './drift-watch.js';
import { Entities } from './entities.js';
import { Factors } from './factors.js';
import { Outbox, type EventSink } from './outbox.js';
import { Transactions, type Parts } from './transaction.js';

/** The use cases over the records of one service. */
export interface ServiceRoom {
  readonly settings: Settings;
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly entities: Entities;
  readonly administration: Administration;
}

interface Furnished {
  readonly revision: string;
  readonly room: ServiceRoom;
}

/** Services whose use cases are kept ready. */
const ROOMS = 1000;

/** One room for each service, so that requests of one process for one entity of it meet in one queue. */
export class ServiceRooms {
  readonly #app: Parts & { readonly keyring: Keyring };
  readonly #sinkOf: (service: Service) => EventSink;
  readonly #patience: number;
  readonly #rooms = new Map<string, Furnished>();

  /** `patience`: how long (ms) a process may take to deliver an event. */
  constructor(app: Parts & { readonly keyring: Keyring }, sinkOf: (service: Service) => EventSink, patience: number) {
    this.#app = app;
    this.#sinkOf = sinkOf;
    this.#patience = patience;
  }

  /** `name`: what the names of the service's records hold. */
  of(service: Service, name: string): ServiceRoom {
    const known = this.#rooms.get(name);
    if (known?.revision === service.revision) return known.room;
    const room = this.#furnish(service, name);
    const [oldest] = this.#rooms.keys();
    if (oldest !== undefined && this.#rooms.size >= ROOMS) this.#rooms.delete(oldest);
    this.#rooms.set(name, { revision: service.revision, room });
    return room;
  }

  #furnish(service: Service, name: string): ServiceRoom {
    const { keyring, random } = this.#app;
    const settings = settingsOf(service, name, this.#app.settings);
    const vault = new Vault(name, keyring, VERIFY_CAPACITY.documentBytes);
    // Whatever a webhook wants must not be lost.
    const outbox = new Outbox(this.#sinkOf(service), random, { isKept: () => true, patience: this.#patience });
    const parts = { ...this.#app, settings, vault, outbox };
    const transactions = new Transactions(parts);
    const drifts = new DriftWatch(outbox);
    return {
      settings,
      factors: new Factors(parts, drifts, transactions),
      challenges: new Challenges(drifts, transactions),
      entities: new Entities(parts, transactions),
      administration: new Administration(parts, transactions),
    };
  }
}
