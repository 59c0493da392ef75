import type { FaultCase } from './fault-case.js';
import type { Entry, Reliability } from './page.js';

/** What is missing in the results: cases that were not run, or less often than they say. */
export function missingIn({ entries }: Reliability, cases: readonly FaultCase[]): readonly string[] {
  const wanted = cases.flatMap((theCase) => theCase.backends.map((backend) => ({ theCase, backend })));
  const missing = wanted.flatMap(({ theCase, backend }) => {
    const name = `${theCase.id} on ${backend}`;
    const entry = entries.find((one) => one.id === theCase.id && one.backend === backend);
    if (entry === undefined) return [`${name} was not run`];
    const short = Object.entries(theCase.counts.full).filter(([count, full]) => (entry.counts[count] ?? 0) < full);
    return short.map(([count, full]) => `${name}: ${entry.counts[count] ?? 0} ${count} instead of ${full}`);
  });
  const isKnown = ({ id, backend }: Entry): boolean =>
    wanted.some((one) => one.theCase.id === id && one.backend === backend);
  const unknown = entries
    .filter((entry) => !isKnown(entry))
    .map(({ id, backend }) => `there is no ${id} on ${backend}`);
  return [...missing, ...unknown];
}

/** The results with those of a new run in their places, in the order of the table; what no case gives any more is gone. */
export function merge({ entries }: Reliability, fresh: readonly Entry[], cases: readonly FaultCase[]): Reliability {
  const find = (from: readonly Entry[], id: string, backend: string): Entry | undefined =>
    from.find((entry) => entry.id === id && entry.backend === backend);
  return {
    entries: cases.flatMap(({ id, backends }) =>
      backends.flatMap((backend) => find(fresh, id, backend) ?? find(entries, id, backend) ?? []),
    ),
  };
}
