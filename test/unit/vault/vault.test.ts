import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createChallenge } from '../../../src/domain/challenge.js';
import type { Entity } from '../../../src/domain/entity.js';
import { event } from '../../../src/domain/event.js';
import { newRecoveryCodes } from '../../../src/domain/recovery-codes.js';
import { MfaError } from '../../../src/errors.js';
import type { Entry } from '../../../src/vault/codec.js';
import { Keyring } from '../../../src/vault/keyring.js';
import { Vault } from '../../../src/vault/vault.js';
import { anyEntity } from '../any-entity.js';
import {
  codeProof,
  contextAt,
  DAY,
  entityWith,
  IDENTITY,
  newAuthenticator,
  NOW,
  pendingChallenge,
  plain,
  sessionOf,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';
import { errorOf, refusalOf } from '../refusal.js';

const KEY = randomBytes(32);
const vault = new Vault('default', new Keyring([KEY]));
const NAME = vault.keyOf(IDENTITY);

const authenticator = newAuthenticator();
const ENTITY = createChallenge(
  entityWith([verifiedFactor(authenticator, { friendlyName: 'Ada’s phone' })]),
  sessionOf(),
  { proof: codeProof(authenticator.codeAt(NOW)), metadata: { ip: '192.0.2.1' } },
  contextAt(NOW),
).entity;
const entryOf = (entity: Entity): Entry => ({ identity: IDENTITY, entity });
const ENTRY = entryOf(ENTITY);

/** The key of an entity, as the format says it. */
const keyFor = (info: string, length = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', KEY, 'passport-factors', info, length));
const ENTITY_KEY = keyFor(NAME);
const ADDITIONAL_DATA = Buffer.from('passport-factors\0entity\x001');

/** A document of ours with this content, made by nothing of ours. */
function sealed(content: string): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', ENTITY_KEY, nonce).setAAD(ADDITIONAL_DATA);
  const ciphertext = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(1), keyFor('key id', 4), nonce, ciphertext, cipher.getAuthTag()]);
}

describe('a document', () => {
  it('gives every entity back as it was', () => {
    fc.assert(
      fc.property(anyEntity, fc.string({ minLength: 1, maxLength: 80 }), (entity, identity) => {
        const name = vault.keyOf(identity);
        const opened = vault.open(name, vault.seal(name, { identity, entity }));
        expect(opened.identity).toBe(identity);
        expect(plain(opened.entity)).toEqual(plain(entity));
      }),
      { numRuns: 500 },
    );
  });

  it('is schema · key id · nonce · ciphertext · tag, under AES-256-GCM and HKDF-SHA-256', () => {
    const document = Buffer.from(vault.seal(NAME, ENTRY));
    expect(document[0]).toBe(1);
    expect(document.subarray(1, 5)).toEqual(keyFor('key id', 4));
    const decipher = createDecipheriv('aes-256-gcm', ENTITY_KEY, document.subarray(5, 17)).setAAD(ADDITIONAL_DATA);
    decipher.setAuthTag(document.subarray(-16));
    const content = Buffer.concat([decipher.update(document.subarray(17, -16)), decipher.final()]).toString();
    expect(JSON.parse(content)).toMatchObject({ i: IDENTITY, e: ENTITY.epoch, v: true });
    expect(vault.open(NAME, sealed(content)).entity.epoch).toBe(ENTITY.epoch);
  });

  it('shows nothing of the entity in clear: no secret, identity, name or epoch in any spelling', () => {
    const document = Buffer.from(vault.seal(NAME, ENTRY));
    const bytes = Buffer.from(authenticator.bytes);
    const clear = [
      ...[bytes, Buffer.from(IDENTITY), Buffer.from(KEY)],
      ...[authenticator.secret.base32(), 'Ada', '192.0.2.1', ENTITY.epoch, 'sha1', 'approved'].map((text) =>
        Buffer.from(text),
      ),
      ...(['hex', 'base64', 'base64url'] as const).map((spelling) => Buffer.from(bytes.toString(spelling))),
    ];
    for (const told of clear) expect(document.includes(told)).toBe(false);
  });

  it('is another one each time: equal entities cannot be told', () => {
    const documents = Array.from({ length: 50 }, () => Buffer.from(vault.seal(NAME, ENTRY)));
    expect(new Set(documents.map((document) => document.subarray(5, 17).toString('hex'))).size).toBe(50);
    expect(new Set(documents.map((document) => document.subarray(17).toString('hex'))).size).toBe(50);
  });

  it('with any byte changed does not open', () => {
    const document = vault.seal(NAME, ENTRY);
    for (let position = 0; position < document.length; position += 1) {
      const changed = Uint8Array.from(document);
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8));
      expect(refusalOf(() => vault.open(NAME, changed))).toBe('record_unreadable');
    }
  });

  it('cut short or made longer does not open', () => {
    const document = Buffer.from(vault.seal(NAME, ENTRY));
    for (let length = 0; length < document.length; length += 1) {
      expect(refusalOf(() => vault.open(NAME, document.subarray(0, length)))).toBe('record_unreadable');
    }
    expect(refusalOf(() => vault.open(NAME, Buffer.concat([document, Buffer.of(0)])))).toBe('record_unreadable');
  });

  it.each(['user-2', 'User-1', 'user-1 ', 'user-1\0', ''])(
    'does not open for %j: it cannot be moved to another user',
    (other) => {
      expect(refusalOf(() => vault.open(vault.keyOf(other), vault.seal(NAME, ENTRY)))).toBe('record_unreadable');
    },
  );

  it('does not open in another service with the same keys', () => {
    const other = new Vault('staging', new Keyring([KEY]));
    expect(refusalOf(() => other.open(other.keyOf(IDENTITY), vault.seal(NAME, ENTRY)))).toBe('record_unreadable');
  });

  it('of a newer schema is refused by that name, whatever is in it', () => {
    const newer = vault.seal(NAME, ENTRY);
    newer[0] = 2;
    const error = errorOf(() => vault.open(NAME, newer));
    expect(error).toMatchObject({ code: 'record_unreadable', message: expect.stringContaining('schema 2') });
  });

  it.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"e":"0"}',
    `{"i":"user-1","e":"0","v":"yes","b":[0,0,false,[]],"f":[],"c":[]}`,
  ])('that is sealed rightly around no entity (%j) is refused', (content) => {
    expect(refusalOf(() => vault.open(NAME, sealed(content)))).toBe('record_unreadable');
  });

  it('that does not open tells neither identity, key nor content', () => {
    const documents = [
      sealed('{"s":"tell-tale"}'),
      vault.seal(vault.keyOf('user-2'), { ...ENTRY, identity: 'user-2' }),
      Buffer.from('tell-tale'.repeat(9)),
    ];
    for (const document of documents) {
      const told = String(errorOf(() => vault.open(NAME, document))?.message);
      expect(told).not.toMatch(/user-|tell-tale/);
      for (const spelling of ['hex', 'base64', 'base64url'] as const)
        expect(told).not.toContain(KEY.toString(spelling));
    }
  });
});

describe('the name under which a store keeps an entity', () => {
  it('is printable ASCII with the kind and the service, and does not tell the identity', () => {
    expect(vault.keyOf('ada@example.com')).toMatch(/^entity:default:[\w-]{43}$/);
    expect(vault.keyOf('{a}:*\0')).toMatch(/^entity:default:[\w-]{43}$/);
  });

  it('is one for each identity and service', () => {
    const identities = ['a', 'A', 'a ', 'ab', '__proto__', 'constructor', '42', '042', 'é', 'é'.normalize('NFD')];
    const names = [vault, new Vault('staging', new Keyring([KEY]))].flatMap((v) => identities.map((i) => v.keyOf(i)));
    expect(new Set(names).size).toBe(20);
    expect(vault.keyOf('a')).toBe(new Vault('default', new Keyring([randomBytes(32)])).keyOf('a'));
  });
});

describe('rotating keys', () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const vaultWith = (...keys: readonly Uint8Array[]): Vault => new Vault('default', new Keyring(keys));

  it('the first key seals, every one opens', () => {
    const byOlder = vaultWith(older).seal(NAME, ENTRY);
    const byNewer = vaultWith(newer, older).seal(NAME, ENTRY);
    for (const both of [vaultWith(older, newer), vaultWith(newer, older)]) {
      expect(plain(both.open(NAME, byOlder).entity)).toEqual(plain(ENTITY));
      expect(plain(both.open(NAME, byNewer).entity)).toEqual(plain(ENTITY));
    }
    expect(refusalOf(() => vaultWith(older).open(NAME, byNewer))).toBe('record_unreadable');
  });

  it('a document says whether the first key has sealed it', () => {
    const byOlder = vaultWith(older).seal(NAME, ENTRY);
    expect(vaultWith(older, newer).isCurrent(byOlder)).toBe(true);
    expect(vaultWith(newer, older).isCurrent(byOlder)).toBe(false);
    expect(vaultWith(newer, older).isCurrent(vaultWith(newer, older).seal(NAME, ENTRY))).toBe(true);
    expect(vaultWith(newer).isCurrent(Buffer.of(1))).toBe(false);
  });

  it('with the key removed the record is unreadable, not absent; which key it was is not said', () => {
    const error = errorOf(() => vaultWith(newer).open(NAME, vaultWith(older).seal(NAME, ENTRY)));
    expect(error).toBeInstanceOf(MfaError);
    expect(error).toMatchObject({ code: 'record_unreadable', message: expect.stringContaining('none of the keys') });
    for (const key of [older, newer]) {
      expect(error?.message).not.toContain(key.toString('hex').slice(0, 8));
      expect(error?.message).not.toContain(key.toString('base64').slice(0, 8));
    }
  });
});

describe('the size of a document', () => {
  it('of a user with one factor and one ended challenge is at most 600 bytes', () => {
    expect(ENTITY.challenges).toMatchObject([{ status: 'approved' }]);
    expect(vault.seal(NAME, ENTRY).length).toBeLessThanOrEqual(600);
  });

  it('is at most 32 KB: what is larger is refused before it is written', () => {
    const factorsWith = (note: string): Entity =>
      entityWith(Array.from({ length: 20 }, () => verifiedFactor(authenticator, { metadata: { note } })));
    expect(vault.seal(NAME, entryOf(factorsWith('x'.repeat(1000)))).length).toBeLessThanOrEqual(32 * 1024);
    expect(refusalOf(() => vault.seal(NAME, entryOf(factorsWith('é'.repeat(1000)))))).toBe('document_full');
  });

  it('never keeps a code from being judged: the fullest record that can be made has room for it', () => {
    const longest = '😀'.repeat(64);
    const purpose = { digest: 'd'.repeat(43), epoch: ENTITY.epoch, used: false };
    const factors = Array.from({ length: 20 }, () => verifiedFactor(newAuthenticator(), { friendlyName: longest }));
    const enrolling = unverifiedFactor(newAuthenticator(), { friendlyName: longest });
    const today = Math.floor(NOW / DAY);
    const guesses = Array.from({ length: 31 }, (_, index) => ({ day: today - 30 + index, chance: 30_000 }));
    const loginId = (name: string, index: number): string => `${name}${index.toString()}`.padEnd(22, '_');
    const approved = Array.from({ length: 10 }, (_, index) =>
      pendingChallenge({ status: 'approved', respondedAt: NOW, loginId: loginId('approved', index), purpose }),
    );
    const ended = Array.from({ length: 5 }, (_, index) =>
      pendingChallenge({ status: 'approved', respondedAt: NOW, loginId: loginId('ended', index) }),
    );
    let entity: Entity = {
      ...entityWith([...factors, enrolling]),
      budget: { ...ENTITY.budget, guesses },
      disabledAt: NOW,
      recoveryCodes: newRecoveryCodes(randomBytes, NOW).set,
      renewal: { ...newRecoveryCodes(randomBytes, NOW), loginId: loginId('renewal', 0), expiresAt: NOW },
      logins: Array.from({ length: 40 }, (_, index) => ({
        loginId: loginId('trace', index),
        at: NOW,
        wrongRecoveryCodes: index % 2 === 0 ? 4 : 0,
        triedUnlockAt: index % 2 === 0 ? NOW : 0,
        ended: index % 2 === 1,
      })),
      undelivered: Array.from({ length: 8 }, (_, index) => ({
        ...event('recovery_codes.confirmed', { factorSid: factors[0]?.sid ?? null, recoveryCodesLeft: 10 }),
        id: index.toString().padStart(32, '0'),
        at: NOW,
        source: { address: '2001:0db8:85a3:0000:0000:8a2e:192.168.100.100', userAgent: 'u'.repeat(120) },
      })),
      challenges: [...approved, ...ended],
    };
    const metadata = { note: '€'.repeat(930) };
    for (let index = 0; index < 20; index += 1) {
      // The first make way for the last: what is attached to those is as much as there is room for.
      const more = index < 8 ? {} : { metadata };
      const wanted = { purpose: purpose.digest, ...more };
      entity = createChallenge(entity, sessionOf(loginId('pending', index)), wanted, contextAt(NOW)).entity;
    }
    const withMetadata = entity.challenges.filter((challenge) => challenge.metadata !== null);
    expect(withMetadata).toHaveLength(4);
    const answered = createChallenge(entity, sessionOf('login-9'), { proof: codeProof('000000') }, contextAt(NOW));
    expect(answered.entity.budget.guesses).toHaveLength(31);
    expect(refusalOf(() => vault.seal(NAME, { identity: 'i'.repeat(255), entity: answered.entity }))).toBe(
      'not refused',
    );
  });
});
