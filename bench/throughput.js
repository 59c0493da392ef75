// How many codes a second, and how many looks at a page.
import { STEP } from './codes.js';
import { CONTESTANTS } from './contestants/all.js';
import { CORES, pin, startContestant, startLoad } from './contest.js';
import { retry } from './retry.js';
import { median } from './statistics.js';
import { startRedis } from '../test/support/redis-server.ts';

const PEOPLE = 2_500;
/** The fifth wrong code in a row starts a wait. */
const WRONG_IN_A_ROW = 4;
const CONNECTIONS = 32;
/** Until V8 has compiled what is used often: by then a request of ours takes half of what the first took. */
const WARM_UP = 12_000;
/** At the beginning of each turn, uncounted: the processor's caches hold what others used. */
const REMINDER = 800;

/** Rates of every contestant in every round: `{ [id]: { right: […], wrong: […] } }`. */
export async function throughput({ node, ids, rounds, seconds }) {
  const redis = await startRedis();
  pin(redis.pid, CORES.load);
  const load = startLoad();
  const contestants = [];
  for (const id of ids) {
    contestants.push(await startContestant(id, { load, people: PEOPLE, node, env: { BENCH_REDIS_URL: redis.url } }));
  }
  const measured = {};
  const tasks = contestants.flatMap((contestant) =>
    kindsOf(contestant.id).map((kind) => ({ contestant, kind, measured: [] })),
  );
  for (const task of tasks) {
    const { contestant, kind } = task;
    const amount = kind === 'wrong' ? wrongAmount(contestant, WARM_UP) : WARM_UP;
    const { rate } = await valid(() => once(contestant, kind, amount));
    task.amount = kind === 'wrong' ? wrongAmount(contestant, rate * seconds) : inRounds(rate * seconds);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const task of tasks) task.measured.push(await valid(() => once(task.contestant, task.kind, task.amount)));
  }
  for (const { contestant, kind, measured: runs } of tasks) {
    measured[contestant.id] ??= {};
    measured[contestant.id][kind] = {
      rates: runs.map(({ rate }) => Math.round(rate)),
      microseconds: Math.round(median(runs.map((run) => run.microseconds))),
    };
  }
  for (const contestant of contestants) await contestant.stop();
  await load.stop();
  await redis.stop();
  return measured;
}

/**
 * What comes of a round that is not void; a contestant whose rounds are void again and again is broken. The next try has
 * other codes: passport-totp refuses one right code in 21,475 (its library leaves out the zeros in front of a number of
 * 31 bits that has less than six digits).
 */
function valid(round) {
  return retry(round, { tries: 5, pause: () => STEP - (Date.now() % STEP) });
}

/**
 * One run. Everybody looks at a page once before looks are counted: the last turn is longer ago than `grant.recheck`
 * remembers. Where wrong codes are counted, everybody sends a right one after it, so that nobody ever has to wait.
 */
async function once(contestant, kind, amount) {
  const reminder = kind === 'look' ? inRounds(contestant.people) : REMINDER;
  await contestant.run(kind === 'wrong' ? 'right' : kind, reminder, { connections: CONNECTIONS });
  const run = await contestant.run(kind, amount, { connections: CONNECTIONS });
  if (kind === 'wrong' && CONTESTANTS[contestant.id].codes === 'moving')
    await contestant.run('right', contestant.people, { connections: Math.min(CONNECTIONS, contestant.people) });
  return run;
}

function kindsOf(id) {
  const { codes } = CONTESTANTS[id];
  if (codes === 'none') return ['look'];
  return codes === 'any' ? ['right'] : ['right', 'wrong'];
}

const inRounds = (amount) => Math.max(CONNECTIONS, Math.ceil(amount / CONNECTIONS) * CONNECTIONS);

function wrongAmount({ id, people }, wanted) {
  return CONTESTANTS[id].codes === 'moving' ? Math.min(inRounds(wanted), WRONG_IN_A_ROW * people) : inRounds(wanted);
}
