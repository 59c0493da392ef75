import type { Response } from 'supertest';
import { MfaError } from '../../src/index.js';
import { everyRoute } from '../support/every-route.js';
import { guardedApp, satisfied } from '../support/guarded-app.js';
import { agentOf, browserOf, logIn, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { serving } from '../support/serving.js';

type Fate = 'judged' | 'refused';
type Guess = (code: string) => Promise<Fate>;

/** What an answer says: that the code was judged wrong, or that it was not looked at. */
function fateOf({ status, body }: Response): Fate {
  if ((body.reason ?? body.code) === 'incorrect_code') return 'judged';
  if (status === 429 && body.code === 'locked') return 'refused';
  throw new Error(`neither judged nor refused: ${status.toString()} ${JSON.stringify(body)}`);
}

/** An app with every place that takes a code of a verified factor, and its owner. */
async function target(): Promise<{ readonly made: HostApp; readonly secret: string; readonly sid: string }> {
  const made = guardedApp(
    {},
    {
      options: { codeHeader: 'X-Code' },
      routes: (app, { mfa, passport }) => {
        const done = (_req: unknown, res: { json: (body: object) => void }): void => res.json({});
        app.post('/fresh', passport.authenticate('totp', { maxAge: '1s' }), done);
        app.post('/forced', passport.authenticate('totp', { force: true }), done);
        app.post('/stateless', passport.authenticate('totp', { session: false }), done);
        app.post('/transfer', mfa.require({ purpose: 'transfer' }), done);
      },
    },
  );
  const { sid, secret } = await satisfied(made);
  made.clock.advance(30_000);
  return { made, secret, sid };
}

type Target = Awaited<ReturnType<typeof target>>;

async function waiting({ made }: Target): Promise<ReturnType<typeof agentOf>> {
  const client = agentOf(made.app);
  await logIn(client, 'ann');
  return client;
}

/** A session that has shown its factor, with all that was used by it spent. */
async function proven(at: Target): Promise<ReturnType<typeof agentOf>> {
  const client = await waiting(at);
  await client.post('/mfa/challenges').send({ code: codeAt(at.secret, at.made.clock.now()) });
  at.made.clock.advance(30_000);
  return client;
}

/** Every way to have a code of a verified factor judged, ready to be guessed at. */
const WAYS: Readonly<Record<string, (at: Target) => Promise<Guess>>> = {
  'a new challenge': async (at) => {
    const client = await waiting(at);
    return async (code) => fateOf(await client.post('/mfa/challenges').send({ code }));
  },
  'a new challenge for one factor': async (at) => {
    const client = await waiting(at);
    return async (code) => fateOf(await client.post('/mfa/challenges').send({ code, factor_sid: at.sid }));
  },
  'an answer to a challenge': async (at) => {
    const client = await waiting(at);
    const { body } = await client.post('/mfa/challenges').send({});
    return async (code) => fateOf(await client.post(body.url).send({ code }));
  },
  'the form of the page': async ({ made }) => {
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    return async (code) => {
      await browser.post('/mfa/challenges').type('form').send({ code }).redirects(0);
      const { text } = await browser.get('/mfa/challenges');
      if (text.includes('This code is wrong.')) return 'judged';
      if (text.includes('There were too many wrong codes. Try again in')) return 'refused';
      throw new Error(`neither judged nor refused: ${text}`);
    };
  },
  'the strategy': async (at) => {
    const client = await waiting(at);
    return async (code) => fateOf(await client.post('/vault').send({ code }));
  },
  'the strategy’s header': async (at) => {
    const client = await waiting(at);
    return async (code) => fateOf(await client.get('/vault').set('X-Code', code));
  },
  'the strategy without a session': async (at) => {
    const client = await waiting(at);
    return async (code) => fateOf(await client.post('/stateless').send({ code }));
  },
  'a step-up by age': async (at) => {
    const client = await proven(at);
    return async (code) => fateOf(await client.post('/fresh').send({ code }));
  },
  'a forced step-up': async (at) => {
    const client = await proven(at);
    return async (code) => fateOf(await client.post('/forced').send({ code }));
  },
  'an approval': async (at) => {
    const client = await proven(at);
    const asked = await client.post('/transfer').send({});
    return async (code) => fateOf(await client.post(asked.body.challenge_url).send({ code }));
  },
  'the host’s own call': async ({ made }) => {
    return async (code) => {
      try {
        const outcome = await made.mfa.challenges.create({ identity: 'ann', code });
        if (outcome.status === 'pending') return 'judged';
        throw new Error('the code was right');
      } catch (error) {
        if (error instanceof MfaError && error.code === 'locked') return 'refused';
        throw error;
      }
    };
  },
};

describe('A16 a place that takes codes and was forgotten when the limit was made', () => {
  describe.each(Object.keys(WAYS))('%s', (way) => {
    it('takes five wrong codes, and thereby closes every other way', async () => {
      const at = await target();
      const guesses: [string, Guess][] = [];
      for (const [name, open] of Object.entries(WAYS)) guesses.push([name, await open(at)]);
      const guess = guesses.find(([name]) => name === way)?.[1];
      const wrong = wrongCodeAt(at.secret, at.made.clock.now());
      const fates: unknown[] = [];
      for (let n = 0; n < 6; n += 1) fates.push(await guess?.(wrong));
      expect(fates).toEqual(['judged', 'judged', 'judged', 'judged', 'judged', 'refused']);
      // The right one, so that a way that still judges shows itself.
      const right = codeAt(at.secret, at.made.clock.now());
      for (const [name, other] of guesses) expect([name, await other(right)]).toEqual([name, 'refused']);
    });
  });

  it('the ways taken in turns: five of two rounds are judged', async () => {
    const at = await target();
    const guesses: Guess[] = [];
    for (const open of Object.values(WAYS)) guesses.push(await open(at));
    const wrong = wrongCodeAt(at.secret, at.made.clock.now());
    const fates: Fate[] = [];
    for (const guess of [...guesses, ...guesses]) fates.push(await guess(wrong));
    expect(fates.filter((fate) => fate === 'judged')).toHaveLength(5);
    expect(fates.slice(0, 5)).not.toContain('refused');
  });

  it('every route there is: of 30 wrong codes to each, five are judged, and five more where one enrolls', async () => {
    const at = await target();
    const client = await proven(at);
    const enrollment = await client.post('/mfa/factors').send({});
    const { challenge } = await at.made.mfa.challenges.create({ identity: 'ann' });
    const routes = [at.sid, String(enrollment.body.sid)].flatMap((factor) =>
      everyRoute({ factor, challenge: challenge.sid }).filter(
        // These end what was begun before: by another enrollment, a new epoch, or the end of the factor.
        ({ method, url }) => method === 'POST' && !/\/(factors|logout-others|remove)$/.test(url),
      ),
    );
    const judged: unknown[] = [];
    for (let n = 0; n < 30; n += 1) {
      for (const { url } of routes) {
        const { body } = await client.post(url).send({ code: wrongCodeAt(at.secret, at.made.clock.now()) });
        if (body.reason !== undefined) judged.push(url === enrollment.body.url ? 'enrollment' : 'budget');
      }
    }
    expect(judged.filter((what) => what === 'budget')).toHaveLength(5);
    expect(judged.filter((what) => what === 'enrollment')).toHaveLength(5);
  });
});

describe('A14 a burst of guesses before the first is counted', () => {
  it('of 200 at once five are judged, in each of 4 rounds, with the right code among them', async () => {
    const at = await target();
    const { made, secret } = at;
    // As a store is that is not in this process: others have their turn between a load and a save.
    made.store.before = async (verb) => {
      for (let turn = 0; verb === 'save' && turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await serving(made.app, async (server) => {
      let approved = 0;
      for (let round = 0; round < 4; round += 1) {
        // Past every wait, and a budget that the owner has just restored.
        made.clock.advance(60 * 60_000);
        const owner = await waiting(at);
        await owner.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
        made.clock.advance(30_000);
        const clients = await Promise.all(
          Array.from({ length: 10 }, async () => {
            const client = agentOf(server);
            await logIn(client, 'ann');
            return client;
          }),
        );
        const wrong = wrongCodeAt(secret, made.clock.now());
        const codes = Array.from({ length: 200 }, (_, i) => (i === 150 ? codeAt(secret, made.clock.now()) : wrong));
        const answers = await Promise.all(
          codes.map(async (code, i) =>
            (clients[i % clients.length] ?? owner).post(i % 2 === 0 ? '/mfa/challenges' : '/vault').send({ code }),
          ),
        );
        const isRight = ({ status, body }: Response): boolean => body.state === 'satisfied' || status === 200;
        const rightOnes = answers.filter(isRight).length;
        approved += rightOnes;
        const judged = answers.filter(({ body }) => (body.reason ?? body.code) === 'incorrect_code');
        // A right code among the first five opens the budget once more, also where its own answer came too late.
        const mayBeOpened = rightOnes > 0 || answers[150]?.status === 503;
        expect(judged.length).toBeLessThanOrEqual(mayBeOpened ? 9 : 5);
        if (answers.every(({ status }) => status !== 503)) expect(judged.length).toBeGreaterThanOrEqual(5);
      }
      expect(approved).toBeLessThanOrEqual(3);
    });
  }, 60_000);
});
