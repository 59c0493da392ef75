import type { Response } from 'supertest';
import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

/** A session with the URLs of a factor and of a challenge that are as near to it as its state allows. */
interface Stand {
  readonly agent: Agent;
  readonly factor: string;
  readonly challenge: string;
}

const UNKNOWN = { factor: `/mfa/factors/YF${'0'.repeat(32)}`, challenge: `/mfa/challenges/YC${'0'.repeat(32)}` };

async function loggedIn(made: HostApp): Promise<Agent> {
  const agent = agentOf(made.app);
  await logIn(agent, 'ann');
  return agent;
}

/** A factor that this session itself has begun to enroll. */
async function withOwnEnrollment(made: HostApp): Promise<Stand> {
  const agent = await loggedIn(made);
  return { ...UNKNOWN, agent, factor: String((await agent.post('/mfa/factors').send({})).body.url) };
}

/** Satisfied `age` ms ago, with its factor and a pending challenge of the host. */
async function satisfied(made: HostApp, age: number): Promise<Stand> {
  const factor = await enroll(made, 'ann');
  const agent = await logInFully(made, 'ann', factor);
  made.clock.advance(age - 30_000);
  const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
  return { agent, factor: `/mfa/factors/${factor.sid}`, challenge: `/mfa/challenges/${challenge.sid}` };
}

const STATES: Readonly<Record<string, () => Promise<Stand>>> = {
  anonymous: async () => {
    const made = hostApp();
    const { factor, challenge } = await satisfied(made, 30_000);
    return { agent: agentOf(made.app), factor, challenge };
  },
  challenge_required: async () => {
    const made = hostApp();
    const { sid } = await enroll(made, 'ann');
    const agent = await loggedIn(made);
    const { url } = (await agent.post('/mfa/challenges')).body;
    return { agent, factor: `/mfa/factors/${sid}`, challenge: url };
  },
  enrollment_required: async () => withOwnEnrollment(hostApp({ options: { policy: 'required' } })),
  not_required: async () => withOwnEnrollment(hostApp()),
  impersonated: async () => {
    const made = hostApp({
      routes: (app) => {
        app.post('/as', (req, res, next) => {
          const asAnn = { session: true, secondFactor: false };
          req.logIn({ id: 'ann' }, asAnn, (error) => {
            if (error) next(error);
            else res.end();
          });
        });
      },
    });
    const { factor, challenge } = await satisfied(made, 30_000);
    const agent = agentOf(made.app);
    await agent.post('/as');
    return { agent, factor, challenge };
  },
  'satisfied, fresh': async () => satisfied(hostApp(), 10 * 60_000 - 1),
  'satisfied, stale': async () => satisfied(hostApp(), 10 * 60_000),
};

const ROUTES: Readonly<Record<string, (stand: Stand) => Promise<Response>>> = {
  'GET /': async ({ agent }) => agent.get('/mfa'),
  'GET /factors': async ({ agent }) => agent.get('/mfa/factors'),
  'POST /factors': async ({ agent }) => agent.post('/mfa/factors').send({}),
  'GET /factors/:sid': async ({ agent, factor }) => agent.get(factor),
  'POST /factors/:sid': async ({ agent, factor }) => agent.post(factor).send({ friendly_name: 'Phone' }),
  'DELETE /factors/:sid': async ({ agent, factor }) => agent.delete(factor),
  'GET /challenges': async ({ agent }) => agent.get('/mfa/challenges'),
  'POST /challenges': async ({ agent }) => agent.post('/mfa/challenges').send({}),
  'GET /challenges/:sid': async ({ agent, challenge }) => agent.get(challenge),
  'POST /challenges/:sid': async ({ agent, challenge }) => agent.post(challenge).send({ status: 'denied' }),
};

const NOBODY = '401 first_factor_required';
const STEP_UP = '401 step_up_required';
const NO_FACTOR = '403 enrollment_required';
const GUISE = '403 impersonated';
const UNKNOWN_SID = '404 not_found';

// The columns are those of STATES: anonymous, challenge_required, enrollment_required, not_required, impersonated,
// satisfied fresh, satisfied stale.
const RIGHTS: readonly (readonly [string, ...(number | string)[]])[] = [
  ['GET /', NOBODY, 200, 200, 200, 200, 200, 200],
  ['GET /factors', NOBODY, STEP_UP, STEP_UP, 200, GUISE, 200, 200],
  ['POST /factors', NOBODY, STEP_UP, 201, 201, GUISE, 201, STEP_UP],
  ['GET /factors/:sid', NOBODY, STEP_UP, 200, 200, GUISE, 200, STEP_UP],
  ['POST /factors/:sid', NOBODY, STEP_UP, 200, 200, GUISE, 200, STEP_UP],
  ['DELETE /factors/:sid', NOBODY, STEP_UP, 204, 204, GUISE, 204, STEP_UP],
  ['GET /challenges', NOBODY, STEP_UP, STEP_UP, STEP_UP, STEP_UP, 200, 200],
  ['POST /challenges', NOBODY, 201, NO_FACTOR, NO_FACTOR, GUISE, 201, 201],
  ['GET /challenges/:sid', NOBODY, 200, UNKNOWN_SID, UNKNOWN_SID, GUISE, 200, 200],
  ['POST /challenges/:sid', NOBODY, 200, UNKNOWN_SID, UNKNOWN_SID, GUISE, 200, 200],
];

describe('who may do what', () => {
  const cells = RIGHTS.flatMap(([route, ...rights]) =>
    rights.map((right, column) => [route, Object.keys(STATES)[column] ?? '', right.toString()] as const),
  );

  it('the table names every route in every state', () => {
    expect(cells).toHaveLength(Object.keys(ROUTES).length * Object.keys(STATES).length);
    expect(new Set(cells.map(([route]) => route))).toEqual(new Set(Object.keys(ROUTES)));
  });

  it.each(cells)('%s, %s: %s', async (route, state, right) => {
    const stand = await STATES[state]?.();
    const answer = stand && (await ROUTES[route]?.(stand));
    const [status = 0, code] = answer === undefined ? [] : verdictOf(answer);
    expect(typeof code === 'string' ? `${status} ${code}` : `${status}`).toBe(right);
  });
});

describe('a refused change', () => {
  it('by a session with a stale second factor changes nothing; a new code lets it through', async () => {
    const made = hostApp();
    const factor = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', factor);
    made.clock.advance(10 * 60_000);
    const url = `/mfa/factors/${factor.sid}`;
    for (const refused of [
      await agent.post(url).send({ friendly_name: 'Thief’s phone' }),
      await agent.post('/mfa/factors').send({}),
      await agent.delete(url),
    ]) {
      expect(verdictOf(refused)).toEqual([401, 'step_up_required']);
    }
    const { items } = await made.mfa.factors.list({ identity: 'ann' });
    expect(items).toEqual([expect.objectContaining({ sid: factor.sid, friendlyName: 'Authenticator' })]);
    await agent.post('/mfa/challenges').send({ code: codeAt(factor.secret, made.clock.now()) });
    expect((await agent.post(url).send({ friendly_name: 'Phone' })).status).toBe(200);
  });

  it('a first enrollment needs a login of the last ten minutes, to the millisecond', async () => {
    const made = hostApp();
    const agent = await loggedIn(made);
    made.clock.advance(10 * 60_000 - 1);
    expect((await agent.post('/mfa/factors').send({})).status).toBe(201);
    made.clock.advance(1);
    expect(verdictOf(await agent.post('/mfa/factors').send({}))).toEqual([403, 'recent_login_required']);
  });

  it('a first enrollment needs the host’s canEnroll; an answer that is none is no permission', async () => {
    const answers: readonly unknown[] = [false, undefined, 'yes', new Error('down')];
    const verdicts: unknown[] = [];
    for (const answer of answers) {
      const canEnroll = async (): Promise<boolean> =>
        answer instanceof Error ? Promise.reject(answer) : (answer as boolean);
      const made = hostApp({ options: { canEnroll } });
      const agent = await loggedIn(made);
      verdicts.push(verdictOf(await agent.post('/mfa/factors').send({})));
      expect((await made.mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
    }
    expect(verdicts).toEqual([
      [403, 'enrollment_refused'],
      [503, 'hook_failed'],
      [503, 'hook_failed'],
      [503, 'hook_failed'],
    ]);
  });
});

describe('an enrollment that another login of the same user has begun', () => {
  it('does not exist for this one: not listed, 404 to look at, to rename, to remove, and to prove with its code', async () => {
    const made = hostApp();
    const [first, second] = [await loggedIn(made), await loggedIn(made)];
    const { body } = await first.post('/mfa/factors').send({});
    const code = codeAt(body.binding.secret, made.clock.now());
    expect((await second.get('/mfa/factors')).body.factors).toEqual([]);
    const tried = [
      await second.get(body.url),
      await second.post(body.url).send({ friendly_name: 'Mine' }),
      await second.delete(body.url),
      await second.post(body.url).send({ code }),
    ];
    expect(tried.map(verdictOf)).toEqual(Array(4).fill([404, 'not_found']));
    expect((await first.post(body.url).send({ code })).body.status).toBe('verified');
  });
});
