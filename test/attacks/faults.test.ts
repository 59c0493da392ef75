import type { Response } from 'supertest';
import { dumpOf } from '../support/dump.js';
import { FailingSessions, FailingStore, Faults, withFailingCrypto } from '../support/faults.js';
import { challenged, guardedApp, seenBy, type Enrolled } from '../support/guarded-app.js';
import { agentOf, enroll, logIn, verdictOf, type HostApp } from '../support/host-app.js';
import { TestClock } from '../support/clock.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

let quiet: jest.SpyInstance;
beforeAll(() => {
  // One for every failure; what they say is tested elsewhere.
  quiet = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterAll(() => quiet.mockRestore());

type Client = Enrolled['client'];

/** A host app of which every part that can fail does so when it is its turn: store, clock, hooks, crypto and, if wanted, sessions. */
function fragileApp(faults: Faults, areSessionsFragile: boolean): HostApp {
  const clock = new TestClock();
  const now = clock.now.bind(clock);
  const made = guardedApp(
    {},
    {
      clock,
      options: {
        store: new FailingStore(faults),
        clock: {
          now: () => {
            faults.pass('clock.now');
            return now();
          },
        },
        policy: () => {
          faults.pass('policy');
          return 'required';
        },
        enrolled: () => {
          faults.pass('enrolled');
          return true;
        },
      },
      routes: (app, { mfa }) => {
        app.get('/required', mfa.require(), (req, res) => {
          res.json(seenBy(req));
        });
      },
      ...(areSessionsFragile && { sessions: { store: new FailingSessions(faults) } }),
    },
  );
  return made;
}

interface Step {
  readonly answer: Response;
  /** Whether the fault happened in this very request. */
  readonly isFaulty: boolean;
}

/** The requests of a login, in their order. */
async function signIn(client: Client, faults: Faults, code: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const send of [
    async () => logIn(client, 'ann'),
    async () => client.post('/mfa/challenges').send({ code }),
    async () => client.post('/vault').send({ code }),
    async () => client.get('/required'),
    async () => client.get('/whoami'),
  ]) {
    const wasHit = faults.isHit;
    faults.nextRequest();
    steps.push({ answer: await send(), isFaulty: faults.isHit && !wasHit });
  }
  return steps;
}

/** Whether an answer is one for a user with a second factor; only behind a guard one tells what a handler sees. */
function isLetIn({ body }: Response): boolean {
  return body.state === 'satisfied' || body.isAuthenticated === true || body.mfa !== undefined;
}

/** Has every call that `run` makes once it is armed fail, each in a run of its own; says how many there are. */
async function failEachOnce(run: (faults: Faults) => Promise<void>): Promise<number> {
  for (let nth = 1; ; nth += 1) {
    const faults = new Faults(nth);
    await withFailingCrypto(faults, async () => run(faults));
    if (!faults.isHit) return nth - 1;
  }
}

describe('A43 a failure that is taken for a success', () => {
  it('whatever single call fails: a wrong code lets nobody in, then or afterwards', async () => {
    const calls = await failEachOnce(async (faults) => {
      const made = fragileApp(faults, true);
      const { secret } = await enroll(made, 'ann');
      const client = agentOf(made.app);
      faults.arm();
      const steps = await signIn(client, faults, wrongCodeAt(secret, made.clock.now()));
      expect(steps.filter(({ answer }) => isLetIn(answer))).toEqual([]);
      // Whatever the failure left behind in the session.
      faults.disarm();
      for (const path of ['/vault', '/required', '/whoami']) expect(isLetIn(await client.get(path))).toBe(false);
    });
    expect(calls).toBeGreaterThan(50);
  }, 60_000);

  it('whatever single call fails: its own request is answered with 5xx, and the code is good for one login at most', async () => {
    const calls = await failEachOnce(async (faults) => {
      const made = fragileApp(faults, false);
      const { secret } = await enroll(made, 'ann');
      const code = codeAt(secret, made.clock.now());
      const client = agentOf(made.app);
      faults.arm();
      const steps = await signIn(client, faults, code);
      for (const { answer, isFaulty } of steps) {
        if (!isFaulty) continue;
        // Where nothing needs the user, he is hidden instead.
        const isHidden = answer.body.state === 'unavailable' && answer.body.user === null;
        expect(isHidden ? 503 : answer.status).toBeGreaterThanOrEqual(500);
        expect(isLetIn(answer)).toBe(false);
      }
      faults.disarm();
      const isFirstIn = steps.some(({ answer }) => isLetIn(answer));
      const other = await signIn(agentOf(made.app), faults, code);
      expect([isFirstIn, other.some(({ answer }) => isLetIn(answer))]).not.toEqual([true, true]);
    });
    expect(calls).toBeGreaterThan(50);
  }, 60_000);

  it('whatever single call fails: a wrong code verifies no enrollment', async () => {
    const calls = await failEachOnce(async (faults) => {
      const made = fragileApp(faults, true);
      const client = agentOf(made.app);
      await logIn(client, 'newcomer');
      faults.arm();
      faults.nextRequest();
      const { body } = await client.post('/mfa/factors').send({});
      faults.nextRequest();
      const secret = String(body.binding?.secret ?? 'A'.repeat(32));
      const answer = await client
        .post(String(body.url ?? '/mfa/factors/YF0'))
        .send({ code: wrongCodeAt(secret, made.clock.now()) });
      expect(answer.body.status).not.toBe('verified');
      expect(isLetIn(await client.get('/whoami'))).toBe(false);
    });
    expect(calls).toBeGreaterThan(20);
  }, 60_000);
});

describe('A49 a record that does not open, taken for no record or for a success', () => {
  const DAMAGES: Readonly<Record<string, (document: Uint8Array) => Uint8Array>> = {
    'its schema is another': (document) => flip(document, 0),
    'its key is unknown': (document) => flip(document, 2),
    'its nonce is changed': (document) => flip(document, 7),
    'a bit of it is changed': (document) => flip(document, 60),
    'its tag is changed': (document) => flip(document, document.length - 1),
    'it is cut short': (document) => document.slice(0, 40),
    'it is cut by a byte': (document) => document.slice(0, -1),
    'something follows it': (document) => Uint8Array.of(...document, 0),
    'it is empty': () => new Uint8Array(),
    'it is JSON': () => Buffer.from('{"factors":[],"everVerified":false}'),
  };

  it.each(Object.keys(DAMAGES))('%s: 503 everywhere, nobody is let in, and nothing is charged', async (damage) => {
    const made = guardedApp();
    const { client, secret } = await challenged(made);
    const [[key, whole] = ['', null]] = Object.entries(await dumpOf(made.store));
    const broken = DAMAGES[damage]?.(whole?.document ?? new Uint8Array()) ?? new Uint8Array();
    await made.store.save(key, broken, { version: 'b'.repeat(22), replaces: whole?.version ?? null });

    for (const code of [codeAt(secret, made.clock.now()), wrongCodeAt(secret, made.clock.now())]) {
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const answer = await client.post('/mfa/challenges').send({ code });
        expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([
          503,
          'record_unreadable',
          '1',
        ]);
        expect((await client.post('/vault').send({ code })).status).toBe(503);
      }
    }
    expect((await client.post('/mfa/factors').send({})).status).toBe(503);
    expect((await client.get('/whoami')).body).toMatchObject({ user: null, state: 'unavailable' });
    expect(verdictOf(await logIn(agentOf(made.app), 'ann'))[0]).toBe(503);
    // Not overwritten by what could not be read.
    expect((await made.store.load(key)).found?.document).toEqual(broken);

    await made.store.save(key, whole?.document ?? new Uint8Array(), {
      version: 'c'.repeat(22),
      replaces: 'b'.repeat(22),
    });
    const { body } = await client.post('/mfa/challenges').send({ code: wrongCodeAt(secret, made.clock.now()) });
    expect(body.attempts_remaining).toBe(4);
    const right = await client.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect(right.body.state).toBe('satisfied');
  });

  it('says so to whoever runs the host', async () => {
    const made = guardedApp();
    const { client } = await challenged(made);
    const [[key, whole] = ['', null]] = Object.entries(await dumpOf(made.store));
    await made.store.save(key, new Uint8Array(99), { version: 'b'.repeat(22), replaces: whole?.version ?? null });
    quiet.mockClear();
    await client.post('/mfa/challenges').send({});
    expect(quiet).toHaveBeenCalledWith(expect.stringContaining('503 record_unreadable'), { type: 'MfaWarning' });
  });
});

function flip(document: Uint8Array, at: number): Uint8Array {
  return document.map((byte, i) => (i === at ? byte ^ 1 : byte));
}
