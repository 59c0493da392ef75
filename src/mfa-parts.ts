import type { MfaEvents } from './events.js';
import type { Challenges } from './use-cases/challenges.js';
import type { Factors } from './use-cases/factors.js';
import type { Parts, Transactions } from './use-cases/transaction.js';
import type { Keyring } from './vault/keyring.js';

/** What an `Mfa` is made of: for other doors to the same store, never for the app. */
export interface MfaParts extends Parts {
  readonly keyring: Keyring;
  readonly transactions: Transactions;
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly events: MfaEvents;
}

const kept = new WeakMap<object, MfaParts>();

export function keepParts<Made extends object>(mfa: Made, parts: MfaParts): Made {
  kept.set(mfa, parts);
  return mfa;
}

/** @throws TypeError where this is nothing that `createMfa` made */
export function partsOf(mfa: object): MfaParts {
  const parts = kept.get(mfa);
  if (parts === undefined) {
    throw new TypeError(
      'createVerifyApi: mfa must be what createMfa returned, of the same copy and the same module format of this package',
    );
  }
  return parts;
}
