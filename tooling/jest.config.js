import { fileURLToPath } from 'node:url';

const swc = (tsx) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', tsx },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const rootDir = fileURLToPath(new URL('..', import.meta.url));

const common = {
  rootDir,
  testEnvironment: 'node',
  transform: { '^.+\\.tsx$': swc(true), '^.+\\.ts$': swc(false) },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'json', 'node'],
};

const redis = {
  globalSetup: '<rootDir>/test/support/redis-setup.mjs',
  globalTeardown: '<rootDir>/test/support/redis-teardown.ts',
};

/** What is driven over HTTP, in this process. */
const roots = ['<rootDir>/test/http', '<rootDir>/test/attacks'];
const verifyApi = { ...common, ...redis, roots: ['<rootDir>/test/verify-api'] };

/** The same suite under the oldest hosts that are supported. */
const oldest = { ...common.moduleNameMapper, '^express$': 'express4', '^passport$': 'passport06' };

export default {
  rootDir,
  // No test depends on the machine's speed; this ends one that hangs.
  testTimeout: 120_000,
  // A test file leaves its modules behind in the process that ran it: a new one begins before they fill the heap.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1.5GB',
  projects: [
    { ...common, displayName: 'unit', roots: ['<rootDir>/test/unit'] },
    { ...common, displayName: 'http', roots },
    { ...common, displayName: 'http, oldest hosts', roots, moduleNameMapper: oldest },
    { ...verifyApi, displayName: 'verify-api' },
    {
      ...verifyApi,
      displayName: 'verify-api, oldest hosts',
      moduleNameMapper: oldest,
      // Where a host's Express makes a difference; the rest is one run of the same rules.
      testMatch: ['**/own-*.test.ts', '**/contract-{http,samples,node-sdk}.test.ts'],
    },
    { ...common, displayName: 'browser', roots: ['<rootDir>/test/browser'] },
    { ...common, displayName: 'system', roots: ['<rootDir>/test/system'], ...redis },
  ],
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/**/*.{ts,tsx}'],
};
