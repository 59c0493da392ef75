import { addWebhook, findWebhook, removeWebhook, updateWebhook, type Service } from '../domain/service.js';
import type { ServiceConfig, Webhook, WebhookConfig } from '../domain/service.js';
import { newEpoch, newSid } from '../domain/sid.js';
import { MfaError } from '../errors.js';
import type { StoreKey } from '../store/store.js';
import { accountName } from '../vault/names.js';
import { INDEX_DOCUMENT, SERVICE_DOCUMENT, type ServiceIndex } from '../vault/service-codec.js';
import { Documents, type Change, type DocumentParts } from './documents.js';

export interface ServiceParts extends DocumentParts {
  /** Name of the deployment. */
  readonly deployment: string;
}

/** Services of one account. */
const SERVICES = 1000;

/**
 * The services that clients of the Verify API make, each a document of its own, in its account's order of creation. The
 * account is part of every name: under the credentials of another one nothing of it exists.
 */
export class Services {
  readonly #parts: ServiceParts;
  readonly #services: Documents<Service>;
  readonly #indexes: Documents<ServiceIndex>;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#services = new Documents(parts, SERVICE_DOCUMENT);
    this.#indexes = new Documents(parts, INDEX_DOCUMENT);
  }

  /** What the names of the service's records hold. */
  recordsOf({ accountSid, sid }: Pick<Service, 'accountSid' | 'sid'>): string {
    return `${this.#nameOf(accountSid)}.${sid}`;
  }

  /** @throws MfaError `document_full` where the account has a thousand */
  async create(accountSid: string, config: ServiceConfig): Promise<Service> {
    const { clock, random } = this.#parts;
    const now = clock.now();
    const sid = newSid('VA', random);
    const service = {
      ...config,
      sid,
      accountSid,
      revision: newEpoch(random),
      webhooks: [],
      createdAt: now,
      updatedAt: now,
    };
    if ((await this.list(accountSid)).length >= SERVICES) throw new MfaError('document_full');
    // In this order: a service that is in no list is found by nobody, one that is not there would be missed.
    await this.#services.change(this.#keyOf(accountSid, sid), () => ({ value: service, answer: null }));
    const isListed = await this.#indexes.change(this.#indexKey(accountSid), (index) => enter(index, sid));
    if (isListed) return service;
    await this.#services.change(this.#keyOf(accountSid, sid), () => ({ value: null, answer: null }));
    throw new MfaError('document_full');
  }

  /** @throws MfaError `not_found`, alike for what is unknown, malformed and another account's */
  async fetch(accountSid: string, sid: string): Promise<Service> {
    const service = isSid(sid) ? await this.look(accountSid, sid) : null;
    if (service === null) throw new MfaError('not_found');
    return service;
  }

  /** The service, or null, where the SID is of the account's list. */
  async look(accountSid: string, sid: string): Promise<Service | null> {
    return this.#services.read(this.#keyOf(accountSid, sid));
  }

  /** The account's services, oldest first. */
  async list(accountSid: string): Promise<ServiceIndex['services']> {
    return (await this.#indexes.read(this.#indexKey(accountSid)))?.services ?? [];
  }

  /** Keeps a service that is not made by a client, for the webhooks that a client adds to it. */
  async keep(service: Service): Promise<void> {
    const key = this.#keyOf(service.accountSid, service.sid);
    await this.#services.change(key, (before) => ({ value: before ?? service, answer: null }));
  }

  /** @throws MfaError `not_found` */
  async update(accountSid: string, sid: string, change: (before: ServiceConfig) => ServiceConfig): Promise<Service> {
    const now = this.#parts.clock.now();
    return this.#change(accountSid, sid, (service) => ({ ...service, ...change(service), updatedAt: now }));
  }

  /** @throws MfaError `not_found` */
  async remove(accountSid: string, sid: string): Promise<Service> {
    const service = await this.fetch(accountSid, sid);
    await this.#indexes.change(this.#indexKey(accountSid), (index) => ({
      value: index && { ...index, services: index.services.filter((entry) => entry.sid !== sid) },
      answer: null,
    }));
    await this.#services.change(this.#keyOf(accountSid, sid), () => ({ value: null, answer: null }));
    return service;
  }

  /** @throws MfaError `not_found`, `document_full` */
  async createWebhook(accountSid: string, sid: string, config: WebhookConfig): Promise<Webhook> {
    const { clock, random } = this.#parts;
    const now = clock.now();
    const webhook = { ...config, sid: newSid('YW', random), createdAt: now, updatedAt: now };
    await this.#change(accountSid, sid, (service) => addWebhook(service, webhook));
    return webhook;
  }

  /** @throws MfaError `not_found` */
  async updateWebhook(
    accountSid: string,
    sid: string,
    webhookSid: string,
    change: Partial<WebhookConfig>,
  ): Promise<Webhook> {
    const now = this.#parts.clock.now();
    const service = await this.#change(accountSid, sid, (before) => updateWebhook(before, webhookSid, change, now));
    return findWebhook(service, webhookSid);
  }

  /** @throws MfaError `not_found` */
  async removeWebhook(accountSid: string, sid: string, webhookSid: string): Promise<void> {
    await this.#change(accountSid, sid, (service) => removeWebhook(service, webhookSid));
  }

  /**
   * Seals the documents of an account with the first of `keys`, with those that were kept and are in no list. Answers the
   * listed services, whose records are next.
   */
  async rekey(
    accountSid: string,
    kept: readonly string[] = [],
  ): Promise<{ readonly services: readonly Service[]; readonly rekeyed: number }> {
    const listed = (await this.list(accountSid)).map(({ sid }) => sid);
    let rekeyed = Number(await this.#indexes.rekey(this.#indexKey(accountSid)));
    for (const sid of [...listed, ...kept]) {
      rekeyed += Number(await this.#services.rekey(this.#keyOf(accountSid, sid)));
    }
    const services = await Promise.all(listed.map((sid) => this.look(accountSid, sid)));
    return { services: services.filter((service) => service !== null), rekeyed };
  }

  async #change(accountSid: string, sid: string, change: (service: Service) => Service): Promise<Service> {
    if (!isSid(sid)) throw new MfaError('not_found');
    return this.#services.change(this.#keyOf(accountSid, sid), (before) => {
      if (before === null) throw new MfaError('not_found');
      const value = { ...change(before), revision: newEpoch(this.#parts.random) };
      return { value, answer: value };
    });
  }

  #keyOf(accountSid: string, sid: string): StoreKey {
    return `service:${this.#nameOf(accountSid)}:${sid}`;
  }

  #indexKey(accountSid: string): StoreKey {
    return `services:${this.#nameOf(accountSid)}:index`;
  }

  #nameOf(accountSid: string): string {
    return accountName(this.#parts.deployment, accountSid);
  }
}

/** The list with a service more, unless others filled it meanwhile. */
function enter(index: ServiceIndex | null, sid: string): Change<ServiceIndex, boolean> {
  const { made, services } = index ?? { made: 0, services: [] };
  if (services.length >= SERVICES) return { value: index, answer: false };
  return { value: { made: made + 1, services: [...services, { number: made + 1, sid }] }, answer: true };
}

function isSid(sid: string): boolean {
  return /^VA[0-9a-f]{32}$/.test(sid);
}
