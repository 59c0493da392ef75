import assert from 'node:assert/strict';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import { race } from '../race.js';

export const c01 = faultCase({
  id: 'C01',
  claim: 'Of 100 simultaneous posts of one code, at two processes, exactly one is approved',
  // In memory there is one process: the others could not know of its codes.
  backends: ['memory', 'standalone', 'cluster', 'sentinel'],
  counts: { bounded: { rounds: 4 }, full: { rounds: 1000 } },
  run: async ({ backend, counts: { rounds }, stage }) => {
    const racers = await stage.racers(await stage.backend(backend), { processes: backend === 'memory' ? 1 : 2 });
    const ledger = new Ledger();
    const approvals = await race(stage, racers, { rounds, ledger });
    assert.deepEqual(
      approvals,
      approvals.map(() => 1),
    );
    ledger.requireClean();
    return ledger.measured;
  },
});

export const c01Control = faultCase({
  id: 'C01 control',
  claim: 'The same race over a store that reads and then writes approves codes twice: the race is sharp',
  backends: ['naive'],
  counts: { bounded: { rounds: 1000, doubles: 1 }, full: { rounds: 1000, doubles: 100 } },
  run: async ({ counts: { rounds, doubles }, stage }) => {
    const { url } = await stage.redis();
    const racers = await stage.racers({ kind: 'naive', url });
    const ledger = new Ledger();
    const isOver = (): boolean => ledger.doubleApprovals >= doubles;
    const approvals = await race(stage, racers, { rounds, ledger, isOver });
    assert.ok(isOver(), `${ledger.doubleApprovals} double approvals in ${rounds} rounds`);
    return { roundsNeeded: approvals.length, ...ledger.measured };
  },
});
