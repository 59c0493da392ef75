// Plants a violation of each layering rule in a copy of src/ and sees exactly that rule reported of each.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import layering from './layering.cjs';

/** Rule → the files that break it together, made or appended to; it is reported of the first. */
const PLANTS = {
  'domain-sees-only-its-own': { 'domain/planted-1.ts': `import '../events.js';` },
  'vault-sees-only-its-own': { 'vault/planted-1.ts': `import '../store/memory.js';` },
  'store-sees-only-its-own': { 'store/planted-1.ts': `import '../domain/sid.js';` },
  'use-cases-sees-only-its-own': { 'use-cases/planted-1.ts': `import '../store/memory.js';` },
  'pages-sees-only-its-own': {
    'pages/planted-1.tsx': `import type { A } from '../web/current.js'; export type B = A;`,
  },
  'web-sees-only-its-own': { 'web/planted-1.ts': `import '../vault/keyring.js';` },
  'http-sees-only-its-own': { 'http/planted-1.ts': `import '../passport/isolation.js';` },
  'webhooks-sees-only-its-own': { 'webhooks/planted-1.ts': `import '../vault/keyring.js';` },
  'verify-api-sees-only-its-own': { 'verify-api/planted-1.ts': `import '../http/exchange.js';` },
  'passport-sees-only-its-own': { 'passport/planted-1.ts': `import '../http/exchange.js';` },
  'foundations-import-nothing-of-ours': { 'duration.ts': `import './domain/sid.js';` },
  'only-totp-knows-otplib': { 'domain/planted-2.ts': `import '@otplib/core';` },
  'pages-know-the-domain-by-its-types': { 'pages/planted-2.tsx': `import '../domain/sid.js';` },
  'express-runs-only-in-routers': { 'web/planted-2.ts': `import express, { type A } from 'express'; express as A;` },
  'express-is-known-to-the-doors-only': { 'events.ts': `import type { A } from 'express'; export type B = A;` },
  'node-http-is-not-imported': { 'resolve-pages.ts': `import 'node:http';` },
  'what-the-host-hands-over-never-runs': { 'store/planted-2.ts': `import 'ioredis';` },
  'what-runs-is-declared': { 'mfa.ts': `import 'typescript';` },
  'no-cycle-at-run-time': {
    'web/planted-3.ts': `import './planted-4.js';`,
    'web/planted-4.ts': `import './planted-3.js';`,
  },
  'no-drawer': { 'web/planted-5.ts': `import './utils.js';`, 'web/utils.ts': '' },
};

const folder = mkdtempSync(join(tmpdir(), 'layering-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
for (const name of ['src', 'tooling', 'package.json', 'tsconfig.json']) {
  cpSync(name, join(folder, name), { recursive: true });
}
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
for (const [file, text] of Object.values(PLANTS).flatMap(Object.entries)) {
  appendFileSync(join(folder, 'src', file), `\n${text}\n`);
}

const { stdout, stderr } = spawnSync(
  resolve('node_modules/.bin/depcruise'),
  ['src', '--config', 'tooling/layering.cjs', '--output-type', 'json'],
  { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 },
);
assert(stdout, stderr);
const { violations } = JSON.parse(stdout).summary;

const rules = layering.forbidden.map(({ name }) => name);
assert.deepEqual(Object.keys(PLANTS).sort(), rules.sort(), 'each rule has a planted violation');
for (const [rule, files] of Object.entries(PLANTS)) {
  const [first] = Object.keys(files);
  const reported = violations.filter(({ from }) => from === `src/${first}`).map((violation) => violation.rule.name);
  assert.deepEqual([...new Set(reported)], [rule], `of src/${first} exactly ${rule} is reported`);
}
console.log(`${rules.length} rules, each seen to fail`);
