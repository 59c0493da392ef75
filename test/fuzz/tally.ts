import type { FuzzRequest } from './request.js';
import type { Reply } from './wire.js';

export interface Counts {
  /** Requests by route and class of status; `closed`: hung up without an answer. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Requests by status and, where it is a refusal of ours, its code. */
  readonly answers: Readonly<Record<string, number>>;
  /** Of each route, how many answers its own handler gave: those that no other route would have given. */
  readonly handled: Readonly<Record<string, number>>;
}

/** Refusals that every route has in common: they come before its handler. */
const COMMON = ['first_factor_required', 'cross_site', 'payload_too_large', 'invalid_request', 'method_not_allowed'];

export class Tally {
  readonly #routes = new Map<string, Map<string, number>>();
  readonly #answers = new Map<string, number>();
  readonly #handled = new Map<string, number>();

  count({ route }: FuzzRequest, reply: Reply): void {
    const classes = this.#routes.get(route) ?? new Map<string, number>();
    this.#routes.set(route, classes);
    if (typeof reply === 'string') {
      add(classes, reply);
      add(this.#answers, reply);
      return;
    }
    const { status, body } = reply;
    const code = /"status":\d+,"code":"(\w+)"/.exec(body)?.[1];
    add(classes, `${String(status).slice(0, 1)}xx`);
    add(this.#answers, code === undefined ? `${status}` : `${status} ${code}`);
    if (status < 400 || (code !== undefined && !COMMON.includes(code))) add(this.#handled, route);
  }

  counts(): Counts {
    return {
      routes: Object.fromEntries([...this.#routes].map(([route, classes]) => [route, inOrder(classes)])),
      answers: inOrder(this.#answers),
      handled: inOrder(this.#handled),
    };
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function inOrder(counts: Map<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
