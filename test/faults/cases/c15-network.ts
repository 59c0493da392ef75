import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultProxy } from '../../support/fault-proxy.js';
import { until } from '../../support/redis-server.js';
import { faultCase } from '../fault-case.js';
import { Ledger } from '../ledger.js';
import type { Random } from '../random.js';
import { at } from '../stage.js';
import { stepAt } from '../visitor.js';

const LATENCY_MS = 400;
/** What TCP waits before it sends a lost packet again. */
const RETRANSMISSION_MS = 200;

interface Fault {
  /** Spoils the network between app and Redis; `happened` is called whenever the fault strikes. */
  readonly strike: (proxy: FaultProxy, random: Random, happened: () => void) => void;
  /** Whether no request can succeed. */
  readonly isTotal: boolean;
}

/** Within which every request is answered: all its uses of the store share one deadline of 600 ms. */
const LIMIT_MS = 700;

const FAULTS: Readonly<Record<string, Fault>> = {
  'latency of 400 ms': {
    isTotal: false,
    strike: (proxy, _random, happened) => {
      proxy.toClient = async () => {
        happened();
        await delay(LATENCY_MS);
        return true;
      };
    },
  },
  'loss of 5 %': {
    isTotal: false,
    strike: (proxy, random, happened) => {
      let packets = 0;
      let lostPacket = 0;
      // One of every twenty, at a random place among them: a round has more than twenty, and so loses some for sure.
      const lose = async (): Promise<true> => {
        if (packets % 20 === 0) lostPacket = packets + random.between(0, 19);
        const isLost = packets === lostPacket;
        packets += 1;
        if (isLost) {
          happened();
          await delay(RETRANSMISSION_MS);
        }
        return true;
      };
      proxy.toServer = lose;
      proxy.toClient = lose;
    },
  },
  'half-open': {
    isTotal: true,
    strike: (proxy, _random, happened) => {
      proxy.toServer = () => {
        happened();
        return false;
      };
    },
  },
  'reset at every command': {
    isTotal: true,
    strike: (proxy, _random, happened) => {
      proxy.toServer = (_chunk, link) => {
        happened();
        link.reset();
        return false;
      };
    },
  },
  'accepted, then closed': {
    isTotal: true,
    strike: (proxy, _random, happened) => {
      proxy.closesAtOnce = true;
      proxy.reset();
      happened();
    },
  },
};

export const c15 = faultCase({
  id: 'C15',
  claim:
    'A network that fails is answered within 700 ms, one that is slow within the deadlines of the two uses of the store that a request makes; nobody is let in wrongly',
  backends: Object.keys(FAULTS),
  counts: { bounded: { rounds: 1 }, full: { rounds: 30 } },
  run: async ({ backend, counts, limit, random, stage }) => {
    const fault = FAULTS[backend];
    assert.ok(fault !== undefined);
    const server = await stage.redis();
    const proxy = await stage.proxy(server);
    const racers = await stage.racers(at(proxy));
    const ledger = new Ledger();
    const visitors = stage.visitors(racers, await racers.enrollMany(15), ledger);
    let strikes = 0;
    let slowest = 0;
    for (let round = 0; round < counts.rounds; round += 1) {
      const step = stepAt(racers.now);
      await Promise.all(visitors.map((visitor) => visitor.logIn()));
      fault.strike(proxy, random, () => (strikes += 1));
      const proofs = await Promise.all(visitors.map((visitor) => visitor.prove(step)));
      const openings = await Promise.all(visitors.map((visitor) => visitor.open()));
      const answers = [...proofs, ...openings];
      proxy.toServer = null;
      proxy.toClient = null;
      proxy.closesAtOnce = false;
      assert.notEqual(strikes, 0, 'the network never failed');
      if (fault.isTotal) assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
      slowest = Math.max(slowest, ...answers.map(({ ms }) => ms));
      assert.ok(slowest <= limit(LIMIT_MS), `an answer took ${Math.ceil(slowest)} ms`);
      const [probe] = visitors;
      await until(async () => (await probe?.open())?.status !== 503, 'the store is back');
      await racers.advance(30_000);
    }
    ledger.requireClean();
    return { strikes, slowestWhileFailingMs: Math.ceil(slowest), ...ledger.measured };
  },
});
