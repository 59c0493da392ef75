import fc from 'fast-check';
import { answerChallenge, createChallenge, type ChallengeAnswer } from '../../../src/domain/challenge.js';
import type { Decision, Entity } from '../../../src/domain/entity.js';
import type { TotpConfig } from '../../../src/domain/totp.js';
import { Authenticator } from '../authenticator.js';
import { codeProof, contextAt, entityWith, factorIn, sessionOf, verifiedFactor } from '../entity-builders.js';

const anyConfig: fc.Arbitrary<TotpConfig> = fc.record({
  algorithm: fc.constantFrom('sha1', 'sha256', 'sha512'),
  codeLength: fc.integer({ min: 6, max: 8 }),
  timeStep: fc.integer({ min: 20, max: 60 }),
  skew: fc.integer({ min: 0, max: 2 }),
});

const anyCase = fc.record({
  bytes: fc.uint8Array({ minLength: 10, maxLength: 64 }),
  config: anyConfig,
  now: fc.oneof(fc.integer({ min: 0, max: 2 ** 42 }), fc.constantFrom(0, 2 ** 31 * 1000, 20_000_000_000_000)),
  /** Where the last accepted step lies, seen from now. */
  last: fc.integer({ min: -6, max: 6 }),
  shown: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -25, max: 25 })),
});

type Path = (entity: Entity, code: string, now: number) => Decision<ChallengeAnswer>;

const PATHS: readonly (readonly [string, Path])[] = [
  [
    'a challenge made with the code',
    (entity, code, now) => createChallenge(entity, actor, { proof: codeProof(code) }, contextAt(now)),
  ],
  [
    'a challenge made first and answered then',
    (entity, code, now) => {
      const made = createChallenge(entity, actor, {}, contextAt(now));
      return answerChallenge(made.entity, actor, made.answer.challenge.sid, codeProof(code), contextAt(now));
    },
  ],
];
const actor = sessionOf();

describe.each(PATHS)('by %s', (_name, answer) => {
  it('the accepted codes are exactly those of the steps now−skew … now+skew above lastStep', () => {
    fc.assert(
      fc.property(anyCase, ({ bytes, config, now, last, shown }) => {
        const authenticator = new Authenticator(bytes, config);
        const present = authenticator.stepAt(now);
        const lastStep = Math.max(-1, present + last);
        const factor = verifiedFactor(authenticator, { lastStep, createdAt: 0 });
        const code = authenticator.codeOf(Math.max(0, present + shown));
        const stepsWithCode = (first: number, end: number): readonly number[] =>
          Array.from({ length: end - first + 1 }, (_, index) => first + index).filter(
            (step) => step >= 0 && authenticator.codeOf(step) === code,
          );
        const inWindow = stepsWithCode(present - config.skew, present + config.skew);
        const acceptable = inWindow.filter((step) => step > lastStep);

        const { entity, answer: outcome } = answer(entityWith([factor]), code, now);

        expect(outcome.status).toBe(acceptable.length > 0 ? 'approved' : 'pending');
        expect(factorIn(entity, factor.sid)).toMatchObject({ lastStep: acceptable.at(-1) ?? lastStep });
        if (outcome.status === 'pending') {
          const behind = stepsWithCode(present - 20, present - config.skew - 1).at(-1);
          const named = behind === undefined ? 'incorrect_code' : 'clock_drift';
          expect(outcome.reason).toBe(inWindow.length > 0 ? 'code_already_used' : named);
        }
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1500) },
    );
  });
});
