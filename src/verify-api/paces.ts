import { ClientError, type ClientErrorCode } from '../errors.js';
import type { Pace } from '../domain/tally.js';

interface Window {
  readonly start: number;
  readonly count: number;
}

/** Names that are remembered. */
const MOST = 10_000;

/** How often something was done under each of many names. In this process: it protects a server, not a factor. */
export class Paces {
  readonly #pace: Pace;
  readonly #code: ClientErrorCode;
  readonly #windows = new Map<string, Window>();

  constructor(pace: Pace, code: ClientErrorCode) {
    this.#pace = pace;
    this.#code = code;
  }

  /** @throws ClientError, with `retryAfter`, where once more would be too often */
  require(name: string, now: number): void {
    this.#next(name, now);
  }

  /** Counts one more. @throws ClientError as `require` */
  count(name: string, now: number): void {
    const window = this.#next(name, now);
    this.#windows.delete(name);
    this.#windows.set(name, window);
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size > MOST) this.#windows.delete(oldest);
  }

  #next(name: string, now: number): Window {
    const { most, within } = this.#pace;
    const window = this.#windows.get(name);
    if (window === undefined || now - window.start >= within) return { start: now, count: 1 };
    if (window.count < most) return { start: window.start, count: window.count + 1 };
    throw new ClientError(this.#code, Math.ceil((window.start + within - now) / 1000));
  }
}
