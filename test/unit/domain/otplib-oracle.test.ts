import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { Secret } from '../../../src/domain/secret.js';
import { matchingSteps, type TotpConfig } from '../../../src/domain/totp.js';

/** otplib's own entry point is an ES module with such dependencies: it runs in a process of its own. */
const ORACLE = `
  import { generateSync } from 'otplib';
  import { readFileSync } from 'node:fs';
  const cases = JSON.parse(readFileSync(0, 'utf8'));
  const codes = cases.map(({ secret, seconds, algorithm, codeLength, timeStep }) =>
    generateSync({ secret, epoch: seconds, algorithm, digits: codeLength, period: timeStep }));
  console.log(JSON.stringify(codes));
`;

it('a code is what otplib shows for the same secret, moment and configuration', () => {
  const cases = Array.from({ length: 500 }, (_, i) => {
    const secret = new Secret(randomBytes(16 + (i % 49)));
    const algorithm = (['sha1', 'sha256', 'sha512'] as const)[i % 3] ?? 'sha1';
    const config: TotpConfig = { algorithm, codeLength: 6 + (i % 3), timeStep: 20 + (i % 41), skew: 0 };
    return { secret, config, seconds: randomInt(0, 2 ** 40) };
  });
  const input = cases.map(({ secret, config, seconds }) => ({ ...config, secret: secret.base32(), seconds }));
  const shown = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', ORACLE], {
      cwd: resolve(__dirname, '../../..'),
      input: JSON.stringify(input),
      encoding: 'utf8',
    }),
  ) as string[];
  const steps = cases.map(({ secret, config, seconds }, i) => {
    const step = Math.floor(seconds / config.timeStep);
    return matchingSteps(secret, config, shown[i] ?? '', { first: step, last: step }).length;
  });
  expect(steps).toEqual(cases.map(() => 1));
});
