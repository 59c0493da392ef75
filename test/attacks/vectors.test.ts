import type { Express } from 'express';
import type * as Package from '../../src/index.js';
import { TestClock } from '../support/clock.js';
import { agentOf, hostApp, logIn } from '../support/host-app.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { otplibCodes } from '../support/otplib.js';
import { RFC4226_VECTORS, RFC6238_SECRETS, RFC6238_VECTORS } from '../unit/rfc-vectors.js';

/** What becomes of a login with this code. */
async function tryCode(app: Express, code: string): Promise<unknown> {
  const client = agentOf(app);
  await logIn(client, 'ann');
  const { body } = await client.post('/mfa/challenges').send({ code });
  return body.reason ?? body.state ?? body.code;
}

/** A code that differs from this one in its last digit. */
function neighbourOf(code: string): string {
  return code.slice(0, -1) + ((Number(code.slice(-1)) + 1) % 10).toString();
}

describe('A47 a dependency that makes codes wrong, so that others are right', () => {
  it.each(['sha1', 'sha256', 'sha512'] as const)(
    'the logins of RFC 6238 appendix B with %s: its codes are right at their second, their neighbours are not',
    async (algorithm) => {
      const clock = new TestClock(0);
      const made = hostApp({ clock });
      const secret = Buffer.from(RFC6238_SECRETS[algorithm]).toString('hex');
      const config = { algorithm, codeLength: 8, skew: 0 };
      await made.mfa.factors.import({ identity: 'ann', secret, encoding: 'hex', config });
      for (const [seconds, , code] of RFC6238_VECTORS.filter((vector) => vector[1] === algorithm)) {
        clock.advance(seconds * 1000 - clock.now());
        expect([seconds, await tryCode(made.app, neighbourOf(code))]).toEqual([seconds, 'incorrect_code']);
        expect([seconds, await tryCode(made.app, code)]).toEqual([seconds, 'satisfied']);
      }
    },
  );

  it('the logins of RFC 4226 appendix D, one a step', async () => {
    const clock = new TestClock(0);
    const made = hostApp({ clock });
    const secret = Buffer.from(RFC6238_SECRETS.sha1).toString('hex');
    await made.mfa.factors.import({ identity: 'ann', secret, encoding: 'hex', config: { skew: 0 } });
    for (const [step, code] of [...RFC4226_VECTORS.entries()].slice(1)) {
      clock.advance(step * 30_000 - clock.now());
      expect([step, await tryCode(made.app, code)]).toEqual([step, 'satisfied']);
    }
  });

  it.each(['sha1', 'sha256', 'sha512'] as const)(
    'the logins of phones that are not ours, with %s: what oathtool and otplib show is right, and they agree',
    async (algorithm) => {
      const clock = new TestClock();
      const made = hostApp({ clock });
      for (const [codeLength, timeStep] of [
        [6, 30],
        [8, 60],
        [7, 20],
      ] as const) {
        const identity = 'ann';
        const { items } = await made.mfa.factors.list({ identity });
        for (const { sid } of items) await made.mfa.factors.remove({ identity, sid });
        const config = { algorithm, codeLength, timeStep };
        const { factor, binding } = await made.mfa.factors.create({ identity, config });
        const { secret } = binding;
        const seconds = Math.floor(clock.now() / 1000);
        const steps = Array.from({ length: 6 }, (_, i) => seconds + i * timeStep);
        const shown = oathtoolCodes({ secret, seconds, algorithm, digits: codeLength, timeStep, count: steps.length });
        expect(otplibCodes(steps.map((at) => ({ secret, seconds: at, algorithm, codeLength, timeStep })))).toEqual(
          shown,
        );
        const [first = '', ...others] = shown;
        expect((await made.mfa.factors.verify({ identity, sid: factor.sid, code: first })).status).toBe('verified');
        for (const code of others) {
          clock.advance(timeStep * 1000);
          expect(await tryCode(made.app, code)).toBe('satisfied');
        }
        clock.advance(timeStep * 1000 * 10);
      }
    },
  );

  it('a release of the library that makes other codes lets no app start', () => {
    jest.isolateModules(() => {
      jest.doMock('@otplib/hotp', () => ({ generateSync: () => '123456' }));
      const { createMfa } = jest.requireActual<typeof Package>('../../src/index.js');
      expect(() => createMfa({ issuer: 'Acme' })).toThrow('@otplib/hotp makes wrong codes with sha1');
    });
  });
});
