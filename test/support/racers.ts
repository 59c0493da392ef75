import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { codeAt } from './rfc-code.js';

/** Where the racers keep factors. */
export type StoreAddress =
  | { readonly kind: 'redis'; readonly url: string; readonly options?: object }
  | { readonly kind: 'cluster'; readonly nodes: readonly Address[] }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly Address[]; readonly name: string }
  | { readonly kind: 'memory' }
  /** A store that reads and then writes. */
  | { readonly kind: 'naive'; readonly url: string };

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RacerOptions {
  /** @default the Redis of the tests */
  readonly store?: StoreAddress;
  /** URL of the Redis with the sessions, which may be another one than the store's. @default the Redis of the tests */
  readonly sessions?: string;
  readonly continuity?: boolean;
  /** @default 2 */
  readonly processes?: number;
  /** Arguments of Node. */
  readonly nodeArgs?: readonly string[];
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Processes of one app on one store, with the clocks of all in the test's hand. */
export interface Racers {
  readonly urls: readonly string[];
  readonly now: number;
  readonly processes: readonly ChildProcess[];
  /** Moves all clocks on. */
  advance(ms: number): Promise<void>;
  /** A user with a verified factor whose codes are all unspent. */
  enroll(): Promise<Person>;
  enrollMany(count: number): Promise<readonly Person[]>;
  /** Sessions of one user, turn by turn in each process. */
  logIns(identity: string, count: number): Promise<readonly Session[]>;
  /** Ends every process and starts as many new ones. */
  restart(): Promise<void>;
  /** All that the processes have printed. */
  output(): string;
  stop(): Promise<void>;
}

/** A session that has passed the first factor, in one of the processes. */
export interface Session {
  readonly url: string;
  readonly cookie: string;
}

export interface Person {
  readonly identity: string;
  readonly secret: string;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** So few that none waits for its turn until its deadline is over. */
const ENROLLED_AT_ONCE = 10;

export async function startRacers({
  store = { kind: 'redis', url: process.env['TEST_REDIS_URL'] ?? '' },
  sessions = process.env['TEST_REDIS_URL'] ?? '',
  continuity = true,
  processes = 2,
  nodeArgs = [],
  env = {},
}: RacerOptions = {}): Promise<Racers> {
  let printed = '';
  const start = (): ChildProcess => {
    const child = fork(fileURLToPath(new URL('racer.mjs', import.meta.url)), {
      env: { ...process.env, RACER: JSON.stringify({ store, sessions, continuity }), ...env },
      execArgv: ['--disable-warning=MfaWarning', ...nodeArgs],
      silent: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('latin1').on('data', (text: string) => {
        printed += text;
      });
    }
    return child;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        if (child.connected) child.disconnect();
        else child.kill('SIGKILL');
        await ended;
      }),
    );
  };
  let children = Array.from({ length: processes }, start);
  let urls = await Promise.all(children.map(addressOf));
  let now = Date.UTC(2026, 10, 20);

  async function advance(ms: number): Promise<void> {
    now += ms;
    await Promise.all(urls.map((url) => post(url, '/clock', { time: now })));
  }

  async function enrollOne(): Promise<Person> {
    const [first = ''] = urls;
    // Other test files work on the same Redis.
    const identity = `user-${randomUUID()}`;
    const { body } = await post(first, '/enroll', { identity });
    const { factor, binding } = body as { factor: { sid: string }; binding: { secret: string } };
    const code = codeAt(binding.secret, now);
    const verified = await post(first, '/verify', { identity, sid: factor.sid, code });
    if (verified.body['status'] !== 'verified') throw new Error('the enrollment failed');
    return { identity, secret: binding.secret };
  }

  async function enrollMany(count: number): Promise<readonly Person[]> {
    const people: Person[] = [];
    while (people.length < count) {
      const some = Array.from({ length: Math.min(ENROLLED_AT_ONCE, count - people.length) }, enrollOne);
      people.push(...(await Promise.all(some)));
    }
    await advance(30_000);
    return people;
  }

  return {
    get urls() {
      return urls;
    },
    get now() {
      return now;
    },
    get processes() {
      return children;
    },
    advance,
    enroll: async () => {
      const [person] = await enrollMany(1);
      if (person === undefined) throw new Error('nobody was enrolled');
      return person;
    },
    enrollMany,
    logIns: async (identity, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const url = urls[i % urls.length] ?? '';
          return { url, cookie: await logIn(url, identity) };
        }),
      ),
    restart: async () => {
      await stop();
      children = Array.from({ length: processes }, start);
      urls = await Promise.all(children.map(addressOf));
      await advance(0);
    },
    output: () => printed,
    stop,
  };
}

/** Posts each body at once, by all sessions in turn. */
export async function storm(
  open: readonly Session[],
  path: string,
  bodies: readonly object[],
): Promise<readonly Reply[]> {
  return Promise.all(
    bodies.map(async (body, i) => {
      const { url, cookie } = open[i % open.length] ?? { url: '', cookie: '' };
      return post(url, path, body, cookie);
    }),
  );
}

/** Whether it is not known what came of a request: its processes had more to do than they could in time. */
export function isUnknown({ status }: Reply): boolean {
  return status === 503;
}

/** A reply in two words: its status, and why. */
export function summary({ status, body }: Reply): string {
  return `${status.toString()} ${String(body['reason'] ?? body['code'] ?? body['status'])}`;
}

/** How often a login is tried whose outcome is not known: the machine may have more to do than it can in time. */
const LOGIN_TRIES = 10;

/** A session that has passed the first factor, as its cookie. */
export async function logIn(url: string, identity: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`${url}/login`, jsonRequest({ username: identity, password: 'any' }, ''));
    await answer.text();
    if (answer.status !== 503 || tries === LOGIN_TRIES) return cookieOf(answer);
  }
}

/** Shows the second factor; the cookie of the new session. */
export async function satisfy(url: string, cookie: string, code: string): Promise<string> {
  const answer = await fetch(`${url}/mfa/challenges`, jsonRequest({ code }, cookie));
  await answer.text();
  return cookieOf(answer);
}

export async function post(url: string, path: string, body: object, cookie = ''): Promise<Reply> {
  const answer = await fetch(url + path, jsonRequest(body, cookie));
  const text = await answer.text();
  // What Express itself answers is HTML.
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return { status: answer.status, body: isJson ? (JSON.parse(text) as Reply['body']) : {} };
}

export async function get(url: string, path: string, cookie: string): Promise<number> {
  const answer = await fetch(url + path, { headers: { cookie, accept: 'application/json' } });
  await answer.text();
  return answer.status;
}

function jsonRequest(body: object, cookie: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', cookie },
    body: JSON.stringify(body),
  };
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie().join('; ').split(';', 1).join('');
}

async function addressOf(child: ChildProcess): Promise<string> {
  const died = once(child, 'exit').then(() => {
    throw new Error('a racer ended at its start; run test/support/racer.mjs to see why');
  });
  const [port] = (await Promise.race([once(child, 'message'), died])) as [number];
  return `http://127.0.0.1:${port.toString()}`;
}
