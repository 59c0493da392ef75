import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { freePort, startRedis, until } from '../support/redis-server.js';
import { oathtoolCodes } from '../support/oathtool.js';

const root = resolve(__dirname, '../..');

interface Example {
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: () => string;
}

const NODE: readonly [string, ...string[]] = [process.execPath, '--import', 'tsx', 'examples/server.ts'];
/** As the README says, without the build before it: other tests use what was built. */
const NPM: readonly [string, ...string[]] = ['npm', 'start', '--ignore-scripts'];

async function startExample(environment: Readonly<Record<string, string>>, command = NODE): Promise<Example> {
  const port = (await freePort()).toString();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', REDIS_URL: undefined, ...environment, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const url = `http://127.0.0.1:${port}`;
  await until(() => output.includes(url) || child.exitCode !== null, 'the example server listens');
  return { url, process: child, output: () => output };
}

async function stop({ process: child }: Example): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** A program with a cookie jar, as curl with `-b` and `-c`. */
class Client {
  readonly #url: string;
  #cookie = '';

  constructor({ url }: Pick<Example, 'url'>) {
    this.#url = url;
  }

  at({ url }: Pick<Example, 'url'>): Client {
    const other = new Client({ url });
    other.#cookie = this.#cookie;
    return other;
  }

  async send(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: Body; readonly headers: Headers }> {
    const answer = await fetch(this.#url + path, {
      method,
      redirect: 'manual',
      headers: { accept: 'application/json', 'content-type': 'application/json', cookie: this.#cookie },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie !== undefined) this.#cookie = cookie.split(';', 1).join('');
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  }
}

type Body = Readonly<Record<string, unknown>>;

const CREDENTIALS = { username: 'alice', password: 'correct horse' };

/** Registers, enrolls with an authenticator that is not ours, and logs out; the secret, and a code that is not spent. */
async function enrollAlice(client: Client): Promise<{ readonly spent: string; readonly next: string }> {
  expect(await client.send('POST', '/register', CREDENTIALS)).toMatchObject({
    status: 201,
    body: { username: 'alice' },
  });
  const { body } = await client.send('POST', '/mfa/factors', {});
  const { secret } = body['binding'] as { secret: string };
  // The clock is the real one: within the skew the next code is right already.
  const seconds = Math.floor(Date.now() / 1000);
  const [spent = '', next = ''] = oathtoolCodes({ secret, seconds, count: 2 });
  const verified = await client.send('POST', `/mfa/factors/${String(body['sid'])}`, { code: spent });
  expect(verified).toMatchObject({ status: 200, body: { status: 'verified', state: 'satisfied' } });
  expect((await client.send('POST', '/logout', {})).status).toBe(200);
  return { spent, next };
}

async function walk(here: Client): Promise<void> {
  const { spent, next } = await enrollAlice(here);
  expect(await here.send('POST', '/login', CREDENTIALS)).toMatchObject({
    status: 200,
    body: { state: 'challenge_required', methods: ['totp'], challenge_url: '/mfa/challenges', enroll_url: null },
  });
  expect((await here.send('GET', '/account')).status).toBe(401);
  expect((await here.send('GET', '/payroll')).status).toBe(401);
  expect(await here.send('POST', '/login/code', { code: 'abc' })).toMatchObject({
    status: 400,
    body: { code: 'malformed_code' },
  });
  expect(await here.send('POST', '/login/code', { code: spent })).toMatchObject({ status: 401 });
  expect(await here.send('POST', '/login/code', { code: next })).toMatchObject({ status: 200 });
  expect(await here.send('GET', '/account')).toMatchObject({
    status: 200,
    body: {
      username: 'alice',
      mfa: { state: 'satisfied', amr: ['otp', 'mfa'], auth_time: expect.any(String) as string },
    },
  });
  expect((await here.send('GET', '/payroll')).status).toBe(200);
}

describe('the example server', () => {
  let example: Example | null = null;
  afterEach(async () => {
    if (example !== null) await stop(example);
  });

  it('takes a person from registration to a protected page, in memory, and stops cleanly', async () => {
    example = await startExample({});
    await walk(new Client(example));
    expect(await stop(example)).toBe(0);
  }, 60_000);

  it('asks for an approval of exactly one transfer', async () => {
    example = await startExample({});
    const client = new Client(example);
    const { next } = await enrollAlice(client);
    await client.send('POST', '/login', CREDENTIALS);
    await client.send('POST', '/login/code', { code: next });
    const transfer = await client.send('POST', '/transfer', { to: 'Bob', amount: 5 });
    expect(transfer).toMatchObject({ status: 401, body: { code: 'step_up_required' } });
    const challenge = await client.send('GET', String(transfer.body['challenge_url']));
    expect(challenge.body).toMatchObject({ status: 'pending', details: { message: 'Transfer money' } });
    expect((await client.send('POST', '/transfer', { to: ['Bob'], amount: 5 })).status).toBe(400);
  }, 60_000);

  it('refuses a taken name, a short password and a wrong one', async () => {
    example = await startExample({});
    const client = new Client(example);
    expect((await client.send('POST', '/register', { username: 'alice', password: 'short' })).status).toBe(400);
    expect((await client.send('POST', '/register', CREDENTIALS)).status).toBe(201);
    expect((await new Client(example).send('POST', '/register', CREDENTIALS)).status).toBe(409);
    expect((await client.send('POST', '/login', { ...CREDENTIALS, password: 'wrong' })).status).toBe(401);
    expect((await client.send('GET', '/healthz')).body).toEqual({ status: 'ok' });
  }, 60_000);

  it('listens on the loopback interface only and says where', async () => {
    example = await startExample({});
    expect(example.output()).toContain(`${example.url} (in memory)`);
  }, 60_000);

  it('answers the Verify API to whoever has the credentials that the environment names, and else has none', async () => {
    const account = { VERIFY_ACCOUNT_SID: `AC${'0'.repeat(32)}`, VERIFY_AUTH_TOKEN: '0123456789abcdef'.repeat(2) };
    const authorization = (token: string): string =>
      `Basic ${Buffer.from(`${account.VERIFY_ACCOUNT_SID}:${token}`).toString('base64')}`;
    const statusOf = async ({ url }: Example, token: string): Promise<number> => {
      const headers = { authorization: authorization(token) };
      return (await fetch(`${url}/v2/Services`, { headers })).status;
    };
    example = await startExample(account);
    expect(await statusOf(example, account.VERIFY_AUTH_TOKEN)).toBe(200);
    expect(await statusOf(example, 'another')).toBe(401);
    await stop(example);
    example = await startExample({});
    expect(await statusOf(example, account.VERIFY_AUTH_TOKEN)).toBe(404);
  }, 60_000);

  it('sets a session cookie for its own pages alone, and in production for TLS and this host alone', async () => {
    const redis = await startRedis();
    const cookieOf = async (environment: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      example = await startExample({ REDIS_URL: redis.url, ...environment });
      const answer = await fetch(`${example.url}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
        body: JSON.stringify({ ...CREDENTIALS, username: environment['NODE_ENV'] ?? 'alice' }),
      });
      await stop(example);
      const [cookie = ''] = answer.headers.getSetCookie();
      return cookie.replace(/=[^;]*/, '').split('; ');
    };
    expect(await cookieOf({})).toEqual(['connect.sid', 'Path=/', 'HttpOnly', 'SameSite=Lax']);
    const production = {
      NODE_ENV: 'production',
      MFA_KEYS: randomBytes(32).toString('base64'),
      SESSION_SECRET: 'of our own',
    };
    expect(await cookieOf(production)).toEqual(['__Host-session', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']);
    await redis.stop();
  }, 60_000);

  it('stops when npm, which started it, is told to', async () => {
    const { url, process: npm } = await startExample({}, NPM);
    npm.kill('SIGTERM');
    const isGone = async (): Promise<boolean> =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      );
    await until(isGone, 'nobody listens any more');
  }, 60_000);

  it('keeps everything in Redis: another process goes on where the first one stopped', async () => {
    const redis = await startRedis();
    const first = await startExample({ REDIS_URL: redis.url });
    const client = new Client(first);
    await walk(client);
    await stop(first);
    example = await startExample({ REDIS_URL: redis.url });
    expect((await client.at(example).send('GET', '/payroll')).status).toBe(200);
    await stop(example);
    await redis.stop();
  }, 60_000);

  it('answers 503 with Retry-After while Redis is frozen or gone, lets nobody in, and goes on when it is back', async () => {
    const redis = await startRedis();
    example = await startExample({ REDIS_URL: redis.url });
    const client = new Client(example);
    await walk(client);
    redis.pause();
    for (const path of ['/account', '/payroll', '/mfa']) {
      const { status, headers } = await client.send('GET', path);
      expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '1']);
    }
    redis.resume();
    const running = example;
    await until(async () => (await client.at(running).send('GET', '/payroll')).status === 200, 'Redis is back');
    await redis.kill();
    expect((await client.send('GET', '/payroll')).status).toBe(503);
    await stop(example);
  }, 60_000);
});
