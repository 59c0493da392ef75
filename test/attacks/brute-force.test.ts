import type { Response } from 'supertest';
import type { MfaEvent } from '../../src/index.js';
import { dumpOf } from '../support/dump.js';
import { guardedApp } from '../support/guarded-app.js';
import { agentOf, enroll, logIn, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { serving } from '../support/serving.js';

type Client = ReturnType<typeof agentOf>;

/** What became of one guess: it was judged, or refused without a look. */
function fateOf({ body }: Response): unknown {
  return body.reason ?? body.code;
}

/** Ann's password is known to the attacker; her authenticator is not. */
interface Target {
  readonly made: HostApp;
  readonly secret: string;
  readonly logIn: () => Promise<Client>;
  /** A wrong code by this session; what became of it. */
  readonly guess: (client: Client) => Promise<unknown>;
}

async function target(made = guardedApp()): Promise<Target> {
  const { secret } = await enroll(made, 'ann');
  return {
    made,
    secret,
    logIn: async () => {
      const client = agentOf(made.app);
      await logIn(client, 'ann');
      return client;
    },
    guess: async (client) =>
      fateOf(await client.post('/mfa/challenges').send({ code: wrongCodeAt(secret, made.clock.now()) })),
  };
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

describe('A10 guesses spread over any number of logins', () => {
  it('of 200 logins with 5 guesses each five are judged, and then the right code is refused too', async () => {
    const { made, secret, guess } = await target();
    await serving(made.app, async (server) => {
      const fates = await Promise.all(
        times(200, server).map(async (url) => {
          const client = agentOf(url);
          await logIn(client, 'ann');
          const own: unknown[] = [];
          for (let guesses = 0; guesses < 5; guesses += 1) own.push(await guess(client));
          return own;
        }),
      );
      expect(fates.flat().filter((fate) => fate === 'incorrect_code')).toHaveLength(5);
      expect(fates.flat().filter((fate) => fate === 'locked')).toHaveLength(995);
      const client = agentOf(server);
      await logIn(client, 'ann');
      const code = codeAt(secret, made.clock.now());
      expect(verdictOf(await client.post('/mfa/challenges').send({ code }))).toEqual([429, 'locked']);
    });
  }, 60_000);

  it('with every wait waited out twenty are judged, and then nothing is', async () => {
    const { made, logIn: newLogin, guess } = await target();
    const fates: unknown[] = [];
    for (let login = 0; login < 30; login += 1) {
      fates.push(await guess(await newLogin()));
      made.clock.advance(60 * 60_000);
    }
    expect(fates).toEqual([...times(20, 'incorrect_code'), ...times(10, 'disabled')]);
  });

  it('under the eyes of an owner who logs in every day a hundred are judged in 30 days', async () => {
    const { made, secret, logIn: newLogin, guess } = await target();
    const fates: unknown[] = [];
    for (let day = 0; day < 30; day += 1) {
      const attacker = await newLogin();
      for (let guesses = 0; guesses < 4; guesses += 1) fates.push(await guess(attacker));
      await (await newLogin()).post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
      made.clock.advance(24 * 60 * 60_000);
    }
    expect(fates).toEqual([...times(100, 'incorrect_code'), ...times(20, 'disabled')]);
  }, 60_000);
});

describe('A11 a new login or a new challenge before the limit', () => {
  it('resets nothing: four guesses, a new login, four guesses: five are judged', async () => {
    const { logIn: newLogin, guess } = await target();
    const fates: unknown[] = [];
    for (let login = 0; login < 3; login += 1) {
      const client = await newLogin();
      for (let guesses = 0; guesses < 4; guesses += 1) fates.push(await guess(client));
    }
    expect(fates).toEqual([...times(5, 'incorrect_code'), ...times(7, 'locked')]);
  });

  it('resets nothing: one guess at each of twelve challenges: five are judged', async () => {
    const { made, secret, logIn: newLogin } = await target();
    const client = await newLogin();
    const code = wrongCodeAt(secret, made.clock.now());
    const fates: unknown[] = [];
    for (let challenge = 0; challenge < 12; challenge += 1) {
      const { body } = await client.post('/mfa/challenges').send({});
      fates.push(fateOf(await client.post(body.url).send({ code })));
    }
    expect(fates).toEqual([...times(5, 'incorrect_code'), ...times(7, 'locked')]);
  });

  it('resets nothing: a logout between the guesses', async () => {
    const made = guardedApp(
      {},
      {
        routes: (app) => {
          app.post('/logout', (req, res, next) => {
            req.logout((error) => {
              if (error === undefined || error === null) res.json({});
              else next(error);
            });
          });
        },
      },
    );
    const { logIn: newLogin, guess } = await target(made);
    const client = await newLogin();
    const fates: unknown[] = [];
    for (let login = 0; login < 8; login += 1) {
      fates.push(await guess(client));
      await client.post('/logout');
      await logIn(client, 'ann');
    }
    expect(fates).toEqual([...times(5, 'incorrect_code'), ...times(3, 'locked')]);
  });
});

describe('A13 another address with every request', () => {
  const ADDRESSES: Readonly<Record<string, (n: number) => string>> = {
    'IPv4 addresses': (n) => `203.0.113.${n.toString()}`,
    'IPv6 addresses': (n) => `2001:db8::${n.toString(16)}`,
    'chains of proxies': (n) => `198.51.100.${n.toString()}, 10.0.0.${n.toString()}`,
    'texts that are no address': (n) => `${'"><%00;'.repeat(n)},,, unknown`,
  };

  it.each(Object.keys(ADDRESSES).flatMap((kind) => [true, false].map((isTrusted) => [kind, isTrusted] as const)))(
    '%s in X-Forwarded-For, believed: %s: the budget is the same one',
    async (kind, isTrusted) => {
      const { made, secret, logIn: newLogin } = await target();
      made.app.set('trust proxy', isTrusted);
      const client = await newLogin();
      const code = wrongCodeAt(secret, made.clock.now());
      const fates: unknown[] = [];
      for (let n = 0; n < 12; n += 1) {
        const address = ADDRESSES[kind]?.(n) ?? '';
        const headers = { 'X-Forwarded-For': address, 'X-Real-IP': address, 'CF-Connecting-IP': address };
        fates.push(fateOf(await client.post('/mfa/challenges').set(headers).send({ code })));
      }
      expect(fates).toEqual([...times(5, 'incorrect_code'), ...times(7, 'locked')]);
    },
  );
});

describe('A15 a sixth guess, where the count of the first five was never kept', () => {
  it('is 429 with the wait that the fifth began, in this login and in every other', async () => {
    const { made, secret, logIn: newLogin } = await target();
    const client = await newLogin();
    const code = wrongCodeAt(secret, made.clock.now());
    const left: unknown[] = [];
    for (let guesses = 0; guesses < 5; guesses += 1) {
      left.push((await client.post('/mfa/challenges').send({ code })).body.attempts_remaining);
    }
    expect(left).toEqual([4, 3, 2, 1, 0]);
    for (const session of [client, await newLogin(), await newLogin()]) {
      const answer = await session.post('/mfa/challenges').send({ code });
      expect([...verdictOf(answer), answer.headers['retry-after']]).toEqual([429, 'locked', '30']);
    }
  });

  it('is counted from the fifth on: every further wrong code doubles the wait', async () => {
    const { made, secret, logIn: newLogin } = await target();
    const client = await newLogin();
    const waits: number[] = [];
    for (let guesses = 0; guesses < 14; guesses += 1) {
      const code = wrongCodeAt(secret, made.clock.now());
      const { retry_after: wait = 0 } = (await client.post('/mfa/challenges').send({ code })).body;
      waits.push(wait);
      made.clock.advance(wait * 1000);
    }
    expect(waits).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });
});

describe('A17 codes without a limit behind a password that has one', () => {
  it('the twentieth wrong code disables, with an event, and the right one of every factor is refused', async () => {
    const { made, secret, logIn: newLogin, guess } = await target();
    const other = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    await made.mfa.factors.import({ identity: 'ann', secret: other });
    const events: MfaEvent[] = [];
    made.mfa.events.on('entity.disabled', (event) => {
      events.push(event);
    });
    for (let guesses = 0; guesses < 21; guesses += 1) {
      made.clock.advance(60 * 60_000);
      expect(await guess(await newLogin())).toBe(guesses < 20 ? 'incorrect_code' : 'disabled');
    }
    expect(events.map(({ identity }) => identity)).toEqual(['ann']);
    for (const held of [secret, other]) {
      const client = await newLogin();
      const code = codeAt(held, made.clock.now());
      expect(verdictOf(await client.post('/mfa/challenges').send({ code }))).toEqual([403, 'disabled']);
      expect((await client.get('/whoami')).body.state).toBe('challenge_required');
    }
  });

  it('is not undone by time', async () => {
    const { made, secret, logIn: newLogin, guess } = await target();
    for (let guesses = 0; guesses < 20; guesses += 1) {
      made.clock.advance(60 * 60_000);
      await guess(await newLogin());
    }
    made.clock.advance(365 * 24 * 60 * 60_000);
    const code = codeAt(secret, made.clock.now());
    expect(fateOf(await (await newLogin()).post('/mfa/challenges').send({ code }))).toBe('disabled');
  });
});

describe('A24 the limit turned against its owner', () => {
  /** Everything that somebody without Ann's password can send, naming her and hers. */
  async function pester(client: Client, sids: readonly string[], codes: readonly string[]): Promise<void> {
    await client.post('/login').send({ username: 'ann', password: 'guessed' });
    for (const code of codes) {
      const claim = { code, identity: 'ann', username: 'ann', user: 'ann' };
      for (const path of ['/mfa/challenges', '/vault', ...sids.map((sid) => `/mfa/challenges/${sid}`)]) {
        await client.post(`${path}?identity=ann`).set('X-User', 'ann').send(claim);
      }
      for (const sid of sids) {
        await client.post('/mfa/challenges').send({ ...claim, factor_sid: sid });
        await client.post(`/mfa/factors/${sid}`).send({ code });
        await client.delete(`/mfa/factors/${sid}`);
      }
    }
  }

  it.each(['nobody', 'another user'])('%s changes nothing of hers: all five codes are left', async (who) => {
    const { made, secret, logIn: newLogin } = await target();
    const [factor] = (await made.mfa.factors.list({ identity: 'ann' })).items;
    const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
    const hers = await dumpOf(made.store);
    const attacker = agentOf(made.app);
    if (who === 'another user') {
      await enroll(made, 'mallory');
      await logIn(attacker, 'mallory');
    }
    const wrong = wrongCodeAt(secret, made.clock.now());
    await pester(attacker, [factor?.sid ?? '', challenge.sid], [wrong, wrong, codeAt(secret, made.clock.now())]);
    expect(await dumpOf(made.store)).toMatchObject(hers);
    const { body } = await (await newLogin()).post('/mfa/challenges').send({ code: wrong });
    expect(body.attempts_remaining).toBe(4);
  });

  it('a wait ends when it was said to, however often somebody tries meanwhile', async () => {
    const { made, secret, logIn: newLogin, guess } = await target();
    const attacker = await newLogin();
    for (let guesses = 0; guesses < 5; guesses += 1) await guess(attacker);
    for (let second = 0; second < 29; second += 1) {
      expect(await guess(attacker)).toBe('locked');
      made.clock.advance(1000);
    }
    const ann = await newLogin();
    const soon = await ann.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect([...verdictOf(soon), soon.headers['retry-after']]).toEqual([429, 'locked', '1']);
    made.clock.advance(1000);
    const { body } = await ann.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect(body.state).toBe('satisfied');
  });
});
