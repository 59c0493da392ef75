// Flips each condition of the scripts that run inside Redis, one at a time, in a copy: the tests of the store must catch
// every one.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const copy = join(root, '.cache/lua-mutants');
const file = 'src/store/redis-scripts.ts';

/** Of each `if`, and each `or` and `and` within one, the text in which it says the opposite. */
function mutantsOf(source) {
  const flips = [
    [/\bif (.+?) then\b/g, ([, condition]) => `if not (${condition}) then`],
    [/(?<=\bif .*)\b(or|and)\b(?=.* then\b)/g, ([word]) => (word === 'or' ? 'and' : 'or')],
  ];
  return flips.flatMap(([pattern, flip]) =>
    [...source.matchAll(pattern)].map((match) => ({
      line: source.slice(0, match.index).split('\n').length,
      was: match[0],
      becomes: flip(match),
      text: source.slice(0, match.index) + flip(match) + source.slice(match.index + match[0].length),
    })),
  );
}

function copyCheckout() {
  rmSync(copy, { recursive: true, force: true });
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const name of files) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(join(root, name), join(copy, name));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** Whether the tests of the store pass in the copy. */
function passes() {
  const args = [
    '--config',
    'tooling/jest.config.js',
    '--selectProjects',
    'system',
    '--testPathPatterns',
    'redis-store',
  ];
  const run = spawnSync('npx', ['jest', ...args, '--bail', '--silent', '--forceExit'], { cwd: copy, stdio: 'ignore' });
  if (run.status === null) throw new Error(`jest did not run: ${String(run.error)}`);
  return run.status === 0;
}

copyCheckout();
if (!passes()) throw new Error('the tests of the store fail without any mutant');
const mutants = mutantsOf(readFileSync(join(root, file), 'utf8'));
let survived = 0;
for (const { line, was, becomes, text } of mutants) {
  writeFileSync(join(copy, file), text);
  const isCaught = !passes();
  if (!isCaught) survived += 1;
  console.log(`${isCaught ? 'caught  ' : 'SURVIVED'}  ${file}:${line}  ${was}  →  ${becomes}`);
}
rmSync(copy, { recursive: true, force: true });
console.log(`${mutants.length} conditions flipped, ${survived} survived`);
process.exitCode = survived === 0 && mutants.length > 0 ? 0 : 1;
