import { performance } from 'node:perf_hooks';
import type { Response } from 'supertest';
import { MfaError } from '../../src/index.js';
import {
  agentOf,
  enroll,
  hostApp,
  logIn,
  logInFully,
  verdictOf,
  type HostApp,
  type HostAppOptions,
} from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Agent = ReturnType<typeof agentOf>;

/** As RedisStore says it. */
const DOWN = new MfaError('store_unavailable', 'Redis: ECONNREFUSED', { cause: new Error('connect 10.0.0.7:6379') });

/** How a store fails, and at which verb. */
const FAILURES: Readonly<Record<string, (made: HostApp) => void>> = {
  'throws at every verb': ({ store }) => {
    store.before = async () => Promise.reject(DOWN);
  },
  'throws at every write': ({ store }) => {
    store.before = async (verb) => (verb === 'load' ? undefined : Promise.reject(DOWN));
  },
  'never answers': ({ store }) => {
    store.before = async () => new Promise(() => undefined);
  },
  'never answers a write': ({ store }) => {
    store.before = async (verb) => (verb === 'load' ? undefined : new Promise(() => undefined));
  },
};

const vault: NonNullable<HostAppOptions['routes']> = (app, { mfa, passport }) => {
  app.post('/vault', passport.authenticate('totp', { force: true }), (_req, res) => {
    res.status(204).end();
  });
  app.get('/guarded', mfa.require(), (_req, res) => {
    res.status(204).end();
  });
};

interface Failing {
  readonly made: HostApp;
  readonly agent: Agent;
  readonly secret: string;
  readonly factor: string;
  readonly challenge: string;
}

/** Ann, satisfied, with a challenge that waits; nothing fails yet. */
async function ready(): Promise<Failing> {
  const made = hostApp({ routes: vault });
  const { secret, sid } = await enroll(made, 'ann');
  const agent = await logInFully(made, 'ann', { secret });
  const challenge = String((await agent.post('/mfa/challenges')).body.url);
  return { made, agent, secret, factor: `/mfa/factors/${sid}`, challenge };
}

/** Routes that look at the record, and routes that write it. */
const READS: Readonly<Record<string, (failing: Failing) => Promise<Response>>> = {
  'GET /': async ({ agent }) => agent.get('/mfa'),
  'GET /factors': async ({ agent }) => agent.get('/mfa/factors'),
  'GET /factors/:sid': async ({ agent, factor }) => agent.get(factor),
  'GET /challenges': async ({ agent }) => agent.get('/mfa/challenges'),
  'GET /challenges/:sid': async ({ agent, challenge }) => agent.get(challenge),
  'mfa.require()': async ({ agent }) => agent.get('/guarded'),
};
const WRITES: typeof READS = {
  'POST /factors': async ({ agent }) => agent.post('/mfa/factors').send({}),
  'POST /factors/:sid': async ({ agent, factor }) => agent.post(factor).send({ friendly_name: 'Phone' }),
  'DELETE /factors/:sid': async ({ agent, factor }) => agent.delete(factor),
  'POST /challenges': async ({ agent }) => agent.post('/mfa/challenges').send({}),
  'POST /challenges/:sid': async ({ agent, challenge }) => agent.post(challenge).send({ status: 'denied' }),
  'POST /challenges with the right code': async ({ agent, secret, made }) =>
    agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }),
  "passport.authenticate('totp') with the right code": async ({ agent, secret, made }) =>
    agent.post('/vault').send({ code: codeAt(secret, made.clock.now()) }),
};

describe('a store that does not do its work', () => {
  it.each(Object.keys(FAILURES))('%s: every route is 503 with Retry-After, within a second', async (failure) => {
    const routes = Object.entries({ ...(failure.endsWith('write') ? {} : READS), ...WRITES });
    const seen = routes.map(async ([route, ask]) => {
      const failing = await ready();
      FAILURES[failure]?.(failing.made);
      const start = performance.now();
      const { status, headers } = await ask(failing);
      const isInTime = performance.now() - start < 1_000;
      failing.made.store.before = null;
      const { items } = await failing.made.mfa.factors.list({ identity: 'ann' });
      return [route, status, headers['retry-after'], isInTime, items.map(({ friendlyName }) => friendlyName)];
    });
    expect(await Promise.all(seen)).toEqual(routes.map(([route]) => [route, 503, '1', true, ['Authenticator']]));
  });

  it.each(Object.keys(FAILURES))('%s: the answer is the same whatever the code was', async (failure) => {
    const tries = ['right', 'wrong', 'used'].flatMap((kind) =>
      ['/mfa/challenges', 'challenge', '/vault'].map(async (path) => {
        const { made, agent, secret, challenge } = await ready();
        const now = made.clock.now();
        const code =
          kind === 'wrong' ? wrongCodeAt(secret, now) : codeAt(secret, kind === 'right' ? now : now - 30_000);
        FAILURES[failure]?.(made);
        const answer = await agent.post(path === 'challenge' ? challenge : path).send({ code });
        // Behind the strategy it is the host that words the answer.
        return path === '/vault' ? `${answer.status} ${answer.headers['retry-after']}` : answer.text;
      }),
    );
    const texts = [...new Set(await Promise.all(tries))].sort();
    expect(texts).toEqual(['503 1', expect.stringContaining('"code":"store_unavailable"')]);
    expect(texts.join()).not.toContain('6379');
  });

  it.each(['load', 'save'])(
    'that throws at a %s what is no MfaError, as a host’s own store may: 503 too',
    async (failing) => {
      const { made, agent } = await ready();
      made.store.before = async (verb) => (verb === failing ? Promise.reject(new Error('ER_CON_COUNT')) : undefined);
      const { status, headers, text } = await agent.post('/mfa/challenges').send({});
      expect([status, headers['retry-after'], text.includes('ER_CON')]).toEqual([503, '1', false]);
    },
  );

  it('that threw at the write spent nothing: the same code is right when it is back', async () => {
    const { made, agent, secret } = await ready();
    const code = codeAt(secret, made.clock.now());
    FAILURES['throws at every write']?.(made);
    expect(verdictOf(await agent.post('/mfa/challenges').send({ code }))).toEqual([503, 'store_unavailable']);
    made.store.before = null;
    expect((await agent.post('/mfa/challenges').send({ code })).body.status).toBe('approved');
  });

  it('lets nobody in: an enrolled user who logs in meanwhile is nobody', async () => {
    const { made } = await ready();
    FAILURES['throws at every verb']?.(made);
    const agent = agentOf(made.app);
    expect((await logIn(agent, 'ann')).status).toBe(503);
    const { body } = await agent.get('/whoami');
    expect(body).toMatchObject({ user: null, isAuthenticated: false, state: 'unavailable' });
  });

  it('holds up nobody who has not logged in: 401 as ever', async () => {
    const { made } = await ready();
    FAILURES['throws at every verb']?.(made);
    expect(verdictOf(await agentOf(made.app).get('/mfa'))).toEqual([401, 'first_factor_required']);
  });

  it('a hanging request holds up no other user', async () => {
    const { made, agent } = await ready();
    const bob = await logInFully(made, 'bob', await enroll(made, 'bob'));
    let hangs = true;
    made.store.before = async (verb) => {
      if (verb !== 'save' || !hangs) return;
      hangs = false;
      await new Promise(() => undefined);
    };
    const [hanging, other] = await Promise.all([
      agent.post('/mfa/challenges').send({}),
      agent.get('/mfa').then(async () => bob.post('/mfa/challenges').send({})),
    ]);
    expect([hanging.status, other.status].sort()).toEqual([201, 503]);
  });
});

describe('a record that is there but cannot be read', () => {
  it('is 503, never a user without a factor', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const rekeyed = hostApp({ clock: made.clock, options: { store: made.store, keys: '1'.repeat(64) } });
    const agent = agentOf(rekeyed.app);
    expect((await logIn(agent, 'ann')).status).toBe(503);
    const answers = [
      await agent.get('/mfa'),
      await agent.post('/mfa/factors').send({}),
      await agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }),
    ];
    expect(answers.map(verdictOf)).toEqual(Array(3).fill([503, 'record_unreadable']));
  });

  it('is 503 where the host noted a factor and the record is gone', async () => {
    const { app } = hostApp({ options: { enrolled: () => true } });
    const agent = agentOf(app);
    expect((await logIn(agent, 'ann')).status).toBe(503);
    expect(verdictOf(await agent.get('/mfa'))).toEqual([503, 'record_missing']);
    expect(verdictOf(await agent.post('/mfa/factors').send({}))).toEqual([503, 'record_missing']);
  });
});
