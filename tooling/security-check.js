// Holds docs/security.md to its word: every requirement and every attack has a row, every row names a test that passes
// or a paragraph that exists. `npm test` runs them and keeps the titles; one that matches none is a failure.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TITLES } from './passed-titles.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = 'docs/security.md';

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

/** The full titles of the tests that passed when all of them last ran. */
function passedTests() {
  try {
    return new Set(JSON.parse(readFileSync(TITLES, 'utf8')));
  } catch {
    throw new Error('run `npm test` first: it keeps the titles of the tests that passed');
  }
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
const titles = new Set(rows.flatMap((row) => row.titles));
const passed = passedTests();
for (const { id, titles: named } of rows) {
  for (const title of named) if (!passed.has(title)) problems.push(`${id}: no test that passes is titled "${title}"`);
}
for (const problem of problems) console.error(problem);
console.log(`${rows.length} rows, ${titles.size} tests named, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
