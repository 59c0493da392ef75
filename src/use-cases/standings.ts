import { verifiedFactors } from '../domain/entity.js';
import { event } from '../domain/event.js';
import { isGrantValid, type Grant, type Login } from '../domain/grant.js';
import { standingOf, type Policy, type Standing } from '../domain/standing.js';
import type { Parts, Transactions } from './transaction.js';
import { viewFactor, type FactorView } from './views.js';

export interface StandingRequest {
  readonly identity: string;
  readonly login: Login;
  readonly grant: Grant | null;
  readonly policy: Policy;
  /** The host's own note that this user has a factor. */
  readonly enrolled: boolean | undefined;
}

export interface SessionStanding {
  readonly state: Standing | 'satisfied';
  /** The verified factors. */
  readonly factors: readonly FactorView[];
}

/** Where the session of a user stands after the first factor. */
export class Standings {
  readonly #parts: Parts;
  readonly #transactions: Transactions;

  constructor(parts: Parts, transactions: Transactions) {
    this.#parts = parts;
    this.#transactions = transactions;
  }

  /** @throws MfaError `record_missing`, `record_unreadable`, `store_unavailable` */
  async of({ identity, login, grant, policy, enrolled }: StandingRequest): Promise<SessionStanding> {
    const { entity, context } = await this.#transactions.read(identity);
    const verified = entity === null ? [] : verifiedFactors(entity);
    if (enrolled === false && verified.length > 0) {
      this.#parts.emit(identity, event('entity.contradicted'), context.now);
    }
    const standing = standingOf(entity, policy, enrolled);
    const { loginId } = login;
    const isSatisfied =
      standing === 'challenge_required' &&
      entity !== null &&
      grant !== null &&
      isGrantValid(grant, { identity, loginId }, entity, context.settings.grant, context.now);
    return {
      state: isSatisfied ? 'satisfied' : standing,
      factors: verified.map((factor) => viewFactor(identity, factor)),
    };
  }
}
