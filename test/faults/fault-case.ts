import type { Random } from './random.js';
import type { Stage } from './stage.js';

/** How often a case does what it does; every figure may only grow. */
export type Counts = Readonly<Record<string, number>>;

/** What a case has seen: figures, and words where a figure would say less. */
export type Measured = Readonly<Record<string, number | string>>;

export interface Context<Count extends string> {
  /** Which of the case's backends this run is on. */
  readonly backend: string;
  readonly counts: Readonly<Record<Count, number>>;
  readonly random: Random;
  /**
   * How long something may take (ms) that we claim takes at most `ms`. The bounded tier, which runs beside other work,
   * allows ten times as much: that still tells a slow answer from one that never comes.
   */
  readonly limit: (ms: number) => number;
  readonly stage: Stage;
}

/**
 * One fault, and what we claim of it. `run` throws where the claim is violated, and also where the fault did not
 * verifiably happen: a fault that is not there proves nothing.
 */
export interface FaultCase<Count extends string = string> {
  readonly id: string;
  readonly claim: string;
  readonly backends: readonly string[];
  readonly counts: {
    readonly bounded: Readonly<Record<Count, number>>;
    readonly full: Readonly<Record<Count, number>>;
  };
  readonly run: (context: Context<Count>) => Promise<Measured>;
}

export function faultCase<Count extends string>(theCase: FaultCase<Count>): FaultCase {
  return theCase;
}
