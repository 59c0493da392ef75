import type { RecordedEvent } from '../../../src/domain/event.js';
import type { Settings } from '../../../src/domain/settings.js';
import { MemoryStore } from '../../../src/store/memory.js';
import type { Store } from '../../../src/store/store.js';
import { Administration } from '../../../src/use-cases/administration.js';
import { Challenges } from '../../../src/use-cases/challenges.js';
import { DriftWatch } from '../../../src/use-cases/drift-watch.js';
import { Factors } from '../../../src/use-cases/factors.js';
import { Logins } from '../../../src/use-cases/logins.js';
import { Outbox, type EventSink } from '../../../src/use-cases/outbox.js';
import { RecoveryCodes } from '../../../src/use-cases/recovery-codes.js';
import { Standings } from '../../../src/use-cases/standings.js';
import { Transactions, type Parts } from '../../../src/use-cases/transaction.js';
import { Keyring } from '../../../src/vault/keyring.js';
import { Vault } from '../../../src/vault/vault.js';
import { TestClock } from '../../support/clock.js';
import { NOW, repeatableRandom, SETTINGS } from '../entity-builders.js';

interface Emitted extends RecordedEvent {
  readonly identity: string | null;
}

export interface AService {
  readonly parts: Parts;
  readonly clock: TestClock;
  /** What was told, where no other `events` are given. */
  readonly emitted: readonly Emitted[];
  readonly transactions: Transactions;
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly recoveryCodes: RecoveryCodes;
  readonly logins: Logins;
  readonly standings: Standings;
  readonly administration: Administration;
}

interface Differing {
  readonly settings?: Settings;
  readonly keys?: readonly Uint8Array[];
  readonly events?: EventSink;
}

const KEY = Buffer.alloc(32, 'key');
const random = repeatableRandom('service');

/** Everything behind the doors, on this store; two of them on one store are two processes of one app. */
export function serviceOn(
  store: Store = new MemoryStore(),
  { settings = SETTINGS, keys = [KEY], events }: Differing = {},
): AService {
  const clock = new TestClock(NOW);
  const emitted: Emitted[] = [];
  const notes: EventSink = {
    isHeard: () => true,
    emit: async (identity, event) => void emitted.push({ ...event, identity }),
  };
  // Records keep no events unless a test is about that.
  const outbox = events === undefined ? new Outbox(notes, random, { isKept: () => false }) : new Outbox(events, random);
  const parts: Parts = {
    settings,
    store,
    vault: new Vault(settings.service, new Keyring(keys)),
    clock,
    random,
    outbox,
  };
  const transactions = new Transactions(parts);
  const drifts = new DriftWatch(outbox);
  return {
    parts,
    clock,
    emitted,
    transactions,
    factors: new Factors(parts, drifts, transactions),
    challenges: new Challenges(drifts, transactions),
    recoveryCodes: new RecoveryCodes(transactions),
    logins: new Logins(transactions),
    standings: new Standings(outbox, transactions),
    administration: new Administration(parts, transactions),
  };
}
