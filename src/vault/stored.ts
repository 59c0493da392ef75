import * as v from 'valibot';
import { OTHER_EVENTS, SECURITY_EVENTS } from '../domain/event.js';

const Text = v.string();
const Int = v.number();
const Metadata = v.record(v.string(), v.string());

const StoredConfig = v.tuple([v.picklist(['sha1', 'sha256', 'sha512']), Int, Int, Int]);

/** Buckets: index, count. */
export const StoredTally = v.array(v.tuple([Int, Int]));

/** Short names, and no member for what is empty: a user with one factor is a few hundred bytes. */
export const StoredFactor = v.looseObject({
  id: Text,
  n: Text,
  k: StoredConfig,
  m: v.optional(Metadata),
  /** Secret; absent once spent. */
  s: v.optional(Text),
  /** lastStep; only of a verified factor. */
  l: v.optional(Int),
  /** Challenges made by clients, this hour and this day; only of a verified one. */
  p: v.optional(v.tuple([StoredTally, StoredTally])),
  /** loginId, expiresAt, wrongCodes; only of an unverified one. */
  o: v.optional(v.tuple([v.nullable(Text), Int, Int])),
  /** createdAt, updatedAt. */
  t: v.tuple([Int, Int]),
});

export const StoredChallenge = v.looseObject({
  id: Text,
  x: v.picklist(['pending', 'approved', 'denied', 'expired']),
  f: v.optional(Text),
  o: v.optional(Text),
  /** Purpose: digest, epoch, used. */
  p: v.optional(v.tuple([Text, Text, v.boolean()])),
  d: v.optional(v.object({ message: Text, fields: v.array(v.object({ label: Text, value: Text })) })),
  h: v.optional(Metadata),
  m: v.optional(Metadata),
  w: v.optional(Int, 0),
  /** createdAt, updatedAt, expiresAt, respondedAt. */
  t: v.tuple([Int, Int, Int, v.nullable(Int)]),
});

const StoredEvent = v.object({
  id: Text,
  type: v.picklist([...SECURITY_EVENTS, ...OTHER_EVENTS]),
  at: Int,
  source: v.nullable(v.object({ address: v.nullable(Text), userAgent: v.nullable(Text) })),
  factorSid: v.nullable(Text),
  challengeSid: v.nullable(Text),
  reason: v.nullable(Text),
  recoveryCodesLeft: v.nullable(Int),
});

export const StoredSet = v.object({ id: Text, s: Text, d: v.array(Text), u: v.optional(v.array(Text), []), t: Int });

export const StoredEntity = v.looseObject({
  /** Identity. */
  i: Text,
  e: Text,
  v: v.boolean(),
  /** Budget: wrongCodes, lockedUntil, disabled, guesses by day. */
  b: v.tuple([Int, Int, v.boolean(), v.array(v.tuple([Int, Int]))]),
  /** disabledAt. */
  z: v.optional(Int, 0),
  f: v.array(StoredFactor),
  /** Registration: createdAt, and the factors made this day. */
  g: v.optional(v.tuple([Int, StoredTally])),
  c: v.array(StoredChallenge),
  /** Recovery codes. */
  r: v.optional(StoredSet),
  /** Their renewal: set, loginId, expiresAt. */
  n: v.optional(v.tuple([StoredSet, v.nullable(Text), Int, v.array(Text)])),
  /** Logins: loginId, at, wrongRecoveryCodes, triedUnlockAt, ended. */
  l: v.optional(v.array(v.tuple([Text, Int, Int, Int, v.boolean()])), []),
  /** Undelivered events. */
  u: v.optional(v.array(StoredEvent), []),
});
