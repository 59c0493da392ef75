import fc from 'fast-check';
import type { Challenge } from '../../src/domain/challenge.js';
import type { Entity } from '../../src/domain/entity.js';
import { OTHER_EVENTS, SECURITY_EVENTS, type RecordedEvent } from '../../src/domain/event.js';
import type { Factor, Metadata } from '../../src/domain/factor.js';
import type { LoginTrace } from '../../src/domain/login-trace.js';
import type { RecoveryCodes } from '../../src/domain/recovery-codes.js';
import { Secret } from '../../src/domain/secret.js';
import type { Tally } from '../../src/domain/tally.js';
import type { TotpConfig } from '../../src/domain/totp.js';

const anyInstant = fc.integer({ min: 0, max: 8.64e15 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 64 });
const anyLoginId = fc.option(fc.string({ maxLength: 22 }));
const anyEpoch = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 16, maxLength: 16 });
const anySecret = fc.uint8Array({ minLength: 10, maxLength: 64 }).map((bytes) => new Secret(bytes));

/** Names of members that valibot's records leave out; what becomes of them is a matter of the use cases. */
const OMITTED = ['__proto__', 'prototype', 'constructor'];

const anyMetadata: fc.Arbitrary<Metadata | null> = fc.option(
  fc.dictionary(
    fc.string().filter((name) => !OMITTED.includes(name)),
    anyText,
    { maxKeys: 4, noNullPrototype: true },
  ),
);

const anySid = (prefix: 'YF' | 'YC'): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => prefix + Buffer.from(bytes).toString('hex'));

const anyConfig: fc.Arbitrary<TotpConfig> = fc.record({
  algorithm: fc.constantFrom('sha1', 'sha256', 'sha512'),
  codeLength: fc.integer({ min: 3, max: 8 }),
  timeStep: fc.integer({ min: 20, max: 60 }),
  skew: fc.integer({ min: 0, max: 2 }),
});

const ofEveryFactor = {
  sid: anySid('YF'),
  friendlyName: anyText,
  config: anyConfig,
  metadata: anyMetadata,
  createdAt: anyInstant,
  updatedAt: anyInstant,
};

const anyTally: fc.Arbitrary<Tally> = fc.array(fc.record({ index: fc.nat(), count: fc.nat(100) }), { maxLength: 3 });
const anyMade = fc.record({ hour: anyTally, day: anyTally });

const anyFactor: fc.Arbitrary<Factor> = fc.oneof(
  fc.record({ ...ofEveryFactor, status: fc.constant('verified'), secret: anySecret, lastStep: fc.nat() }),
  fc.record({
    ...ofEveryFactor,
    status: fc.constant('verified'),
    secret: anySecret,
    lastStep: fc.nat(),
    challengesMade: anyMade,
  }),
  fc.record({
    ...ofEveryFactor,
    status: fc.constant('unverified'),
    secret: fc.option(anySecret),
    loginId: anyLoginId,
    expiresAt: anyInstant,
    wrongCodes: fc.nat(5),
  }),
);

const anyChallenge: fc.Arbitrary<Challenge> = fc.record({
  sid: anySid('YC'),
  status: fc.constantFrom('pending', 'approved', 'denied', 'expired'),
  factorSid: fc.option(anySid('YF')),
  loginId: anyLoginId,
  purpose: fc.option(fc.record({ digest: fc.string(), epoch: anyEpoch, used: fc.boolean() })),
  details: fc.option(
    fc.record({ message: anyText, fields: fc.array(fc.record({ label: anyText, value: anyText }), { maxLength: 3 }) }),
  ),
  hiddenDetails: anyMetadata,
  metadata: anyMetadata,
  wrongCodes: fc.nat(5),
  createdAt: anyInstant,
  updatedAt: anyInstant,
  expiresAt: anyInstant,
  respondedAt: fc.option(anyInstant),
});

const anyRecoveryCodes: fc.Arbitrary<RecoveryCodes> = fc.record({
  id: anyEpoch,
  salt: anyText,
  digests: fc.array(anyText, { maxLength: 10 }),
  used: fc.array(anyText, { maxLength: 10 }),
  createdAt: anyInstant,
});

const anyTrace: fc.Arbitrary<LoginTrace> = fc.record({
  loginId: fc.string({ maxLength: 22 }),
  at: anyInstant,
  wrongRecoveryCodes: fc.nat(5),
  triedUnlockAt: anyInstant,
  ended: fc.boolean(),
});

const anyEvent: fc.Arbitrary<RecordedEvent> = fc.record({
  id: anyText,
  type: fc.constantFrom(...SECURITY_EVENTS, ...OTHER_EVENTS),
  at: anyInstant,
  source: fc.option(fc.record({ address: fc.option(fc.ipV6()), userAgent: fc.option(anyText) })),
  factorSid: fc.option(anySid('YF')),
  challengeSid: fc.option(anySid('YC')),
  reason: fc.option(anyText),
  recoveryCodesLeft: fc.option(fc.nat(10)),
});

/** An entity of any shape that a document may have, also of shapes that no decision makes. */
export const anyEntity: fc.Arbitrary<Entity> = fc.record({
  epoch: anyEpoch,
  everVerified: fc.boolean(),
  factors: fc.array(anyFactor, { maxLength: 4 }),
  registration: fc.option(fc.record({ createdAt: anyInstant, factorsMade: anyTally })),
  challenges: fc.array(anyChallenge, { maxLength: 4 }),
  budget: fc.record({
    wrongCodes: fc.nat(100),
    lockedUntil: anyInstant,
    disabled: fc.boolean(),
    guesses: fc.array(fc.record({ day: fc.nat(40_000), chance: fc.nat(30_000) }), { maxLength: 4 }),
  }),
  disabledAt: anyInstant,
  recoveryCodes: fc.option(anyRecoveryCodes),
  renewal: fc.option(
    fc.record({ set: anyRecoveryCodes, codes: fc.array(anyText), loginId: anyLoginId, expiresAt: anyInstant }),
  ),
  logins: fc.array(anyTrace, { maxLength: 3 }),
  undelivered: fc.array(anyEvent, { maxLength: 3 }),
});
