import { createHash } from 'node:crypto';
import type { Service } from '../domain/service.js';
import type { MfaParts } from '../mfa-parts.js';
import { Administration } from '../use-cases/administration.js';
import { Entities } from '../use-cases/entities.js';
import type { Page, PageRequest } from '../use-cases/page.js';
import { pageOf } from '../use-cases/page.js';
import { ServiceRooms, type ServiceRoom } from '../use-cases/service-rooms.js';
import type { EventSink } from '../use-cases/outbox.js';
import { Services } from '../use-cases/services.js';

export interface FoundService {
  readonly service: Service;
  readonly room: ServiceRoom;
  readonly isApps: boolean;
}

/** The services that callers find: those of their account, and the app's own where the host shares it. */
export class Directory {
  readonly services: Services;
  readonly #rooms: ServiceRooms;
  readonly #app: { readonly room: ServiceRoom; readonly serviceFor: (accountSid: string) => Service } | null;

  constructor(parts: MfaParts, isShared: boolean, sinkOf: (service: Service) => EventSink) {
    this.services = new Services({ ...parts, deployment: parts.settings.service });
    this.#rooms = new ServiceRooms(parts, sinkOf);
    this.#app = isShared ? { room: appRoom(parts), serviceFor: (accountSid) => appService(parts, accountSid) } : null;
  }

  /** @throws MfaError `not_found`, alike for what is unknown, malformed and another account's */
  async find(accountSid: string, sid: string): Promise<FoundService> {
    const service = this.#app?.serviceFor(accountSid);
    if (this.#app !== null && service?.sid === sid) return { service, room: this.#app.room, isApps: true };
    const found = await this.services.fetch(accountSid, sid);
    return { service: found, room: this.roomOf(found), isApps: false };
  }

  roomOf(service: Service): ServiceRoom {
    return this.#rooms.of(service, this.services.recordsOf(service));
  }

  /** The services of an account, oldest first; the app's own comes before them. */
  async list(accountSid: string, { page = 0, pageSize = 50 }: PageRequest): Promise<Page<Service>> {
    const all = await this.services.sids(accountSid);
    const own = this.#app?.serviceFor(accountSid);
    const sids = own === undefined ? all : [own.sid, ...all];
    const { items, ...rest } = pageOf(sids, { page, pageSize });
    const services: Service[] = [];
    for (const sid of items) {
      const service = sid === own?.sid ? own : await this.services.look(accountSid, sid);
      if (service !== null) services.push(service);
    }
    return { ...rest, items: services };
  }
}

function appRoom(parts: MfaParts): ServiceRoom {
  const { settings, factors, challenges, vault, transactions } = parts;
  const entities = new Entities(vault, transactions);
  return { settings, factors, challenges, entities, administration: new Administration(parts, transactions) };
}

/** The app's own service as one of an account. */
function appService({ settings }: MfaParts, accountSid: string): Service {
  const { service, issuer, totp } = settings;
  return {
    sid: `VA${createHash('sha256').update(`VA\0${service}`).digest('hex').slice(0, 32)}`,
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
