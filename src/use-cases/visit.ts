import type { Actor } from '../domain/actor.js';
import { DEADLINE } from './compare-and-set.js';
import { withinDeadline, type Deadline } from './deadline.js';

/** One request's use of the store: how long it may still wait, and what it saw last. */
class Visit<Sight> {
  #left = DEADLINE;
  #seen: { readonly key: string; readonly sight: Sight } | null = null;

  /** @throws MfaError `store_unavailable` when the time of the request is over */
  async within<T>(work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await withinDeadline(Math.max(0, this.#left), work);
    } finally {
      this.#left -= performance.now() - startedAt;
    }
  }

  keep(key: string, sight: Sight): void {
    this.#seen = { key, sight };
  }

  /** What was seen of the key, once: whoever takes it may change it. */
  take(key: string): Sight | null {
    const seen = this.#seen;
    this.#seen = null;
    return seen?.key === key ? seen.sight : null;
  }
}

/** The visits of all requests under way. */
export class Visits<Sight> {
  readonly #visits = new WeakMap<object, Visit<Sight>>();

  /** That of the actor's request; a new one where there is none. */
  of(actor: Actor): Visit<Sight> {
    const request = actor.by === 'session' ? actor.request : undefined;
    const visit = (request && this.#visits.get(request)) ?? new Visit<Sight>();
    if (request !== undefined) this.#visits.set(request, visit);
    return visit;
  }
}
