/** `oathtool`, an authenticator that is not ours. */
import { execFileSync } from 'node:child_process';
import { requireProgram } from './program.js';

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
  binary ??= requireProgram({ names: ['oathtool'], debianPackage: 'oathtool' });
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
