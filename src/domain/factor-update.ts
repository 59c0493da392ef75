import { MfaError } from '../errors.js';
import { requireManagement, type Actor } from './actor.js';
import type { WrongCode } from './code-match.js';
import { verifyFactor } from './enrollment.js';
import { replaceFactor, type Decision, type DecisionContext, type Entity } from './entity.js';
import { event } from './event.js';
import { findFactor, type Factor } from './factor.js';
import type { TotpConfig } from './totp.js';

/** What a client changes of a factor; a code verifies it. */
export interface FactorUpdate {
  readonly friendlyName?: string | undefined;
  readonly config?: Partial<TotpConfig> | undefined;
  readonly code?: string | undefined;
}

export interface FactorUpdated {
  readonly factor: Factor;
  /** Why the code that came along was not accepted; null: it was, or none came. */
  readonly wrong: WrongCode | null;
}

/**
 * Changes a factor and, where a code comes along, verifies it, all in one write.
 * @throws MfaError `not_found`, `invalid_request` where the codes of a verified factor would change, and those of
 * `verifyFactor`
 */
export function updateFactor(
  entity: Entity,
  actor: Actor,
  sid: string,
  { friendlyName, config, code }: FactorUpdate,
  context: DecisionContext,
): Decision<FactorUpdated> {
  const factor = findFactor(entity, actor, sid);
  requireManagement(entity, actor, context);
  const isChanged = friendlyName !== undefined || config !== undefined;
  const changed: Factor = isChanged
    ? {
        ...factor,
        friendlyName: friendlyName ?? factor.friendlyName,
        config: reconfigure(factor, config ?? {}),
        updatedAt: context.now,
      }
    : factor;
  const updated = isChanged ? replaceFactor(entity, changed) : entity;
  const events = isChanged ? [event('factor.updated', { factorSid: sid })] : [];
  if (code === undefined) return { entity: updated, answer: { factor: changed, wrong: null }, events };
  const decision = verifyFactor(updated, actor, sid, code, context);
  const { answer } = decision;
  return {
    entity: decision.entity,
    answer: { factor: answer.factor, wrong: answer.status === 'unverified' ? answer : null },
    events: [...events, ...decision.events],
  };
}

/** An authenticator that is in use keeps making the codes it was set up for; only fewer of them may be accepted. */
function reconfigure({ status, config }: Factor, wanted: Partial<TotpConfig>): TotpConfig {
  const { algorithm, codeLength, timeStep, skew } = { ...config, ...wanted };
  const areCodesOther =
    algorithm !== config.algorithm || codeLength !== config.codeLength || timeStep !== config.timeStep;
  if (status === 'verified' && (areCodesOther || skew > config.skew)) {
    throw new MfaError('invalid_request', 'of a verified factor only the skew may change, and only shrink');
  }
  return { algorithm, codeLength, timeStep, skew };
}
