import { MfaError } from '../errors.js';
import { Expiry } from './expiry.js';
import type { Connection } from './redis-client.js';
import { DEADLINE_MS, LINGER_MS, openConnection } from './redis-client.js';
import { CLOSED, unavailable } from './redis-failure.js';
import type { RedisFinding } from './redis-findings.js';
import type { RedisSafety } from './redis-safety.js';
import type { RedisScript } from './redis-scripts.js';
import { RedisServers } from './redis-servers.js';

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
  readonly #servers: RedisServers;
  readonly #safety: RedisSafety;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #waiting = new Set<Waiting>();
  #closed: Promise<void> | undefined;

  constructor(client: unknown, readyCheck: boolean, safety: RedisSafety) {
    this.#client = openConnection(client, readyCheck);
    this.#safety = safety;
    this.#servers = new RedisServers(this.#client, safety, () => this.#proceed());
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
    return this.#call(async (expiry) => {
      const server = await this.#until(() => this.#servers.of(this.keyPrefix + keys[0]), expiry);
      await this.#safety.require(server);
      expiry.requireTime();
      return evaluate(this.#client, script, [keys.length, ...keys, ...args], expiry);
    });
  }

  /** How many servers there are to scan. */
  get servers(): number {
    return this.#servers.count;
  }

  /** One step of SCAN on the server at `index`. */
  scan(index: number, cursor: string, pattern: string, count: number): Promise<ScanPage> {
    return this.#call(async (expiry) => {
      // A server that is not there is not waited for: its number came with the cursor.
      const isAnswerable = (): boolean => (this.#servers.at(index)?.status ?? 'ready') === 'ready';
      await this.#until(() => (this.#servers.isReady() && isAnswerable()) || undefined, expiry);
      const server = this.#servers.at(index);
      if (server === undefined) throw new MfaError('invalid_request', 'This is not a cursor');
      await this.#safety.require(server);
      expiry.requireTime();
      const reply = await server.callBuffer('scan', cursor, 'MATCH', pattern, 'COUNT', count);
      if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw new Error('the reply to SCAN is not understood');
      return { cursor: String(reply[0]), keys: reply[1].map(String) };
    });
  }

  /** Asks every server whether it may be used, and runs a script without keys there. */
  check(probe: RedisScript, argument: string): Promise<readonly RedisFinding[]> {
    return this.#call(async (expiry) => {
      const servers = await this.#until(() => this.#servers.all(), expiry);
      const findings = await Promise.all(
        servers.map(async (server) => {
          const found = await this.#safety.inspect(server);
          expiry.requireTime();
          await evaluate(server, probe, [0, argument], expiry);
          return found;
        }),
      );
      return findings.flat();
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
    this.#servers.stop();
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

  async #call<T>(work: (expiry: Expiry) => Promise<T>): Promise<T> {
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

  async #withinDeadline<T>(work: (expiry: Expiry) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new Error(CLOSED);
    const expiry = new Expiry(
      DEADLINE_MS,
      () => new Error(`no answer within ${DEADLINE_MS} ms`, { cause: this.#servers.lastError }),
    );
    try {
      return await Promise.race([work(expiry), expiry.over]);
    } finally {
      expiry.cancel();
    }
  }

  /** Waits for something that is looked for whenever a server becomes ready. */
  async #until<T>(find: () => T | undefined, expiry: Expiry): Promise<T> {
    const found =
      find() ??
      (await new Promise<T>((resolve, reject) => {
        const waiting: Waiting = {
          look: () => {
            const come = find();
            if (come === undefined) return;
            this.#waiting.delete(waiting);
            resolve(come);
          },
          fail: (error) => {
            this.#waiting.delete(waiting);
            reject(error);
          },
        };
        this.#waiting.add(waiting);
        expiry.over.catch((cause: unknown) =>
          waiting.fail(new Error('the connection was not ready in time', { cause })),
        );
      }));
    expiry.requireTime();
    return found;
  }

  #proceed(): void {
    for (const { look } of [...this.#waiting]) look();
  }
}

async function evaluate(
  target: Connection,
  script: RedisScript,
  rest: readonly (string | number | Uint8Array)[],
  expiry: Expiry,
): Promise<unknown> {
  try {
    return await target.callBuffer('evalsha', script.sha, ...rest);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    expiry.requireTime();
    return target.callBuffer('eval', script.source, ...rest);
  }
}
