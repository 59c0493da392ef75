import type { MfaEvent } from '../../src/index.js';
import { agentOf, enroll, hostApp, logIn, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

const STEP = 30_000;
const MINUTE = 60_000;

interface Watched extends HostApp {
  readonly suspected: MfaEvent[];
  /** A person of that name types a code of an authenticator that is so many steps behind. */
  readonly drift: (identity: string, steps: number) => Promise<void>;
}

function watched(): Watched {
  const made = hostApp();
  const suspected: MfaEvent[] = [];
  made.mfa.events.on('clock.suspected', (event) => void suspected.push(event));
  const secrets = new Map<string, string>();
  const drift = async (identity: string, steps: number): Promise<void> => {
    const secret = secrets.get(identity) ?? (await enroll(made, identity)).secret;
    secrets.set(identity, secret);
    const client = agentOf(made.app);
    await logIn(client, identity);
    const code = codeAt(secret, made.clock.now() - steps * STEP);
    const { body } = await client.post('/mfa/challenges').send({ code });
    expect(body).toMatchObject({ status: 'pending', reason: 'clock_drift', drift_seconds: -30 * steps });
  };
  return { ...made, suspected, drift };
}

const PEOPLE = ['ann', 'ben', 'cid', 'dan', 'eve'] as const;
const [, ...FOUR] = PEOPLE;

describe('clock.suspected', () => {
  it('is told once when the authenticators of five people drift alike: of nobody, from nowhere', async () => {
    const made = watched();
    for (const identity of FOUR) await made.drift(identity, 10);
    expect(made.suspected).toEqual([]);
    await made.drift('ann', 10);
    expect(made.suspected).toMatchObject([
      { type: 'clock.suspected', identity: null, reason: 'clock_drift', source: null, at: new Date(made.clock.now()) },
    ]);
    for (const identity of ['fay', 'gil']) await made.drift(identity, 10);
    expect(made.suspected).toHaveLength(1);
  });

  it('allows for a minute between them', async () => {
    const made = watched();
    for (const [index, identity] of FOUR.entries()) await made.drift(identity, 9 + (index % 3));
    await made.drift('ann', 10);
    expect(made.suspected).toHaveLength(1);
  });

  it('is not told of four people, however often they try', async () => {
    const made = watched();
    for (let time = 0; time < 2; time += 1) for (const identity of FOUR) await made.drift(identity, 10 + time);
    expect(made.suspected).toEqual([]);
  });

  it('is not told of five people whose clocks are wrong each in his own way', async () => {
    const made = watched();
    for (const [index, identity] of PEOPLE.entries()) await made.drift(identity, 4 + 3 * index);
    expect(made.suspected).toEqual([]);
  });

  it('is not told of five people whose tries lie ten minutes apart', async () => {
    const made = watched();
    for (const identity of FOUR) await made.drift(identity, 10);
    made.clock.advance(10 * MINUTE);
    await made.drift('ann', 10);
    expect(made.suspected).toEqual([]);
  });

  it('is told again after an hour, and not before', async () => {
    const made = watched();
    for (const identity of PEOPLE) await made.drift(identity, 10);
    made.clock.advance(50 * MINUTE);
    for (const identity of PEOPLE) await made.drift(identity, 10);
    expect(made.suspected).toHaveLength(1);
    made.clock.advance(10 * MINUTE);
    for (const identity of PEOPLE) await made.drift(identity, 10);
    expect(made.suspected).toHaveLength(2);
    expect(new Set(made.suspected.map(({ id }) => id)).size).toBe(2);
  });

  it('is not told of wrong codes that are none of a past moment', async () => {
    const made = watched();
    for (const identity of PEOPLE) {
      const { secret } = await enroll(made, identity);
      const code = codeAt(secret, made.clock.now() + 10 * STEP);
      await made.mfa.challenges.create({ identity, code });
    }
    expect(made.suspected).toEqual([]);
  });

  it('is told too where the drift shows in enrollments', async () => {
    const made = watched();
    for (const identity of PEOPLE) {
      const { factor, binding } = await made.mfa.factors.create({ identity });
      const code = codeAt(binding.secret, made.clock.now() + 10 * STEP);
      await made.mfa.factors.verify({ identity, sid: factor.sid, code });
    }
    expect(made.suspected).toHaveLength(1);
  });
});
