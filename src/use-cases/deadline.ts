import { MfaError } from '../errors.js';

export interface Deadline {
  isOver(): boolean;
  /** Rejects when the time is over; never resolves. */
  readonly over: Promise<never>;
}

/**
 * What `work` answers, if it does so within `ms` (real time, whatever the injected clock says). After that its outcome
 * is unknown, and unknown is a failure, also where it succeeds late.
 * @throws MfaError `store_unavailable`
 */
export async function withinDeadline<T>(ms: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      reject(new MfaError('store_unavailable', `no answer within ${ms.toString()} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work({ isOver: () => isOver, over }), over]);
  } finally {
    clearTimeout(timer);
  }
}
