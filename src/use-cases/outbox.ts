import { isSecurityEvent, type DomainEvent, type RecordedEvent, type Source } from '../domain/event.js';
import type { Random } from '../domain/sid.js';

/** Where events go. */
export interface EventSink {
  /** Whether anybody listens to such an event. */
  isHeard(event: DomainEvent): boolean;
  /** Hands an event to its listeners; resolves when all of them have ended. */
  emit(identity: string | null, event: RecordedEvent): Promise<void>;
}

interface OutboxOptions {
  readonly isKept?: (event: DomainEvent) => boolean;
  readonly patience?: number;
}

/** Security events that a record keeps until they are delivered. */
const KEPT = 8;

/**
 * Events on their way out. Those that must not be lost travel in the document with the write that caused them, and are
 * taken out of it when their listeners have ended: whoever writes next delivers what a dead process has left.
 */
export class Outbox {
  readonly #events: EventSink;
  readonly #random: Random;
  readonly #isKept: (event: DomainEvent) => boolean;
  readonly #patience: number;
  /** Names of the kept events that this process is delivering. */
  readonly #inHand = new Set<string>();

  /**
   * `isKept` says which events must not be lost, where they are heard; `patience`, how long (ms) the process that recorded
   * one is left to deliver it.
   */
  constructor(events: EventSink, random: Random, { isKept = isSecurityEvent, patience = 0 }: OutboxOptions = {}) {
    this.#events = events;
    this.#random = random;
    this.#isKept = isKept;
    this.#patience = patience;
  }

  /** Those of these events that anybody listens to, each with a name of its own. */
  record(events: readonly DomainEvent[], at: number, source: Source | null): readonly RecordedEvent[] {
    return events
      .filter((event) => this.#events.isHeard(event))
      .map((event) => ({ ...event, id: Buffer.from(this.#random(16)).toString('hex'), at, source }));
  }

  /** What the next document keeps: what may be undelivered still, and those of these events that must not be lost. */
  keep(undelivered: readonly RecordedEvent[], recorded: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const added = recorded.filter((event) => this.#isKept(event));
    return added.length === 0 ? undelivered : makeRoom([...undelivered, ...added]);
  }

  /** Delivers; `settle` is told the names of those that the record need not keep any more. */
  deliver(
    identity: string,
    kept: readonly RecordedEvent[],
    recorded: readonly RecordedEvent[],
    now: number,
    settle: (ids: ReadonlySet<string>) => Promise<unknown>,
  ): void {
    // What nobody listens to here stays for a process in which somebody does.
    const due = kept
      .filter((event) => recorded.includes(event) || now - event.at >= this.#patience)
      .filter((event) => !this.#inHand.has(event.id) && this.#events.isHeard(event));
    const left = due.filter((event) => !recorded.includes(event));
    const ended = [...left, ...recorded].map(async (event) => this.#events.emit(identity, event));
    if (due.length > 0) void this.#settle(new Set(due.map(({ id }) => id)), ended, settle);
  }

  /** Delivers an event that no write goes with. */
  tell(identity: string | null, event: DomainEvent, at: number, source: Source | null): void {
    for (const recorded of this.record([event], at, source)) void this.#events.emit(identity, recorded);
  }

  async #settle(
    ids: ReadonlySet<string>,
    ended: readonly Promise<void>[],
    settle: (ids: ReadonlySet<string>) => Promise<unknown>,
  ): Promise<void> {
    for (const id of ids) this.#inHand.add(id);
    await Promise.all(ended);
    // Where this fails, the next write delivers them once more.
    await settle(ids).catch(() => undefined);
    for (const id of ids) this.#inHand.delete(id);
  }
}

/** As many as a record keeps. Of what there is most of the oldest goes: many of one kind push out nothing else. */
function makeRoom(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  if (events.length <= KEPT) return events;
  const countOf = (type: RecordedEvent['type']): number => events.filter((event) => event.type === type).length;
  const most = Math.max(...events.map(({ type }) => countOf(type)));
  const oldest = events.findIndex(({ type }) => countOf(type) === most);
  return makeRoom(events.toSpliced(oldest, 1));
}
