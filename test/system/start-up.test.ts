import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What runs at the start of every app; Express comes with the first request, and pages with the first page. */
const AT_START = ['@otplib/core', '@otplib/hotp', '@otplib/uri', 'passport-strategy', 'valibot'];

/** The packages of which a process ran something. */
function packagesRunBy(...args: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  try {
    execFileSync(process.execPath, args, { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    const scripts = readdirSync(folder).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: readonly { url: string }[] };
      return result.flatMap(({ url }) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.slice(1) ?? []);
    });
    return [...new Set(scripts)].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the start of an app that has the package', () => {
  it.each([
    ['an import', ['--input-type=module', '--eval', `await import('passport-factors')`]],
    ['a require', ['--input-type=commonjs', '--eval', `require('passport-factors')`]],
  ])('by %s runs none of what only a request or a page needs', (_how, args) => {
    expect(packagesRunBy(...args)).toEqual(AT_START);
  });
});
