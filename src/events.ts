import { inspect } from 'node:util';
import type { DomainEvent, EventType, RecordedEvent } from './domain/event.js';

/** Events that may be about nobody, or nobody who is known. */
type Anonymous = 'request.refused' | 'clock.suspected';

/** Something that happened, for logs, audits and notifications. It never holds a secret or a code. */
export interface MfaEvent<Type extends EventType = EventType> extends Omit<RecordedEvent, 'type' | 'at'> {
  readonly type: Type;
  /** Whom it is about. */
  readonly identity: Type extends Anonymous ? string | null : string;
  readonly at: Date;
}

export type MfaEventListener<Type extends EventType = EventType> = (event: MfaEvent<Type>) => void | Promise<void>;

/**
 * The audit stream. Events go out after the write that they tell of was confirmed; those that a person should be told of
 * at least once, with the same `id` should it be twice: until a listener has ended they stay in the record. A listener
 * that throws or rejects never breaks a login: it becomes a process warning.
 */
export class MfaEvents {
  readonly #listeners = new Map<EventType | '*', Set<MfaEventListener>>();

  /** Calls `listener` for every event of this type, or of any with `'*'`. Returns the function that ends it. */
  on<Type extends EventType | '*'>(
    type: Type,
    listener: MfaEventListener<Type extends EventType ? Type : EventType>,
  ): () => void {
    // It is called with events of its own type only: that is what it is kept by.
    const kept = listener as MfaEventListener;
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(kept));
    return () => listeners.delete(kept);
  }

  /**
   * Whether anybody listens to such an event.
   * @internal
   */
  isHeard({ type }: DomainEvent): boolean {
    return this.#listenersOf(type).length > 0;
  }

  /**
   * Calls the listeners; resolves when all of them have ended.
   * @internal
   */
  async emit(identity: string | null, { at, ...event }: RecordedEvent): Promise<void> {
    const complete: MfaEvent = { ...event, identity, at: new Date(at) };
    await Promise.all(this.#listenersOf(event.type).map((listener) => call(listener, complete)));
  }

  #listenersOf(type: EventType): readonly MfaEventListener[] {
    return [type, '*' as const].flatMap((name) => [...(this.#listeners.get(name) ?? [])]);
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
