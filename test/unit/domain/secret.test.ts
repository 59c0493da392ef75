import { inspect } from 'node:util';
import fc from 'fast-check';
import { Secret } from '../../../src/domain/secret.js';

const BYTES = Buffer.from('12345678901234567890');
const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('a secret', () => {
  const secret = new Secret(BYTES);

  it.each<readonly [string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => `the secret ${String(secret)} of a user`],
    ['concatenation', () => ['key', secret].join(' ')],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    [
      'util.inspect, at any depth, hidden members too',
      () => inspect({ a: { secret } }, { depth: 9, showHidden: true }),
    ],
    ['an error', () => inspect(new Error(`wrong ${String(secret)}`, { cause: secret }))],
    ['its own names and values', () => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
  ])('is not told by %s', (_way, print) => {
    const printed = print();
    expect(printed).not.toContain(BASE32);
    expect(printed).not.toMatch(/12345678|31, ?32|49, ?50|MTIzND/);
  });

  it.each([String(secret), JSON.parse(JSON.stringify(secret)), inspect(secret)])('prints as [secret]', (printed) => {
    expect(printed).toBe('[secret]');
  });

  it('is given away only by name', () => {
    expect(secret.base32()).toBe(BASE32);
    expect(Buffer.from(secret.bytes()).equals(BYTES)).toBe(true);
  });

  it('cannot be changed from outside', () => {
    const given = Uint8Array.from(BYTES);
    const kept = new Secret(given);
    given.fill(0);
    kept.bytes().fill(0);
    expect(kept.base32()).toBe(BASE32);
  });

  it('equals another with the same bytes, and no other', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(new Secret(a).equals(new Secret(Uint8Array.from(a)))).toBe(true);
        expect(new Secret(a).equals(new Secret(b))).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });
});
