// Holds docs/security.md to its word: every requirement and every attack has a row, every row names a test that passes
// or a paragraph that exists. The named tests are run; a title that matches none is a failure.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = 'docs/security.md';
const report = resolve(root, '.cache/security-tests.json');

const ids = (letter, count, width) =>
  Array.from({ length: count }, (_, index) => letter + String(index + 1).padStart(width, '0'));
const EXPECTED = [...ids('R', 83, 1), ...ids('A', 50, 2)];

/** Id and last cell of every row whose first cell is an id. */
function rowsOf(text) {
  return text
    .split('\n')
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([, id]) => /^[RA]\d+$/.test(id ?? ''))
    .map((cells) => ({ id: cells[1], proof: cells.at(-2) ?? '' }));
}

/** Test titles stand in backquotes, `describe › test`; paragraphs are links to a heading. */
function proofsOf({ id, proof }) {
  const titles = [...proof.matchAll(/`([^`]+)`/g)].map(([, title]) => title);
  const links = [...proof.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
  return { id, titles, links };
}

function hasHeading(target) {
  const [path, anchor = ''] = target.split('#');
  const where = path === '' ? resolve(root, file) : resolve(root, dirname(file), path);
  const slugs = readFileSync(where, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  return slugs.includes(anchor);
}

/** The full titles of the tests that passed, of those named. */
function passedOf(titles) {
  const escaped = titles.map((title) => title.replaceAll(' › ', ' ').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  mkdirSync(dirname(report), { recursive: true });
  const jest = ['jest', '--config', 'tooling/jest.config.js', '--silent', '--json', '--outputFile', report];
  const run = spawnSync('npx', [...jest, '--testNamePattern', `^(${escaped.join('|')})$`], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.status === null) throw new Error(`jest did not run: ${String(run.error)}`);
  const results = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  );
  const named = results.filter(({ status }) => status === 'passed' || status === 'failed');
  const full = ({ ancestorTitles, title }) => [...ancestorTitles, title].join(' › ');
  const failed = new Set(named.filter(({ status }) => status === 'failed').map(full));
  return new Set(named.map(full).filter((title) => !failed.has(title)));
}

const rows = rowsOf(readFileSync(resolve(root, file), 'utf8')).map(proofsOf);
const problems = [];
for (const id of EXPECTED) {
  const count = rows.filter((row) => row.id === id).length;
  if (count !== 1) problems.push(`${id} has ${count} rows`);
}
for (const { id, titles, links } of rows) {
  if (!EXPECTED.includes(id)) problems.push(`${id} is no requirement and no attack`);
  if (titles.length + links.length === 0) problems.push(`${id} names neither a test nor a paragraph`);
  if (id.startsWith('A') && titles.length === 0) problems.push(`${id} names no test`);
  for (const link of links) if (!hasHeading(link)) problems.push(`${id}: there is no paragraph ${link}`);
}
const titles = [...new Set(rows.flatMap((row) => row.titles))];
const passed = passedOf(titles);
for (const { id, titles: named } of rows) {
  for (const title of named) if (!passed.has(title)) problems.push(`${id}: no test that passes is titled "${title}"`);
}
for (const problem of problems) console.error(problem);
console.log(`${rows.length} rows, ${titles.length} tests named, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
