import type { DomainEvent } from '../../../src/domain/event.js';
import type { Settings } from '../../../src/domain/settings.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Store } from '../../../src/store/store.js';
import { Challenges } from '../../../src/use-cases/challenges.js';
import { Factors } from '../../../src/use-cases/factors.js';
import { Standings } from '../../../src/use-cases/standings.js';
import { Transactions, type Parts } from '../../../src/use-cases/transaction.js';
import { Keyring } from '../../../src/vault/keyring.js';
import { Vault } from '../../../src/vault/vault.js';
import { TestClock } from '../../support/clock.js';
import { NOW, repeatableRandom, SETTINGS } from '../entity-builders.js';

interface Emitted extends DomainEvent {
  readonly identity: string;
  readonly at: number;
}

export interface AService {
  readonly parts: Parts;
  readonly clock: TestClock;
  readonly emitted: readonly Emitted[];
  readonly transactions: Transactions;
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly standings: Standings;
}

const KEYRING = new Keyring([Buffer.alloc(32, 'key')]);
const random = repeatableRandom('service');

/** Everything behind the doors, on this store; two of them on one store are two processes of one app. */
export function serviceOn(store: Store = new MemoryStore(), settings: Settings = SETTINGS): AService {
  const clock = new TestClock(NOW);
  const emitted: Emitted[] = [];
  const emit: Parts['emit'] = (identity, event, at) => emitted.push({ ...event, identity, at });
  const parts: Parts = { settings, store, vault: new Vault(settings.service, KEYRING), clock, random, emit };
  const transactions = new Transactions(parts);
  return {
    parts,
    clock,
    emitted,
    transactions,
    factors: new Factors(parts, transactions),
    challenges: new Challenges(transactions),
    standings: new Standings(parts, transactions),
  };
}
