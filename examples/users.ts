import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';

export interface User {
  /** Immutable, and never given to anybody else: this is the identity of the second factor. */
  readonly id: string;
  readonly username: string;
  readonly password: string;
  /** Our own note that a factor was verified: with it a lost record is told from a user without one. */
  readonly enrolled: boolean;
}

/** Where users live: a map, or Redis. */
export interface Users {
  /** The new user, or null where the name is taken. */
  register(username: string, password: string): Promise<User | null>;
  byPassword(username: string, password: string): Promise<User | null>;
  byId(id: string): Promise<User | null>;
  setEnrolled(id: string, enrolled: boolean): Promise<void>;
}

/** A place for records that can also be taken once. */
interface Records {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  /** Sets what is not there yet, and says whether it did. */
  add(key: string, value: string): Promise<boolean>;
}

export function usersIn(redis: Redis | null): Users {
  const records = redis === null ? inMemory() : inRedis(redis);

  async function byId(id: string): Promise<User | null> {
    const found = await records.get(`user:${id}`);
    // Our own record, written below.
    return found === null ? null : (JSON.parse(found) as User);
  }

  return {
    byId,
    register: async (username, password) => {
      const user: User = { id: randomUUID(), username, password: await hash(password), enrolled: false };
      await records.set(`user:${user.id}`, JSON.stringify(user));
      return (await records.add(`user-id:${username.toLowerCase()}`, user.id)) ? user : null;
    },
    byPassword: async (username, password) => {
      const id = await records.get(`user-id:${username.toLowerCase()}`);
      const user = id === null ? null : await byId(id);
      // Unknown names take as long as known ones.
      const isRight = await verify(password, user?.password ?? NOBODY);
      return isRight ? user : null;
    },
    setEnrolled: async (id, enrolled) => {
      const user = await byId(id);
      if (user !== null) await records.set(`user:${id}`, JSON.stringify({ ...user, enrolled }));
    },
  };
}

function inMemory(): Records {
  const values = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(values.get(key) ?? null),
    set: (key, value) => Promise.resolve(values.set(key, value)),
    add: (key, value) => {
      const isFree = !values.has(key);
      if (isFree) values.set(key, value);
      return Promise.resolve(isFree);
    },
  };
}

function inRedis(redis: Redis): Records {
  return {
    get: (key) => redis.get(`example:${key}`),
    set: (key, value) => redis.set(`example:${key}`, value),
    add: async (key, value) => (await redis.set(`example:${key}`, value, 'NX')) === 'OK',
  };
}

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const NOBODY = `${randomBytes(16).toString('hex')}:${randomBytes(32).toString('hex')}`;

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derive(password, salt, 32)).toString('hex')}`;
}

async function verify(password: string, hashed: string): Promise<boolean> {
  const [salt = '', expected = ''] = hashed.split(':');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32), Buffer.from(expected, 'hex'));
}
