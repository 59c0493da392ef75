import { DriftWatch } from '../../../src/use-cases/drift-watch.js';
import { Outbox } from '../../../src/use-cases/outbox.js';
import { Authenticator } from '../authenticator.js';
import { HOUR, IDENTITY, MINUTE, NOW, repeatableRandom, SECOND, sessionOf } from '../entity-builders.js';
import { serviceOn } from './a-service.js';

const FIVE_MINUTES_BEHIND = { reason: 'clock_drift', driftSeconds: -300 };

/** A watch, and what it told so far. */
function aWatch(): { watch: DriftWatch; told: unknown[] } {
  const told: unknown[] = [];
  const sink = {
    isHeard: () => true,
    emit: async (identity: string | null, event: unknown) => void told.push({ identity, event }),
  };
  return { watch: new DriftWatch(new Outbox(sink, repeatableRandom('drift'))), told };
}

const people = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `user-${i.toString()}`);

describe('the clock of this server is suspected', () => {
  it('when five people’s authenticators drift alike within ten minutes', () => {
    const { watch, told } = aWatch();
    for (const identity of people(4)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    expect(told).toEqual([]);
    watch.note('user-4', FIVE_MINUTES_BEHIND, NOW + 10 * MINUTE - 1);
    expect(told).toMatchObject([
      {
        identity: null,
        event: { type: 'clock.suspected', reason: 'clock_drift', source: null, at: NOW + 10 * MINUTE - 1 },
      },
    ]);
  });

  it('not when it took them longer', () => {
    const { watch, told } = aWatch();
    for (const identity of people(4)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    watch.note('user-4', FIVE_MINUTES_BEHIND, NOW + 10 * MINUTE);
    expect(told).toEqual([]);
  });

  it('not when it is one person, however often', () => {
    const { watch, told } = aWatch();
    for (let count = 0; count < 20; count += 1) watch.note('user-1', FIVE_MINUTES_BEHIND, NOW);
    expect(told).toEqual([]);
  });

  it.each([
    [60, 1],
    [61, 0],
  ])('when their drifts differ by %i s: %i times', (seconds, times) => {
    const { watch, told } = aWatch();
    for (const identity of people(4)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    watch.note('user-4', { reason: 'clock_drift', driftSeconds: -300 + seconds }, NOW);
    expect(told).toHaveLength(times);
  });

  it('not when some are ahead and others behind', () => {
    const { watch, told } = aWatch();
    people(8).forEach((identity, index) => {
      watch.note(identity, { reason: 'clock_drift', driftSeconds: index % 2 === 0 ? 300 : -300 }, NOW);
    });
    expect(told).toEqual([]);
  });

  it('by the last drift of each person, not an older one', () => {
    const { watch, told } = aWatch();
    for (const identity of people(4)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    watch.note('user-0', { reason: 'clock_drift', driftSeconds: 300 }, NOW);
    watch.note('user-4', FIVE_MINUTES_BEHIND, NOW);
    expect(told).toEqual([]);
  });

  it('not by other wrong codes', () => {
    const { watch, told } = aWatch();
    for (const identity of people(9)) {
      watch.note(identity, { reason: 'incorrect_code' }, NOW);
      watch.note(identity, { reason: 'clock_drift' }, NOW);
      watch.note(identity, {}, NOW);
    }
    expect(told).toEqual([]);
  });

  it('once an hour', () => {
    const { watch, told } = aWatch();
    for (const identity of people(9)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    expect(told).toHaveLength(1);
    for (const identity of people(9)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW + HOUR - 1);
    expect(told).toHaveLength(1);
    watch.note('user-1', FIVE_MINUTES_BEHIND, NOW + HOUR);
    expect(told).toHaveLength(2);
  });

  it('also after the clock was set right, backwards', () => {
    const { watch, told } = aWatch();
    for (const identity of people(5)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW);
    for (const identity of people(5)) watch.note(identity, FIVE_MINUTES_BEHIND, NOW - 2 * HOUR);
    expect(told).toHaveLength(2);
  });

  it('by a thousand people at most: it remembers no more', () => {
    const { watch, told } = aWatch();
    for (const identity of people(4)) watch.note(`first ${identity}`, FIVE_MINUTES_BEHIND, NOW);
    for (const identity of people(1000)) watch.note(identity, { reason: 'clock_drift', driftSeconds: 1e6 }, NOW - HOUR);
    const before = told.length;
    watch.note('last', FIVE_MINUTES_BEHIND, NOW);
    expect(told).toHaveLength(before);
  });
});

describe('the drift of a code', () => {
  const codeOf = (name: string): Authenticator => new Authenticator(Buffer.from(name.padEnd(20, '.')));

  it('is noticed where challenges are answered', async () => {
    const service = serviceOn();
    for (const identity of people(5)) {
      await service.factors.import(identity, { secret: codeOf(identity).secret.base32() });
    }
    service.clock.advance(HOUR);
    const late = NOW + HOUR - 300 * SECOND;
    for (const identity of people(5)) {
      const { outcome } = await service.challenges.create(identity, sessionOf('login-1', { identity }), {
        code: codeOf(identity).codeAt(late),
      });
      expect(outcome).toMatchObject({ reason: 'clock_drift', driftSeconds: -300 });
    }
    expect(service.emitted.filter(({ type }) => type === 'clock.suspected')).toHaveLength(1);
  });

  it('is noticed where factors are verified, also ahead', async () => {
    const service = serviceOn();
    for (const identity of people(5)) {
      const secret = codeOf(identity).secret.base32();
      const { factor } = await service.factors.create(identity, sessionOf('login-1', { identity }), { secret });
      const code = codeOf(identity).codeAt(NOW + 300 * SECOND);
      const actor = sessionOf('login-1', { identity });
      const { outcome } = await service.factors.verify(identity, actor, factor.sid, code);
      expect(outcome).toMatchObject({ reason: 'clock_drift', driftSeconds: 300 });
    }
    expect(service.emitted.at(-1)).toMatchObject({ type: 'clock.suspected', identity: null });
  });

  it('of one user tells nothing of the clock', async () => {
    const service = serviceOn();
    await service.factors.import(IDENTITY, { secret: codeOf('one').secret.base32() });
    service.clock.advance(HOUR);
    await service.challenges.create(IDENTITY, sessionOf(), { code: codeOf('one').codeAt(NOW + HOUR - 300 * SECOND) });
    expect(service.emitted.map(({ type }) => type)).not.toContain('clock.suspected');
  });
});
