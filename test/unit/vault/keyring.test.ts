import { hkdfSync, randomBytes } from 'node:crypto';
import { Keyring, parseKeys } from '../../../src/vault/keyring.js';

const ONE = randomBytes(32);
const TWO = randomBytes(32);

describe('keys as a host writes them', () => {
  it.each<readonly [string, string | readonly (string | Uint8Array)[], readonly Buffer[]]>([
    ['base64', ONE.toString('base64'), [ONE]],
    ['base64 without padding', ONE.toString('base64').replace('=', ''), [ONE]],
    ['base64url', ONE.toString('base64url'), [ONE]],
    ['hex', ONE.toString('hex'), [ONE]],
    ['hex in capitals', ONE.toString('hex').toUpperCase(), [ONE]],
    ['bytes', [ONE], [ONE]],
    ['a text of several', `${ONE.toString('base64')}, ${TWO.toString('hex')}`, [ONE, TWO]],
    ['a text that ends in a comma', `${ONE.toString('hex')},\n`, [ONE]],
    ['a mixed list', [TWO.toString('base64url'), ONE], [TWO, ONE]],
  ])('may be %s', (_form, written, keys) => {
    expect(parseKeys(written).map((key) => Buffer.from(key))).toEqual(keys);
  });

  it('are copied: what the host does to its own bytes later changes nothing', () => {
    const given = Uint8Array.from(ONE);
    const [kept] = parseKeys([given]);
    given.fill(0);
    expect(Buffer.from(kept ?? [])).toEqual(ONE);
  });

  it.each<readonly [string, string | readonly (string | Uint8Array)[]]>([
    ['31 bytes', [ONE.subarray(1)]],
    ['33 bytes', [Buffer.concat([ONE, Buffer.of(0)])]],
    ['a password', 'correct horse battery staple'],
    ['32 characters that are no key', 'abcdefghijklmnopqrstuvwxyz012345'],
    ['hex that is too short', ONE.toString('hex').slice(2)],
    ['base64 that is too long', `${ONE.toString('base64').replace('=', '')}AAAA`],
    ['base64 with a space', `${ONE.toString('base64').slice(0, 20)} ${ONE.toString('base64').slice(21)}`],
    ['an empty entry of a list', [ONE.toString('hex'), '']],
  ])('are refused as %s, without being told', (_form, written) => {
    const message = ((): string => {
      try {
        parseKeys(written);
      } catch (error) {
        if (error instanceof TypeError) return error.message;
      }
      return 'not refused';
    })();
    expect(message).toMatch(/^createMfa: key [12] of keys has not 32 bytes; make one: node -p/);
    expect(message).not.toContain('horse');
    expect(message).not.toContain(ONE.toString('hex').slice(2, 10));
    expect(message).not.toContain(ONE.toString('base64').slice(2, 10));
  });

  it('names which one is wrong', () => {
    expect(() => parseKeys([ONE, TWO, 'wrong'])).toThrow(/key 3 of keys/);
  });
});

describe('a keyring', () => {
  it.each([
    ['an empty text', ''],
    ['commas', ' , '],
    ['an empty list', []],
  ])('without a key is refused: %s', (_form, keys) => {
    expect(() => new Keyring(parseKeys(keys))).toThrow(TypeError);
    expect(() => new Keyring(parseKeys(keys))).toThrow(/keys is empty; make one/);
  });

  it('seals with the first key, and opens with the one that a document names', () => {
    const ring = new Keyring([ONE, TWO]);
    const { id, key } = ring.sealing('user-1');
    expect(ring.opening(id, 'user-1')?.equals(key)).toBe(true);
    expect(new Keyring([TWO, ONE]).opening(id, 'user-1')?.equals(key)).toBe(true);
    expect(new Keyring([TWO]).opening(id, 'user-1')).toBeNull();
  });

  it('gives each entity a key of its own', () => {
    const ring = new Keyring([ONE]);
    const { key } = ring.sealing('user-1');
    expect(key.equals(ring.sealing('user-2').key)).toBe(false);
    expect(key.export()).not.toEqual(ONE);
  });

  it('derives them by HKDF-SHA-256', () => {
    const derived = (length: number, info: string): Buffer =>
      Buffer.from(hkdfSync('sha256', ONE, 'passport-factors', info, length));
    const { id, key } = new Keyring([ONE]).sealing('user-1');
    expect(id).toEqual(derived(4, 'key id'));
    expect(key.export()).toEqual(derived(32, 'user-1'));
  });

  it('names a key by four bytes that say nothing of it', () => {
    const { id } = new Keyring([ONE]).sealing('user-1');
    expect(id).toHaveLength(4);
    expect(ONE.includes(id)).toBe(false);
  });
});
