import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { Redis } from 'ioredis';
import { logIn, satisfy } from '../support/racers.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { codeAt } from '../support/rfc-code.js';

jest.setTimeout(60_000);

/** The clock with which a racer starts. */
const NOW = Date.UTC(2026, 10, 20);
const STEP = 30_000;
/** Of the form of a recovery code, and of nobody's set. */
const WRONG = '0123-4567-89AB-CDEF-GHJK-MNPQ-RS';

/** A racer that logs whatever it can, and what it has printed. */
async function startTalkative(redis: RedisServer): Promise<{
  readonly url: string;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}> {
  const child = fork(resolve(__dirname, 'events-talkative-racer.mjs'), {
    env: {
      ...process.env,
      RACER: JSON.stringify({ store: { kind: 'redis', url: redis.url }, sessions: redis.url, continuity: true }),
      DEBUG: '*',
      NODE_DEBUG: 'http,net',
    },
    silent: true,
  });
  let output = '';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port.toString()}`,
    output: () => output,
    stop: async () => {
      const ended = Promise.all([once(child, 'exit'), ...streams.map(async (stream) => finished(stream))]);
      child.disconnect();
      await ended;
    },
  };
}

/** What a code could be written as: grouped or not, in either case, its text encoded, or the bytes that it stands for. */
function formsOf(code: string): readonly string[] {
  const bare = code.replaceAll('-', '');
  const bits = Array.from(bare, (c) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c).toString(2).padStart(5, '0'));
  const bytes = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const plain = [code, bare, code.replaceAll('-', ' ')];
  const encoded = [Buffer.from(code), Buffer.from(bare), bytes].flatMap((buffer) => [
    buffer.toString('hex'),
    buffer.toString('base64').replaceAll('=', ''),
    buffer.toString('base64url'),
  ]);
  return [...plain, ...plain.map((text) => text.toLowerCase()), ...encoded, bytes.toString('latin1')];
}

/** Where one of these codes stands, in any form. */
function leaksIn(written: Readonly<Record<string, string>>, codes: readonly string[]): readonly string[] {
  const forms = codes.flatMap(formsOf);
  return Object.entries(written).flatMap(([where, text]) =>
    forms.filter((form) => text.includes(form)).map((form) => `${where}: ${form}`),
  );
}

describe('recovery codes', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--appendonly', 'yes', '--slowlog-log-slower-than', '0'] });
  });
  afterAll(async () => redis.stop());

  it('are in the answer that makes them, and in no other, in no log at its loudest, and in nothing that Redis keeps', async () => {
    const app = await startTalkative(redis);
    const answers: string[] = [];
    async function ask(path: string, cookie: string, body?: object): Promise<Record<string, unknown>> {
      const answer = await fetch(app.url + path, {
        headers: { cookie, accept: 'application/json', 'content-type': 'application/json' },
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      answers.push(`${JSON.stringify([...answer.headers])} ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    }

    const identity = 'keeper';
    const { factor, binding } = (await ask('/enroll', '', { identity })) as {
      factor: { sid: string };
      binding: { secret: string };
    };
    await ask('/verify', '', { identity, sid: factor.sid, code: codeAt(binding.secret, NOW) });
    await ask('/clock', '', { time: NOW + STEP });
    const cookie = await satisfy(app.url, await logIn(app.url, identity), codeAt(binding.secret, NOW + STEP));
    const made = (await ask('/mfa/recovery-codes', cookie, {})) as { id: string; codes: readonly string[] };
    const shown = answers.pop() ?? '';
    const { id, codes } = made;
    const [kept = '', used = '', typed = '', wasted = ''] = codes;
    await ask('/mfa', cookie);
    await ask('/mfa/recovery-codes/confirm', cookie, { id, code: WRONG });
    expect(await ask('/mfa/recovery-codes/confirm', cookie, { id, code: kept })).toMatchObject({ status: 'confirmed' });

    // One that is right, the same again, a wrong one, and a right one as a person types it.
    const statuses: unknown[] = [];
    for (const code of [used, used, WRONG, typed.replaceAll('-', ' ').toLowerCase()]) {
      const waiting = await logIn(app.url, identity);
      statuses.push((await ask('/mfa/challenges', waiting, { code }))['status']);
      await ask('/mfa', waiting);
    }
    expect(statuses).toEqual(['approved', 'pending', 'pending', 'approved']);
    // And at doors that take none, or not in this form.
    const waiting = await logIn(app.url, identity);
    await ask('/mfa/challenges', waiting, { code: `${wasted}-${wasted}` });
    await ask('/mfa/challenges', waiting, { code: [wasted] });
    await ask('/mfa/unlock', waiting, { codes: [wasted, wasted, wasted] });
    await ask('/mfa/factors', waiting, { friendly_name: wasted });

    const admin = new Redis(redis.url);
    const written: Record<string, string> = { 'the answers': answers.join('\n') };
    for (const key of await admin.keys('*')) {
      written[`the value of ${key}`] = (await admin.dumpBuffer(key)).toString('latin1');
      written[`the text of ${key}`] = (await admin.getBuffer(key))?.toString('latin1') ?? key;
    }
    written['the slow log'] = JSON.stringify(await admin.call('slowlog', 'get', '-1'));
    await admin.save();
    const [, folder = ''] = (await admin.config('GET', 'dir')) as readonly string[];
    admin.disconnect();
    for (const file of filesIn(folder)) written[`the file ${file}`] = readFileSync(file, 'latin1');
    await app.stop();
    written['the output'] = app.output();

    expect(leaksIn(written, [...codes, WRONG])).toEqual([]);
    // What was looked through is what it should be, and what was looked for is found where it is.
    expect(leaksIn({ shown }, codes)).toHaveLength(10);
    const heard = ['traced command', 'ioredis:redis write command', 'express-session ', 'router dispatching POST /mfa'];
    expect(heard.filter((what) => written['the output']?.includes(what) !== true)).toEqual([]);
    const places = Object.keys(written).join('\n');
    for (const place of [/mfa:\{..\}:entity:/, /session:/, /dump\.rdb/, /\.aof$/m]) expect(places).toMatch(place);
  });
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
