import assert from 'node:assert/strict';
import { until } from '../../support/redis-server.js';
import type { Answer } from '../client.js';
import { faultCase, type Context } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { stepAt } from '../visitor.js';

const PEOPLE = 20;
const LAG_MS = 20;
const QUARANTINE_STEPS = 2;

export const c09 = faultCase({
  id: 'C09',
  claim:
    'A primary is killed with approvals that its replica, 20 ms behind, never saw: none of their codes is accepted again, and after at most two windows everybody gets in',
  backends: ['sentinel'],
  counts: { bounded: { failovers: 1 }, full: { failovers: 50 } },
  run: async (context) => {
    const { ledger, measured } = await failOverAgainAndAgain(context, { continuity: true });
    ledger.requireClean();
    return measured;
  },
});

export const c09Control = faultCase({
  id: 'C09 control',
  claim: 'Without continuity the same failovers approve codes twice: the approvals were really lost',
  backends: ['sentinel'],
  counts: { bounded: { failovers: 10, doubles: 1 }, full: { failovers: 10, doubles: 10 } },
  run: async (context) => {
    const { doubles } = context.counts;
    const { ledger, measured } = await failOverAgainAndAgain(context, {
      continuity: false,
      isOver: (seen) => seen.doubleApprovals >= doubles,
    });
    assert.ok(ledger.doubleApprovals >= doubles, `${ledger.doubleApprovals} double approvals`);
    return measured;
  },
});

interface FailoverOptions {
  readonly continuity: boolean;
  /** Whether no further failover is needed. */
  readonly isOver?: (ledger: Ledger) => boolean;
}

async function failOverAgainAndAgain(
  { counts, limit, stage }: Context<'failovers'>,
  { continuity, isOver = () => false }: FailoverOptions,
): Promise<{ readonly ledger: Ledger; readonly measured: Record<string, number | string> }> {
  const set = await stage.sentinelSet({ lagMs: limit(LAG_MS) });
  const address = { kind: 'sentinel', sentinels: set.sentinels, name: set.name } as const;
  const racers = await stage.racers(address, { continuity });
  const client = stage.client();
  const [here = ''] = racers.urls;
  const ledger = new Ledger();
  const people = await racers.enrollMany(PEOPLE);
  // One at a time: with everybody at two processes each approval would come with a wave of refusals.
  const visitors = stage.visitors({ ...racers, urls: [here] }, people, ledger);
  let lost = 0;
  let longestOutage = 0;
  for (let failover = 0; failover < counts.failovers && !isOver(ledger); failover += 1) {
    const step = stepAt(racers.now);
    await Promise.all(visitors.map((visitor) => visitor.logIn()));
    const primary = await set.primary();
    await set.inSync(primary);
    const shown = visitors.map((visitor) => visitor.prove(step));
    await Promise.any(shown.map(async (answer) => requireApproved(await answer)));
    const killedAt = performance.now();
    const failing = set.failOver(primary);
    const answers = await Promise.all(shown);
    await until(async () => (await visitors[0]?.logIn())?.status === 200, 'the store is back');
    longestOutage = Math.max(longestOutage, performance.now() - killedAt);
    await failing;

    const challenges = await Promise.all(
      people.map(async ({ identity }) => client.post(here, '/challenges', { identity })),
    );
    const kept = JSON.stringify(challenges.map(({ body }) => body));
    lost += answers.filter(({ body: { state, sid } }) => state === 'satisfied' && !kept.includes(String(sid))).length;
    await Promise.all(visitors.map((visitor) => visitor.logIn()));
    await Promise.all(visitors.map((visitor) => visitor.prove(step)));

    await racers.advance((QUARANTINE_STEPS + 1) * 30_000);
    await Promise.all(visitors.map((visitor) => visitor.logIn()));
    const fresh = await Promise.all(visitors.map((visitor) => visitor.prove(stepAt(racers.now))));
    assert.deepEqual([...new Set(fresh.map(({ body }) => body['status']))], ['approved']);
    await racers.advance(30_000);
  }
  assert.notEqual(lost, 0, 'no acknowledged approval was lost');
  const measured = { lostApprovals: lost, longestOutageMs: Math.ceil(longestOutage), ...ledger.measured };
  return { ledger, measured };
}

function requireApproved({ body }: Answer): void {
  assert.equal(body['status'], 'approved');
}
