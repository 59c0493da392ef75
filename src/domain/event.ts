/** What happened, by name. Twilio's names where it has one. */
export interface DomainEvent {
  readonly type: EventType;
  readonly factorSid: string | null;
  readonly challengeSid: string | null;
  /** Why, for refusals and wrong codes: a reason of an outcome or an error code. */
  readonly reason: string | null;
  /** Of events about recovery codes. */
  readonly recoveryCodesLeft: number | null;
}

/** Where a request came from, as Express's trusted-proxy view has it. */
export interface Source {
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** An event with what makes it one: a name of its own, its time and its source. */
export interface RecordedEvent extends DomainEvent {
  /** Names this event; a listener that sees it twice has seen one event. */
  readonly id: string;
  /** ms */
  readonly at: number;
  /** Null: the host's own code. */
  readonly source: Source | null;
}

/**
 * What a person should be told of, by the channel that the host has: these events are delivered at least once, also where
 * the process dies between the write and the telling. The others go out once.
 */
export const SECURITY_EVENTS = [
  'factor.verified',
  'factor.deleted',
  'recovery_codes.confirmed',
  'recovery_codes.low',
  'recovery_code.used',
  'entity.locked',
  'entity.disabled',
  'entity.unlocked',
  'entity.reset',
  'logins.ended',
] as const;

export const OTHER_EVENTS = [
  'factor.created',
  'factor.updated',
  'factor.rejected',
  'challenge.created',
  'challenge.approved',
  'challenge.rejected',
  'challenge.denied',
  'approval.used',
  'recovery_codes.created',
  'login.ended',
  'entity.unlock_rejected',
  'entity.contradicted',
  'request.refused',
  'store.error',
  'clock.suspected',
] as const;

export type EventType = (typeof SECURITY_EVENTS)[number] | (typeof OTHER_EVENTS)[number];

/** An event about this factor, challenge or reason. */
export function event(type: EventType, about: Partial<Omit<DomainEvent, 'type'>> = {}): DomainEvent {
  return { type, factorSid: null, challengeSid: null, reason: null, recoveryCodesLeft: null, ...about };
}

export function isSecurityEvent({ type }: DomainEvent): boolean {
  return SECURITY_EVENTS.some((name) => name === type);
}
