// Packs the package, installs it as its users do, and runs their apps: see consumers/.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const { devDependencies: versions } = JSON.parse(readFileSync('package.json', 'utf8'));
const pick = (...names) => Object.fromEntries(names.map((name) => [name, versions[name]]));
const ofAlias = (alias) => versions[alias].slice(versions[alias].lastIndexOf('@') + 1);

const temporary = mkdtempSync(join(tmpdir(), 'consumers-'));
process.on('exit', () => rmSync(temporary, { recursive: true }));
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', temporary], { encoding: 'utf8' });
const tarball = join(temporary, packed.trim());

/** A folder with the apps and what they depend on. */
function install(name, dependencies) {
  const folder = join(temporary, name);
  mkdirSync(folder);
  cpSync('tooling/consumers', folder, { recursive: true });
  const manifest = { private: true, dependencies: { 'passport-factors': `file:${tarball}`, ...dependencies } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  return folder;
}

function run(claim, folder, ...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(`${claim}: ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0) process.exitCode = 1;
}

const bin = (path) => resolve('node_modules', path);

const express5 = install(
  'express5',
  pick(
    'express',
    'express-session',
    'passport',
    '@types/node',
    '@types/express',
    '@types/express-session',
    '@types/passport',
  ),
);
run('ES modules with Express 5 work', express5, 'esm.mjs');
run('CommonJS with Express 5 works', express5, 'commonjs.cjs');
run('a CommonJS Jest suite passes', express5, bin('jest/bin/jest.js'), '--silent', '--testMatch', '**/*.test.cjs');
run('strict TypeScript compiles', express5, bin('typescript/bin/tsc'));
run('strict TypeScript with Express 5 works', express5, 'built/strict.mjs');

const express4 = install('express4', {
  ...pick('express-session'),
  express: ofAlias('express4'),
  passport: ofAlias('passport06'),
});
run('ES modules with Express 4 and passport 0.6 work', express4, 'esm.mjs');
