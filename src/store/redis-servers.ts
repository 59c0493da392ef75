import { isCluster } from './redis-client.js';
import type { ClusterConnection, Connection } from './redis-client.js';
import { withoutCommand } from './redis-failure.js';
import type { RedisSafety } from './redis-safety.js';
import { slotOf } from './redis-slot.js';

/** How soon the slot map of a cluster is read again after a node was lost. */
const REFRESH_DELAY_MS = 100;

/** The servers behind a connection, one or the primaries of a cluster, and which of them can be asked now. */
export class RedisServers {
  readonly #client: Connection;
  readonly #cluster: ClusterConnection | null;
  readonly #safety: RedisSafety;
  readonly #changed: () => void;
  #lastError: unknown;
  #refreshTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `changed` is called when a server can be asked that could not be before. */
  constructor(client: Connection | ClusterConnection, safety: RedisSafety, changed: () => void) {
    this.#client = client;
    this.#cluster = isCluster(client) ? client : null;
    this.#safety = safety;
    this.#changed = changed;
    client.on('ready', () => (this.#lastError = undefined));
    if (this.#cluster === null) this.#watch(client);
    else this.#watchNodes(this.#cluster);
  }

  /** Why a connection was lost or not made, as long as it is not back. */
  get lastError(): unknown {
    return this.#lastError;
  }

  get count(): number {
    return this.#primaries().length;
  }

  isReady(): boolean {
    return this.#client.status === 'ready';
  }

  /** In the order of their names, which every process agrees on. */
  at(index: number): Connection | undefined {
    return this.#primaries()[index];
  }

  /** The server that keeps a key, if it can be asked. */
  of(key: string): Connection | undefined {
    if (!this.isReady()) return undefined;
    if (this.#cluster === null) return this.#client;
    const owner = this.#cluster.slots[slotOf(key)]?.[0];
    return this.#primaries().find((node) => nameOf(node) === owner && node.status === 'ready');
  }

  /** Every server, if all of them can be asked. */
  all(): readonly Connection[] | undefined {
    if (!this.isReady()) return undefined;
    const ready = this.#primaries().filter((node) => node.status === 'ready');
    const owners = new Set(this.#cluster?.slots.map((names) => names?.[0]) ?? [nameOf(this.#client)]);
    return [...owners].every((owner) => ready.some((node) => nameOf(node) === owner)) ? ready : undefined;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#refreshTimer);
  }

  #primaries(): readonly Connection[] {
    if (this.#cluster === null) return [this.#client];
    return this.#cluster.nodes('master').sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  #watch(server: Connection): void {
    server.on('connect', () => this.#safety.forget(server));
    server.on('ready', () => {
      // Early, so that whoever starts the program is warned, and the first verb does not wait.
      if (server.options.readOnly !== true) this.#safety.require(server).catch(() => undefined);
      this.#changed();
    });
    // Without a listener ioredis prints, and an EventEmitter throws.
    server.on('error', (error) => {
      if (isOfSelect(error)) this.#safety.misplace(server);
      this.#note(error);
    });
  }

  #note(error: unknown): void {
    this.#lastError = withoutCommand(error);
  }

  #watchNodes(cluster: ClusterConnection): void {
    // ioredis gives every node a queue and connects it with the first command. Until the cluster is ready its own
    // commands need that; ours must never wait there, because they would run after their deadline.
    const open = (node: Connection): void => {
      node.options.enableOfflineQueue = false;
      if (node.status === 'wait' && node.options.readOnly !== true) node.connect().catch(() => undefined);
    };
    cluster.on('error', (error) => this.#note(error));
    cluster.on('ready', () => {
      for (const node of cluster.nodes('all')) open(node);
      this.#changed();
    });
    cluster.on('+node', (argument) => {
      // The pool of the cluster says which node it has made.
      const node = argument as Connection;
      this.#watch(node);
      if (cluster.status === 'ready') open(node);
    });
    cluster.on('node error', (error) => this.#note(error));
    cluster.on('refresh', () => this.#changed());
    cluster.on('-node', () => {
      if (this.#isStopped) return;
      this.#refreshTimer ??= setTimeout(() => {
        this.#refreshTimer = undefined;
        if (cluster.status === 'ready') cluster.refreshSlotsCache();
      }, REFRESH_DELAY_MS).unref();
    });
  }
}

function nameOf(node: Connection): string {
  return `${node.options.host ?? ''}:${node.options.port ?? ''}`;
}

function isOfSelect(error: unknown): boolean {
  // ioredis hangs the command on the error.
  return (error as { readonly command?: { readonly name?: unknown } } | null)?.command?.name === 'select';
}
