// docs/reliability.json and the page that is rendered from it.
import { existsSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { missingIn } from '../test/faults/coverage.ts';
import { renderPage } from '../test/faults/page.ts';
import { CASES } from '../test/faults/table.ts';

export const FILES = { json: 'docs/reliability.json', page: 'docs/reliability.md' };

export function readResults() {
  return existsSync(FILES.json) ? JSON.parse(readFileSync(FILES.json, 'utf8')) : { entries: [] };
}

/** The text of each file for these results, formatted as all others are. */
export async function textsOf(results) {
  const format_ = async (file, text) => format(text, { ...(await resolveConfig(file)), filepath: file });
  return {
    json: await format_(FILES.json, JSON.stringify(results, null, 2)),
    page: await format_(FILES.page, renderPage(results, missingIn(results, CASES))),
  };
}
