import fc from 'fast-check';
import { collectGarbage } from '../support/garbage.js';
import { fuzzRequest } from './grammar.js';
import { PLACES } from './places.js';
import type { FuzzRequest } from './request.js';
import { Tally, type Counts } from './tally.js';
import { LANES, World } from './world.js';

export interface FuzzOptions {
  readonly requests: number;
  /** Batch n of 250 requests has the seed `seed + n`. */
  readonly seed: number;
}

export interface FuzzResult extends Counts, FuzzOptions {
  readonly perSecond: number;
  /** What must not have happened, and the smallest request that brings it about. Empty: all is well. */
  readonly wrongs: readonly string[];
  /** The routes whose handlers no request reached: of those the run says nothing. */
  readonly unreached: readonly string[];
  /** By how many MB the process grew after its first tenth. */
  readonly grownBy: number;
}

/** Requests of one seed. After them it is looked where everybody stands. */
const BATCH = 250;
/** Batches in the life of a host. */
const LIFE = 20;

/** Sends malformed requests to host apps until that many are answered, or something is wrong. */
export async function runFuzz({ requests, seed }: FuzzOptions): Promise<FuzzResult> {
  const tally = new Tally();
  const wrongs: string[] = [];
  const note = (error: unknown): void => void wrongs.push(`caught by nobody: ${String(error)}`);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  const startedAt = performance.now();
  let sent = 0;
  let before = memory();
  let hosts = await open();
  for (let batch = 0; sent < requests && wrongs.length === 0; batch += 1) {
    if (batch > 0 && batch % LIFE === 0) {
      wrongs.push(...(await end(hosts)));
      hosts = await open();
    }
    if (batch === Math.floor(requests / BATCH / 10)) before = memory();
    const sample = fc.sample(fuzzRequest, { seed: seed + batch, numRuns: Math.min(BATCH, requests - sent) });
    sent += await sendAll(hosts, sample, tally);
    const found = await check(hosts);
    if (found.length > 0) wrongs.push(...found, await smallest(seed + batch, found));
  }
  if (wrongs.length === 0) wrongs.push(...(await end(hosts)));
  else await close(hosts);
  const perSecond = Math.round(sent / ((performance.now() - startedAt) / 1000));
  const grownBy = memory() - before;
  process.off('uncaughtException', note).off('unhandledRejection', note);
  const counts = tally.counts();
  const unreached = PLACES.map(({ route }) => route).filter((route) => counts.handled[route] === undefined);
  return { requests: sent, seed, perSecond, wrongs: [...new Set(wrongs)], unreached, ...counts, grownBy };
}

type Hosts = Readonly<Record<FuzzRequest['host'], World>>;

async function open(): Promise<Hosts> {
  return { parsed: await World.open({ isParsed: true }), bare: await World.open({ isParsed: false }) };
}

/** What was wrong, after a look at where everybody stands. */
async function check({ parsed, bare }: Hosts, how = { isEnd: false }): Promise<readonly string[]> {
  await parsed.check(how);
  await bare.check(how);
  return wrongsOf({ parsed, bare });
}

async function end(hosts: Hosts): Promise<readonly string[]> {
  const wrongs = await check(hosts, { isEnd: true });
  await close(hosts);
  return wrongs;
}

async function close({ parsed, bare }: Hosts): Promise<void> {
  await parsed.close();
  await bare.close();
}

function wrongsOf({ parsed, bare }: Hosts): readonly string[] {
  return [...parsed.wrongs, ...bare.wrongs];
}

/** Sends each request once, on all lanes at a time, as long as nothing is wrong; says how many. */
async function sendAll(hosts: Hosts, requests: readonly FuzzRequest[], tally: Tally): Promise<number> {
  const waiting = requests.values();
  let sent = 0;
  const sendSome = async (lane: number): Promise<void> => {
    for (const request of waiting) {
      sent += 1;
      tally.count(request, await hosts[request.host].send(request, lane));
      if (wrongsOf(hosts).length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => sendSome(lane)));
  return sent;
}

/** The smallest request of this seed that by itself brings about what must not happen. */
async function smallest(seed: number, found: readonly string[]): Promise<string> {
  const again = `FUZZ_SEED=${seed} FUZZ_REQUESTS=${BATCH}`;
  // To wait for every smaller one as long would take too long.
  if (found.some((wrong) => wrong.startsWith('no answer'))) return again;
  let hosts = await open();
  let said = `${again}: no request does it alone`;
  const property = fc.asyncProperty(fuzzRequest, async (request) => {
    await sendAll(hosts, [request], new Tally());
    const wrongs = await check(hosts);
    if (wrongs.length === 0) return;
    said = `${again}: ${wrongs.join('; ')}, of ${JSON.stringify(request)}`;
    await close(hosts);
    // What is wrong with these may stay wrong.
    hosts = await open();
    throw new Error(said);
  });
  await fc.check(property, { seed, numRuns: BATCH });
  await close(hosts);
  return said;
}

/** What the process holds (MB), without its rubbish. */
function memory(): number {
  collectGarbage();
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}
