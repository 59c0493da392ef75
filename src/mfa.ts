import type { RequestHandler } from 'express';
import type { Strategy } from 'passport';
import { requireKnownCodes } from './domain/totp.js';
import { MfaEvents } from './events.js';
import { createRouter } from './http/router.js';
import { keepParts } from './mfa-parts.js';
import type { MfaOptions } from './options.js';
import { guard, type RequireOptions } from './passport/guard.js';
import { sessionMiddleware } from './passport/session.js';
import { TotpStrategy } from './passport/strategy.js';
import { resolveOptions } from './resolve-options.js';
import { MemoryStore } from './store/memory.js';
import { Administration } from './use-cases/administration.js';
import { Challenges } from './use-cases/challenges.js';
import { DriftWatch } from './use-cases/drift-watch.js';
import { Factors } from './use-cases/factors.js';
import {
  challengesApi,
  factorsApi,
  recoveryCodesApi,
  type ChallengesApi,
  type FactorsApi,
  type RecoveryCodesApi,
} from './use-cases/host-api.js';
import { Logins } from './use-cases/logins.js';
import { Outbox } from './use-cases/outbox.js';
import { RecoveryCodes } from './use-cases/recovery-codes.js';
import { Standings } from './use-cases/standings.js';
import { Transactions } from './use-cases/transaction.js';
import { takeRandom } from './vault/random.js';
import { Vault } from './vault/vault.js';

/** The second factor of one app. `session()` decides who you are, `router()` lets you prove it, `strategy()` and `require()` ask for the proof. */
export interface Mfa {
  /** The strategy `'totp'` for `passport.use`. */
  strategy(): Strategy;
  /** The middleware that hides users until their code is right; after `passport.session()`. */
  session(): RequestHandler;
  /** The routes and pages to enroll, prove and manage; mounted at the option `path`. */
  router(): RequestHandler;
  /** Lets only requests with a proven second factor pass. @throws TypeError, RangeError that name the option */
  require(options?: RequireOptions): RequestHandler;
  readonly factors: FactorsApi;
  readonly challenges: ChallengesApi;
  readonly recoveryCodes: RecoveryCodesApi;
  /** For the people who run the app. */
  readonly admin: Administration;
  /** The audit stream. */
  readonly events: MfaEvents;
}

/**
 * Makes the second factor of an app.
 * @throws TypeError, RangeError that name the option, what it got and what it may be
 * @throws Error where the library of the codes makes wrong ones (RFC 6238 appendix B)
 */
export function createMfa<User = Express.User>(options: MfaOptions<User>): Mfa {
  requireKnownCodes();
  const { settings, web, pages, hooks, store, keyring, clock } = resolveOptions(options);
  warn(options, store instanceof MemoryStore);

  const events = new MfaEvents();
  const vault = new Vault(settings.service, keyring);
  const outbox = new Outbox(events, takeRandom);
  const parts = { settings, store, vault, clock, random: takeRandom, outbox };
  const transactions = new Transactions(parts);
  const drifts = new DriftWatch(outbox);
  const factors = new Factors(parts, drifts, transactions);
  const challenges = new Challenges(drifts, transactions);
  const recoveryCodes = new RecoveryCodes(transactions);
  const logins = new Logins(transactions);
  const standings = new Standings(outbox, transactions);
  const currentParts = { settings, web, pages, hooks, standings, logins, outbox, clock, random: takeRandom };

  const mfa: Mfa = {
    strategy: () => new TotpStrategy(challenges),
    session: () => sessionMiddleware(currentParts),
    router: () => {
      const { bodyBytes } = settings.limits;
      return createRouter({ factors, challenges, recoveryCodes, logins, bodyBytes, assets: pages.assets });
    },
    require: (requirement = {}) => guard(challenges, requirement),
    factors: factorsApi(factors),
    challenges: challengesApi(challenges),
    recoveryCodes: recoveryCodesApi(recoveryCodes),
    admin: new Administration(parts, transactions),
    events,
  };
  return keepParts(mfa, { ...parts, keyring, transactions, factors, challenges, events });
}

function warn({ enrolled }: { readonly enrolled?: unknown }, isInMemory: boolean): void {
  if (isInMemory) {
    process.emitWarning(
      'factors are kept in memory and end with this process; ' +
        'for production: store: new RedisStore(redis), keys: process.env.MFA_KEYS',
      { type: 'MfaWarning' },
    );
  }
  if (process.env['NODE_ENV'] === 'production' && enrolled === undefined) {
    process.emitWarning(
      'createMfa has no enrolled(user): a user whose record is lost is taken for one without a second factor; ' +
        'note in your user record that a factor was verified, and say enrolled: (user) => user.hasMfa',
      { type: 'MfaWarning' },
    );
  }
}
