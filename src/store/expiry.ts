/** The end of a call's time. After it, nothing of the call may be sent any more. */
export class Expiry {
  /** Rejects when the time is over; never resolves. */
  readonly over: Promise<never>;
  #error: Error | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, errorOf: () => Error) {
    this.over = new Promise((_resolve, reject) => {
      this.#timer = setTimeout(() => {
        this.#error = errorOf();
        reject(this.#error);
      }, ms);
    });
  }

  /** @throws Error where the time is over */
  requireTime(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** The call has ended before. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
