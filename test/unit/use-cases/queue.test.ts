import { Queue } from '../../../src/use-cases/queue.js';
import { collectGarbage } from '../../support/garbage.js';

const turn = (): Promise<void> => new Promise(setImmediate);

describe('work in a queue', () => {
  it('of one key is done one after another, in the order in which it came', async () => {
    const queue = new Queue();
    const journal: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      journal.push(`${name} begins`);
      await turn();
      journal.push(`${name} ends`);
      return name;
    };
    expect(await Promise.all(['a', 'b', 'c'].map((name) => queue.run('key', work(name))))).toEqual(['a', 'b', 'c']);
    expect(journal).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('of different keys goes on at once', async () => {
    const queue = new Queue();
    const never = queue.run('one', () => new Promise<never>(() => undefined));
    expect(await queue.run('two', () => Promise.resolve('done'))).toBe('done');
    expect(await Promise.race([never, turn().then(() => 'still waiting')])).toBe('still waiting');
  });

  it('that fails fails for who asked, and the next is done all the same', async () => {
    const queue = new Queue();
    const failing = queue.run('key', () => Promise.reject(new Error('mine')));
    const next = queue.run('key', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('mine');
    expect(await next).toBe('done');
  });

  it('that comes when its key is idle is begun at once', async () => {
    const queue = new Queue();
    await queue.run('key', () => Promise.resolve());
    expect(await queue.run('key', () => Promise.resolve('again'))).toBe('again');
  });

  it('is forgotten with its key when it has ended', async () => {
    const queue = new Queue();
    const answer = new WeakRef(await queue.run('key', () => Promise.resolve({})));
    await turn();
    collectGarbage();
    expect(answer.deref()).toBeUndefined();
    expect(await queue.run('key', () => Promise.resolve('again'))).toBe('again');
  });
});
