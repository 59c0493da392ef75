import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5';
import type { RedisStore } from '../../src/store/redis.js';
import { freePort, startCluster, until } from '../support/redis-server.js';
import type { RedisServer } from '../support/redis-server.js';
import {
  closeAfterwards,
  create,
  DOCUMENT,
  LAZY,
  newKey,
  newVersion,
  NOW,
  open,
  serverOf,
  sharedUrl,
  storeOn,
} from '../support/redis-store.js';

const PASSWORD = 'open-sesame';
const USER = { username: 'mfa', password: PASSWORD } as const;

const readme = readFileSync(resolve(__dirname, '../../README.md'), 'utf8');
const [, DOCUMENTED = ''] = /^ACL SETUSER mfa on >password ~mfa:\* (.*)$/m.exec(readme) ?? [];

const admin = (server: RedisServer): Redis => open(new Redis(server.url));

async function allow(server: RedisServer, commands: readonly string[]): Promise<void> {
  await admin(server).call('acl', 'setuser', 'mfa', 'reset', 'on', `>${PASSWORD}`, '~mfa:*', ...commands);
}

async function useEverything(store: RedisStore): Promise<void> {
  const [key, version] = [newKey(), newVersion()];
  await store.check();
  await store.load(key, NOW);
  await store.save(key, DOCUMENT, { version, replaces: null });
  await store.list('kind', null, 10);
  await store.remove(key, { replaces: version });
}

/** The error that says why, in the end: what has no answer yet on a busy machine has no reason yet. */
async function untilTold(reason: RegExp, store: RedisStore): Promise<unknown> {
  let error: unknown;
  await until(async () => {
    error = await store.check().catch((thrown: unknown) => thrown);
    return reason.test(String(error));
  }, `the store says ${reason.source}`);
  expect(error).toMatchObject({ name: 'MfaError', code: 'store_unavailable', status: 503 });
  return error;
}

afterEach(() => jest.restoreAllMocks());

describe('the user that the README describes', () => {
  const commands = DOCUMENTED.split(' ');

  it.each([
    ['ioredis 6', (server: RedisServer) => new Redis(server.port, '127.0.0.1', { ...LAZY, ...USER })],
    ['ioredis 6 over RESP2', (server: RedisServer) => new Redis(server.port, { ...LAZY, ...USER, protocol: 2 })],
    ['ioredis 5', (server: RedisServer) => new Redis5(server.port, '127.0.0.1', { ...LAZY, ...USER })],
  ])('may do all that is done (%s)', async (_name, connect) => {
    const server = await serverOf();
    await allow(server, commands);
    await admin(server).call('acl', 'setuser', 'default', 'resetpass', '>another');
    await useEverything(storeOn(open(connect(server))));
  });

  it('needs no HELLO', async () => {
    const server = await serverOf('--rename-command', 'HELLO', '');
    await allow(server, commands);
    await useEverything(storeOn(open(new Redis(server.port, '127.0.0.1', { ...LAZY, ...USER }))));
  });

  async function storeWithout(command: string): Promise<RedisStore> {
    // Without INFO ioredis prints that it skips its own check.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const server = await serverOf();
    const others = commands.filter((other) => other !== command);
    await allow(server, others);
    return storeOn(open(new Redis(server.port, '127.0.0.1', { ...LAZY, ...USER })));
  }

  it.each(commands)('can do without no command, and is told which is missing: %s', async (command) => {
    const name = command.slice(1).replace('|', ' ').toUpperCase();
    await expect(useEverything(await storeWithout(command))).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(new RegExp(`\\b${name}\\b`)),
    });
  });

  it.each(['+evalsha', '+eval', '+info', '+config|get'])(
    'is told so by check, before any verb: %s',
    async (command) => {
      await expect((await storeWithout(command)).check()).rejects.toMatchObject({ code: 'store_unavailable' });
    },
  );

  it('may use another database with SELECT, and a cluster with three commands more', async () => {
    const server = await serverOf();
    await allow(server, [...commands, '+select']);
    await useEverything(storeOn(open(new Redis(server.port, '127.0.0.1', { ...LAZY, ...USER, db: 3 }))));

    const cluster = await startCluster(2);
    closeAfterwards(() => cluster.stop());
    for (const each of cluster.servers) await allow(each, [...commands, '+cluster|slots', '+cluster|info', '+asking']);
    const nodes = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    await useEverything(storeOn(open(new Cluster(nodes, { ...LAZY, redisOptions: USER }))));
    await useEverything(storeOn(open(new Cluster5(nodes, { ...LAZY, redisOptions: USER }))));
    for (const each of cluster.servers) await allow(each, commands);
    const store = storeOn(open(new Cluster(nodes, { ...LAZY, redisOptions: USER })));
    await untilTold(/CLUSTER SLOTS is forbidden/, store);
  }, 20_000);
});

describe('who is not let in', () => {
  it.each([
    ['ioredis 6', (port: number) => new Redis(port, '127.0.0.1', { ...LAZY, password: 'a wrong guess' })],
    ['ioredis 5', (port: number) => new Redis5(port, '127.0.0.1', { ...LAZY, password: 'a wrong guess' })],
    [
      'a cluster',
      (port: number) =>
        new Cluster([{ host: '127.0.0.1', port }], { ...LAZY, redisOptions: { password: 'a wrong guess' } }),
    ],
  ])('is told that the password is wrong, and no error holds it (%s)', async (_name, connect) => {
    const server = await serverOf('--requirepass', PASSWORD, '--cluster-enabled', 'yes');
    const error = await untilTold(/WRONGPASS/, storeOn(open(connect(server.port))));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('a wrong guess');
  });

  it('is told that a password is missing', async () => {
    const server = await serverOf('--requirepass', PASSWORD);
    await untilTold(/NOAUTH/, storeOn(open(new Redis(server.url, LAZY))));
  });

  it('a password that is revoked while it is used fails every verb, until it is valid again', async () => {
    const server = await serverOf();
    await allow(server, ['+@all']);
    const store = storeOn(open(new Redis(server.port, '127.0.0.1', { ...LAZY, ...USER })));
    await useEverything(store);
    await admin(server).call('acl', 'setuser', 'mfa', 'resetpass', '>another');
    await admin(server).call('client', 'kill', 'user', 'mfa');
    await until(
      () =>
        create(store, newKey()).then(
          () => false,
          (error: unknown) => String(error).includes('WRONGPASS'),
        ),
      'the store is locked out',
    );
    await allow(server, ['+@all']);
    await until(() => create(store, newKey()).then(Boolean, () => false), 'the store is back');
  }, 20_000);

  it.each([
    ['ioredis 6', (port: number) => new Redis(port, '127.0.0.1', { ...LAZY, db: 99 })],
    ['ioredis 6 over RESP2', (port: number) => new Redis(port, '127.0.0.1', { ...LAZY, db: 99, protocol: 2 })],
    ['ioredis 5', (port: number) => new Redis5(port, '127.0.0.1', { ...LAZY, db: 99 })],
  ])('a database that is not there is not replaced by database 0 (%s)', async (_name, connect) => {
    const server = await serverOf();
    const client = open(connect(server.port));
    for (const store of [storeOn(client), storeOn(client, { continuity: false, evictionPolicy: 'noeviction' })]) {
      for (const call of [
        store.check(),
        create(store, newKey()),
        store.load(newKey(), NOW),
        store.list('kind', null, 1),
      ]) {
        await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/refuses the database .*\(db\)$/) });
      }
    }
    expect(await admin(server).dbsize()).toBe(0);
  });
});

describe('over TLS', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'passport-factors-tls-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A server with a certificate of its own making, that ends after so many days. */
  async function secured(days: number): Promise<{ readonly port: number; readonly ca: Buffer }> {
    const [key, request, certificate] = [join(folder, 'key'), join(folder, 'request'), join(folder, 'certificate')];
    const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: 'ignore' });
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', '/CN=localhost');
    openssl('x509', '-req', '-in', request, '-signkey', key, '-days', `${days}`, '-out', certificate);
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    await serverOf('--tls-port', `${port}`, ...files, '--tls-auth-clients', 'no');
    return { port, ca: readFileSync(certificate) };
  }

  const clientOf = (port: number, ca: Buffer | []): Redis =>
    open(new Redis(port, '127.0.0.1', { ...LAZY, tls: { ca, servername: 'localhost' } }));

  it('a certificate that is trusted serves; one that is not, or has expired, is named', async () => {
    const [valid, expired] = [await secured(1), await secured(-1)];
    const store = storeOn(clientOf(valid.port, valid.ca));
    await until(() => store.check().then(Boolean, () => false), 'the handshake is done');
    await useEverything(store);
    await Promise.all([
      untilTold(/SELF_SIGNED_CERT/, storeOn(clientOf(valid.port, []))),
      untilTold(/CERT_HAS_EXPIRED/, storeOn(clientOf(expired.port, expired.ca))),
    ]);
  });
});

describe('a client of the host that is busy with something else', () => {
  it.each([
    ['with default options', async () => open(new Redis(sharedUrl()))],
    ['of ioredis 5 with default options', async () => open(new Redis5(sharedUrl()))],
    ['that monitors', async () => open(await open(new Redis(sharedUrl())).monitor())],
    [
      'that subscribes',
      async () => {
        const client = open(new Redis(sharedUrl(), { protocol: 2 }));
        await client.subscribe('news');
        return client;
      },
    ],
  ])('will do: one %s', async (_name, connect) => {
    await useEverything(storeOn(await connect()));
  });

  it('inside MULTI is left alone: it holds what the host put there, and nothing else', async () => {
    const client = open(new Redis(sharedUrl()));
    await client.multi({ pipeline: false });
    await client.ping();
    await useEverything(storeOn(client));
    expect(await client.exec()).toEqual([[null, 'PONG']]);
  });
});
