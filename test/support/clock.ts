/** A clock that stands still until it is told to go on. */
export class TestClock {
  #now: number;

  constructor(now = Date.UTC(2026, 10, 20, 12, 0, 5)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
