/** What happened to an entity, by name. Twilio's names where it has one. */
export interface DomainEvent {
  readonly type: EventType;
  readonly factorSid: string | null;
  readonly challengeSid: string | null;
  /** Why, for refusals and wrong codes: a reason of an outcome or an error code. */
  readonly reason: string | null;
}

export type EventType =
  | 'factor.created'
  | 'factor.verified'
  | 'factor.updated'
  | 'factor.deleted'
  | 'factor.rejected'
  | 'challenge.created'
  | 'challenge.approved'
  | 'challenge.rejected'
  | 'challenge.denied'
  | 'approval.used'
  | 'entity.locked'
  | 'entity.disabled'
  | 'entity.contradicted';

/** An event about this factor, challenge or reason. */
export function event(type: EventType, about: Partial<Omit<DomainEvent, 'type'>> = {}): DomainEvent {
  return { type, factorSid: null, challengeSid: null, reason: null, ...about };
}
