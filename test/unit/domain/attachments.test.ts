import * as attachments from '../../../src/domain/attachments.js';
import { createChallenge, type Challenge } from '../../../src/domain/challenge.js';
import { createFactor, importFactor } from '../../../src/domain/enrollment.js';
import { HOST } from '../../../src/domain/actor.js';
import { APP_CAPACITY } from '../../../src/domain/settings.js';
import {
  challengeIn,
  codeProof,
  contextAt,
  entityWith,
  newAuthenticator,
  NOW,
  pendingChallenge,
  sessionOf,
  SETTINGS,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const context = contextAt(NOW);
const makeAttachmentRoom = (...[factors, challenges, added]: RoomArguments): readonly Challenge[] =>
  attachments.makeAttachmentRoom(factors, challenges, added, APP_CAPACITY);
type RoomArguments =
  Parameters<typeof attachments.makeAttachmentRoom> extends [infer A, infer B, infer C, unknown] ? [A, B, C] : never;
/** As JSON in a list, 1024 bytes. */
const KILOBYTE = { a: 'x'.repeat(1024 - '[{"a":""}]'.length) };
const held = (count: number): readonly ReturnType<typeof pendingChallenge>[] =>
  Array.from({ length: count }, (_, index) => pendingChallenge({ loginId: index.toString(), metadata: KILOBYTE }));

describe('what is attached to a record', () => {
  it('has 11 KB in all, to the byte: the oldest challenges make room, and no more of them than must', () => {
    const pending = held(11);
    expect(makeAttachmentRoom([], pending.slice(1), { metadata: KILOBYTE })).toEqual(pending.slice(1));
    expect(makeAttachmentRoom([], pending, { metadata: KILOBYTE })).toEqual(pending.slice(1));
    expect(makeAttachmentRoom([], pending, { metadata: { a: `${KILOBYTE.a}x` } })).toEqual(pending.slice(2));
  });

  it('is counted in bytes, not in characters, wherever it is attached', () => {
    const metadata = { a: '€'.repeat(341) };
    const factors = Array.from({ length: 10 }, () => verifiedFactor(newAuthenticator(), { metadata }));
    expect(refusalOf(() => makeAttachmentRoom(factors, [], { metadata }))).toBe('document_full');
    expect(refusalOf(() => makeAttachmentRoom(factors.slice(1), [], { metadata }))).toBe('not refused');
    const details = { message: 'm', fields: [] };
    for (const added of [{ details }, { hiddenDetails: { a: 'b' } }, { metadata: { a: 'b' } }]) {
      expect(makeAttachmentRoom([], held(11), added)).toHaveLength(10);
    }
  });

  it('takes no room from that to which nothing is attached, however full the record is', () => {
    const pending = held(20);
    expect(makeAttachmentRoom([], pending, {})).toBe(pending);
    expect(makeAttachmentRoom([], pending, { details: null, hiddenDetails: null, metadata: null })).toBe(pending);
    const bare = pendingChallenge();
    expect(makeAttachmentRoom([], [bare, ...held(11)], { metadata: KILOBYTE })).toContain(bare);
  });

  it('is never lost with the challenge that brings it, and shuts nobody out', () => {
    const authenticator = newAuthenticator();
    const full = { ...entityWith([verifiedFactor(authenticator)]), challenges: held(11) };
    const made = createChallenge(full, sessionOf(), { metadata: KILOBYTE }, context);
    const { sid } = made.answer.challenge;
    expect(challengeIn(made.entity, sid)).toMatchObject({ status: 'pending', metadata: KILOBYTE });
    expect(made.entity.challenges).toHaveLength(11);
    expect(
      createChallenge(full, sessionOf(), { proof: codeProof(authenticator.codeAt(NOW)) }, context).answer.status,
    ).toBe('approved');
  });

  it('goes with a factor before it goes with a challenge, and is refused where factors alone have too much', () => {
    const pending = held(11);
    const full = { ...entityWith([verifiedFactor(newAuthenticator())]), challenges: pending };
    const wanted = { ...newFactor(), metadata: KILOBYTE };
    expect(createFactor(full, HOST, wanted, context).entity.challenges).toEqual(pending.slice(1));
    expect(importFactor(full, wanted, context).entity.challenges).toEqual(pending.slice(1));
    const laden = entityWith(
      Array.from({ length: 12 }, () => verifiedFactor(newAuthenticator(), { metadata: KILOBYTE })),
    );
    const manyFactors = contextAt(NOW, { settings: { ...SETTINGS, limits: { ...SETTINGS.limits, factors: 20 } } });
    expect(refusalOf(() => createFactor(laden, HOST, wanted, manyFactors))).toBe('document_full');
    expect(refusalOf(() => importFactor(laden, wanted, manyFactors))).toBe('document_full');
  });
});

function newFactor(): Parameters<typeof createFactor>[2] {
  const { secret, config } = newAuthenticator();
  return { secret, config };
}
