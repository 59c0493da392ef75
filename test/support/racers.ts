import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { codeAt } from './rfc-code.js';

/** Two processes of one app on one Redis, with the clock of both in the test's hand. */
export interface Racers {
  readonly urls: readonly string[];
  readonly now: number;
  /** Moves both clocks on. */
  advance(ms: number): Promise<void>;
  /** A user with a verified factor whose codes are all unspent. */
  enroll(): Promise<{ readonly identity: string; readonly secret: string }>;
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function startRacers(): Promise<Racers> {
  const children = [fork(resolve(__dirname, 'racer.mjs')), fork(resolve(__dirname, 'racer.mjs'))];
  const urls = await Promise.all(children.map(addressOf));
  let now = Date.UTC(2026, 10, 20);
  let users = 0;
  const [first = ''] = urls;

  async function advance(ms: number): Promise<void> {
    now += ms;
    await Promise.all(urls.map((url) => post(url, '/clock', { time: now })));
  }

  return {
    urls,
    get now() {
      return now;
    },
    advance,
    enroll: async () => {
      users += 1;
      const identity = `user-${users.toString()}-${process.pid.toString()}`;
      const { body } = await post(first, '/enroll', { identity });
      const { factor, binding } = body as { factor: { sid: string }; binding: { secret: string } };
      const code = codeAt(binding.secret, now);
      const verified = await post(first, '/verify', { identity, sid: factor.sid, code });
      if (verified.body['status'] !== 'verified') throw new Error('the enrollment failed');
      await advance(30_000);
      return { identity, secret: binding.secret };
    },
    stop: async () => {
      await Promise.all(
        children.map(async (child) => {
          child.disconnect();
          await once(child, 'exit');
        }),
      );
    },
  };
}

/** A session that has passed the first factor, as its cookie. */
export async function logIn(url: string, identity: string): Promise<string> {
  const answer = await fetch(`${url}/login`, jsonRequest({ username: identity, password: 'any' }, ''));
  await answer.text();
  return cookieOf(answer);
}

/** Shows the second factor; the cookie of the new session. */
export async function satisfy(url: string, cookie: string, code: string): Promise<string> {
  const answer = await fetch(`${url}/mfa/challenges`, jsonRequest({ code }, cookie));
  await answer.text();
  return cookieOf(answer);
}

export async function post(url: string, path: string, body: object, cookie = ''): Promise<Reply> {
  const answer = await fetch(url + path, jsonRequest(body, cookie));
  return { status: answer.status, body: (await answer.json()) as Reply['body'] };
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
  const [port] = (await once(child, 'message')) as [number];
  return `http://127.0.0.1:${port.toString()}`;
}
