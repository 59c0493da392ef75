import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { leaksIn } from '../support/canary.js';
import { logIn, post, satisfy, startRacers, type Racers } from '../support/racers.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe('A36 a secret or a code in the logs of a process, or in what Redis keeps', () => {
  let server: RedisServer;
  let racers: Racers;
  beforeAll(async () => {
    server = await startRedis({ args: ['--appendonly', 'yes', '--slowlog-log-slower-than', '0'] });
    racers = await startRacers({
      store: { kind: 'redis', url: server.url },
      sessions: server.url,
      env: { DEBUG: '*', NODE_DEBUG: 'http,net,crypto,module,cluster' },
    });
  });
  afterAll(async () => {
    await racers.stop();
    await server.stop();
  });

  it('with every debug log on: not in the output, no value, no snapshot, no append-only file, no slow log', async () => {
    const codes: string[] = [];
    const { identity, secret } = await racers.enroll();
    codes.push(codeAt(secret, racers.now - 30_000));
    const [url = ''] = racers.urls;
    const pending = await logIn(url, identity);
    codes.push(wrongCodeAt(secret, racers.now), codeAt(secret, racers.now));
    for (const code of codes) await post(url, '/login/code', { code }, pending);
    await racers.advance(30_000);
    const cookie = await satisfy(url, await logIn(url, identity), codeAt(secret, racers.now));
    codes.push(codeAt(secret, racers.now));
    // An enrollment by the router that is left, and one that is proved.
    const secrets = [secret];
    for (const isProved of [false, true]) {
      const { body } = await post(url, '/mfa/factors', { friendly_name: 'Phone' }, cookie);
      const { secret: another } = body['binding'] as { readonly secret: string };
      secrets.push(another);
      const code = isProved ? codeAt(another, racers.now) : wrongCodeAt(another, racers.now);
      codes.push(code);
      await post(url, `/mfa/factors/${String(body['sid'])}`, { code }, cookie);
    }

    const admin = new Redis(server.url);
    const written: Record<string, string> = { 'the output': racers.output() };
    for (const key of await admin.keys('*')) {
      written[`the key ${key}`] = key;
      written[`the value of ${key}`] = (await admin.dumpBuffer(key)).toString('latin1');
      written[`the text of ${key}`] = (await admin.getBuffer(key))?.toString('latin1') ?? '';
    }
    written['the slow log'] = JSON.stringify(await admin.call('slowlog', 'get', '-1'));
    await admin.save();
    const [, folder = ''] = (await admin.config('GET', 'dir')) as readonly string[];
    admin.disconnect();
    for (const file of filesIn(folder)) written[`the file ${file}`] = readFileSync(file, 'latin1');

    expect(leaksIn(written, { secrets, codes })).toEqual([]);
    // What was looked through is what it should be.
    expect(secrets).toHaveLength(3);
    const isHeard = (what: string): boolean => written['the output']?.includes(what) === true;
    expect(['ioredis:redis write command', 'router dispatching', 'HTTP '].filter((what) => !isHeard(what))).toEqual([]);
    expect(Object.keys(written).filter((where) => /dump\.rdb|\.aof$/.test(where)).length).toBeGreaterThan(1);
    expect(Object.keys(written).filter((where) => /^the value of mfa:\{..\}:entity:/.test(where))).toHaveLength(1);
    expect(written['the slow log']).toContain('evalsha');
  }, 60_000);
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
