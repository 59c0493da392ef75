import { randomBytes } from 'node:crypto';
import { ROUND_TRIP, COMPARE_AND_SET, RESEND, REMOVAL, EXPIRY, LISTING } from './conformance-cases.js';
import type { Store } from './store.js';

/** What a test gets to work on. */
export interface StoreFixture {
  readonly store: Store;
  /** The same documents through another connection or process, where the store can be shared. */
  readonly other?: Store;
  /** Called when the test has ended, well or not. */
  readonly close?: () => unknown;
}

/** The two functions that are needed of a test runner: those of Jest, Vitest, Mocha and `node:test` all fit. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (title: string, test: () => Promise<void>) => unknown;
}

/**
 * Holds a store to everything that the port promises, with real races.
 *
 * @example
 * import { describe, it } from 'node:test';
 * describeStore('PostgresStore', async () => ({ store: new PostgresStore(pool) }), { describe, it });
 *
 * @param makeStore gives each test a store; it may hold documents already
 * @param runner the functions of the test runner; each test takes at most some seconds
 */
export function describeStore(name: string, makeStore: () => Promise<StoreFixture>, runner: TestRunner): void {
  runner.describe(name, () => {
    for (const tests of [ROUND_TRIP, COMPARE_AND_SET, RESEND, REMOVAL, EXPIRY, LISTING]) {
      for (const [title, test] of Object.entries(tests)) {
        runner.it(title, async () => {
          const fixture = await makeStore();
          try {
            const kind = `conformance${randomBytes(6).toString('hex')}`;
            await test({ store: fixture.store, other: fixture.other ?? fixture.store }, kind);
          } finally {
            await fixture.close?.();
          }
        });
      }
    }
  });
}
