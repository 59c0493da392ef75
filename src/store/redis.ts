import { hash } from 'node:crypto';
import { MfaError } from '../errors.js';
import type { IoredisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import type { RedisFinding } from './redis-findings.js';
import { RedisSafety } from './redis-safety.js';
import { LOAD, PROBE, REMOVE, SAVE } from './redis-scripts.js';
import type { KeyPage, Loaded, Store, StoreKey, Version, VersionedDocument, Write } from './store.js';

/** @see {@link RedisStore} */
export interface RedisStoreOptions {
  /**
   * What our Redis keys begin with: 1 to 64 letters, digits or `_ . : -`. It follows the `keyPrefix` of the client.
   * @default 'mfa'
   */
  readonly keyPrefix?: string;
  /**
   * Whether loads notice that the server is not the one that took the last write (a restart, a promoted replica), which
   * may have lost it. Switch it off only where `INFO` is forbidden: a code used within the lost writes is then
   * accepted again.
   * @default true
   */
  readonly continuity?: boolean;
  /**
   * Your word that no server of this store ever evicts, for a service that forbids `CONFIG`: look up its
   * maxmemory-policy yourself. No server is asked then.
   */
  readonly evictionPolicy?: 'noeviction';
  /**
   * Serve although records may be evicted. An evicted record is a lost second factor: its owner is locked out, or where
   * `enrolled(user)` is not said, let in by the password alone. There is one process warning.
   */
  readonly allowEviction?: 'i-understand';
  /**
   * Milliseconds that only ever grow, for the check once a minute.
   * @default performance.now
   */
  readonly clock?: () => number;
}

const NEWLINE = 0x0a;

/**
 * Keeps documents in Redis 6.2 or later, Valkey, a Sentinel set or a Cluster: one string per document, one script per
 * verb. The client is only duplicated, never used: the store has its own connection, with its own time-outs, and closes
 * it with `close()`. A client in any state will do, connected or not.
 *
 * Every verb is answered within 500 ms, give or take the event loop. A verb that fails is not sent again, and not kept
 * for later; what was already on its way may still happen.
 *
 * A server with a memory limit is used only if its maxmemory-policy is `noeviction`. Each primary is asked (`CONFIG GET`)
 * before it is first used, again on every new connection, and then once a minute while it is used; verbs fail on one
 * that may evict until it is set right. One that keeps nothing on disk, or is free to keep it late, is a process warning.
 *
 * The README names the commands that a user of its own needs.
 *
 * @throws TypeError where `client` is not of ioredis or an option has the wrong type
 * @throws RangeError where an option has a value that it may not have
 * @throws MfaError `store_unavailable`, from every verb, whatever went wrong; `cause` says what
 */
export class RedisStore implements Store {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #continuity: boolean;

  constructor(client: IoredisClient, options: RedisStoreOptions = {}) {
    const { keyPrefix = 'mfa', continuity = true, evictionPolicy, allowEviction } = options;
    if (typeof keyPrefix !== 'string') throw new TypeError(`keyPrefix must be a string, got a ${typeof keyPrefix}`);
    if (!/^[\w.:-]{1,64}$/.test(keyPrefix)) {
      throw new RangeError(`keyPrefix must be 1 to 64 letters, digits or _ . : -, got ${JSON.stringify(keyPrefix)}`);
    }
    if (typeof continuity !== 'boolean')
      throw new TypeError(`continuity must be a boolean, got a ${typeof continuity}`);
    requireOnly('evictionPolicy', evictionPolicy, 'noeviction');
    requireOnly('allowEviction', allowEviction, 'i-understand');
    this.#prefix = keyPrefix;
    this.#continuity = continuity;
    const safety = new RedisSafety({
      mayEvict: allowEviction !== undefined,
      isAttested: evictionPolicy !== undefined,
      clock: options.clock ?? (() => performance.now()),
    });
    this.#connection = new RedisConnection(client, continuity, safety);
  }

  async load(key: StoreKey, now: number): Promise<Loaded> {
    const { document, marker } = this.#keysOf(key);
    const reply = await this.#connection.run(LOAD, this.#continuity ? [document, marker] : [document], [
      String(Math.trunc(now)),
    ]);
    if (!Array.isArray(reply)) throw notUnderstood();
    return { found: documentOf(reply[1] ?? null), since: Number(String(reply[0])) };
  }

  async save(key: StoreKey, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'> {
    const reply = await this.#connection.run(
      SAVE,
      [this.#keysOf(key).document],
      [requireVersion(write.version), write.replaces ?? '', asBuffer(document), millisecondsOf(write.expiresIn)],
    );
    const answer = String(reply);
    if (answer !== 'saved' && answer !== 'conflict') throw notUnderstood();
    return answer;
  }

  async remove(key: StoreKey, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'> {
    const reply = await this.#connection.run(REMOVE, [this.#keysOf(key).document], [removal.replaces]);
    const answer = String(reply);
    if (answer !== 'removed' && answer !== 'conflict') throw notUnderstood();
    return answer;
  }

  async list(kind: string, cursor: string | null, limit: number): Promise<KeyPage> {
    const [server, position] = cursor === null ? [0, '0'] : positionOf(cursor);
    const ours = `${this.#connection.keyPrefix}${this.#prefix}:`;
    const tag = '{hh}:'.length;
    const pattern = `${escapeGlob(ours)}{[0-9a-f][0-9a-f]}:${escapeGlob(kind)}:*`;
    const page = await this.#connection.scan(server, position, pattern, Math.max(1, Math.ceil(limit)));
    // The pattern also finds `kind:…:id`, which is of another kind.
    const keys = page.keys
      .map((key) => key.slice(ours.length + tag))
      .filter((key) => key.slice(0, key.lastIndexOf(':')) === kind);
    if (page.cursor !== '0') return { keys, cursor: cursorAt(server, page.cursor) };
    return { keys, cursor: server + 1 < this.#connection.servers ? cursorAt(server + 1, '0') : null };
  }

  /**
   * Asks every primary now, at start or for a health page: whether it can be reached, lets scripts run, has the database
   * and never evicts; and what else it may lose. An empty list: nothing is known to be wrong.
   * @throws MfaError `store_unavailable` where verbs would fail, on any primary; its message says what to do
   */
  check(): Promise<readonly RedisFinding[]> {
    return this.#connection.check(PROBE, String(this.#continuity));
  }

  /** Ends the store's own connection; verbs that were begun are answered first. Later verbs fail. Never rejects. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** One of 256 hash tags, so that a document and the marker of continuity share a slot of a cluster. */
  #keysOf(key: StoreKey): { readonly document: string; readonly marker: string } {
    const tag = hash('sha256', key).slice(0, 2);
    const start = `${this.#prefix}:{${tag}}:`;
    // A store key holds a colon, so none is the marker's.
    return { document: `${start}${key}`, marker: `${start}since` };
  }
}

function requireOnly(name: string, given: unknown, only: string): void {
  if (given === undefined || given === only) return;
  throw new RangeError(
    `${name} may only be '${only}', got ${typeof given === 'string' ? JSON.stringify(given) : `a ${typeof given}`}`,
  );
}

function documentOf(stored: unknown): VersionedDocument | null {
  if (stored === null) return null;
  if (!Buffer.isBuffer(stored)) throw notUnderstood();
  const end = stored.indexOf(NEWLINE);
  if (end < 1) throw notUnderstood();
  return { version: stored.toString('latin1', 0, end), document: new Uint8Array(stored.subarray(end + 1)) };
}

/** A version is framed by the newline after it. */
function requireVersion(version: Version): Version {
  if (!/^[\w-]{22}$/.test(version)) throw new RangeError('a version is 22 characters of base64url');
  return version;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function millisecondsOf(expiresIn: number | undefined): string {
  return expiresIn === undefined ? '' : String(Math.max(1, Math.ceil(expiresIn)));
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}

function cursorAt(server: number, position: string): string {
  return Buffer.from(`${server} ${position}`).toString('base64url');
}

function positionOf(cursor: string): readonly [server: number, position: string] {
  const [, server, position] = /^(\d{1,4}) (\d{1,20})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const isCursor = server !== undefined && position !== undefined && BigInt(position) < 2n ** 64n;
  if (!isCursor || cursorAt(Number(server), position) !== cursor) {
    throw new MfaError('invalid_request', 'This is not a cursor');
  }
  return [Number(server), position];
}

function notUnderstood(): MfaError {
  return new MfaError('store_unavailable', 'What Redis answered is not a document of this store');
}
