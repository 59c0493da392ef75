import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { DomainEvent, EventType } from './domain/event.js';

/** Something that happened to an entity, for logs, audits and notifications. It never holds a secret or a code. */
export interface MfaEvent extends DomainEvent {
  /** Names this event; a listener that sees it twice has seen one event. */
  readonly id: string;
  readonly identity: string;
  readonly at: Date;
}

export type MfaEventListener = (event: MfaEvent) => void | Promise<void>;

/**
 * The audit stream. Events go out after the write that they tell of was confirmed. A listener that throws or rejects
 * never breaks a login: it becomes a process warning.
 */
export class MfaEvents {
  readonly #listeners = new Map<EventType | '*', Set<MfaEventListener>>();

  /** Calls `listener` for every event of this type, or of any with `'*'`. Returns the function that ends it. */
  on(type: EventType | '*', listener: MfaEventListener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @internal */
  emit(identity: string, event: DomainEvent, now: number): void {
    const complete: MfaEvent = { ...event, id: randomBytes(16).toString('hex'), identity, at: new Date(now) };
    for (const type of [event.type, '*'] as const) {
      for (const listener of this.#listeners.get(type) ?? []) void call(listener, complete);
    }
  }
}

async function call(listener: MfaEventListener, event: MfaEvent): Promise<void> {
  try {
    await listener(event);
  } catch (error) {
    const reason = error instanceof Error ? error.message : inspect(error);
    process.emitWarning(`a listener of "${event.type}" failed: ${reason}`, { type: 'MfaWarning' });
  }
}
