import { newEntity, startEpoch } from '../../../src/domain/entity.js';
import { VERIFY_CAPACITY, type Settings } from '../../../src/domain/settings.js';
import {
  SETTINGS as APP,
  entityWith,
  newAuthenticator,
  repeatableRandom,
  unverifiedFactor,
  verifiedFactor,
} from '../entity-builders.js';

const VERIFY: Settings = { ...APP, capacity: VERIFY_CAPACITY };

describe('a new entity', () => {
  it('has an epoch of its own, nothing else, and never had a factor', () => {
    const entity = newEntity(repeatableRandom('one'));
    expect(entity).toEqual(entityWith([], { epoch: entity.epoch }));
    expect(newEntity(repeatableRandom('other')).epoch).not.toBe(entity.epoch);
  });
});

describe('a new epoch', () => {
  const verified = verifiedFactor(newAuthenticator());
  const enrolling = unverifiedFactor(newAuthenticator());
  const before = entityWith([verified, enrolling]);

  it.each([
    ['ends enrollments, where there are sessions', APP, [verified]],
    ['keeps enrollments, where there are none', VERIFY, [verified, enrolling]],
  ])('%s', (_title, settings, factors) => {
    const after = startEpoch(before, { settings, random: repeatableRandom('later') });
    expect(after).toEqual({ ...before, epoch: after.epoch, factors });
    expect(after.epoch).not.toBe(before.epoch);
  });
});
