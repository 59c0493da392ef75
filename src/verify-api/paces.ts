import { countOne, NEVER, type Pace, type Tally } from '../domain/tally.js';
import type { ClientErrorCode } from '../errors.js';

/** Names that are remembered. */
const MOST = 10_000;

/** How often something was done under each of many names. In this process: it protects a server, not a factor. */
export class Paces {
  readonly #pace: Pace;
  readonly #code: ClientErrorCode;
  readonly #tallies = new Map<string, Tally>();

  constructor(pace: Pace, code: ClientErrorCode) {
    this.#pace = pace;
    this.#code = code;
  }

  /** @throws ClientError, with `retryAfter`, where once more would be too often */
  require(name: string, now: number): void {
    countOne(this.#tallies.get(name) ?? NEVER, this.#pace, now, this.#code);
  }

  /** Counts one more. @throws ClientError as `require` */
  count(name: string, now: number): void {
    const tally = countOne(this.#tallies.get(name) ?? NEVER, this.#pace, now, this.#code);
    this.#tallies.delete(name);
    this.#tallies.set(name, tally);
    const [oldest] = this.#tallies.keys();
    if (oldest !== undefined && this.#tallies.size > MOST) this.#tallies.delete(oldest);
  }
}
