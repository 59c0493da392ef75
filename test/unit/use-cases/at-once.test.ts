import { mapAtOnce } from '../../../src/use-cases/at-once.js';

const hundred = Array.from({ length: 100 }, (_, index) => index);

describe('work on many items', () => {
  it('answers for all of them, in their order', async () => {
    const later = async (item: number): Promise<number> => {
      if (item % 2 === 0) await new Promise(setImmediate);
      return item * 2;
    };
    expect(await mapAtOnce(hundred, later)).toEqual(hundred.map((item) => item * 2));
  });

  it('has 32 under way at once, and no more', async () => {
    let underWay = 0;
    let most = 0;
    await mapAtOnce(hundred, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
    });
    expect(most).toBe(32);
  });

  it('fails as the first one that does', async () => {
    const failure = new Error('the store is gone');
    await expect(
      mapAtOnce(hundred, (item) => (item === 40 ? Promise.reject(failure) : Promise.resolve())),
    ).rejects.toBe(failure);
  });
});
