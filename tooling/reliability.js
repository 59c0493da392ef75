// Runs the fault cases in full and puts what they measured into docs/reliability.json and docs/reliability.md.
//   npm run test:faults                  all of them
//   npm run test:faults -- C07 C08       these, merged into what is there
//   npm run test:faults -- --bounded     a small slice of each; writes nothing
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { merge } from '../test/faults/coverage.ts';
import { chooseSeed, runCase } from '../test/faults/run-case.ts';
import { CASES } from '../test/faults/table.ts';
import { FILES, readResults, textsOf } from './reliability-files.js';

const args = process.argv.slice(2);
const tier = args.includes('--bounded') ? 'bounded' : 'full';
const wanted = args.filter((arg) => !arg.startsWith('--'));
const seed = chooseSeed();
const run = { seed, date: new Date().toISOString(), commit: commitNow(), versions: versionsNow() };

const isWanted = ({ id }) => wanted.length === 0 || wanted.includes(id) || wanted.includes(id.split(' ')[0]);
let failed = 0;
console.log(`seed ${seed}, ${tier} counts`);
for (const theCase of CASES.filter(isWanted)) {
  for (const backend of theCase.backends) {
    try {
      const result = await runCase(theCase, backend, { tier, seed });
      console.log(`ok      ${theCase.id} on ${backend} (${result.seconds} s) ${JSON.stringify(result.measured)}`);
      if (tier === 'full') await write({ ...result, ...run });
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${error.stack}\n${error.cause?.stack ?? ''}`);
    }
  }
}
process.exit(failed === 0 ? 0 : 1);

/** After each case, so that a run that is cut off keeps what it has. */
async function write(entry) {
  const texts = await textsOf(merge(readResults(), [entry], CASES));
  writeFileSync(FILES.json, texts.json);
  writeFileSync(FILES.page, texts.page);
}

function commitNow() {
  const git = (...command) => execFileSync('git', command, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'test', 'package.json');
  return git('rev-parse', 'HEAD') + (changed === '' ? '' : ' with changes');
}

function versionsNow() {
  const versionOf = (file) => JSON.parse(readFileSync(file, 'utf8')).version;
  return {
    'passport-factors': versionOf('package.json'),
    node: process.versions.node,
    redis: /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    ioredis: versionOf('node_modules/ioredis/package.json'),
  };
}
