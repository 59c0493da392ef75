import type { ClientActor } from '../../../src/domain/actor.js';
import type { RecordedEvent } from '../../../src/domain/event.js';
import type { ServiceConfig } from '../../../src/domain/service.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Store } from '../../../src/store/store.js';
import { Outbox, type EventSink } from '../../../src/use-cases/outbox.js';
import { ServiceRooms, type ServiceRoom } from '../../../src/use-cases/service-rooms.js';
import { Services, type ServiceParts } from '../../../src/use-cases/services.js';
import { Keyring } from '../../../src/vault/keyring.js';
import { Vault } from '../../../src/vault/vault.js';
import { TestClock } from '../../support/clock.js';
import { NOW, repeatableRandom, SETTINGS, SOURCE } from '../entity-builders.js';

export const ACCOUNT = `AC${'1'.repeat(32)}`;
export const CLIENT: ClientActor = { by: 'client', source: SOURCE };
export const CONFIG: ServiceConfig = {
  friendlyName: 'Acme',
  totp: { issuer: null, timeStep: null, codeLength: null, skew: null },
  channels: {},
};

const KEY = Buffer.alloc(32, 'key');
const random = repeatableRandom('room');

export interface House {
  readonly clock: TestClock;
  readonly parts: ServiceParts;
  readonly services: Services;
  readonly rooms: ServiceRooms;
  /** What a webhook that wants everything was told. */
  readonly told: readonly RecordedEvent[];
  /** A new service's room. */
  readonly open: (config?: Partial<ServiceConfig>) => Promise<ServiceRoom>;
}

/** Everything behind the Verify API, on this store. */
export function houseOn(store: Store = new MemoryStore(), keys: readonly Uint8Array[] = [KEY]): House {
  const clock = new TestClock(NOW);
  const keyring = new Keyring(keys);
  const told: RecordedEvent[] = [];
  const sink: EventSink = { isHeard: () => true, emit: async (_identity, event) => void told.push(event) };
  const vault = new Vault('default', keyring);
  const app = { settings: SETTINGS, store, vault, keyring, clock, random, outbox: new Outbox(sink, random) };
  const parts = { store, keyring, clock, random, deployment: 'default' };
  const services = new Services(parts);
  const rooms = new ServiceRooms(app, () => sink, 60_000);
  const open = async (config: Partial<ServiceConfig> = {}): Promise<ServiceRoom> => {
    const service = await services.create(ACCOUNT, { ...CONFIG, ...config });
    return rooms.of(service, services.recordsOf(service));
  };
  return { clock, parts, services, rooms, told, open };
}
