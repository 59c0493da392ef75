import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { until, type RedisCluster } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { isRunning } from '../freeze.js';
import { Ledger } from '../ledger.js';
import type { Random } from '../random.js';
import { errorsOf, recordKeys } from '../redis-state.js';
import { nodesOf } from '../stage.js';
import { startTraffic } from '../traffic.js';

const PAST_QUARANTINE_MS = 90_000;

/** One fault of a cluster, with the traffic going on; what it gives is what proves that it happened. */
type Fault = (cluster: RedisCluster, admins: readonly Redis[], random: Random, ledger: Ledger) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  'a primary killed': async ({ servers }, _admins, random, ledger) => {
    const server = random.pick(servers);
    const failed = ledger.count(503);
    const { pid } = server;
    await server.kill();
    assert.ok(!isRunning(pid), 'the server still runs');
    await until(() => ledger.count(503) > failed, 'the outage is felt');
    await server.restart();
  },
  'a slot moved': async ({ servers }, admins, random) => {
    const from = await ownerOfARecord(admins, random);
    const to = random.pick(admins.filter((admin) => admin !== from));
    const target = servers[admins.indexOf(to)];
    assert.ok(target !== undefined);
    const slot = Number(await from.call('cluster', 'keyslot', random.pick(await recordKeys(from))));
    const idOf = async (admin: Redis): Promise<string> => String(await admin.call('cluster', 'myid'));
    await to.call('cluster', 'setslot', slot, 'importing', await idOf(from));
    await from.call('cluster', 'setslot', slot, 'migrating', await idOf(to));
    const before = await redirections(admins);
    const keysThere = async (): Promise<string[]> => (await from.call('cluster', 'getkeysinslot', slot, 1)) as string[];
    for (let [key] = await keysThere(); key !== undefined; [key] = await keysThere()) {
      await from.call('migrate', '127.0.0.1', target.port, key, 0, 5_000);
      await until(async () => (await redirections(admins)) > before, 'somebody meets the moving slot');
    }
    for (const admin of [to, from, ...admins]) await admin.call('cluster', 'setslot', slot, 'node', await idOf(to));
    assert.notEqual(Number(await to.call('cluster', 'countkeysinslot', slot)), 0, 'the slot was not moved');
  },
};

/** A node that keeps a record of somebody. */
async function ownerOfARecord(admins: readonly Redis[], random: Random): Promise<Redis> {
  const counts = await Promise.all(admins.map(async (admin) => (await recordKeys(admin)).length));
  return random.pick(admins.filter((_, index) => counts[index] !== 0));
}

/** How often a node sent somebody to another one, or asked him to come again: ASK, MOVED, TRYAGAIN. */
async function redirections(admins: readonly Redis[]): Promise<number> {
  const errors = ['ASK', 'MOVED', 'TRYAGAIN'];
  const counts = await Promise.all(admins.flatMap((admin) => errors.map((error) => errorsOf(admin, error))));
  return counts.reduce((sum, count) => sum + count, 0);
}

export const c10 = faultCase({
  id: 'C10',
  claim:
    'A cluster loses a primary, or moves slots, under load: nobody is let in wrongly, no code is approved twice, and what cannot be answered is 503',
  backends: Object.keys(FAULTS),
  counts: { bounded: { faults: 1, perSecond: 50 }, full: { faults: 25, perSecond: 200 } },
  run: async ({ backend, counts, limit, random, stage }) => {
    const cluster = await stage.cluster('--appendonly', 'yes', '--appendfsync', 'always');
    const admins = cluster.servers.map((server) => stage.admin(server));
    const racers = await stage.racers({ kind: 'cluster', nodes: nodesOf(cluster) });
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, await racers.enrollMany(60), ledger);
    await Promise.all(visitors.map((visitor) => visitor.logIn()));
    const { perSecond } = counts;
    const traffic = startTraffic({ visitors, perSecond, random, now: () => racers.now });
    for (let fault = 0; fault < counts.faults; fault += 1) {
      const before = ledger.approvals;
      await until(() => ledger.approvals > before, 'codes are approved');
      await FAULTS[backend]?.(cluster, admins, random, ledger);
      await until(() => ledger.sinceFailure >= visitors.length, 'everybody is served again');
      await racers.advance(PAST_QUARANTINE_MS);
    }
    await traffic.stop();
    ledger.requireClean({ withinMs: limit(1_300) });
    return { redirections: await redirections(admins), ...ledger.measured };
  },
});
