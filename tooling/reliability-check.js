// Fails where docs/reliability.md is not what docs/reliability.json renders to; what was not run in full stands on the page.
import { existsSync, readFileSync } from 'node:fs';
import { FILES, readResults, textsOf } from './reliability-files.js';

const { page } = await textsOf(readResults());
const written = existsSync(FILES.page) ? readFileSync(FILES.page, 'utf8') : '';
if (written === page) process.exit(0);
console.error(`${FILES.page} is not what ${FILES.json} renders to`);
process.exit(1);
