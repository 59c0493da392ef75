// Arrows point down: what each folder of src/ may import. Each rule is seen to fail by layering-check.js.
const of = (...names) => names.map((name) => `node_modules/(@types/)?${name}/`);
const built = (...names) => names.map((name) => `^(node:)?${name}$`);
const folders = (...names) => names.map((name) => `^src/${name}/`);
const files = (...names) => names.map((name) => `^src/${name}\\.ts$`);

/** A folder and everything it may import. */
const sees = (folder, ...allowed) => ({
  name: `${folder}-sees-only-its-own`,
  from: { path: `^src/${folder}/` },
  to: { pathNot: [`^src/${folder}/`, ...allowed.flat()] },
});

// Not 'type-only': that is also said of `import express, { type Request }`, which runs.
const onlyTypes = 'pre-compilation-only';
const atRunTime = { dependencyTypesNot: [onlyTypes] };

const shared = [...folders('web', 'use-cases', 'domain', 'pages'), ...files('errors', 'duration')];

const rules = [
  sees('domain', files('errors'), built('crypto', 'util'), of('@otplib')),
  sees('vault', folders('domain'), files('errors'), built('crypto'), of('valibot')),
  sees('store', files('errors'), built('assert/strict', 'crypto', 'timers/promises'), of('ioredis')),
  sees('use-cases', folders('domain', 'vault'), files('store/store', 'errors')),
  sees('pages', folders('domain'), files('errors'), built('crypto'), of('preact', 'preact-render-to-string', 'uqr')),
  sees('web', shared, of('express', 'passport', 'valibot')),
  sees('http', shared, of('express', 'valibot')),
  sees(
    'webhooks',
    folders('domain'),
    files('use-cases/outbox', 'use-cases/transaction'),
    built('crypto', 'dns', 'net'),
  ),
  sees(
    'verify-api',
    shared,
    folders('webhooks'),
    files('events', 'mfa', 'mfa-parts'),
    built('crypto'),
    of('express', 'valibot'),
  ),
  sees('passport', shared, of('express', 'passport-strategy', 'valibot')),
  {
    name: 'foundations-import-nothing-of-ours',
    from: { path: files('errors', 'duration') },
    to: { path: '^src/' },
  },
  {
    name: 'only-totp-knows-otplib',
    from: { path: '^src/', pathNot: files('domain/totp') },
    to: { path: ['node_modules/otplib/', ...of('@otplib')] },
  },
  {
    name: 'pages-know-the-domain-by-its-types',
    from: { path: '^src/pages/' },
    to: { path: '^src/domain/', ...atRunTime },
  },
  {
    name: 'express-runs-only-in-routers',
    from: { path: '^src/', pathNot: folders('http', 'verify-api') },
    to: { path: of('express'), ...atRunTime },
  },
  {
    name: 'express-is-known-to-the-doors-only',
    from: { path: '^src/', pathNot: [...folders('http', 'passport', 'verify-api', 'web'), ...files('options', 'mfa')] },
    to: { path: of('express') },
  },
  {
    // See web/status-codes.
    name: 'node-http-is-not-imported',
    from: { path: '^src/' },
    to: { path: built('https?') },
  },
  {
    name: 'what-the-host-hands-over-never-runs',
    from: { path: '^src/' },
    to: { path: of('ioredis', 'passport'), ...atRunTime },
  },
  {
    name: 'what-runs-is-declared',
    from: { path: '^src/' },
    to: { pathNot: of('ioredis', 'passport'), dependencyTypesNot: ['core', 'local', 'npm', 'npm-peer', onlyTypes] },
  },
  {
    name: 'no-cycle-at-run-time',
    from: { path: '^src/' },
    to: { circular: true, viaOnly: atRunTime },
  },
  {
    name: 'no-drawer',
    from: {},
    to: { path: '/(utils?|helpers?|common|misc)[/.]', pathNot: 'node_modules/' },
  },
];

module.exports = {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
