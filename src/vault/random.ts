import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;

let pool = new Uint8Array();
let used = 0;

/**
 * Random bytes of Node's generator, as `randomBytes` gives them, taken many at a time: asking for sixteen costs as much as
 * asking for thousands. No byte is handed out twice, and none stays here.
 */
export function takeRandom(bytes: number): Uint8Array {
  if (bytes > POOL_BYTES) throw new RangeError(`at most ${POOL_BYTES} bytes at once, not ${bytes}`);
  if (used + bytes > pool.length) {
    pool = randomFillSync(new Uint8Array(POOL_BYTES));
    used = 0;
  }
  const taken = pool.slice(used, used + bytes);
  pool.fill(0, used, used + bytes);
  used += bytes;
  return taken;
}
