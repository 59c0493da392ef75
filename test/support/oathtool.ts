/**
 * `oathtool`, an authenticator that is not ours. It is used from PATH; on Debian as root it is installed first.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const INSTALL_IT = 'The tests need oathtool on PATH: apt-get install oathtool, brew install oath-toolkit.';

export interface OathtoolRequest {
  /** Base32. */
  readonly secret: string;
  /** Seconds since the epoch. */
  readonly seconds: number;
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512';
  /** 6–8. */
  readonly digits?: number;
  readonly timeStep?: number;
  /** How many codes, of as many steps from that of `seconds` on. */
  readonly count?: number;
}

let binary: string | undefined;

/** The codes that oathtool shows, in the order of their steps. */
export function oathtoolCodes({
  secret,
  seconds,
  algorithm = 'sha1',
  digits = 6,
  timeStep = 30,
  count = 1,
}: OathtoolRequest): readonly string[] {
  binary ??= findBinary();
  const args = [
    `--totp=${algorithm.toUpperCase()}`,
    '--base32',
    ...['--digits', digits.toString()],
    ...['--time-step-size', `${timeStep.toString()}s`],
    ...['--window', (count - 1).toString()],
    ...['--now', `@${seconds.toString()}`],
    secret,
  ];
  return execFileSync(binary, args, { encoding: 'utf8' }).trim().split('\n');
}

function findBinary(): string {
  const onPath = (): string | undefined =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, 'oathtool'))
      .find((path) => existsSync(path));
  const found = onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const apt = (...args: readonly string[]): boolean =>
      spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
        .status === 0;
    // Several workers may find it missing at once, and apt lets one of them in: the others look again.
    for (let round = 0; round < 20 && onPath() === undefined; round += 1) {
      const isDone = apt('update') && apt('install', '-y', '--no-install-recommends', 'oathtool');
      if (!isDone) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    }
  }
  const installed = onPath();
  if (installed === undefined) throw new Error(INSTALL_IT);
  return installed;
}
