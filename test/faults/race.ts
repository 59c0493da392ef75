import type { Person, Racers } from '../support/racers.js';
import type { Client } from './client.js';
import type { Ledger } from './ledger.js';
import type { Stage } from './stage.js';
import { stepAt, Visitor } from './visitor.js';

const SESSIONS = 100;

/** What a crowd sends with: a connection for each of its sessions. */
export function crowdClient(stage: Stage, { urls }: Racers): Client {
  return stage.client({ connections: SESSIONS / urls.length });
}

/** A hundred sessions of one person, turn by turn at each process. */
export function crowdOf(client: Client, { urls }: Racers, person: Person, ledger: Ledger): readonly Visitor[] {
  return Array.from(
    { length: SESSIONS },
    (_, index) => new Visitor(person, { url: urls[index % urls.length] ?? '', client, ledger }),
  );
}

interface RaceOptions {
  readonly rounds: number;
  readonly ledger: Ledger;
  /** Whether no further round is needed. */
  readonly isOver?: () => boolean;
}

/**
 * Round after round everybody shows the same code at once. How often it was approved in each round; what was answered
 * otherwise is in the ledger.
 */
export async function race(
  stage: Stage,
  racers: Racers,
  { rounds, ledger, isOver = () => false }: RaceOptions,
): Promise<readonly number[]> {
  const crowd = crowdOf(crowdClient(stage, racers), racers, await racers.enroll(), ledger);
  const approvals: number[] = [];
  for (let round = 0; round < rounds && !isOver(); round += 1) {
    await Promise.all(crowd.filter(needsLogin).map((visitor) => visitor.logIn()));
    const before = ledger.approvals;
    const step = stepAt(racers.now);
    await Promise.all(crowd.map((visitor) => visitor.prove(step)));
    approvals.push(ledger.approvals - before);
    await racers.advance(30_000);
  }
  return approvals;
}

function needsLogin({ isLoggedIn, isApproved }: Visitor): boolean {
  return !isLoggedIn || isApproved;
}
