import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { StoreAddress } from '../../support/racers.js';
import { freePort, until, type RedisServer } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { at, type Stage } from '../stage.js';
import { stepAt } from '../visitor.js';

const USER = { username: 'app', password: 'open-sesame' };
const FULL_RIGHTS = ['on', `>${USER.password}`, '~*', '+@all'];

interface Refusal {
  /** A server that serves the app, and how the app reaches it. */
  readonly start: (stage: Stage) => Promise<{ readonly server: RedisServer; readonly address: StoreAddress }>;
  readonly strike: (admin: Redis) => Promise<unknown>;
  readonly heal: (admin: Redis) => Promise<unknown>;
  /** What Redis says, or what the connection does, to somebody who tries by himself what the app does. */
  readonly seen: RegExp;
}

async function startWithUser(stage: Stage): ReturnType<Refusal['start']> {
  const server = await stage.redis();
  await stage.admin(server).call('acl', 'setuser', USER.username, ...FULL_RIGHTS);
  return { server, address: at(server, USER) };
}

const restoreUser = (admin: Redis): Promise<unknown> => admin.call('acl', 'setuser', USER.username, ...FULL_RIGHTS);

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'user deleted': {
    start: startWithUser,
    strike: (admin) => admin.call('acl', 'deluser', USER.username),
    heal: restoreUser,
    seen: /WRONGPASS/,
  },
  'scripts forbidden': {
    start: startWithUser,
    strike: (admin) => admin.call('acl', 'setuser', USER.username, '-evalsha', '-eval'),
    heal: restoreUser,
    seen: /NOPERM/,
  },
  'certificate expired': {
    start: startWithTls,
    strike: async (admin) => {
      await useCertificate(admin, 'expired');
      await admin.call('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    },
    heal: (admin) => useCertificate(admin, 'valid'),
    seen: /certificate has expired/,
  },
};

export const c16 = faultCase({
  id: 'C16',
  claim:
    'A Redis that refuses the app (its user deleted, scripts forbidden, its certificate expired) is 503, until it serves it again',
  backends: Object.keys(REFUSALS),
  counts: { bounded: { rounds: 1 }, full: { rounds: 50 } },
  run: async ({ backend, counts, limit, stage }) => {
    const refusal = REFUSALS[backend];
    assert.ok(refusal !== undefined);
    const { server, address } = await refusal.start(stage);
    const admin = stage.admin(server);
    const racers = await stage.racers(address);
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, await racers.enrollMany(5), ledger);
    for (let round = 0; round < counts.rounds; round += 1) {
      const step = stepAt(racers.now);
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      await refusal.strike(admin);
      assert.match(await tryAlone(address), refusal.seen);
      await until(async () => (await visitors[0]?.open())?.status === 503, 'the app is refused');
      const proofs = await Promise.all(visitors.map((visitor) => visitor.prove(step)));
      const logins = await Promise.all(visitors.map((visitor) => visitor.logIn()));
      assert.deepEqual([...new Set([...proofs, ...logins].map(({ status }) => status))], [503]);
      await refusal.heal(admin);
      await until(async () => (await visitors[0]?.logIn())?.status === 200, 'the store is back');
      await racers.advance(30_000);
    }
    ledger.requireClean({ withinMs: limit(700) });
    return ledger.measured;
  },
});

/** What a client of the host's own meets that does what the app does. */
async function tryAlone(address: StoreAddress): Promise<string> {
  assert.ok(address.kind === 'redis');
  let seen: unknown;
  const client = new Redis(address.url, { ...address.options, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', (error) => (seen ??= error));
  const failure: unknown = await client.eval('return 1', 0).catch((error: unknown) => error);
  client.disconnect();
  return String(seen ?? failure);
}

async function startWithTls(stage: Stage): ReturnType<Refusal['start']> {
  const port = await freePort();
  const server = await stage.redis();
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync('openssl', args, { cwd: server.folder, stdio: 'ignore' });
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
  openssl('req', '-x509', ...curve, ...subject, '-days', '1', '-out', 'valid.pem');
  openssl('req', '-new', '-key', 'key.pem', ...subject, '-out', 'request.pem');
  const lifetime = ['-days', '-1', '-copy_extensions', 'copy'];
  openssl('x509', '-req', '-in', 'request.pem', '-signkey', 'key.pem', ...lifetime, '-out', 'expired.pem');
  const admin = stage.admin(server);
  await useCertificate(admin, 'valid');
  await admin.config('SET', 'tls-auth-clients', 'no');
  await admin.config('SET', 'tls-port', port);
  const ca = ['valid.pem', 'expired.pem'].map((file) => readFileSync(join(server.folder, file), 'utf8'));
  return { server, address: at({ port }, { tls: { ca } }) };
}

function useCertificate(admin: Redis, name: string): Promise<unknown> {
  return admin.call(
    'config',
    'set',
    'tls-cert-file',
    `${name}.pem`,
    'tls-key-file',
    'key.pem',
    'tls-ca-cert-file',
    `${name}.pem`,
  );
}
