import { MfaError } from '../../../src/errors.js';
import { withinDeadline, type Deadline } from '../../../src/use-cases/deadline.js';

describe('work with a deadline', () => {
  it('that answers in time is its answer', async () => {
    expect(await withinDeadline(60_000, async (deadline) => (deadline.isOver() ? 'late' : 'in time'))).toBe('in time');
  });

  it('that fails in time fails as it did', async () => {
    const failure = new MfaError('locked');
    await expect(withinDeadline(60_000, () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it('that never answers fails as a store that does not', async () => {
    await expect(withinDeadline(1, () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'no answer within 1 ms',
    });
  });

  it('that succeeds late has failed, and can see that it is late', async () => {
    let seen: Deadline | undefined;
    const late = withinDeadline(1, async (deadline) => {
      seen = deadline;
      await deadline.over.catch(() => undefined);
      return 'too late';
    });
    await expect(late).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(seen?.isOver()).toBe(true);
  });
});
