import { inspect } from 'node:util';
import { OTHER_EVENTS, SECURITY_EVENTS } from '../../src/domain/event.js';
import { MfaError, type EventType, type MfaEvent } from '../../src/index.js';
import { guardedApp, nextCode } from '../support/guarded-app.js';
import { agentOf, enroll, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const STEP = 30_000;
const ADDRESS = '203.0.113.7';
const USER_AGENT = 'Lynx/2.9.2';
/** Of the form of a recovery code, and of nobody's set. */
const WRONG_RECOVERY_CODE = 'ZZZZ-0000-0000-0000-0000-0000-00';

type Client = ReturnType<typeof agentOf>;

/** An app, and a person with a factor and recovery codes who comes to it by a proxy. */
interface Stage extends HostApp {
  /** A session that has passed the first factor. */
  readonly client: Client;
  readonly secret: string;
  readonly sid: string;
  readonly codes: readonly string[];
}

/** What brings an event about, what else it brings about before and after, and what the event says. */
interface Act {
  /** A request, or the host's own code. */
  readonly act: () => PromiseLike<unknown>;
  /** All events of the act, in their order. */
  readonly types: readonly EventType[];
  readonly about?: Partial<MfaEvent>;
}

type Scenario = (stage: Stage) => Act | Promise<Act>;

async function stageOf(): Promise<Stage> {
  const note = { enrolled: true };
  const made = guardedApp(
    {},
    {
      options: {
        limits: { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 3 },
        enrolled: ({ id }) => note.enrolled && id === 'ann',
      },
      routes: (app, { mfa }) => {
        app.get('/required', mfa.require(), (_req, res) => void res.json({}));
        app.post('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => void res.json({}));
        app.post('/forget', (_req, res) => {
          note.enrolled = false;
          res.json({});
        });
        app.post('/logout', (req, res, next) => {
          req.logOut((error) => {
            if (error) next(error);
            else res.json({});
          });
        });
      },
    },
  );
  made.app.set('trust proxy', 'loopback');
  const { secret, sid } = await enroll(made, 'ann');
  const { id, codes } = await made.mfa.recoveryCodes.create({ identity: 'ann' });
  await made.mfa.recoveryCodes.confirm({ identity: 'ann', id, code: codes[0] });
  const client = personOf(made);
  await client.post('/login').send({ username: 'ann', password: 'secret' });
  return { ...made, client, secret, sid, codes };
}

function personOf({ app }: HostApp): Client {
  return agentOf(app).set('X-Forwarded-For', ADDRESS).set('User-Agent', USER_AGENT);
}

/** Shows the factor, so that the session may do more. */
async function satisfy(stage: Stage): Promise<void> {
  await stage.client
    .post('/vault')
    .send({ code: codeAt(stage.secret, stage.clock.now()) })
    .expect(200);
}

async function failTwice({ client, clock, secret }: Stage): Promise<void> {
  for (let count = 0; count < 2; count += 1) {
    await client
      .post('/vault')
      .send({ code: wrongCodeAt(secret, clock.now()) })
      .expect(401);
  }
}

/** A further factor that this session has begun and not proved. */
async function begin(stage: Stage): Promise<{ readonly sid: string; readonly secret: string }> {
  await satisfy(stage);
  const { body } = await stage.client.post('/mfa/factors').send({}).expect(201);
  return { sid: body.sid, secret: body.binding.secret };
}

async function challenge({ client }: Stage): Promise<string> {
  return (await client.post('/mfa/challenges').send({})).body.sid;
}

const SOME_SID = { factor: /^YF[0-9a-f]{32}$/, challenge: /^YC[0-9a-f]{32}$/ };
const anyFactor = { factorSid: expect.stringMatching(SOME_SID.factor) };
const anyChallenge = { challengeSid: expect.stringMatching(SOME_SID.challenge) };

/** Every event there is, and how it comes about. */
const SCENARIOS: Readonly<Record<EventType, Scenario>> = {
  'factor.created': async (stage) => {
    await satisfy(stage);
    return { act: () => stage.client.post('/mfa/factors').send({}), types: ['factor.created'], about: anyFactor };
  },
  'factor.rejected': async (stage) => {
    const { sid, secret } = await begin(stage);
    const code = wrongCodeAt(secret, stage.clock.now());
    return {
      act: () => stage.client.post(`/mfa/factors/${sid}`).send({ code }),
      types: ['factor.rejected'],
      about: { factorSid: sid, reason: 'incorrect_code' },
    };
  },
  'factor.verified': async (stage) => {
    const { sid, secret } = await begin(stage);
    const code = codeAt(secret, stage.clock.now());
    return {
      act: () => stage.client.post(`/mfa/factors/${sid}`).send({ code }),
      types: ['factor.verified'],
      about: { factorSid: sid },
    };
  },
  'factor.updated': async (stage) => {
    await satisfy(stage);
    return {
      act: () => stage.client.post(`/mfa/factors/${stage.sid}`).send({ friendly_name: 'Phone' }),
      types: ['factor.updated'],
      about: { factorSid: stage.sid },
    };
  },
  'factor.deleted': async (stage) => {
    await satisfy(stage);
    return {
      act: () => stage.client.delete(`/mfa/factors/${stage.sid}`),
      types: ['factor.deleted'],
      about: { factorSid: stage.sid },
    };
  },
  'recovery_codes.created': async (stage) => {
    await satisfy(stage);
    return { act: () => stage.client.post('/mfa/recovery-codes').send({}), types: ['recovery_codes.created'] };
  },
  'recovery_codes.confirmed': async (stage) => {
    await satisfy(stage);
    const { body } = await stage.client.post('/mfa/recovery-codes').send({});
    return {
      act: () => stage.client.post('/mfa/recovery-codes/confirm').send({ id: body.id, code: body.codes[3] }),
      types: ['recovery_codes.confirmed'],
      about: { recoveryCodesLeft: 10 },
    };
  },
  'recovery_code.used': ({ client, codes }) => ({
    act: () => client.post('/mfa/challenges').send({ code: codes[1] }),
    types: ['challenge.created', 'challenge.approved', 'recovery_code.used'],
    about: { recoveryCodesLeft: 9 },
  }),
  'recovery_codes.low': async ({ client, codes }) => {
    for (const code of codes.slice(0, 6)) await client.post('/mfa/challenges').send({ code }).expect(201);
    return {
      act: () => client.post('/mfa/challenges').send({ code: codes[6] }),
      types: ['challenge.created', 'challenge.approved', 'recovery_code.used', 'recovery_codes.low'],
      about: { recoveryCodesLeft: 3 },
    };
  },
  'challenge.created': ({ client, sid }) => ({
    act: () => client.post('/mfa/challenges').send({}),
    types: ['challenge.created'],
    about: { factorSid: sid, ...anyChallenge },
  }),
  'challenge.approved': async (stage) => {
    const challengeSid = await challenge(stage);
    const code = codeAt(stage.secret, stage.clock.now());
    return {
      act: () => stage.client.post(`/mfa/challenges/${challengeSid}`).send({ code }),
      types: ['challenge.approved'],
      about: { factorSid: stage.sid, challengeSid },
    };
  },
  'challenge.rejected': async (stage) => {
    const challengeSid = await challenge(stage);
    const code = wrongCodeAt(stage.secret, stage.clock.now());
    return {
      act: () => stage.client.post(`/mfa/challenges/${challengeSid}`).send({ code }),
      types: ['challenge.rejected'],
      about: { factorSid: stage.sid, challengeSid, reason: 'incorrect_code' },
    };
  },
  'challenge.denied': async (stage) => {
    const challengeSid = await challenge(stage);
    return {
      act: () => stage.client.post(`/mfa/challenges/${challengeSid}`).send({ status: 'denied' }),
      types: ['challenge.denied'],
      about: { factorSid: stage.sid, challengeSid },
    };
  },
  'approval.used': async (stage) => {
    await satisfy(stage);
    const { body } = await stage.client.post('/transfer');
    const url = String(body.challenge_url);
    await stage.client
      .post(url)
      .send({ code: nextCode(stage, stage) })
      .expect(200);
    return {
      act: () => stage.client.post('/transfer').expect(200),
      types: ['approval.used'],
      about: { factorSid: stage.sid, challengeSid: url.split('/').at(-1) ?? '' },
    };
  },
  'login.ended': async (stage) => {
    for (let count = 0; count < 4; count += 1) {
      await stage.client.post('/mfa/challenges').send({ code: WRONG_RECOVERY_CODE });
    }
    return {
      act: () => stage.client.post('/mfa/challenges').send({ code: WRONG_RECOVERY_CODE }),
      types: ['challenge.created', 'challenge.rejected', 'login.ended'],
      about: { reason: 'wrong_recovery_codes' },
    };
  },
  'logins.ended': async (stage) => {
    await satisfy(stage);
    return { act: () => stage.client.post('/mfa/logout-others').expect(204), types: ['logins.ended'] };
  },
  'entity.locked': async (stage) => {
    const code = wrongCodeAt(stage.secret, stage.clock.now());
    await stage.client.post('/vault').send({ code });
    return {
      act: () => stage.client.post('/vault').send({ code }),
      types: ['challenge.created', 'challenge.rejected', 'entity.locked'],
    };
  },
  'entity.disabled': async (stage) => {
    await failTwice(stage);
    stage.clock.advance(STEP);
    const code = wrongCodeAt(stage.secret, stage.clock.now());
    return {
      act: () => stage.client.post('/vault').send({ code }),
      types: ['challenge.created', 'challenge.rejected', 'entity.disabled'],
    };
  },
  'entity.unlocked': async (stage) => {
    await failTwice(stage);
    stage.clock.advance(STEP);
    await stage.client.post('/vault').send({ code: wrongCodeAt(stage.secret, stage.clock.now()) });
    await stage.client.post('/login').send({ username: 'ann', password: 'secret' });
    stage.clock.advance(STEP);
    const codes = [2, 1, 0].map((ago) => codeAt(stage.secret, stage.clock.now() - ago * STEP));
    return {
      act: () => stage.client.post('/mfa/unlock').send({ codes }),
      types: ['entity.unlocked'],
      about: { factorSid: stage.sid, reason: 'codes' },
    };
  },
  'entity.unlock_rejected': async (stage) => {
    await failTwice(stage);
    const code = wrongCodeAt(stage.secret, stage.clock.now());
    return {
      act: () => stage.client.post('/mfa/unlock').send({ codes: [code, code, code] }),
      types: ['entity.unlock_rejected'],
      about: { reason: 'incorrect_code' },
    };
  },
  'entity.reset': ({ mfa }) => ({
    act: () => mfa.admin.reset({ identity: 'ann' }),
    types: ['entity.reset'],
    about: { source: null },
  }),
  'entity.contradicted': async ({ client }) => {
    await client.post('/forget');
    return { act: () => client.get('/whoami'), types: ['entity.contradicted'] };
  },
  'request.refused': ({ client }) => ({
    act: () => client.get('/required').expect(401),
    types: ['request.refused'],
    about: { reason: 'code_required' },
  }),
  'store.error': ({ client, store }) => ({
    act: () => {
      store.before = async () => Promise.reject(new MfaError('store_unavailable'));
      return client.get('/whoami').expect(200);
    },
    types: ['store.error'],
    about: { reason: 'store_unavailable' },
  }),
  'clock.suspected': async (stage) => {
    for (const identity of ['ben', 'cid', 'dan', 'eve']) await drift(stage, identity);
    const {
      challenge: { sid: challengeSid },
    } = await stage.mfa.challenges.create({ identity: 'ann' });
    const code = codeAt(stage.secret, stage.clock.now() - 10 * STEP);
    return {
      act: () => stage.mfa.challenges.answer({ identity: 'ann', sid: challengeSid, code }),
      types: ['challenge.rejected', 'clock.suspected'],
      about: { identity: null, reason: 'clock_drift', source: null },
    };
  },
};

/** A person whose authenticator is five minutes behind tries a code. */
async function drift(stage: Stage, identity: string): Promise<void> {
  const { secret } = await enroll(stage, identity);
  const code = codeAt(secret, stage.clock.now() - 10 * STEP);
  await stage.mfa.challenges.create({ identity, code });
}

const TYPES: readonly EventType[] = [...SECURITY_EVENTS, ...OTHER_EVENTS];

describe('every event', () => {
  it('has its scenario', () => {
    expect(Object.keys(SCENARIOS).sort()).toEqual([...TYPES].sort());
  });

  it.each(TYPES)('%s is told once, complete, with who, when and from where', async (type) => {
    const stage = await stageOf();
    const { act, types, about } = await SCENARIOS[type](stage);
    const [told, ofType]: [MfaEvent[], MfaEvent[]] = [[], []];
    stage.mfa.events.on('*', (event) => void told.push(event));
    stage.mfa.events.on(type, (event) => void ofType.push(event));
    await act();
    expect(told.map((event) => event.type)).toEqual(types);
    expect(ofType).toEqual([
      {
        type,
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        at: new Date(stage.clock.now()),
        identity: 'ann',
        factorSid: null,
        challengeSid: null,
        reason: null,
        recoveryCodesLeft: null,
        source: { address: ADDRESS, userAgent: USER_AGENT },
        ...about,
      },
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  });

  it.each(TYPES)('%s holds no secret, no code and no recovery code, and none comes with it', async (type) => {
    const stage = await stageOf();
    const printed: string[] = [];
    stage.mfa.events.on('*', (event) => void printed.push(JSON.stringify(event), inspect(event, { depth: Infinity })));
    const { act } = await SCENARIOS[type](stage);
    await act();
    const text = printed.join('\n');
    expect(text).toContain(type);
    const { secret, codes, clock } = stage;
    const digits = Array.from({ length: 41 }, (_, i) => codeAt(secret, clock.now() + (i - 20) * STEP));
    const wrong = wrongCodeAt(secret, clock.now());
    for (const canary of [secret, ...codes, ...codes.map((code) => code.replaceAll('-', '')), WRONG_RECOVERY_CODE]) {
      expect(text).not.toContain(canary);
    }
    // Names are hexadecimal, and may hold six digits in a row.
    expect(text.replace(/[0-9a-f]{32}/g, '')).not.toMatch(new RegExp([wrong, ...digits].join('|')));
  });
});

describe('what the host itself does', () => {
  it.each<readonly [EventType, (stage: Stage) => Promise<unknown>, Partial<MfaEvent>]>([
    ['entity.unlocked', async ({ mfa }) => mfa.admin.unlock({ identity: 'ann' }), { reason: 'administrator' }],
    [
      'factor.verified',
      async ({ mfa }) => mfa.factors.import({ identity: 'ann', secret: 'A'.repeat(32) }),
      { reason: 'imported', ...anyFactor },
    ],
    [
      'login.ended',
      async ({ client }) => client.post('/logout'),
      { reason: 'logout', source: { address: ADDRESS, userAgent: USER_AGENT } },
    ],
  ])('%s says by what, and comes from nowhere unless a request brought it', async (type, act, about) => {
    const stage = await stageOf();
    await satisfy(stage);
    // Only what is closed is told to be opened.
    const code = wrongCodeAt(stage.secret, stage.clock.now());
    for (let count = 0; count < 2; count += 1) await stage.mfa.challenges.create({ identity: 'ann', code });
    const told: MfaEvent[] = [];
    stage.mfa.events.on('*', (event) => void told.push(event));
    await act(stage);
    expect(told).toMatchObject([{ type, identity: 'ann', source: null, ...about }]);
  });
});
