import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** otplib's own entry point is an ES module with such dependencies: it runs in a process of its own. */
const ORACLE = `
  import { generateSync } from 'otplib';
  import { readFileSync } from 'node:fs';
  const cases = JSON.parse(readFileSync(0, 'utf8'));
  const codes = cases.map(({ secret, seconds, algorithm, codeLength, timeStep }) =>
    generateSync({ secret, epoch: seconds, algorithm, digits: codeLength, period: timeStep }));
  console.log(JSON.stringify(codes));
`;

export interface OtplibRequest {
  /** Base32. */
  readonly secret: string;
  /** Seconds since the epoch. */
  readonly seconds: number;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  readonly codeLength: number;
  readonly timeStep: number;
}

/** The code that otplib shows for each of these. */
export function otplibCodes(requests: readonly OtplibRequest[]): readonly string[] {
  const shown = execFileSync(process.execPath, ['--input-type=module', '-e', ORACLE], {
    cwd: resolve(__dirname, '../..'),
    input: JSON.stringify(requests),
    encoding: 'utf8',
  });
  return JSON.parse(shown) as readonly string[];
}
