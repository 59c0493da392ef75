import { hash } from 'node:crypto';
import type { Service } from '../domain/service.js';
import type { MfaParts } from '../mfa-parts.js';
import { Administration } from '../use-cases/administration.js';
import { Entities } from '../use-cases/entities.js';
import { ServiceRooms, type ServiceRoom } from '../use-cases/service-rooms.js';
import { Services } from '../use-cases/services.js';
import { LONGEST_DELIVERY, type WebhookSender } from '../webhooks/sender.js';
import type { Numbered } from './paging.js';

export interface FoundService {
  readonly service: Service;
  readonly room: ServiceRoom;
  readonly isApps: boolean;
}

/** The services that callers find: those of their account, and the app's own where the host shares it. */
export class Directory {
  readonly services: Services;
  readonly #rooms: ServiceRooms;
  readonly #parts: MfaParts;
  /** Of the app's own service, where it is shared. */
  readonly #app: ServiceRoom | null;

  constructor(parts: MfaParts, isShared: boolean, webhooks: WebhookSender) {
    this.services = new Services({ ...parts, deployment: parts.settings.service });
    this.#rooms = new ServiceRooms(parts, (service) => webhooks.sinkOf(service), LONGEST_DELIVERY);
    this.#parts = parts;
    this.#app = isShared ? appRoom(parts) : null;
  }

  /** @throws MfaError `not_found`, alike for what is unknown, malformed and another account's */
  async find(accountSid: string, sid: string): Promise<FoundService> {
    const own = sid === appSid(this.#parts) ? await this.#appService(accountSid) : null;
    if (this.#app !== null && own !== null) return { service: own, room: this.#app, isApps: true };
    const service = await this.services.fetch(accountSid, sid);
    return { service, room: this.roomOf(service), isApps: false };
  }

  /** The app's own service as each of these accounts sees it, for the webhooks that they added to it. */
  async appServices(accountSids: readonly string[]): Promise<readonly Service[]> {
    const services = await Promise.all(accountSids.map((sid) => this.#appService(sid)));
    return services.filter((service) => service !== null);
  }

  roomOf(service: Service): ServiceRoom {
    return this.#rooms.of(service, this.services.recordsOf(service));
  }

  /** A page of the services of an account, oldest first; the app's own comes before them. */
  async list(accountSid: string, { page, pageSize, from }: Wanted): Promise<Numbered<Service>> {
    const own = await this.#appService(accountSid);
    const made = await this.services.list(accountSid);
    const all = own === null ? made : [{ number: 0, sid: own.sid }, ...made];
    const first = from === null ? page * pageSize : countWhile(all, ({ number }) => number < from);
    const services: Service[] = [];
    for (const { sid } of all.slice(first, first + pageSize)) {
      const service = sid === own?.sid ? own : await this.services.look(accountSid, sid);
      if (service !== null) services.push(service);
    }
    return {
      items: services,
      previous: first === 0 ? null : (all[Math.max(0, first - pageSize)]?.number ?? null),
      next: all[first + pageSize]?.number ?? null,
    };
  }

  /** Seals an account's documents with the first of `keys`. Answers the services whose records are next. */
  async rekey(accountSid: string): ReturnType<Services['rekey']> {
    return this.services.rekey(accountSid, [appSid(this.#parts)]);
  }

  /** Has a document for the app's own service, to which a client can add webhooks. */
  async keepApps({ service, isApps }: FoundService): Promise<void> {
    if (isApps) await this.services.keep(service);
  }

  /** The app's own service as an account sees it, with the account's webhooks; null where it is not shared. */
  async #appService(accountSid: string): Promise<Service | null> {
    if (this.#app === null) return null;
    const service = appService(this.#parts, accountSid);
    const kept = await this.services.look(accountSid, service.sid);
    return { ...service, webhooks: kept?.webhooks ?? [] };
  }
}

interface Wanted {
  readonly page: number;
  readonly pageSize: number;
  readonly from: number | null;
}

function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  const end = items.findIndex((item) => !holds(item));
  return end < 0 ? items.length : end;
}

function appRoom(parts: MfaParts): ServiceRoom {
  const { settings, factors, challenges, transactions } = parts;
  const entities = new Entities(parts, transactions);
  return { settings, factors, challenges, entities, administration: new Administration(parts, transactions) };
}

function appSid({ settings }: MfaParts): string {
  return `VA${hash('sha256', `VA\0${settings.service}`).slice(0, 32)}`;
}

/** The app's own service as one of an account. */
function appService(parts: MfaParts, accountSid: string): Service {
  const { issuer, totp } = parts.settings;
  return {
    sid: appSid(parts),
    accountSid,
    revision: '',
    friendlyName: issuer,
    totp: { issuer, timeStep: totp.timeStep, codeLength: totp.codeLength, skew: totp.skew },
    channels: {},
    webhooks: [],
    createdAt: 0,
    updatedAt: 0,
  };
}
