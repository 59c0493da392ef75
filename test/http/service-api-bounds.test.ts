import { inspect } from 'node:util';
import { MfaError } from '../../src/index.js';
import { hostApp } from '../support/host-app.js';
import { enrolled, identity, refused, UNKNOWN } from '../support/service-api.js';

describe('what the host attaches to a challenge', () => {
  const field = { label: 'l'.repeat(36), value: 'v'.repeat(128) };
  const fits = { details: { message: 'm'.repeat(256), fields: Array(20).fill(field) } };
  const full = { a: 'x'.repeat(1024 - '{"a":""}'.length) };
  it.each<readonly [string, object, boolean]>([
    ['details at their bounds are taken', fits, true],
    ['a message of 257 characters is refused', { details: { message: 'm'.repeat(257), fields: [] } }, false],
    ['an empty message is refused', { details: { message: '', fields: [] } }, false],
    ['21 fields are refused', { details: { message: 'm', fields: Array(21).fill(field) } }, false],
    [
      'a label of 37 characters is refused',
      { details: { message: 'm', fields: [{ ...field, label: 'l'.repeat(37) }] } },
      false,
    ],
    [
      'a value of 129 characters is refused',
      { details: { message: 'm', fields: [{ ...field, value: 'v'.repeat(129) }] } },
      false,
    ],
    ['a value that is a number is refused', { details: { message: 'm', fields: [{ label: 'l', value: 5 }] } }, false],
    ['a field that is null is refused', { details: { message: 'm', fields: [null] } }, false],
    ['details that are a text are refused', { details: 'Pay' }, false],
    ['metadata of 1024 characters is taken', { metadata: full }, true],
    ['metadata of 1025 characters is refused', { metadata: { a: `${full.a}x` } }, false],
    ['metadata with a number is refused', { metadata: { a: 1 } }, false],
    ['metadata that is an array is refused', { metadata: ['a'] }, false],
    ['hidden details of 1024 characters are taken', { hiddenDetails: full }, true],
    ['hidden details of 1025 characters are refused', { hiddenDetails: { a: `${full.a}x` } }, false],
    ['hidden details with an object are refused', { hiddenDetails: { a: {} } }, false],
    ['an end in 60 minutes is taken', { expiresAt: new Date(Date.UTC(2026, 10, 20, 13, 0, 35)) }, true],
    ['an end one millisecond later is refused', { expiresAt: new Date(Date.UTC(2026, 10, 20, 13, 0, 35, 1)) }, false],
    ['an end now is refused', { expiresAt: new Date(Date.UTC(2026, 10, 20, 12, 0, 35)) }, false],
    ['an end in a millisecond is taken', { expiresAt: new Date(Date.UTC(2026, 10, 20, 12, 0, 35, 1)) }, true],
    ['an end that is no date is refused', { expiresAt: new Date(NaN) }, false],
    ['an end that is a number is refused', { expiresAt: 1_795_176_060_000 }, false],
  ])('%s', async (_what, wanted, isTaken) => {
    const { mfa } = await enrolled();
    if (isTaken) expect((await mfa.challenges.create({ identity, ...wanted })).challenge).toMatchObject(wanted);
    else await refused(mfa.challenges.create({ identity, ...wanted }), 'invalid_request');
    expect((await mfa.challenges.list({ identity })).items).toHaveLength(isTaken ? 1 : 0);
  });
});

describe('an identity', () => {
  it('is a text, a safe integer or a bigint; the number and its digits are the same person', async () => {
    const { mfa } = hostApp();
    const { factor } = await mfa.factors.create({ identity: 42 });
    expect(factor.identity).toBe('42');
    for (const same of ['42', 42n]) expect((await mfa.factors.list({ identity: same })).items).toEqual([factor]);
    const huge = 2n ** 70n;
    await mfa.factors.create({ identity: huge });
    expect((await mfa.factors.list({ identity: huge.toString() })).items).toHaveLength(1);
  });

  it('is compared byte for byte, and no name is special', async () => {
    const { mfa } = hostApp();
    const names = [
      'Ann',
      'ann',
      'ann ',
      'ánn',
      'a\u0301nn',
      '__proto__',
      'constructor',
      'toString',
      '}x{',
      'a:b',
      '日本',
    ];
    for (const name of names) await mfa.factors.create({ identity: name, friendlyName: `of ${names.indexOf(name)}` });
    for (const name of names) {
      const { items } = await mfa.factors.list({ identity: name });
      expect(items.map((item) => [item.identity, item.friendlyName])).toEqual([[name, `of ${names.indexOf(name)}`]]);
    }
  });

  it.each(['', 'x'.repeat(256), 'é'.repeat(128), 'a\ud800', 1.5, NaN, 2 ** 53, null, undefined, {}, ['ann'], true])(
    '%p is none, for every call',
    async (none) => {
      const { mfa } = hostApp();
      const of = { identity: none as string };
      const calls = [
        mfa.factors.create(of),
        mfa.factors.verify({ ...of, sid: UNKNOWN.factor, code: '123456' }),
        mfa.factors.import({ ...of, secret: 'A'.repeat(32) }),
        mfa.factors.list(of),
        mfa.factors.fetch({ ...of, sid: UNKNOWN.factor }),
        mfa.factors.update({ ...of, sid: UNKNOWN.factor, friendlyName: 'a' }),
        mfa.factors.remove({ ...of, sid: UNKNOWN.factor }),
        mfa.challenges.create(of),
        mfa.challenges.answer({ ...of, sid: UNKNOWN.challenge, code: '123456' }),
        mfa.challenges.deny({ ...of, sid: UNKNOWN.challenge }),
        mfa.challenges.fetch({ ...of, sid: UNKNOWN.challenge }),
        mfa.challenges.list(of),
      ];
      for (const call of calls) await refused(call, 'invalid_request');
    },
  );
});

describe('errors', () => {
  it('every call rejects with an MfaError, also for a configuration that cannot be', async () => {
    const { mfa } = hostApp();
    await refused(mfa.factors.create({ identity, config: { codeLength: 99 } }), 'invalid_request');
  });

  it('say of no identity what it is, nor of a secret or a code', async () => {
    const { mfa, secret, code, sid } = await enrolled();
    const errors = await Promise.all(
      [
        mfa.factors.fetch({ identity: 'CANARY', sid: UNKNOWN.factor }),
        mfa.factors.import({ identity, secret }),
        mfa.factors.import({ identity, secret: `${secret}!` }),
        mfa.factors.verify({ identity, sid, code: code() }),
        mfa.challenges.answer({ identity, sid: UNKNOWN.challenge, code: code() }),
        mfa.challenges.create({ identity: 'CANARY' }),
        mfa.challenges.create({ identity, code: `${code()}77` }),
      ].map(async (call) => call.catch((error: unknown) => error)),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(MfaError);
      expect(inspect(error).split('\n    at ')[0]).not.toMatch(new RegExp(`CANARY|${secret}|${code()}`));
    }
  });
});
