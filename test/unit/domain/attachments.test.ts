import { requireAttachmentRoom } from '../../../src/domain/attachments.js';
import { createChallenge } from '../../../src/domain/challenge.js';
import { createFactor, importFactor } from '../../../src/domain/factor.js';
import { HOST } from '../../../src/domain/actor.js';
import {
  challengeIn,
  contextAt,
  entityWith,
  MINUTE,
  newAuthenticator,
  NOW,
  pendingChallenge,
  sessionOf,
  verifiedFactor,
} from '../entity-builders.js';
import { refusalOf } from '../refusal.js';

const context = contextAt(NOW);
/** As JSON in a list, 1024 bytes. */
const KILOBYTE = { a: 'x'.repeat(1024 - '[{"a":""}]'.length) };
const held = (count: number): readonly ReturnType<typeof pendingChallenge>[] =>
  Array.from({ length: count }, (_, index) => pendingChallenge({ loginId: index.toString(), metadata: KILOBYTE }));

describe('what is attached to a record', () => {
  it('has 12 KB in all, to the byte', () => {
    expect(refusalOf(() => requireAttachmentRoom([], held(11), { metadata: KILOBYTE }))).toBe('not refused');
    const more = { a: `${KILOBYTE.a}x` };
    expect(refusalOf(() => requireAttachmentRoom([], held(11), { metadata: more }))).toBe('document_full');
  });

  it('is counted in bytes, not in characters, wherever it is attached', () => {
    const metadata = { a: '€'.repeat(341) };
    const factor = verifiedFactor(newAuthenticator(), { metadata });
    expect(refusalOf(() => requireAttachmentRoom([factor], held(10), { metadata }))).toBe('document_full');
    expect(refusalOf(() => requireAttachmentRoom([], held(10), { metadata }))).toBe('not refused');
    const details = { message: 'm', fields: [] };
    for (const added of [{ details }, { hiddenDetails: { a: 'b' } }, { metadata: { a: 'b' } }]) {
      expect(refusalOf(() => requireAttachmentRoom([], held(12), added))).toBe('document_full');
    }
  });

  it('refuses nothing to which nothing is attached, however full the record is', () => {
    expect(refusalOf(() => requireAttachmentRoom([], held(20), {}))).toBe('not refused');
    const nothing = { details: null, hiddenDetails: null, metadata: null };
    expect(refusalOf(() => requireAttachmentRoom([], held(20), nothing))).toBe('not refused');
  });

  it('is refused rather than lost: a challenge that is made is kept with all of it', () => {
    const authenticator = newAuthenticator();
    const full = { ...entityWith([verifiedFactor(authenticator)]), challenges: held(12) };
    const wanted = { metadata: { a: 'b' } };
    expect(refusalOf(() => createChallenge(full, sessionOf(), wanted, context))).toBe('document_full');
    expect(refusalOf(() => createFactor(full, HOST, { ...newFactor(), ...wanted }, context))).toBe('document_full');
    expect(refusalOf(() => importFactor(full, { ...newFactor(), ...wanted }, context))).toBe('document_full');
    const code = authenticator.codeAt(NOW);
    expect(createChallenge(full, sessionOf(), { code }, context).answer.status).toBe('approved');
    const room = { ...full, challenges: held(11) };
    const made = createChallenge(room, sessionOf(), wanted, context);
    expect(challengeIn(made.entity, made.answer.challenge.sid)).toMatchObject({ status: 'pending', ...wanted });
  });

  it('makes room again when it ends: by the same login’s next challenge, or by time', () => {
    const full = { ...entityWith([verifiedFactor(newAuthenticator())]), challenges: held(12) };
    const wanted = { metadata: KILOBYTE };
    expect(refusalOf(() => createChallenge(full, sessionOf('0'), wanted, context))).toBe('not refused');
    const later = contextAt(NOW + 5 * MINUTE);
    expect(refusalOf(() => createChallenge(full, sessionOf(), wanted, later))).toBe('not refused');
  });
});

function newFactor(): Parameters<typeof createFactor>[2] {
  const { secret, config } = newAuthenticator();
  return { secret, config };
}
