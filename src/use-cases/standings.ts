import { isSatisfied, type SessionActor } from '../domain/actor.js';
import { verifiedFactors, type DecisionContext, type Entity } from '../domain/entity.js';
import { event } from '../domain/event.js';
import { isLoginOver } from '../domain/login-trace.js';
import { standingOf, type Policy, type Standing } from '../domain/standing.js';
import type { Outbox } from './outbox.js';
import type { Transactions } from './transaction.js';
import { viewFactor, type FactorView } from './views.js';

export interface StandingRequest {
  readonly actor: SessionActor;
  readonly policy: Policy;
  /** The host's own note that this user has a factor. */
  readonly enrolled: boolean | undefined;
}

export interface SessionStanding {
  /** `over`: the login is, and must begin again at its first factor. */
  readonly state: Standing | 'satisfied' | 'over';
  /** The verified factors. */
  readonly factors: readonly FactorView[];
  readonly recoveryCodesLeft: number;
}

/** Where the session of a user stands after the first factor. */
export class Standings {
  readonly #outbox: Outbox;
  readonly #transactions: Transactions;

  constructor(outbox: Outbox, transactions: Transactions) {
    this.#outbox = outbox;
    this.#transactions = transactions;
  }

  /** @throws MfaError `record_missing`, `record_unreadable`, `store_unavailable` */
  async of(request: StandingRequest): Promise<SessionStanding> {
    const { identity, source } = request.actor;
    const { entity, context } = await this.#transactions.read(identity, request.actor);
    const verified = entity === null ? [] : verifiedFactors(entity);
    if (request.enrolled === false && verified.length > 0) {
      this.#outbox.tell(identity, event('entity.contradicted'), context.now, source);
    }
    return {
      state: stateOf(entity, request, context),
      factors: verified.map((factor) => viewFactor(identity, factor)),
      recoveryCodesLeft: entity?.recoveryCodes?.digests.length ?? 0,
    };
  }
}

function stateOf(
  entity: Entity | null,
  { actor, policy, enrolled }: StandingRequest,
  context: DecisionContext,
): SessionStanding['state'] {
  const standing = standingOf(entity, policy, enrolled);
  if (entity === null) return standing;
  if (isLoginOver(entity, actor, context)) return 'over';
  return standing === 'challenge_required' && isSatisfied(entity, actor, context) ? 'satisfied' : standing;
}
