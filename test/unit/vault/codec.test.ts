import { answerChallenge, createChallenge } from '../../../src/domain/challenge.js';
import { renameFactor } from '../../../src/domain/factor.js';
import { HOST } from '../../../src/domain/actor.js';
import { decodeEntity, encodeEntity } from '../../../src/vault/codec.js';
import {
  contextAt,
  entityWith,
  newAuthenticator,
  NOW,
  pendingChallenge,
  plain,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';

type Json = Record<string, unknown>;

const authenticator = newAuthenticator();
const factor = verifiedFactor(authenticator);
const challenge = pendingChallenge();
const ENTITY = { ...entityWith([factor]), challenges: [challenge] };

const contentOf = (entity: typeof ENTITY): Json => JSON.parse(Buffer.from(encodeEntity(entity)).toString()) as Json;
const firstOf = (list: unknown): Json => (list as readonly [Json])[0];
const decode = (content: unknown): ReturnType<typeof decodeEntity> =>
  decodeEntity(Buffer.from(JSON.stringify(content)));

describe('members that a newer release wrote', () => {
  const content = contentOf(ENTITY);
  const newer = {
    ...content,
    r: { recovery: ['hash'] },
    f: [{ ...firstOf(content['f']), z: [1, { deep: true }] }],
    c: [{ ...firstOf(content['c']), y: null }],
  };

  it('are carried along, at the entity, its factors and its challenges', () => {
    expect(JSON.parse(Buffer.from(encodeEntity(decode(newer))).toString())).toEqual(newer);
  });

  it('survive what this release changes', () => {
    const context = contextAt(NOW);
    const read = decode(newer);
    const renamed = renameFactor(read, HOST, factor.sid, 'Phone', context).entity;
    const answered = answerChallenge(renamed, HOST, challenge.sid, authenticator.codeAt(NOW), context).entity;
    const added = createChallenge(answered, HOST, {}, context).entity;
    const written = JSON.parse(Buffer.from(encodeEntity(added)).toString()) as Json;
    expect(written['r']).toEqual({ recovery: ['hash'] });
    expect(firstOf(written['f'])).toMatchObject({ n: 'Phone', z: [1, { deep: true }] });
    expect(firstOf(written['c'])).toMatchObject({ x: 'approved', y: null });
  });

  it('are not there where none was written', () => {
    expect(decode(content)).not.toHaveProperty('unknown');
  });
});

describe('the content of a document', () => {
  it('leaves out what is empty', () => {
    expect(contentOf(ENTITY)).toEqual({
      e: ENTITY.epoch,
      v: true,
      b: [0, 0, false, []],
      f: [
        {
          id: expect.stringMatching(/^[\w-]{22}$/),
          n: 'Authenticator',
          k: ['sha1', 6, 30, 1],
          s: Buffer.from(authenticator.bytes).toString('base64url'),
          l: 0,
          t: [factor.createdAt, factor.updatedAt],
        },
      ],
      c: [
        {
          id: expect.stringMatching(/^[\w-]{22}$/),
          x: 'pending',
          o: 'login-1',
          t: [NOW, NOW, challenge.expiresAt, null],
        },
      ],
    });
  });

  it('keeps a spent enrollment without its secret', () => {
    const spent = entityWith([unverifiedFactor(authenticator, { secret: null, wrongCodes: 5 })]);
    expect(plain(decodeEntity(encodeEntity(spent)))).toEqual(plain(spent));
  });

  it.each(['toString', 'hasOwnProperty', '0', ''])('keeps metadata called %j', (name) => {
    const metadata: Readonly<Record<string, string>> = Object.fromEntries([[name, 'value']]);
    const entity = {
      ...entityWith([{ ...factor, metadata }]),
      challenges: [{ ...challenge, hiddenDetails: metadata }],
    };
    const read = decodeEntity(encodeEntity(entity));
    expect(Object.entries(read.factors[0]?.metadata ?? {})).toEqual([[name, 'value']]);
    expect(Object.entries(read.challenges[0]?.hiddenDetails ?? {})).toEqual([[name, 'value']]);
  });

  const content = contentOf(ENTITY);
  const storedFactor = firstOf(content['f']);
  const { s: _secret, ...withoutSecret } = storedFactor;
  const { l: _lastStep, ...withoutLastStep } = storedFactor;

  it.each<readonly [string, unknown]>([
    ['a verified factor without a secret', { ...content, f: [withoutSecret] }],
    ['a verified factor without a lastStep: it would accept every code again', { ...content, f: [withoutLastStep] }],
    ['an unknown algorithm', { ...content, f: [{ ...storedFactor, k: ['md5', 6, 30, 1] }] }],
    ['an unknown status', { ...content, c: [{ ...firstOf(content['c']), x: 'paid' }] }],
    ['no budget: guesses would be free', { ...content, b: undefined }],
    ['a budget with NaN', { ...content, b: [null, 0, false, []] }],
    ['no epoch', { ...content, e: undefined }],
    ['no everVerified', { ...content, v: undefined }],
    ['factors that are none', { ...content, f: {} }],
    ['a list', []],
    ['nothing', null],
  ])('with %s is none', (_what, wrong) => {
    expect(() => decode(wrong)).toThrow();
  });
});
