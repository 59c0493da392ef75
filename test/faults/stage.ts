import { Cluster, Redis } from 'ioredis';
import type { IoredisClient } from '../../src/store/redis-client.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { startRacers, type Person, type RacerOptions, type Racers, type StoreAddress } from '../support/racers.js';
import { startCluster, startRedis, type RedisCluster, type RedisServer } from '../support/redis-server.js';
import { startSentinelSet, type SentinelSet } from '../support/sentinel.js';
import { Client } from './client.js';
import type { Ledger } from './ledger.js';
import { Visitor } from './visitor.js';

/** Makes what a case plays with, and takes it down afterwards, the last first. */
export class Stage {
  readonly #closes: (() => unknown)[] = [];

  defer(close: () => unknown): void {
    this.#closes.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse()) await close();
  }

  async redis(...args: readonly string[]): Promise<RedisServer> {
    const server = await startRedis({ args });
    this.defer(() => server.stop());
    return server;
  }

  async cluster(...args: readonly string[]): Promise<RedisCluster> {
    const cluster = await startCluster(3, { args });
    this.defer(() => cluster.stop());
    return cluster;
  }

  async sentinelSet(options?: { readonly lagMs: number }): Promise<SentinelSet> {
    const set = await startSentinelSet(options);
    this.defer(() => set.stop());
    return set;
  }

  async proxy(server: { readonly port: number }): Promise<FaultProxy> {
    const proxy = await startFaultProxy(server.port);
    this.defer(() => proxy.stop());
    return proxy;
  }

  /** A healthy backend of this name, as the racers are told of it. */
  async backend(name: string): Promise<StoreAddress> {
    switch (name) {
      case 'memory':
        return { kind: 'memory' };
      case 'standalone':
        return at(await this.redis());
      case 'cluster':
        return { kind: 'cluster', nodes: nodesOf(await this.cluster()) };
      case 'sentinel': {
        const { sentinels, name: set } = await this.sentinelSet();
        return { kind: 'sentinel', sentinels, name: set };
      }
      default:
        throw new Error(`there is no backend ${name}`);
    }
  }

  /** The app on this store; its sessions live elsewhere, where nothing fails. */
  async racers(store: StoreAddress, options: Omit<RacerOptions, 'store' | 'sessions'> = {}): Promise<Racers> {
    const sessions = await this.redis();
    const racers = await startRacers({ store, sessions: sessions.url, ...options });
    this.defer(() => racers.stop());
    return racers;
  }

  client(options?: { readonly connections: number }): Client {
    const client = new Client(options);
    this.defer(() => client.close());
    return client;
  }

  /** Everybody once at each process. */
  visitors({ urls }: Racers, people: readonly Person[], ledger: Ledger): readonly Visitor[] {
    const client = this.client();
    return people.flatMap((person) => urls.map((url) => new Visitor(person, { url, client, ledger })));
  }

  /** One person at one of the processes. */
  visitor({ urls }: Racers, person: Person, ledger: Ledger, process = 0): Visitor {
    return new Visitor(person, { url: urls[process] ?? '', client: this.client(), ledger });
  }

  /** A connection past every proxy, to look and to meddle. */
  admin(server: { readonly port: number }): Redis {
    const admin = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
    return this.opened(admin);
  }

  /** A client of the host's, closed with the stage. */
  opened<Client extends { disconnect(): void; on(event: 'error', listener: () => void): unknown }>(
    client: Client,
  ): Client {
    client.on('error', () => undefined);
    this.defer(() => client.disconnect());
    return client;
  }

  /** A client of the host's for this store; it need not be connected for ours to be. */
  clientOf(address: StoreAddress): IoredisClient {
    switch (address.kind) {
      case 'redis':
        return this.opened(new Redis(address.url, { lazyConnect: true, ...address.options }));
      case 'cluster':
        return this.opened(new Cluster([...address.nodes], { lazyConnect: true }));
      case 'sentinel':
        return this.opened(new Redis({ sentinels: [...address.sentinels], name: address.name, lazyConnect: true }));
      case 'memory':
      case 'naive':
        throw new Error('this store has no client');
    }
  }
}

/** A store on one server, or on a proxy of one. */
export function at({ port }: { readonly port: number }, options: object = {}): StoreAddress {
  return { kind: 'redis', url: `redis://127.0.0.1:${port}`, options };
}

export function nodesOf({ servers }: RedisCluster): { host: string; port: number }[] {
  return servers.map(({ port }) => ({ host: '127.0.0.1', port }));
}
