import { event, type RecordedEvent } from '../../src/domain/event.js';
import { MfaEvents, type MfaEvent } from '../../src/events.js';

const NOW = Date.UTC(2026, 10, 20);
const approved: RecordedEvent = {
  ...event('challenge.approved', { challengeSid: 'YC1', factorSid: 'YF1' }),
  id: 'id-1',
  at: NOW,
  source: { address: '192.0.2.1', userAgent: null },
};

/** After everything that can go on by itself has gone on. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

describe('an event', () => {
  it('goes to the listeners of its type and of all, complete, and to no other', () => {
    const events = new MfaEvents();
    const heard: [string, MfaEvent][] = [];
    for (const type of ['challenge.approved', '*', 'challenge.denied'] as const) {
      events.on(type, (told) => void heard.push([type, told]));
    }
    void events.emit('user-1', approved);
    expect(heard.map(([type]) => type)).toEqual(['challenge.approved', '*']);
    expect(heard[0]?.[1]).toEqual({
      id: 'id-1',
      type: 'challenge.approved',
      identity: 'user-1',
      challengeSid: 'YC1',
      factorSid: 'YF1',
      reason: null,
      recoveryCodesLeft: null,
      source: { address: '192.0.2.1', userAgent: null },
      at: new Date(NOW),
    });
    expect(heard[1]?.[1]).toBe(heard[0]?.[1]);
  });

  it('is told to several listeners, each until it ends', () => {
    const events = new MfaEvents();
    const heard: string[] = [];
    const end = events.on('challenge.approved', () => void heard.push('first'));
    events.on('challenge.approved', () => void heard.push('second'));
    void events.emit('user-1', approved);
    end();
    void events.emit('user-1', approved);
    expect(heard).toEqual(['first', 'second', 'second']);
  });

  it('without a listener is told to nobody', async () => {
    await expect(new MfaEvents().emit('user-1', approved)).resolves.toBeUndefined();
  });

  it('of nobody in particular is told as such', async () => {
    const events = new MfaEvents();
    const heard: (string | null)[] = [];
    events.on('*', ({ identity }) => void heard.push(identity));
    await events.emit(null, approved);
    expect(heard).toEqual([null]);
  });

  it('is delivered when every listener has ended, not when it was called', async () => {
    const events = new MfaEvents();
    const ends: (() => void)[] = [];
    for (const type of ['challenge.approved', '*'] as const) {
      events.on(type, () => new Promise<void>((resolve) => void ends.push(resolve)));
    }
    let isDelivered = false;
    const delivered = events.emit('user-1', approved).then(() => {
      isDelivered = true;
    });
    const [first, last] = ends;
    first?.();
    await quiet();
    expect(isDelivered).toBe(false);
    last?.();
    await delivered;
  });

  it.each([
    ['its type', 'challenge.approved', true],
    ['all types', '*', true],
    ['another type', 'challenge.denied', false],
  ] as const)('is heard where somebody listens to %s, as long as he does', (_what, type, isHeard) => {
    const events = new MfaEvents();
    expect(events.isHeard(approved)).toBe(false);
    const end = events.on(type, () => undefined);
    expect(events.isHeard(approved)).toBe(isHeard);
    end();
    expect(events.isHeard(approved)).toBe(false);
  });
});

describe('a listener that fails', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  beforeEach(() => warn.mockClear());
  afterAll(() => warn.mockRestore());

  it.each<readonly [string, () => void | Promise<void>, string]>([
    [
      'throws',
      () => {
        throw new Error('the log is full');
      },
      'the log is full',
    ],
    ['rejects', () => Promise.reject(new Error('the log is full')), 'the log is full'],
    [
      'throws what is no error',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless host may do
        throw 'text';
      },
      "'text'",
    ],
  ])('%s: breaks nothing, the others are told, and a process warning says which', async (_how, fail, reason) => {
    const events = new MfaEvents();
    const heard: string[] = [];
    events.on('challenge.approved', fail);
    events.on('challenge.approved', ({ type }) => void heard.push(type));
    await events.emit('user-1', approved);
    expect(heard).toEqual(['challenge.approved']);
    expect(warn.mock.calls).toEqual([[`a listener of "challenge.approved" failed: ${reason}`, { type: 'MfaWarning' }]]);
  });

  it('with something that cannot even be printed: breaks nothing either', async () => {
    const events = new MfaEvents();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless host may do
    events.on('*', () => Promise.reject(Object.create(null)));
    await events.emit('user-1', approved);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
