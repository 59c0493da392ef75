import { MfaError } from '../errors.js';
import type { ClusterConnection, Connection } from './redis-client.js';
import { DEADLINE_MS, isCluster, LINGER_MS, openConnection } from './redis-client.js';
import type { RedisScript } from './redis-scripts.js';
import { slotOf } from './redis-slot.js';

/** How soon the slot map of a cluster is read again after a node was lost. */
const REFRESH_DELAY_MS = 100;

const CLOSED = 'the store was closed';

export interface ScanPage {
  readonly keys: readonly string[];
  /** '0' after the last page. */
  readonly cursor: string;
}

interface Waiting {
  /** Goes on if what it waits for has come. */
  readonly look: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * A connection of our own, on which a call either is answered within the deadline or fails with `store_unavailable`.
 * A call waits for the connection, within its deadline; once it has failed, nothing of it is sent any more.
 */
export class RedisConnection {
  readonly #client: Connection;
  readonly #cluster: ClusterConnection | null;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #waiting = new Set<Waiting>();
  #refreshTimer: NodeJS.Timeout | undefined;
  #lastError: unknown;
  #closed: Promise<void> | undefined;

  constructor(client: unknown, readyCheck: boolean) {
    this.#client = openConnection(client, readyCheck);
    this.#cluster = isCluster(this.#client) ? this.#client : null;
    // Without a listener ioredis prints, and an EventEmitter throws.
    this.#client.on('error', (error) => (this.#lastError = error));
    this.#client.on('ready', () => this.#proceed());
    if (this.#cluster !== null) this.#watchNodes(this.#cluster);
  }

  /** What ioredis puts before every key, but not before the patterns and results of SCAN. */
  get keyPrefix(): string {
    return this.#client.options.keyPrefix ?? '';
  }

  /** Runs a script; all keys share one slot. */
  run(
    script: RedisScript,
    keys: readonly [string, ...string[]],
    args: readonly (string | Uint8Array)[],
  ): Promise<unknown> {
    const slot = this.#cluster === null ? 0 : slotOf(this.keyPrefix + keys[0]);
    return this.#call(async (signal) => {
      await this.#until(() => this.#serves(slot), signal);
      const rest = [keys.length, ...keys, ...args];
      try {
        return await this.#client.callBuffer('evalsha', script.sha, ...rest);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        signal.throwIfAborted();
        return await this.#client.callBuffer('eval', script.source, ...rest);
      }
    });
  }

  /** How many servers there are to scan. */
  get servers(): number {
    return this.#primaries().length;
  }

  /** One step of SCAN on the server at `index`. */
  scan(index: number, cursor: string, pattern: string, count: number): Promise<ScanPage> {
    return this.#call(async (signal) => {
      // A server that is not there is not waited for: its number came with the cursor.
      const isAnswerable = (): boolean => (this.#primaries()[index]?.status ?? 'ready') === 'ready';
      await this.#until(() => this.#client.status === 'ready' && isAnswerable(), signal);
      const server = this.#primaries()[index];
      if (server === undefined) throw new MfaError('invalid_request', 'This is not a cursor');
      const reply = await server.callBuffer('scan', cursor, 'MATCH', pattern, 'COUNT', count);
      if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw new Error('the reply to SCAN is not understood');
      return { cursor: String(reply[0]), keys: reply[1].map(String) };
    });
  }

  /** Lets calls that were begun end, then closes; later calls fail. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const { fail } of [...this.#waiting]) fail(new Error(CLOSED));
    await Promise.allSettled(this.#pending);
    clearTimeout(this.#refreshTimer);
    await new Promise<void>((resolve) => {
      // While it waits for its next attempt to connect, ioredis ends without saying so.
      const timer = setTimeout(resolve, 2 * LINGER_MS);
      this.#client.once('end', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#client.disconnect();
    });
  }

  async #call<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = this.#withinDeadline(work);
    this.#pending.add(call);
    try {
      return await call;
    } catch (error) {
      throw unavailable(error);
    } finally {
      this.#pending.delete(call);
    }
  }

  async #withinDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new Error(CLOSED);
    const expiry = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const error = new Error(`no answer within ${DEADLINE_MS} ms`, { cause: this.#lastError });
        expiry.abort(error);
        reject(error);
      }, DEADLINE_MS);
    });
    try {
      return await Promise.race([work(expiry.signal), expired]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a condition that is looked at whenever a connection becomes ready. */
  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    if (!condition()) {
      await new Promise<void>((resolve, reject) => {
        const waiting: Waiting = {
          look: () => {
            if (!condition()) return;
            this.#waiting.delete(waiting);
            resolve();
          },
          fail: (error) => {
            this.#waiting.delete(waiting);
            reject(error);
          },
        };
        this.#waiting.add(waiting);
        signal.addEventListener('abort', () =>
          waiting.fail(new Error('the connection was not ready in time', { cause: signal.reason })),
        );
      });
    }
    signal.throwIfAborted();
  }

  #proceed(): void {
    for (const { look } of [...this.#waiting]) look();
  }

  #serves(slot: number): boolean {
    if (this.#client.status !== 'ready') return false;
    if (this.#cluster === null) return true;
    const owner = this.#cluster.slots[slot]?.[0];
    return owner !== undefined && this.#primaries().some((node) => nameOf(node) === owner && node.status === 'ready');
  }

  #primaries(): readonly Connection[] {
    if (this.#cluster === null) return [this.#client];
    return this.#cluster.nodes('master').sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  #watchNodes(cluster: ClusterConnection): void {
    // ioredis gives every node a queue and connects it with the first command. Until the cluster is ready its own
    // commands need that; ours must never wait there, because they would run after their deadline.
    const open = (node: Connection): void => {
      node.options.enableOfflineQueue = false;
      if (node.status === 'wait' && node.options.readOnly !== true) node.connect().catch(() => undefined);
    };
    cluster.on('ready', () => {
      for (const node of cluster.nodes('all')) open(node);
    });
    cluster.on('+node', (argument) => {
      // The pool of the cluster says which node it has made.
      const node = argument as Connection;
      node.on('ready', () => this.#proceed());
      if (cluster.status === 'ready') open(node);
    });
    cluster.on('refresh', () => this.#proceed());
    cluster.on('node error', (error) => (this.#lastError = error));
    cluster.on('-node', () => {
      if (this.#closed !== undefined) return;
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

function unavailable(cause: unknown): MfaError {
  if (cause instanceof MfaError) return cause;
  // ioredis hangs the command with its key and document on the error, and errors end up in logs.
  if (cause instanceof Error) Reflect.deleteProperty(cause, 'command');
  return new MfaError('store_unavailable', `Redis cannot be used: ${reasonOf(cause)}`, { cause });
}

/** The class of a failure. The rest of a server's message may name a key. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const replied = /^[A-Z]{3,}(?= )/.exec(cause.message);
  if (replied !== null) return replied[0];
  if (cause.message.startsWith('no answer') || cause.message === CLOSED) return cause.message;
  if (cause.name === 'MaxRetriesPerRequestError' || cause.message === 'Connection is closed.') return 'connection lost';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
