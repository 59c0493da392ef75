import assert from 'node:assert/strict';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from '../../support/racers.js';
import { until, type RedisServer } from '../../support/redis-server.js';
import { faultCase, type Context } from '../fault-case.js';
import { isRunning } from '../freeze.js';
import { Ledger } from '../ledger.js';
import { recordKeys, runIdOf, writtenOut } from '../redis-state.js';
import { at } from '../stage.js';
import { startTraffic } from '../traffic.js';
import { stepAt, type Visitor } from '../visitor.js';

const PEOPLE = 60;
/** Longer than the quarantine after a restart: whoever has a new code then gets in again. */
const PAST_QUARANTINE_MS = 90_000;

const APPEND = ['--appendonly', 'yes', '--appendfsync'] as const;
const EVERYSEC_AND_LOST = 'AOF everysec, last writes lost';
const NOTHING_KEPT = 'no persistence';
const PERSISTENCE: Readonly<Record<string, readonly string[]>> = {
  'AOF always': [...APPEND, 'always'],
  'AOF everysec': [...APPEND, 'everysec'],
  [EVERYSEC_AND_LOST]: [...APPEND, 'everysec'],
  [NOTHING_KEPT]: [],
};

export const c08 = faultCase({
  id: 'C08',
  claim:
    'Redis is killed and restarted under load: nobody is let in without a second factor, no code is approved twice, every answer is an honest one and comes within a second',
  backends: Object.keys(PERSISTENCE),
  counts: { bounded: { kills: 1, perSecond: 50 }, full: { kills: 100, perSecond: 200 } },
  run: async (context) => {
    const { ledger, measured } = await killAgainAndAgain(context, { continuity: true });
    ledger.requireClean({ withinMs: context.limit(1_000) });
    return measured;
  },
});

export const c08Control = faultCase({
  id: 'C08 control',
  claim: 'Without continuity a restart that lost the last writes approves codes twice: the loss is real',
  backends: [EVERYSEC_AND_LOST],
  counts: { bounded: { kills: 20, doubles: 1, perSecond: 50 }, full: { kills: 20, doubles: 20, perSecond: 200 } },
  run: async (context) => {
    const { ledger, measured } = await killAgainAndAgain(context, {
      continuity: false,
      isOver: (seen) => seen.doubleApprovals >= context.counts.doubles,
    });
    const { doubles } = context.counts;
    assert.ok(ledger.doubleApprovals >= doubles, `${ledger.doubleApprovals} double approvals`);
    return measured;
  },
});

interface KillOptions {
  readonly continuity: boolean;
  /** Whether no further kill is needed. */
  readonly isOver?: (ledger: Ledger) => boolean;
}

interface Population {
  readonly people: readonly Person[];
  readonly crowd: readonly Visitor[];
  /** One person, outside the traffic: approved at the first process, at the second not. */
  readonly witnesses: readonly Visitor[];
}

/** Whoever was approved shows the same code again, in new sessions at every process. */
function replays(visitors: readonly Visitor[], approved: Ledger['approved']): readonly Promise<unknown>[] {
  return visitors.flatMap((visitor) =>
    approved
      .filter(({ identity }) => identity === visitor.person.identity)
      .slice(-1)
      .map(async ({ step }) => {
        await visitor.logIn();
        await visitor.prove(step);
      }),
  );
}

async function killAgainAndAgain(
  { backend, counts, random, stage }: Context<'kills' | 'perSecond'>,
  { continuity, isOver = () => false }: KillOptions,
): Promise<{ readonly ledger: Ledger; readonly measured: Record<string, number | string> }> {
  const server = await stage.redis(...(PERSISTENCE[backend] ?? []));
  const admin = stage.admin(server);
  const racers = await stage.racers(at(server), { continuity });
  const ledger = new Ledger();
  const witnessed = new Ledger();
  const enroll = async (): Promise<Population> => {
    const people = await racers.enrollMany(PEOPLE);
    const witnesses = stage.visitors(racers, [await racers.enroll()], witnessed);
    for (const each of witnesses) await each.logIn();
    await witnesses[0]?.prove(stepAt(racers.now));
    return { people, crowd: stage.visitors(racers, people, ledger), witnesses };
  };
  let { people, crowd, witnesses } = await enroll();
  const { perSecond } = counts;
  const traffic = startTraffic({ visitors: crowd, perSecond, random, now: () => racers.now });
  const flow = (requests: number): Promise<void> => {
    const enough = ledger.requests + requests;
    return until(() => ledger.requests >= enough, 'the traffic flows');
  };
  let bytesLost = 0;

  for (let kill = 0; kill < counts.kills && !isOver(ledger); kill += 1) {
    if (backend !== NOTHING_KEPT) await writtenOut(admin);
    const kept = backend === EVERYSEC_AND_LOST ? fileSize(server) : 0;
    const approvedBefore = ledger.approvals;
    await flow(random.between(10, 40));
    await until(() => ledger.approvals > approvedBefore, 'codes are approved');
    if (backend === EVERYSEC_AND_LOST) await until(() => fileSize(server) > kept, 'the approvals reach the file');
    const [run, records] = [await runIdOf(admin), (await recordKeys(admin)).length];
    const { pid } = server;
    await server.kill();
    assert.ok(!isRunning(pid), 'the server still runs');
    if (backend === EVERYSEC_AND_LOST) bytesLost += loseSince(server, kept);
    const failedBefore = ledger.count(503);
    await until(() => ledger.count(503) > failedBefore, 'the outage is felt');
    await server.restart();
    assert.notEqual(await runIdOf(admin), run, 'the server was not restarted');
    if (backend === NOTHING_KEPT) {
      assert.equal((await recordKeys(admin)).length, 0, 'something was kept');
      await until(async () => (await racers.enroll().catch(() => null)) !== null, 'the store is back');
      for (const witness of witnesses) {
        assert.equal((await witness.open()).status, 503);
        assert.equal((await witness.prove(stepAt(racers.now))).status, 503);
      }
      ({ people, crowd, witnesses } = await enroll());
      traffic.visitors = crowd;
      continue;
    }
    assert.equal((await recordKeys(admin)).length, records, 'a record was lost');
    await until(async () => (await witnesses[0]?.open())?.status === 200, 'the store is back');
    await Promise.all(replays(stage.visitors(racers, people, ledger), ledger.approved.slice(approvedBefore)));
    await racers.advance(PAST_QUARANTINE_MS);
  }

  const { perSecond: reached } = await traffic.stop();
  witnessed.requireClean();
  const lost = backend === EVERYSEC_AND_LOST ? { bytesLost } : {};
  return { ledger, measured: { ...ledger.measured, perSecond: reached, ...lost } };
}

/** What the disk would have lost with the last writes, had the machine lost its power. */
function loseSince(server: RedisServer, kept: number): number {
  const lost = fileSize(server) - kept;
  assert.ok(lost > 0, 'nothing was written that could be lost');
  truncateSync(appendOnlyFile(server), kept);
  return lost;
}

function fileSize(server: RedisServer): number {
  return statSync(appendOnlyFile(server)).size;
}

function appendOnlyFile({ folder }: RedisServer): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const file = files.find((name) => name.endsWith('.incr.aof') || name === 'appendonly.aof');
  if (file === undefined) throw new Error('there is no append-only file');
  return join(folder, file);
}
