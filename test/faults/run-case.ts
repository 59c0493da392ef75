import type { Counts, FaultCase, Measured } from './fault-case.js';
import { Random } from './random.js';
import { Stage } from './stage.js';

export type Tier = 'bounded' | 'full';

export interface CaseResult {
  readonly id: string;
  readonly claim: string;
  readonly backend: string;
  readonly counts: Counts;
  readonly measured: Measured;
  readonly seconds: number;
}

/** The seed of everything random: `FAULTS_SEED`, or a new one. */
export function chooseSeed(): number {
  return Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
}

/** Runs one case on one backend. @throws Error that names the seed, where the claim or the fault failed */
export async function runCase(
  { id, claim, counts: tiers, run }: FaultCase,
  backend: string,
  { tier, seed }: { readonly tier: Tier; readonly seed: number },
): Promise<CaseResult> {
  const { [tier]: counts } = tiers;
  const limit = (ms: number): number => (tier === 'full' ? ms : 10 * ms);
  const stage = new Stage();
  const beganAt = performance.now();
  try {
    const measured = await run({ backend, counts, limit, random: new Random(seed), stage });
    const seconds = Math.round((performance.now() - beganAt) / 100) / 10;
    return { id, claim, backend, counts, measured, seconds };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${id} on ${backend} (FAULTS_SEED=${seed}): ${message}`, { cause });
  } finally {
    await stage.close();
  }
}
