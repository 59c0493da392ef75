import { takeRandom } from '../../../src/vault/random.js';

describe('random bytes', () => {
  it('come as many as asked for, over the end of what is drawn at once', () => {
    const lengths = Array.from({ length: 1000 }, (_, index) => (index % 40) + 1);
    expect(lengths.map((length) => takeRandom(length)).map(({ length }) => length)).toEqual(lengths);
    expect(takeRandom(4096)).toHaveLength(4096);
  });

  it('never come twice, and nobody who changes his own changes those of another', () => {
    const taken = Array.from({ length: 2000 }, () => takeRandom(16));
    const before = taken.map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(before).size).toBe(2000);
    taken[0]?.fill(0);
    for (const bytes of taken) expect(bytes.buffer.byteLength).toBe(16);
    expect(taken.slice(1).map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(before.slice(1));
  });

  it('are of every value, each about as often', () => {
    const counts = new Uint32Array(256);
    for (let count = 0; count < 4096; count += 1)
      for (const byte of takeRandom(16)) counts[byte] = (counts[byte] ?? 0) + 1;
    // 256 of each are expected, give or take 16; nine times that is not met in a thousand lives.
    for (const count of counts) expect(Math.abs(count - 256)).toBeLessThan(144);
  });

  it('are refused where more are asked for than there can be at once', () => {
    expect(() => takeRandom(4097)).toThrow(RangeError);
  });
});
