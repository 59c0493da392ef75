// The gate. Each step's name is a claim; all of them are tried, so that one run shows every failure.
// --tests=passed or --tests=failed: the tests ran just before, and this is what came of it.
import { spawnSync } from 'node:child_process';

const STEPS = [
  ['every file is formatted', 'check:format'],
  // The example is linted and compiled as a consumer of the built package.
  ['the package builds', 'build'],
  ['no lint rule is broken', 'check:lint'],
  ['the types hold', 'check:types'],
  ['arrows point down', 'check:layers'],
  ['each layering rule catches a planted violation', 'check:layer-rules'],
  ['nothing is unused', 'check:unused'],
  ['every test passes', 'test'],
  ['the page of the fault cases tells what they gave', 'check:reliability'],
  ['every requirement and every attack has a test that passed', 'check:security'],
  ['every line and branch of the rules is covered', 'check:coverage'],
  ['the package is well-formed', 'check:package'],
  ['the packed tarball works for its consumers', 'check:consumers'],
];

const testsSaid = /^--tests=(passed|failed)$/.exec(process.argv[2] ?? '')?.[1];

function attempt(script) {
  if (script === 'test' && testsSaid !== undefined) return { passed: testsSaid === 'passed', note: 'ran before' };
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const note = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  return { passed: status === 0, note, output: `${stdout}${stderr}` };
}

let failed = 0;
for (const [claim, script] of STEPS) {
  const { passed, note, output } = attempt(script);
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${claim} (${note})`);
  if (passed) continue;
  failed += 1;
  if (output !== undefined) console.log(output.trimEnd().replaceAll(/^/gm, '        '));
}
console.log(`${STEPS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
