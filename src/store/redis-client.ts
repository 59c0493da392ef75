/**
 * What is used of ioredis, by shape: versions 5.4 and later and 6, `Redis` and `Cluster`. And how a connection of our own
 * is made from a client of the host's, because the defaults of ioredis are wrong for an authenticator: commands wait for
 * minutes, run long after they were answered with an error, or run twice.
 */

/** An ioredis client: `new Redis(…)` or `new Redis.Cluster(…)`, of ioredis 5.4 or later, or 6. */
export interface IoredisClient {
  readonly isCluster: boolean;
  readonly status: string;
  duplicate(...overrides: never[]): unknown;
}

/** One connection to one server, or the front of a cluster. */
export interface Connection {
  readonly status: string;
  readonly options: {
    readonly host?: string;
    readonly port?: number;
    readonly keyPrefix?: string;
    readonly readOnly?: boolean;
    enableOfflineQueue?: boolean;
  };
  /** The socket; there is none before the first attempt to connect. */
  readonly stream?: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined };
  callBuffer(command: string, ...args: readonly (string | number | Uint8Array)[]): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): void;
  on(event: string, listener: (argument: unknown) => void): unknown;
  once(event: string, listener: () => void): unknown;
}

export interface ClusterConnection extends Connection {
  /** For each slot the nodes that serve it as `host:port`, its primary first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  nodes(role: 'all' | 'master'): Connection[];
  refreshSlotsCache(): void;
}

interface Duplicable {
  readonly options: { readonly redisOptions?: object | null };
  duplicate(...overrides: readonly unknown[]): unknown;
}

/** Milliseconds within which every verb is answered. */
export const DEADLINE_MS = 500;

/**
 * A server that is silent for so long is sent nothing more, for what lies in its socket runs when it wakes. Shorter than
 * the deadline, so that its connection is gone before a caller can try again.
 */
const SILENCE_MS = 450;

/** How long a closed socket may linger before it is destroyed. */
export const LINGER_MS = 100;

const MAX_RETRY_DELAY_MS = 1_000;

function retryDelay(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), MAX_RETRY_DELAY_MS) + Math.random() * 50;
}

const SAFE_OPTIONS = {
  commandTimeout: DEADLINE_MS,
  connectTimeout: 2_000,
  // A Sentinel that is frozen must not keep us from the next one.
  sentinelCommandTimeout: DEADLINE_MS,
  socketTimeout: SILENCE_MS,
  disconnectTimeout: LINGER_MS,
  // Zero also empties the queue that autoResendUnfulfilledCommands would send again, so nothing ever runs twice.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: true,
  // What waits in a queue runs after its caller was told that it failed.
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  lazyConnect: false,
  monitor: false,
  readOnly: false,
  role: 'master',
  retryStrategy: retryDelay,
  // A demoted primary: find the new one. Never 2, which would send the command again.
  reconnectOnError: (error: Error): 1 | false => (error.message.startsWith('READONLY') ? 1 : false),
};

/**
 * A connection of our own to what `client` is connected to. `readyCheck`: whether to wait, by means of INFO, until a
 * server has loaded its data.
 */
export function openConnection(client: unknown, readyCheck: boolean): Connection | ClusterConnection {
  if (!isIoredis(client)) {
    throw new TypeError(`RedisStore needs an ioredis client (Redis or Cluster), got ${describe(client)}`);
  }
  // isIoredis has found the methods; their types are those of ioredis.
  const options = { ...SAFE_OPTIONS, enableReadyCheck: readyCheck };
  if (!isCluster(client)) return client.duplicate(options) as Connection;
  const { retryStrategy, enableOfflineQueue, readOnly, role, lazyConnect, ...nodeOptions } = options;
  return client.duplicate([], {
    // ioredis 5 replaces redisOptions where 6 merges them, and they hold the password.
    redisOptions: { ...client.options.redisOptions, ...nodeOptions },
    clusterRetryStrategy: retryStrategy,
    // A node that is lost is looked up again in a fresh slot map.
    clusterNodeRetryStrategy: null,
    enableOfflineQueue,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    scaleReads: 'master',
    maxRedirections: 5,
    // These two send again what may have run already.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: DEADLINE_MS,
    lazyConnect,
    shardedSubscribers: false,
  }) as ClusterConnection;
}

export function isCluster<T extends object>(client: T): client is T & ClusterConnection {
  return 'isCluster' in client && client.isCluster === true;
}

function isIoredis(client: unknown): client is Duplicable {
  return (
    typeof client === 'object' &&
    client !== null &&
    'isCluster' in client &&
    typeof client.isCluster === 'boolean' &&
    'callBuffer' in client &&
    typeof client.callBuffer === 'function' &&
    'duplicate' in client &&
    typeof client.duplicate === 'function' &&
    'options' in client &&
    typeof client.options === 'object'
  );
}

/** Names the kind of a value, not the value: a URL holds a password. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('isOpen' in value && 'sendCommand' in value) return 'a node-redis client';
  return Array.isArray(value) ? 'an array' : `an object of class ${value.constructor.name}`;
}
