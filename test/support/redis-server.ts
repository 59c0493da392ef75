/**
 * Real Redis servers for the tests. The default export is Jest's global setup: it starts one server and leaves its URL
 * in TEST_REDIS_URL. Tests start further servers of their own.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findProgram } from './program.js';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where it keeps its files. */
  readonly folder: string;
  /** Freezes the server: it keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends it at once, without saving; its folder stays. */
  kill(): Promise<void>;
  /** Ends it and starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

const PATIENCE_MS = 15_000;
/** A cluster node also listens on its port + 10000; both lie below what systems give to outgoing connections. */
const PORTS = { lowest: 11_000, highest: 22_000, bus: 10_000 };
const DOCKER_IMAGE = 'redis:7-alpine';
const INSTALL_ONE =
  'The tests need a Redis server: set REDIS_URL, or install redis-server, valkey-server or Docker (with a running engine).';

interface Launcher {
  readonly command: string;
  readonly args: (name: string, folder: string) => readonly string[];
  readonly signal: (name: string, pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => void;
}

let launcher: Launcher | undefined;
let started = 0;

/** Waits for a condition, with an end. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await delay(10);
  }
}

export interface RedisOptions {
  readonly args?: readonly string[];
  /** The text of a configuration file, which the server may rewrite. */
  readonly config?: string;
}

export async function startRedis({ args = [], config }: RedisOptions = {}): Promise<RedisServer> {
  launcher ??= findLauncher();
  const { command, args: launch, signal } = launcher;
  const folder = mkdtempSync(join(tmpdir(), 'passport-factors-redis-'));
  const file = join(folder, 'redis.conf');
  if (config !== undefined) writeFileSync(file, config);
  const port = await freePort();
  started += 1;
  const name = `passport-factors-test-${process.pid}-${started}`;
  const boot = async (): Promise<ChildProcess> => {
    const from = config === undefined ? [] : [file];
    // A save point that no test reaches: nothing is ever saved, and the store does not warn of that.
    const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '3600 1000000'];
    const options = [...from, ...own, ...args];
    const child = spawn(command, [...launch(name, folder), ...options], { stdio: 'ignore' });
    child.unref();
    try {
      await until(async () => {
        if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode} (${args.join(' ')})`);
        return answers(port);
      }, `${command} answers on port ${port}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return child;
  };
  let child = await boot();
  const pid = (): number => {
    if (child.pid === undefined) throw new Error(`${command} has no pid`);
    return child.pid;
  };
  const killAtExit = (): void => {
    if (child.exitCode === null && child.signalCode === null) signal(name, pid(), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killAtExit);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    signal(name, pid(), 'SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    get pid() {
      return pid();
    },
    pause: () => signal(name, pid(), 'SIGSTOP'),
    resume: () => signal(name, pid(), 'SIGCONT'),
    kill,
    restart: async () => {
      await kill();
      child = await boot();
    },
    stop: async () => {
      await kill();
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Sentinel that promotes a replica of `primary` by its own vote, soon after the primary is gone. */
export async function startSentinel(name: string, primary: RedisServer): Promise<RedisServer> {
  return startRedis({
    args: ['--sentinel'],
    config: `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds ${name} 300
sentinel failover-timeout ${name} 3000
`,
  });
}

/** A cluster of primaries without replicas that covers every slot. */
export async function startCluster(size = 3, { args = [] }: RedisOptions = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const admins: Redis[] = [];
  try {
    for (let index = 0; index < size; index += 1) {
      const server = await startRedis({
        args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...args],
      });
      servers.push(server);
      admins.push(new Redis(server.url));
    }
    const slots = 16_384;
    for (const [index, admin] of admins.entries()) {
      await admin.call('cluster', 'set-config-epoch', index + 1);
      const first = Math.floor((index * slots) / size);
      const end = Math.floor(((index + 1) * slots) / size);
      const all = Array.from({ length: end - first }, (_, offset) => first + offset);
      await admin.call('cluster', 'addslots', ...all);
      await admin.call('cluster', 'meet', '127.0.0.1', servers[0]?.port ?? 0);
    }
    await until(async () => {
      const infos = await Promise.all(admins.map((admin) => admin.call('cluster', 'info')));
      return infos.every(
        (info) => String(info).includes('cluster_state:ok') && String(info).includes(`cluster_known_nodes:${size}`),
      );
    }, 'the cluster is complete');
  } catch (error) {
    await stop();
    throw error;
  } finally {
    for (const admin of admins) admin.disconnect();
  }
  return { servers, stop };
}

/** A loopback port on which nothing listens, nor on that of its cluster bus. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.lowest, PORTS.highest);
    if ((await isFree(port)) && (await isFree(port + PORTS.bus))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Any reply will do, a demand for a password too, but not that it is loading. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (reply) => {
      resolve(!reply.toString().startsWith('-LOADING'));
      socket.destroy();
    });
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(false));
  });
}

function findLauncher(): Launcher {
  const binary = findProgram({ names: ['redis-server', 'valkey-server'], debianPackage: 'redis-server' });
  if (binary !== undefined) {
    return { command: binary, args: () => [], signal: (_name, pid, signal) => process.kill(pid, signal) };
  }
  if (spawnSync('docker', ['info'], { stdio: 'ignore', timeout: PATIENCE_MS }).status !== 0)
    throw new Error(INSTALL_ONE);
  execFileSync('docker', ['pull', '--quiet', DOCKER_IMAGE], { stdio: 'ignore' });
  const verbs = { SIGSTOP: 'pause', SIGCONT: 'unpause', SIGKILL: 'kill' } as const;
  return {
    command: 'docker',
    args: (name, folder) => [
      ...['run', '--rm', '--name', name, '--network', 'host', '--volume', `${folder}:${folder}`],
      ...[DOCKER_IMAGE, 'redis-server'],
    ],
    signal: (name, _pid, signal) => execFileSync('docker', [verbs[signal], name], { stdio: 'ignore' }),
  };
}

export default async function setup(): Promise<void> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    process.env['TEST_REDIS_URL'] = given;
    return;
  }
  const server = await startRedis();
  process.env['TEST_REDIS_URL'] = server.url;
  // Jest runs setup and teardown in one process, but hands nothing from one to the other.
  Reflect.set(globalThis, Symbol.for('passport-factors.test-redis'), server);
}
