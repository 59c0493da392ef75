// What it costs to have the package: the time of its import, and its bytes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Milliseconds of a process that imports the package, and of one that imports an empty module, in turn. */
export function importTimes({ node, rounds }) {
  const folder = mkdtempSync(join(here, '.import-'));
  const modules = {
    empty: '',
    express: `import 'express';`,
    package: `import 'passport-factors';`,
    redis: `import 'passport-factors'; import 'passport-factors/redis';`,
  };
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, `${name}.mjs`), text);
  const times = Object.fromEntries(Object.keys(modules).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of Object.keys(modules)) {
      const startedAt = performance.now();
      execFileSync(node, [join(folder, `${name}.mjs`)], { env: { ...process.env, NODE_ENV: 'production' } });
      // The first round only warms the file system's cache.
      if (round > 0) times[name].push(performance.now() - startedAt);
    }
  }
  rmSync(folder, { recursive: true });
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

/** Bytes of the tarball, and of all that a production install of it brings besides the host's own packages. */
export function packageSizes({ tarball }) {
  const folder = mkdtempSync(join(tmpdir(), 'passport-factors-size-'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  execFileSync(
    'npm',
    ['install', '--omit=dev', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund', tarball],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const packages = installed(join(folder, 'node_modules'));
  const sizes = {
    tarball: statSync(tarball).size,
    unpacked: bytesIn(join(folder, 'node_modules', 'passport-factors')),
    installed: bytesIn(join(folder, 'node_modules')),
    packages,
  };
  rmSync(folder, { recursive: true });
  return sizes;
}

function installed(modules) {
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  return names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

function bytesIn(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}
