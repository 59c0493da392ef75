import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const JEST = ['node_modules/jest/bin/jest.js', '--config', 'tooling/jest.config.js', '--json', '--silent'];

/** Runs a file of unit tests with so many random cases for each property; how many properties held. */
export async function runProperties(file: string, runs: number): Promise<number> {
  const env = { ...process.env, PROPERTY_RUNS: runs.toString() };
  const args = [...JEST, '--selectProjects', 'unit', '--testPathPatterns', file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 26 });
  const { numPassedTests, numFailedTests } = JSON.parse(stdout) as Record<string, number>;
  assert.equal(numFailedTests, 0);
  return numPassedTests ?? 0;
}
