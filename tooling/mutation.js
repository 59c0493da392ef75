// Mutation tests of the rules that must never be wrong. Every mutant must be killed, but those in
// equivalent-mutants.json, which change nothing that anybody could see; each of those has its reason.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = at('..');

const run = spawnSync('npx', ['stryker', 'run', 'tooling/stryker.config.mjs', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
if (run.status !== 0) throw new Error('Stryker did not run to its end');

const { files } = JSON.parse(readFileSync(at('../.cache/mutation.json'), 'utf8'));
const equivalents = JSON.parse(readFileSync(at('equivalent-mutants.json'), 'utf8'));
const mutants = Object.entries(files).flatMap(([file, { source, mutants: ofFile }]) => {
  const lines = source.split('\n');
  return ofFile.map(({ status, replacement, location: { start } }) => ({
    file,
    line: (lines[start.line - 1] ?? '').trim(),
    at: start.line,
    replacement: replacement ?? '',
    status,
  }));
});

const isSame = (one, other) =>
  one.file === other.file && one.line === other.line && one.replacement === other.replacement;
const alive = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
const unlisted = alive.filter((mutant) => !equivalents.some((listed) => isSame(listed, mutant)));
const killed = equivalents.filter(
  (listed) => Object.hasOwn(files, listed.file) && !alive.some((mutant) => isSame(listed, mutant)),
);
for (const { file, at: line, line: text, replacement } of unlisted) {
  console.error(`SURVIVED  ${file}:${line}  ${text}  →  ${replacement}`);
}
for (const { file, line } of killed) console.error(`listed as equivalent, but not alive: ${file}  ${line}`);
const counted = mutants.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError');
console.log(`${counted.length} mutants, ${alive.length} alive, ${equivalents.length} listed as equivalent`);
process.exitCode = unlisted.length + killed.length === 0 && counted.length > 0 ? 0 : 1;
