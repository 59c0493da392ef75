import type { CaseResult } from './run-case.js';

/** What one case gave in one run, with what it was run on. */
export interface Entry extends CaseResult {
  readonly seed: number;
  readonly date: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The content of docs/reliability.json. */
export interface Reliability {
  readonly entries: readonly Entry[];
}

const HEAD = `# Reliability: what was broken, and what held

Every line below is a fault that was made to happen to a real Redis server (a process of its own, a cluster of three
primaries, or a Sentinel with a primary and a replica) under an app of two processes, and what was counted meanwhile.
The page is rendered from \`reliability.json\`; \`npm run test:faults\` writes both, \`npm test\` runs a small slice of
every case, and \`npm run check\` fails where page and JSON differ. What was not run in full is said first.

A case fails where its claim is violated, and also where its fault did not verifiably happen. The cases are the files of
\`test/faults/cases\`. The clock of the app is injected: a code's window passes when a case says so. Sessions are kept
in another, healthy Redis, so that their failing does not hide ours.

Zero failures in 1,000 rounds bound the true rate below 0.3 % per round (95 %, rule of three); in 100 rounds below 3 %.

Scaled to one machine with two cores, which the app, its Redis and the load share: the soak runs at 50 requests a second.
A fault that needs a kernel's help is made by a proxy: packet loss is a stall of single chunks, as TCP shows it. The clock
of Redis is not moved, because no rule reads it.
`;

/** docs/reliability.md, from docs/reliability.json and what is `missing` in it. */
export function renderPage({ entries }: Reliability, missing: readonly string[]): string {
  return [HEAD, ...renderMissing(missing), ...groupById(entries).map(renderCase), renderRuns(entries)].join('\n');
}

function renderMissing(missing: readonly string[]): readonly string[] {
  if (missing.length === 0) return [];
  return [`## Not run in full yet\n\n${missing.map((what) => `- ${what}`).join('\n')}\n`];
}

function renderCase(entries: readonly [Entry, ...Entry[]]): string {
  const [{ id, claim }] = entries;
  const names = [...new Set(entries.flatMap(({ measured }) => Object.keys(measured)))];
  const rows = entries.map(({ backend, counts, measured }) => [
    backend,
    Object.entries(counts)
      .map(([name, count]) => `${count} ${words(name)}`)
      .join(', '),
    ...names.map((name) => String(measured[name] ?? '')),
  ]);
  return `## ${id}: ${claim}\n\n${table(['on', 'done', ...names.map(words)], rows)}`;
}

function renderRuns(entries: readonly Entry[]): string {
  const rows = entries.map(({ id, backend, date, commit, seed, seconds, versions }) => [
    id,
    backend,
    date.slice(0, 10),
    commit.slice(0, 12),
    String(seed),
    String(seconds),
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ]);
  return `## Runs\n\n${table(['case', 'on', 'date', 'commit', 'seed', 'seconds', 'versions'], rows)}`;
}

function groupById(entries: readonly Entry[]): readonly (readonly [Entry, ...Entry[]])[] {
  const groups = new Map<string, [Entry, ...Entry[]]>();
  for (const entry of entries) {
    const group = groups.get(entry.id);
    if (group === undefined) groups.set(entry.id, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** `slowestMs` as `slowest ms`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}
