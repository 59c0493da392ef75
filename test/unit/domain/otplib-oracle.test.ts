import { randomBytes, randomInt } from 'node:crypto';
import { Secret } from '../../../src/domain/secret.js';
import { matchingSteps, type TotpConfig } from '../../../src/domain/totp.js';
import { otplibCodes } from '../../support/otplib.js';

it('a code is what otplib shows for the same secret, moment and configuration', () => {
  const cases = Array.from({ length: 500 }, (_, i) => {
    const secret = new Secret(randomBytes(16 + (i % 49)));
    const algorithm = (['sha1', 'sha256', 'sha512'] as const)[i % 3] ?? 'sha1';
    const config: TotpConfig = { algorithm, codeLength: 6 + (i % 3), timeStep: 20 + (i % 41), skew: 0 };
    return { secret, config, seconds: randomInt(0, 2 ** 40) };
  });
  const input = cases.map(({ secret, config, seconds }) => ({ ...config, secret: secret.base32(), seconds }));
  const shown = otplibCodes(input);
  const steps = cases.map(({ secret, config, seconds }, i) => {
    const step = Math.floor(seconds / config.timeStep);
    return matchingSteps(secret, config, shown[i] ?? '', { first: step, last: step }).length;
  });
  expect(steps).toEqual(cases.map(() => 1));
});
