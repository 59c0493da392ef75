import { useApproval } from '../../../src/domain/approval.js';
import { answerChallenge, createChallenge, type Challenge } from '../../../src/domain/challenge.js';
import { startEpoch, type Entity } from '../../../src/domain/entity.js';
import {
  challengeIn,
  codeProof,
  contextAt,
  entityWith,
  eventTypes,
  frozen,
  MINUTE,
  newAuthenticator,
  NOW,
  repeatableRandom,
  satisfiedOn,
  sessionOf,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const authenticator = newAuthenticator();
const ENROLLED = frozen(entityWith([verifiedFactor(authenticator)]));
const actor = satisfiedOn(ENROLLED);
const context = contextAt(NOW);
const wanted = { purpose: 'digest of a transfer', details: { message: 'Transfer', fields: [] } };

/** ENROLLED after `login-1` was asked for the approval and gave it. */
function approved(): { entity: Entity; sid: string } {
  const asked = useApproval(ENROLLED, actor, wanted, context);
  const { sid } = asked.answer.challenge;
  const answered = answerChallenge(asked.entity, actor, sid, codeProof(authenticator.codeAt(NOW)), context);
  return { entity: frozen(answered.entity), sid };
}

describe('an approval', () => {
  it('is first asked for, by a challenge that tells what it is for', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    expect(asked.answer).toMatchObject({
      status: 'pending',
      challenge: { loginId: 'login-1', details: wanted.details, purpose: { digest: wanted.purpose, used: false } },
    });
    expect(eventTypes(asked)).toEqual(['challenge.created']);
  });

  it('asked for again is the same challenge, and writes nothing', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    const again = useApproval(asked.entity, actor, wanted, context);
    expect(again.answer).toEqual({ status: 'pending', challenge: asked.answer.challenge });
    expect(again.entity).toBe(asked.entity);
    expect(again.events).toEqual([]);
  });

  it('asked for with something else to read is asked for anew: nobody approves what he has not read', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    const other = { message: 'Transfer more', fields: [] };
    const again = useApproval(asked.entity, actor, { ...wanted, details: other }, context);
    expect(again.answer).toMatchObject({ status: 'pending', challenge: { details: other } });
    expect(again.entity.challenges.map(({ sid }) => sid)).toEqual([again.answer.challenge.sid]);
    const silent = useApproval(again.entity, actor, { purpose: wanted.purpose }, context);
    expect(silent.answer.challenge.details).toBeNull();
    expect(useApproval(silent.entity, actor, { purpose: wanted.purpose }, context).entity).toBe(silent.entity);
  });

  it('given before the store vouches for its record serves nobody: a write that was lost may have used it', () => {
    const { entity } = approved();
    const after = (since: number): string => useApproval(entity, actor, wanted, { ...context, since }).answer.status;
    expect([after(NOW), after(NOW + 1)]).toEqual(['used', 'pending']);
  });

  it('once given is used, once', () => {
    const { entity, sid } = approved();
    const used = useApproval(entity, actor, wanted, context);
    expect(used.answer).toMatchObject({ status: 'used', challenge: { sid } });
    expect(used.events).toMatchObject([{ type: 'approval.used', challengeSid: sid }]);
    expect(challengeIn(used.entity, sid).purpose).toMatchObject({ used: true });
    const again = useApproval(used.entity, actor, wanted, context);
    expect(again.answer.status).toBe('pending');
    expect(again.answer.challenge.sid).not.toBe(sid);
  });

  it('is for that purpose alone', () => {
    const { entity } = approved();
    expect(useApproval(entity, actor, { purpose: 'digest of another' }, context).answer.status).toBe('pending');
  });

  it('is for that login alone, also of the same user', () => {
    const { entity } = approved();
    expect(useApproval(entity, satisfiedOn(ENROLLED, 'login-2'), wanted, context).answer.status).toBe('pending');
  });

  it('is no approval of a login, nor the other way round', () => {
    const loggedIn = createChallenge(ENROLLED, actor, { proof: codeProof(authenticator.codeAt(NOW)) }, context);
    expect(useApproval(loggedIn.entity, actor, wanted, context).answer.status).toBe('pending');
  });

  it('waits five minutes to be used', () => {
    const { entity } = approved();
    expect(useApproval(entity, actor, wanted, contextAt(NOW + 5 * MINUTE - 1)).answer.status).toBe('used');
    expect(useApproval(entity, actor, wanted, contextAt(NOW + 5 * MINUTE)).answer.status).toBe('pending');
  });

  it('does not wait longer because the clock is set back', () => {
    const { entity } = approved();
    expect(useApproval(entity, actor, wanted, contextAt(NOW - 5 * MINUTE + 1)).answer.status).toBe('used');
    expect(useApproval(entity, actor, wanted, contextAt(NOW - 5 * MINUTE)).answer.status).toBe('pending');
  });

  it('may have to be younger', () => {
    const { entity } = approved();
    const young = { ...wanted, maxAge: MINUTE };
    expect(useApproval(entity, actor, young, contextAt(NOW + MINUTE - 1)).answer.status).toBe('used');
    expect(useApproval(entity, actor, young, contextAt(NOW + MINUTE)).answer.status).toBe('pending');
  });

  it('given before a security change serves nobody after it', () => {
    const { entity } = approved();
    const later = startEpoch(entity, contextAt(NOW, { random: repeatableRandom('later') }));
    expect(useApproval(later, satisfiedOn(later), wanted, context).answer.status).toBe('pending');
  });

  it('asked for before a security change is asked for anew', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    const later = startEpoch(asked.entity, contextAt(NOW, { random: repeatableRandom('later') }));
    const again = useApproval(later, satisfiedOn(later), wanted, context);
    expect(again.answer.challenge.sid).not.toBe(asked.answer.challenge.sid);
    expect(again.answer.challenge.purpose?.epoch).toBe(later.epoch);
  });

  it('whose challenge has expired is asked for anew', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    const again = useApproval(asked.entity, actor, wanted, contextAt(NOW + 5 * MINUTE));
    expect(again.answer.challenge.sid).not.toBe(asked.answer.challenge.sid);
  });

  it('whose challenge took its five wrong codes is asked for anew, since that one can be approved no more', () => {
    const asked = useApproval(ENROLLED, actor, wanted, context);
    const spend = (challenge: Challenge): Challenge => ({ ...challenge, wrongCodes: 5 });
    const spent = { ...asked.entity, challenges: asked.entity.challenges.map(spend) };
    const again = useApproval(spent, actor, wanted, contextAt(NOW + MINUTE));
    expect(again.answer.challenge.sid).not.toBe(asked.answer.challenge.sid);
  });

  it('is one of two that were given for the same: each is used once', () => {
    const { entity, sid } = approved();
    const [given] = entity.challenges as readonly [Challenge];
    const twice = { ...entity, challenges: [given, { ...given, sid: `${sid}2` }] };
    const first = useApproval(twice, actor, wanted, context);
    const second = useApproval(first.entity, actor, wanted, context);
    expect([first, second].map(({ answer }) => [answer.status, answer.challenge.sid])).toEqual([
      ['used', sid],
      ['used', `${sid}2`],
    ]);
    expect(useApproval(second.entity, actor, wanted, context).answer.status).toBe('pending');
  });

  it('of a user without a factor is refused', () => {
    expect(refusalOf(() => useApproval(entityWith([]), sessionOf(), wanted, context))).toBe('enrollment_required');
  });
});
