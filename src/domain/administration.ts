import { FULL_BUDGET, isOpen } from './budget.js';
import { startEpoch, type Decision, type DecisionContext, type Entity } from './entity.js';
import { event } from './event.js';

/**
 * Takes every factor, challenge and recovery code away, for a person whom the host has proofed anew. Every grant dies. What
 * was guessed in the last 30 days stays counted; a disabled entity is opened, for the next factor is another one. Of a
 * lost record it makes an emptied one, so that the policy decides again.
 */
export function resetEntity(entity: Entity, context: DecisionContext): Decision<null> {
  const { budget } = entity;
  return {
    entity: {
      ...startEpoch({ ...entity, factors: [], challenges: [] }, context),
      everVerified: true,
      recoveryCodes: null,
      budget: budget.disabled ? { ...FULL_BUDGET, guesses: budget.guesses } : budget,
    },
    answer: null,
    events: [event('entity.reset')],
  };
}

/** Opens a spent budget: no wait, not disabled, nothing guessed. Where it was open it is told to nobody. */
export function openEntity(entity: Entity, { now }: DecisionContext): Decision<null> {
  return {
    entity: { ...entity, budget: FULL_BUDGET },
    answer: null,
    events: isOpen(entity.budget, now) ? [] : [event('entity.unlocked', { reason: 'administrator' })],
  };
}
