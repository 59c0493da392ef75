import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that the tests need: one of these names on PATH, in this package of Debian. */
export interface Program {
  readonly names: readonly string[];
  readonly debianPackage: string;
}

/** Where the program is. On Debian as root it is installed first. */
export function findProgram({ names, debianPackage }: Program): string | undefined {
  const onPath = (): string | undefined =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((folder) => names.map((name) => join(folder, name)))
      .find((path) => existsSync(path));
  return findInstalled(onPath, debianPackage);
}

/** What `look` finds. On Debian as root the package is installed first where it finds nothing. */
export function findInstalled(look: () => string | undefined, debianPackage: string): string | undefined {
  const found = look();
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found;
  // Several workers may find something missing at once, and apt lets one of them in: the others look again.
  for (let round = 0; round < 20 && look() === undefined; round += 1) {
    const isDone = apt('update') && apt('install', '-y', '--no-install-recommends', debianPackage);
    if (!isDone) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
  }
  return look();
}

/** @throws Error that says what to install */
export function requireProgram(program: Program): string {
  const found = findProgram(program);
  if (found !== undefined) return found;
  throw new Error(`The tests need ${program.names.join(' or ')} on PATH: apt-get install ${program.debianPackage}`);
}

function apt(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'ignore', env }).status === 0;
}
