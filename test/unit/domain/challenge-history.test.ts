import * as history from '../../../src/domain/challenge-history.js';
import type { Challenge } from '../../../src/domain/challenge.js';
import { APP_CAPACITY } from '../../../src/domain/settings.js';
import { MINUTE, NOW, pendingChallenge } from '../entity-builders.js';

const DETAILS = { message: 'Transfer', fields: [{ label: 'Amount', value: '100' }] };
const ATTACHED = { details: DETAILS, hiddenDetails: { id: '7' }, metadata: { ip: '::1' } };
const PURPOSE = { digest: 'digest', epoch: '0123456789abcdef', used: false };

const pending = (differing: Partial<Challenge> = {}): Challenge => pendingChallenge(differing);
const approved = (differing: Partial<Challenge> = {}): Challenge =>
  pendingChallenge({ status: 'approved', respondedAt: NOW, ...differing });
const many = (count: number, make: (index: number) => Challenge): readonly Challenge[] =>
  Array.from({ length: count }, (_, index) => make(index));
const sids = (challenges: readonly Challenge[]): readonly string[] => challenges.map(({ sid }) => sid);

const keepChallenges = (all: readonly Challenge[], now: number): readonly Challenge[] =>
  history.keepChallenges(all, now, APP_CAPACITY);

describe('the challenges that a record keeps', () => {
  it('are the newest 20 pending ones', () => {
    const all = many(25, () => pending());
    expect(sids(keepChallenges(all, NOW))).toEqual(sids(all.slice(-20)));
  });

  it('are the newest 20 pending approvals beside them: no pending login pushes one out', () => {
    const approvals = many(25, () => pending({ purpose: PURPOSE }));
    const logins = many(25, () => pending());
    const [newestApprovals, newestLogins] = [sids(approvals.slice(-20)), sids(logins.slice(-20))];
    expect(sids(keepChallenges([...approvals, ...logins], NOW))).toEqual([...newestApprovals, ...newestLogins]);
    expect(sids(keepChallenges([...logins, ...approvals], NOW))).toEqual([...newestLogins, ...newestApprovals]);
  });

  it('are the newest 5 ended ones, whatever ended them', () => {
    const statuses = ['approved', 'denied', 'expired'] as const;
    const all = many(9, (index) => pendingChallenge({ status: statuses[index % 3] ?? 'denied', respondedAt: NOW }));
    expect(sids(keepChallenges(all, NOW))).toEqual(sids(all.slice(-5)));
  });

  it('stay in their order, oldest first', () => {
    const all = [pending(), approved(), pending(), approved({ purpose: PURPOSE }), pending()];
    expect(sids(keepChallenges(all, NOW))).toEqual(sids(all));
  });

  it('pending ones do not push ended ones out, nor the other way round', () => {
    const all = [...many(5, () => approved()), ...many(30, () => pending())];
    expect(keepChallenges(all, NOW)).toHaveLength(25);
  });

  it('a pending one keeps its details; one that has ended drops all that was attached', () => {
    const all = [pending(ATTACHED), approved(ATTACHED), approved({ ...ATTACHED, purpose: PURPOSE })];
    const [first, ...ended] = keepChallenges(all, NOW);
    expect(first).toMatchObject(ATTACHED);
    for (const challenge of ended)
      expect(challenge).toMatchObject({ details: null, hiddenDetails: null, metadata: null });
  });

  it('a pending one has expired at its very millisecond', () => {
    const challenge = pending({ ...ATTACHED, expiresAt: NOW + MINUTE });
    expect(keepChallenges([challenge], NOW + MINUTE - 1)).toEqual([challenge]);
    expect(keepChallenges([challenge], NOW + MINUTE)).toEqual([
      { ...challenge, status: 'expired', details: null, hiddenDetails: null, metadata: null },
    ]);
  });

  it('an approval that may still be used is kept however many challenges end after it', () => {
    const approval = approved({ purpose: PURPOSE });
    const all = [approval, ...many(10, () => approved())];
    expect(sids(keepChallenges(all, NOW))).toEqual(sids([approval, ...all.slice(-5)]));
    expect(sids(keepChallenges(all, NOW + 5 * MINUTE))).toEqual(sids(all.slice(-5)));
  });

  it('approvals are at most 10, the newest', () => {
    const all = many(30, () => approved({ purpose: PURPOSE }));
    expect(sids(keepChallenges(all, NOW))).toEqual(sids(all.slice(-10)));
  });
});

describe('an approval of a purpose', () => {
  it.each<readonly [string, boolean, Partial<Challenge>]>([
    ['approved and not used', true, { purpose: PURPOSE }],
    ['used', false, { purpose: { ...PURPOSE, used: true } }],
    ['of no purpose, for a login', false, { purpose: null }],
    ['denied', false, { purpose: PURPOSE, status: 'denied' }],
    ['pending', false, { purpose: PURPOSE, status: 'pending', respondedAt: null }],
    ['approved at no known time', false, { purpose: PURPOSE, respondedAt: null }],
  ])('%s: may be used is %s', (_state, usable, differing) => {
    expect(history.isUsable(approved(differing), NOW)).toBe(usable);
  });

  it('may be used for five minutes', () => {
    expect(history.isUsable(approved({ purpose: PURPOSE }), NOW + 5 * MINUTE - 1)).toBe(true);
    expect(history.isUsable(approved({ purpose: PURPOSE }), NOW + 5 * MINUTE)).toBe(false);
  });
});
