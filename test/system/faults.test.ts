import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chooseSeed, runCase } from '../faults/run-case.js';
import { CASES } from '../faults/table.js';

const folder = resolve(__dirname, '../faults');
const seed = chooseSeed();

describe.each(CASES)('$id: $claim', (theCase) => {
  it.each(theCase.backends)(
    'on %s',
    async (backend) => {
      const { counts } = await runCase(theCase, backend, { tier: 'bounded', seed });
      expect(counts).toBe(theCase.counts.bounded);
    },
    60_000,
  );
});

describe('the table of cases', () => {
  it('names every file of cases', () => {
    const table = readFileSync(resolve(folder, 'table.ts'), 'utf8');
    const files = readdirSync(resolve(folder, 'cases')).map((file) => file.replace(/\.ts$/, '.js'));
    expect(files.filter((file) => !table.includes(`./cases/${file}`))).toEqual([]);
  });

  it('gives every case and backend a name of its own, and never fewer counts in full than in the slice', () => {
    const names = CASES.flatMap(({ id, backends }) => backends.map((backend) => `${id} on ${backend}`));
    expect(new Set(names).size).toBe(names.length);
    for (const { counts } of CASES) {
      expect(Object.keys(counts.full)).toEqual(Object.keys(counts.bounded));
      for (const [name, bounded] of Object.entries(counts.bounded)) {
        expect(counts.full[name]).toBeGreaterThanOrEqual(bounded);
      }
    }
  });
});
