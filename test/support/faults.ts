import crypto from 'node:crypto';
import { sep } from 'node:path';
import { MemoryStore as MemorySessions } from 'express-session';
import type { Loaded } from '../../src/index.js';
import { WatchedStore } from './watched-store.js';

/** Counts the calls that can fail, and has the nth of them fail. */
export class Faults {
  /** Whether the failure has happened. */
  isHit = false;
  readonly #nth: number;
  readonly #loops = new Set<string>();
  #isArmed = false;
  #calls = 0;

  constructor(nth: number) {
    this.#nth = nth;
  }

  /** From now on calls are counted. */
  arm(): void {
    this.#isArmed = true;
  }

  disarm(): void {
    this.#isArmed = false;
  }

  /** A new request: what it calls in a loop is counted anew. */
  nextRequest(): void {
    this.#loops.clear();
  }

  /** One call that can fail; of the calls from the same place in a `loop` only the first. @throws Error where it is its turn */
  pass(what: string, loop?: string): void {
    if (!this.#isArmed || this.isHit || (loop !== undefined && this.#loops.has(loop))) return;
    if (loop !== undefined) this.#loops.add(loop);
    this.#calls += 1;
    if (this.#calls < this.#nth) return;
    this.isHit = true;
    throw new Error(`fault ${this.#calls.toString()}: ${what}`);
  }
}

/** Where our own code calls Node's crypto; null where a library of the host does. */
function placeInOurs(): string | null {
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  // The frames as they are: to map each of them to its source would take longer than the test.
  Error.prepareStackTrace = (_error, sites) => sites.map((site) => `${site.getFileName() ?? ''}:${site.getPosition()}`);
  const frames = (new Error().stack as unknown as readonly string[]).slice(2);
  Reflect.set(Error, 'prepareStackTrace', prepare);
  const isOurs = (frame: string): boolean => frame.includes(`${sep}src${sep}`);
  return isOurs(frames[0] ?? '') ? frames.filter(isOurs).join() : null;
}

const CRYPTO = [
  'randomBytes',
  'createHmac',
  'createHash',
  'createCipheriv',
  'createDecipheriv',
  'createSecretKey',
  'hkdfSync',
  'timingSafeEqual',
] as const;

/** Has calls of Node's crypto fail too, while `work` runs. */
export async function withFailingCrypto<T>(faults: Faults, work: () => Promise<T>): Promise<T> {
  const real = CRYPTO.map((name) => [name, crypto[name]] as const);
  for (const [name, original] of real) {
    Reflect.set(crypto, name, (...args: unknown[]): unknown => {
      const place = placeInOurs();
      if (place !== null) faults.pass(`crypto.${name}`, place);
      return Reflect.apply(original, crypto, args);
    });
  }
  try {
    return await work();
  } finally {
    for (const [name, original] of real) Reflect.set(crypto, name, original);
  }
}

/** Sessions whose verbs can fail. */
export class FailingSessions extends MemorySessions {
  readonly #faults: Faults;

  constructor(faults: Faults) {
    super();
    this.#faults = faults;
  }

  override get(...[sid, done]: Parameters<MemorySessions['get']>): void {
    if (this.#fails('get', done)) super.get(sid, done);
  }

  override set(...[sid, session, done]: Parameters<MemorySessions['set']>): void {
    if (this.#fails('set', done)) super.set(sid, session, done);
  }

  override destroy(...[sid, done]: Parameters<MemorySessions['destroy']>): void {
    if (this.#fails('destroy', done)) super.destroy(sid, done);
  }

  #fails(verb: string, done: ((error: unknown) => void) | undefined): boolean {
    try {
      this.#faults.pass(`session.${verb}`);
      return true;
    } catch (error) {
      setImmediate(() => done?.(error));
      return false;
    }
  }
}

/** A store whose verbs can fail, before they do anything or after they have done it. */
export class FailingStore extends WatchedStore {
  readonly #faults: Faults;

  constructor(faults: Faults) {
    super();
    this.#faults = faults;
    this.before = async (verb) => faults.pass(`store.${verb}`);
  }

  override async load(...args: Parameters<WatchedStore['load']>): Promise<Loaded> {
    const loaded = await super.load(...args);
    this.#faults.pass('the reply of store.load');
    return loaded;
  }

  override async save(...args: Parameters<WatchedStore['save']>): Promise<'saved' | 'conflict'> {
    const reply = await super.save(...args);
    this.#faults.pass('the reply of store.save');
    return reply;
  }
}
