import { event } from '../domain/event.js';
import { isWithin } from '../domain/instant.js';
import type { Outbox } from './outbox.js';

/** A code that was right at another time, and by how much. */
interface Drift {
  readonly seconds: number;
  readonly at: number;
}

/** So many people, within so many ms, whose clocks agree to so many seconds: then they are right. */
const PEOPLE = 5;
const WITHIN = 10 * 60_000;
const ALIKE = 60;
/** Told again after so many ms. */
const TOLD_EVERY = 60 * 60_000;
/** People remembered. */
const MOST = 1000;

/** Notices when the authenticators of many people drift alike: it is this server's clock that is wrong, not theirs. */
export class DriftWatch {
  readonly #outbox: Outbox;
  readonly #drifts = new Map<string, Drift>();
  #toldAt = -Infinity;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  note(identity: string, { reason, driftSeconds }: { reason?: string; driftSeconds?: number }, now: number): void {
    if (reason !== 'clock_drift' || driftSeconds === undefined) return;
    this.#drifts.delete(identity);
    this.#drifts.set(identity, { seconds: driftSeconds, at: now });
    for (const [other, { at }] of this.#drifts) {
      if (now - at >= WITHIN || this.#drifts.size > MOST) this.#drifts.delete(other);
    }
    const alike = [...this.#drifts.values()].filter(({ seconds }) => Math.abs(seconds - driftSeconds) <= ALIKE);
    if (alike.length < PEOPLE || isWithin(TOLD_EVERY, this.#toldAt, now)) return;
    this.#toldAt = now;
    this.#outbox.tell(null, event('clock.suspected', { reason: 'clock_drift' }), now, null);
  }
}
