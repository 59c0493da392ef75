// A Jest reporter: keeps the full titles of the tests that passed and failed, for `npm run check:security`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const TITLES = fileURLToPath(new URL('../.cache/test-titles.json', import.meta.url));

export default class PassedTitles {
  onRunComplete(_contexts, { testResults }) {
    const results = testResults.flatMap((file) => file.testResults);
    const titlesOf = (status) =>
      results
        .filter((result) => result.status === status)
        .map(({ ancestorTitles, title }) => [...ancestorTitles, title].join(' › '));
    const failed = new Set(titlesOf('failed'));
    const passed = [...new Set(titlesOf('passed'))].filter((title) => !failed.has(title));
    mkdirSync(new URL('.', `file://${TITLES}`), { recursive: true });
    writeFileSync(TITLES, JSON.stringify(passed, null, 1));
  }
}
