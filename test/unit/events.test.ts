import { event } from '../../src/domain/event.js';
import { MfaEvents, type MfaEvent } from '../../src/events.js';

const NOW = Date.UTC(2026, 10, 20);
const approved = event('challenge.approved', { challengeSid: 'YC1', factorSid: 'YF1' });

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
    events.emit('user-1', approved, NOW);
    expect(heard.map(([type]) => type)).toEqual(['challenge.approved', '*']);
    expect(heard[0]?.[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      type: 'challenge.approved',
      identity: 'user-1',
      challengeSid: 'YC1',
      factorSid: 'YF1',
      reason: null,
      at: new Date(NOW),
    });
    expect(heard[1]?.[1]).toBe(heard[0]?.[1]);
  });

  it('has an id of its own', () => {
    const events = new MfaEvents();
    const ids = new Set<string>();
    events.on('*', ({ id }) => void ids.add(id));
    for (let count = 0; count < 100; count += 1) events.emit('user-1', approved, NOW);
    expect(ids.size).toBe(100);
  });

  it('is told to several listeners, each until it ends', () => {
    const events = new MfaEvents();
    const heard: string[] = [];
    const end = events.on('challenge.approved', () => void heard.push('first'));
    events.on('challenge.approved', () => void heard.push('second'));
    events.emit('user-1', approved, NOW);
    end();
    events.emit('user-1', approved, NOW);
    expect(heard).toEqual(['first', 'second', 'second']);
  });

  it('without a listener is told to nobody', () => {
    expect(() => new MfaEvents().emit('user-1', approved, NOW)).not.toThrow();
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
    expect(() => events.emit('user-1', approved, NOW)).not.toThrow();
    await quiet();
    expect(heard).toEqual(['challenge.approved']);
    expect(warn.mock.calls).toEqual([[`a listener of "challenge.approved" failed: ${reason}`, { type: 'MfaWarning' }]]);
  });

  it('with something that cannot even be printed: breaks nothing either', async () => {
    const events = new MfaEvents();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless host may do
    events.on('*', () => Promise.reject(Object.create(null)));
    events.emit('user-1', approved, NOW);
    await quiet();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('late: is waited for by nobody', () => {
    const events = new MfaEvents();
    events.on('*', () => new Promise<void>(() => undefined));
    expect(() => events.emit('user-1', approved, NOW)).not.toThrow();
  });
});
