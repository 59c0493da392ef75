import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import type { Address } from './racers.js';
import { freePort, startRedis, until, type RedisServer } from './redis-server.js';

/** A data node: everybody, its replica too, reaches it through its proxy. */
interface SentinelNode {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

/** A primary and a replica, watched by a Sentinel. */
export interface SentinelSet {
  readonly name: string;
  readonly sentinels: readonly Address[];
  primary(): Promise<SentinelNode>;
  /** Waits until the replica has everything that was written so far. */
  inSync(primary: SentinelNode): Promise<void>;
  /** Kills the primary, waits until its replica took over, and brings it back as the new one's replica. */
  failOver(primary: SentinelNode): Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'mfa';

/** `lagMs`: how far the replica is behind its primary. */
export async function startSentinelSet({ lagMs = 0 } = {}): Promise<SentinelSet> {
  const [first, second] = [await startNode(lagMs), await startNode(lagMs)];
  await follow(second, first);
  const sentinel = await startRedis({
    args: ['--sentinel'],
    config: `sentinel monitor ${NAME} 127.0.0.1 ${first.proxy.port} 1
sentinel down-after-milliseconds ${NAME} 1500
sentinel failover-timeout ${NAME} 1000
`,
  });
  const admin = new Redis(sentinel.url);
  const primary = async (): Promise<SentinelNode> => {
    const address = (await admin.call('sentinel', 'get-master-addr-by-name', NAME)) as readonly [string, string];
    return Number(address[1]) === first.proxy.port ? first : second;
  };
  const knowsReplica = async (): Promise<boolean> => {
    const replicas = (await admin.call('sentinel', 'replicas', NAME)) as readonly (readonly string[])[];
    return replicas.some((fields) => fields[fields.indexOf('flags') + 1] === 'slave');
  };
  await until(knowsReplica, 'the Sentinel knows the replica');
  return {
    name: NAME,
    sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
    primary,
    inSync: async ({ server }) => {
      const writer = new Redis(server.url);
      try {
        // WAIT waits for the writes of its own connection.
        await writer.set('in sync', 'yes');
        await until(async () => (await writer.wait(1, 1_000)) === 1, 'the replica is in sync');
      } finally {
        writer.disconnect();
      }
    },
    failOver: async (from) => {
      const to = from === first ? second : first;
      await from.server.kill();
      await until(async () => (await primary()) === to && (await roleOf(to)) === 'master', 'the replica took over');
      await from.server.restart();
      await follow(from, to);
      await until(knowsReplica, 'the Sentinel knows the new replica');
    },
    stop: async () => {
      admin.disconnect();
      await Promise.all([sentinel, first.server, second.server].map((server) => server.stop()));
      await Promise.all([first, second].map(({ proxy }) => proxy.stop()));
    },
  };
}

async function startNode(lagMs: number): Promise<SentinelNode> {
  const port = await freePort();
  const announce = ['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', port.toString()];
  const server = await startRedis({ args: [...announce, '--repl-diskless-sync-delay', '0'] });
  const proxy = await startFaultProxy(server.port, { port });
  proxy.toClient = async (_chunk, { isReplication }) => {
    if (isReplication) await delay(lagMs);
    return true;
  };
  return { server, proxy };
}

async function follow(replica: SentinelNode, primary: SentinelNode): Promise<void> {
  const admin = new Redis(replica.server.url);
  try {
    await admin.replicaof('127.0.0.1', primary.proxy.port);
    await until(async () => (await admin.info('replication')).includes('master_link_status:up'), 'the replica follows');
  } finally {
    admin.disconnect();
  }
}

async function roleOf({ server }: SentinelNode): Promise<string> {
  const admin = new Redis(server.url);
  try {
    const [role] = (await admin.role()) as [string];
    return role;
  } finally {
    admin.disconnect();
  }
}
