// Fails where docs/reliability.md is not what docs/reliability.json renders to, or a case is missing or was cut short.
import { existsSync, readFileSync } from 'node:fs';
import { missingIn } from '../test/faults/coverage.ts';
import { CASES } from '../test/faults/table.ts';
import { FILES, readResults, textsOf } from './reliability-files.js';

const results = readResults();
const { page } = await textsOf(results);
const wrong = missingIn(results, CASES).map((what) => `${FILES.json}: ${what}`);
const written = existsSync(FILES.page) ? readFileSync(FILES.page, 'utf8') : '';
if (written !== page) wrong.push(`${FILES.page} is not what ${FILES.json} renders to`);
for (const each of wrong) console.error(each);
process.exit(wrong.length === 0 ? 0 : 1);
