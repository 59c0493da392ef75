import { MfaError } from '../errors.js';
import type { Connection } from './redis-client.js';
import { refusedCommand } from './redis-failure.js';
import { ASKED, findingsOf } from './redis-findings.js';
import type { RedisFinding, RedisSettings } from './redis-findings.js';

export interface SafetyRules {
  readonly mayEvict: boolean;
  /** That no server evicts is taken on trust, and none is asked. */
  readonly isAttested: boolean;
  /** Milliseconds that only ever grow. */
  readonly clock: () => number;
}

/** How long a server that was found safe is relied upon. */
const RECHECK_MS = 60_000;

/** The other findings are choices that many make knowingly: they are for who asks. */
const WARNED: ReadonlySet<RedisFinding['code']> = new Set(['eviction', 'no_persistence', 'no_fsync']);

/**
 * Keeps the store from a server that must not be used. Each is judged by itself, so that a primary of a cluster that is
 * unsafe or away costs its own keys and no others.
 */
export class RedisSafety {
  readonly #rules: SafetyRules;
  readonly #foundSafeAt = new WeakMap<Connection, number>();
  readonly #misplaced = new WeakSet<Connection>();
  readonly #inspections = new WeakMap<Connection, Promise<readonly RedisFinding[]>>();
  readonly #warned = new Set<RedisFinding['code']>();

  constructor(rules: SafetyRules) {
    this.#rules = rules;
  }

  /**
   * Rejects where the server must not be used. It is asked before its first use, and then once a minute, in passing: a
   * verb pays no round trip for that. Where that has no answer, the next verb asks again.
   */
  async require(server: Connection): Promise<void> {
    const foundSafeAt = this.#foundSafeAt.get(server);
    if (foundSafeAt === undefined) await this.inspect(server);
    else if (this.#rules.clock() - foundSafeAt >= RECHECK_MS) this.inspect(server).catch(() => undefined);
  }

  /** A new connection: another server may have taken the address. */
  forget(server: Connection): void {
    this.#foundSafeAt.delete(server);
    this.#misplaced.delete(server);
  }

  /** SELECT failed: ioredis goes on, in database 0. */
  misplace(server: Connection): void {
    this.#foundSafeAt.delete(server);
    this.#misplaced.add(server);
  }

  /** Asks now. Who asks meanwhile shares the answer. */
  inspect(server: Connection): Promise<readonly RedisFinding[]> {
    const running = this.#inspections.get(server);
    if (running !== undefined) return running;
    const inspection = this.#inspect(server).finally(() => this.#inspections.delete(server));
    this.#inspections.set(server, inspection);
    return inspection;
  }

  async #inspect(server: Connection): Promise<readonly RedisFinding[]> {
    const askedAt = this.#rules.clock();
    const findings = this.#rules.isAttested ? [] : findingsOf(addressOf(server), await settingsOf(server));
    if (this.#misplaced.has(server)) {
      throw new MfaError(
        'store_unavailable',
        `Redis at ${addressOf(server)} refuses the database that the client names (db)`,
      );
    }
    for (const finding of findings) this.#warn(finding);
    const eviction = findings.find(({ code }) => code === 'eviction');
    if (eviction !== undefined && !this.#rules.mayEvict) {
      this.#foundSafeAt.delete(server);
      throw new MfaError('store_unavailable', eviction.message);
    }
    this.#foundSafeAt.set(server, askedAt);
    return findings;
  }

  #warn({ code, message }: RedisFinding): void {
    if (!WARNED.has(code) || this.#warned.has(code)) return;
    this.#warned.add(code);
    process.emitWarning(message, { type: 'MfaWarning' });
  }
}

async function settingsOf(server: Connection): Promise<RedisSettings> {
  // One by one, because Redis 6.2 takes no more than one name; they leave together.
  const told = await Promise.all(
    ASKED.map(async (name) => {
      try {
        return [name, valueIn(await server.callBuffer('config', 'get', name))] as const;
      } catch (error) {
        if (refusedCommand(error) === undefined) throw error;
        return [name, undefined] as const;
      }
    }),
  );
  return Object.fromEntries(told);
}

/** The reply is a list of a name and its value, or with `replyMapping: 'resp3'` an object: the value is last in both. */
function valueIn(reply: unknown): string | undefined {
  const value: unknown = Object.values(reply ?? {}).at(-1);
  return Buffer.isBuffer(value) ? value.toString() : undefined;
}

/** Where it is: through Sentinel the options do not say. */
function addressOf({ stream }: Connection): string {
  const { remoteAddress, remotePort } = stream ?? {};
  return remoteAddress === undefined ? 'a local socket' : `${remoteAddress}:${remotePort ?? ''}`;
}
