// Takes the pictures of the README from the journey of the browser tests: `npm run screenshots`. All pictures, of every
// language in light and dark, stay in .cache/screenshots.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pictures = `${root}.cache/screenshots`;
const SHOWN = { 'enroll.png': 'enroll-begun-light.png', 'challenge.png': 'challenge-login-dark.png' };

const { status } = spawnSync(
  'npx',
  ['jest', '--config', 'tooling/jest.config.js', '--selectProjects', 'browser', '-t', 'lead through everything'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, SCREENSHOTS: pictures } },
);
if (status !== 0) throw new Error('the pages are not as they should be');
mkdirSync(`${root}docs/images`, { recursive: true });
for (const [name, picture] of Object.entries(SHOWN)) {
  copyFileSync(`${pictures}/en/${picture}`, `${root}docs/images/${name}`);
}
