import assert from 'node:assert/strict';
import type { Answer } from './client.js';
import type { Measured } from './fault-case.js';

/** Statuses that may be seen of an app whose store fails. Anything else is a crash, a hole or a lie. */
const HONEST = [200, 201, 303, 400, 401, 403, 404, 429, 503];

/** What was answered, and what must never be: a code approved twice, or a session let in that was never approved. */
export class Ledger {
  /** Every approval, in the order of the answers. */
  readonly approved: { readonly identity: string; readonly step: number }[] = [];
  readonly #statuses = new Map<number, number>();
  #slowest = 0;
  #failOpen = 0;
  #sinceFailure = 0;

  note({ status, ms }: Answer): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#sinceFailure = status === 503 ? 0 : this.#sinceFailure + 1;
    this.#slowest = Math.max(this.#slowest, ms);
  }

  approve(identity: string, step: number): void {
    this.approved.push({ identity, step });
  }

  /** A session that no answer had approved was let in. */
  letIn(): void {
    this.#failOpen += 1;
  }

  count(status: number): number {
    return this.#statuses.get(status) ?? 0;
  }

  /** Answers since the last 503. */
  get sinceFailure(): number {
    return this.#sinceFailure;
  }

  get requests(): number {
    return sum([...this.#statuses.values()]);
  }

  get approvals(): number {
    return this.approved.length;
  }

  get doubleApprovals(): number {
    return this.approved.length - new Set(this.approved.map(({ identity, step }) => `${identity} ${step}`)).size;
  }

  get failOpen(): number {
    return this.#failOpen;
  }

  get slowestMs(): number {
    return Math.ceil(this.#slowest);
  }

  get measured(): Measured {
    const statuses = [...this.#statuses].sort(([one], [other]) => one - other);
    return {
      requests: this.requests,
      approvals: this.approvals,
      doubleApprovals: this.doubleApprovals,
      failOpen: this.failOpen,
      slowestMs: this.slowestMs,
      statuses: statuses.map(([status, times]) => `${status}: ${times}`).join(', '),
    };
  }

  /** Nobody was let in who should not have been, and every answer was an honest one. */
  requireClean({ withinMs = Infinity } = {}): void {
    assert.equal(this.doubleApprovals, 0, `${this.doubleApprovals} codes were approved twice`);
    assert.equal(this.failOpen, 0, `${this.failOpen} sessions were let in without a second factor`);
    const others = [...this.#statuses.keys()].filter((status) => !HONEST.includes(status));
    assert.deepEqual(others, [], `statuses seen: ${String(this.measured['statuses'])}`);
    assert.ok(this.#slowest <= withinMs, `the slowest answer took ${this.slowestMs} ms, not ${withinMs} ms`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
