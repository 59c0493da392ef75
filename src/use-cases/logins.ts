import { isSatisfied, type SessionActor } from '../domain/actor.js';
import { parseCode } from '../domain/code.js';
import { startEpoch } from '../domain/entity.js';
import { event } from '../domain/event.js';
import { AMR_CODE } from '../domain/grant.js';
import { endLogin } from '../domain/login-trace.js';
import * as domain from '../domain/unlock.js';
import { MfaError } from '../errors.js';
import { carriedGrant, newGrant, type WithGrant } from './grants.js';
import type { Transactions } from './transaction.js';

/** What can be done with logins besides answering a challenge. */
export class Logins {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Opens the spent budget of the login's user by three codes in a row; they are this login's second factor too. */
  async unlock(identity: string, actor: SessionActor, typed: unknown): Promise<WithGrant<domain.UnlockAnswer>> {
    const row = parseRow(typed);
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = domain.unlockEntity(entity, actor, row, context);
      const { answer } = decision;
      const grant =
        answer.status === 'unlocked'
          ? newGrant(identity, actor, decision.entity, { factorSid: answer.factorSid, amr: AMR_CODE }, context.now)
          : null;
      return { ...decision, answer: { outcome: answer, grant } };
    });
  }

  /** Ends every other login's second factor. @throws MfaError `step_up_required` */
  async endOthers(identity: string, actor: SessionActor): Promise<WithGrant<null>> {
    return this.#transactions.run(identity, actor, (entity, context) => {
      if (!isSatisfied(entity, actor, context)) throw new MfaError('step_up_required');
      const after = startEpoch(entity, context);
      const grant = carriedGrant(actor, entity, after);
      return { entity: after, answer: { outcome: null, grant }, events: [event('logins.ended')] };
    });
  }

  /** Ends this login for good: an old session of it, put back by a slow request or by hand, counts no more. */
  async end(identity: string, actor: SessionActor): Promise<null> {
    return this.#transactions.run(identity, actor, (entity, context) => {
      const after = endLogin(entity, actor.login.loginId, context);
      const ended = event('login.ended', { reason: 'logout' });
      return {
        entity: after,
        answer: null,
        events: after.epoch === entity.epoch ? [ended] : [ended, event('logins.ended')],
      };
    });
  }
}

/** @throws MfaError `malformed_code` */
function parseRow(typed: unknown): domain.CodeRow {
  const [first, second, third, ...others] = Array.isArray(typed) ? typed.map(parseCode) : [];
  if (first === undefined || second === undefined || third === undefined || others.length > 0) {
    throw new MfaError('malformed_code', 'codes must be three codes in a row, the oldest first');
  }
  return [first, second, third];
}
