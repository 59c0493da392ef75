import { answerChallenge, createChallenge } from '../../../src/domain/challenge.js';
import { renameFactor } from '../../../src/domain/factor.js';
import { HOST } from '../../../src/domain/actor.js';
import type { Entity } from '../../../src/domain/entity.js';
import { event } from '../../../src/domain/event.js';
import { decodeEntity, encodeEntity } from '../../../src/vault/codec.js';
import {
  codeProof,
  contextAt,
  entityWith,
  IDENTITY,
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
const EVENT = { ...event('factor.verified'), id: 'id', at: NOW, source: null };
const ENTITY = { ...entityWith([factor]), challenges: [challenge] };

const written = (entity: Entity): Json =>
  JSON.parse(JSON.stringify(encodeEntity({ identity: IDENTITY, entity }))) as Json;
const firstOf = (list: unknown): Json => (list as readonly [Json])[0];
const decode = (content: unknown): Entity => decodeEntity(JSON.parse(JSON.stringify(content))).entity;
const again = (entity: Entity): Entity => decode(written(entity));

describe('members that a newer release wrote', () => {
  const content = written(ENTITY);
  const newer = {
    ...content,
    y: { passkeys: ['key'] },
    f: [{ ...firstOf(content['f']), z: [1, { deep: true }] }],
    c: [{ ...firstOf(content['c']), y: null }],
  };

  it('are carried along, at the entity, its factors and its challenges', () => {
    expect(written(decode(newer))).toEqual(newer);
  });

  it('survive what this release changes', () => {
    const context = contextAt(NOW);
    const read = decode(newer);
    const renamed = renameFactor(read, HOST, factor.sid, 'Phone', context).entity;
    const answered = answerChallenge(
      renamed,
      HOST,
      challenge.sid,
      codeProof(authenticator.codeAt(NOW)),
      context,
    ).entity;
    const added = createChallenge(answered, HOST, {}, context).entity;
    const content = written(added);
    expect(content['y']).toEqual({ passkeys: ['key'] });
    expect(firstOf(content['f'])).toMatchObject({ n: 'Phone', z: [1, { deep: true }] });
    expect(firstOf(content['c'])).toMatchObject({ x: 'approved', y: null });
  });

  it('are not there where none was written', () => {
    expect(decode(content)).not.toHaveProperty('unknown');
  });
});

describe('the content of a document', () => {
  it('leaves out what is empty', () => {
    expect(written(ENTITY)).toEqual({
      i: IDENTITY,
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
    expect(plain(again(spent))).toEqual(plain(spent));
  });

  it.each(['toString', 'hasOwnProperty', '0', ''])('keeps metadata called %j', (name) => {
    const metadata: Readonly<Record<string, string>> = Object.fromEntries([[name, 'value']]);
    const entity = {
      ...entityWith([{ ...factor, metadata }]),
      challenges: [{ ...challenge, hiddenDetails: metadata }],
    };
    const read = again(entity);
    expect(Object.entries(read.factors[0]?.metadata ?? {})).toEqual([[name, 'value']]);
    expect(Object.entries(read.challenges[0]?.hiddenDetails ?? {})).toEqual([[name, 'value']]);
  });

  const content = written(ENTITY);
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
    ['no identity: nobody could tell whose it is', { ...content, i: undefined }],
    ['recovery codes without their salt', { ...content, r: { id: 'a', d: [], t: 0 } }],
    ['logins that are none', { ...content, l: [['login-1']] }],
    ['an event of an unknown type', { ...content, u: [{ ...EVENT, type: 'paid' }] }],
    ['no epoch', { ...content, e: undefined }],
    ['no everVerified', { ...content, v: undefined }],
    ['factors that are none', { ...content, f: {} }],
    ['a list', []],
    ['nothing', null],
  ])('with %s is none', (_what, wrong) => {
    expect(() => decode(wrong)).toThrow();
  });
});
