import { FULL_BUDGET } from '../../../src/domain/budget.js';
import type { Entity } from '../../../src/domain/entity.js';
import { standingOf, type Policy, type Standing } from '../../../src/domain/standing.js';
import { entityWith, newAuthenticator, unverifiedFactor, verifiedFactor } from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const VERIFIED = entityWith([verifiedFactor(newAuthenticator())]);
const EMPTIED = entityWith([], { everVerified: true });
const EMPTIED_AND_SPENT = entityWith([], { everVerified: true, budget: { ...FULL_BUDGET, disabled: true } });
const NONE_VERIFIED = entityWith([unverifiedFactor(newAuthenticator())]);
const EMPTIED_WITH_UNVERIFIED = { ...NONE_VERIFIED, everVerified: true };

const PROMPTING: readonly Policy[] = ['required', 'optional'];
const SAID = [true, false, undefined];

function resultOf(entity: Entity | null, policy: Policy, enrolled: boolean | undefined): string {
  let standing: Standing | 'none' = 'none';
  const refusal = refusalOf(() => {
    standing = standingOf(entity, policy, enrolled);
  });
  return refusal === 'not refused' ? standing : refusal;
}

describe('where a user stands after the first factor', () => {
  it.each(PROMPTING.flatMap((policy) => SAID.map((said) => [policy, said] as const)))(
    'with a verified factor the record decides (policy %s, enrolled says %s)',
    (policy, said) => {
      expect(resultOf(VERIFIED, policy, said)).toBe('challenge_required');
    },
  );

  it.each(
    [EMPTIED, EMPTIED_AND_SPENT, EMPTIED_WITH_UNVERIFIED].flatMap((entity) =>
      SAID.map((said) => [entity, said] as const),
    ),
  )('emptied through us, the policy decides, whatever enrolled says (%#)', (entity, said) => {
    expect(resultOf(entity, 'required', said)).toBe('enrollment_required');
    expect(resultOf(entity, 'optional', said)).toBe('not_required');
  });

  it.each([
    ['no record', null],
    ['none verified', NONE_VERIFIED],
  ])('with %s, where the host’s own note says there is one, it is lost and not absent', (_state, entity) => {
    expect(resultOf(entity, 'required', true)).toBe('record_missing');
    expect(resultOf(entity, 'optional', true)).toBe('record_missing');
  });

  it.each([null, NONE_VERIFIED].flatMap((entity) => [false, undefined].map((said) => [entity, said] as const)))(
    'with no record or none verified, and no note of one, the policy decides (%#)',
    (entity, said) => {
      expect(resultOf(entity, 'required', said)).toBe('enrollment_required');
      expect(resultOf(entity, 'optional', said)).toBe('not_required');
    },
  );

  it.each([VERIFIED, EMPTIED, NONE_VERIFIED, null])('with the policy off nothing is needed (%#)', (entity) => {
    expect(resultOf(entity, 'off', true)).toBe('not_required');
    expect(resultOf(entity, 'off', undefined)).toBe('not_required');
  });
});
