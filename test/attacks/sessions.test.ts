import { cookiesOf } from '../support/cookies.js';
import {
  challenged,
  guardedApp,
  nextCode,
  prove,
  satisfied,
  type Enrolled,
  type GuardOptions,
} from '../support/guarded-app.js';
import { agentOf, enroll, logIn, type HostApp, type HostAppOptions } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { grantIn, withGrant } from '../support/session-content.js';

type Client = Enrolled['client'];

const MINUTE = 60_000;

/** A host with logins and logouts that keep what the session holds, and users who can be struck off. */
function app(guard: GuardOptions = {}, host: HostAppOptions = {}): HostApp & { readonly strikeOff: () => void } {
  let isStruckOff = false;
  const made = guardedApp(guard, {
    ...host,
    exists: () => !isStruckOff,
    routes: (express, { passport, mfa }) => {
      express.post('/login/kept', passport.authenticate('local', { keepSessionInfo: true }), (req, res) => {
        res.json({ state: req.mfa.state });
      });
      express.post('/logout/kept', (req, res, next) => {
        req.logOut({ keepSessionInfo: true }, (error) => {
          if (error === undefined || error === null) res.json({});
          else next(error);
        });
      });
      express.get('/required', mfa.require(), (_req, res) => {
        res.json({});
      });
    },
  });
  return {
    ...made,
    strikeOff: () => {
      isStruckOff = true;
    },
  };
}

async function whoami(client: Client): Promise<Record<string, unknown>> {
  return (await client.get('/whoami')).body;
}

/** Somebody with a cookie that he has from elsewhere. */
function bearerOf({ app: express }: HostApp, cookie: string): Client {
  return agentOf(express).set('Cookie', cookie);
}

describe('A31 a session id that the attacker knew before', () => {
  it.each(['/mfa/challenges', '/vault'])(
    'the cookie changes with both factors, by %s, and neither older one is worth anything',
    async (way) => {
      const made = app();
      const { secret } = await enroll(made, 'ann');
      const victim = agentOf(made.app);
      const fixed = cookiesOf(await victim.post('/session').send({ cart: 'empty' }));
      const pending = cookiesOf(await logIn(victim, 'ann'));
      const granted = cookiesOf(await victim.post(way).send({ code: codeAt(secret, made.clock.now()) }));
      expect(new Set([fixed, pending, granted]).size).toBe(3);
      for (const [cookie, state] of [
        [fixed, 'anonymous'],
        [pending, 'anonymous'],
        [granted, 'satisfied'],
      ] as const) {
        expect(await whoami(bearerOf(made, cookie))).toMatchObject({ state });
      }
    },
  );

  it('changes with the code that verifies an enrollment', async () => {
    const made = app();
    const victim = agentOf(made.app);
    const before = cookiesOf(await logIn(victim, 'ann'));
    const { body } = await victim.post('/mfa/factors').send({});
    const proof = await victim.post(body.url).send({ code: codeAt(body.binding.secret, made.clock.now()) });
    expect(cookiesOf(proof)).not.toBe(before);
    expect(await whoami(bearerOf(made, before))).toMatchObject({ state: 'anonymous' });
    expect(await whoami(victim)).toMatchObject({ state: 'satisfied' });
  });

  it('changes with the code of a step-up', async () => {
    const made = app({ force: true });
    const ann = await satisfied(made);
    const before = cookiesOf(await ann.client.post('/session').send({ cart: 'full' }));
    const after = cookiesOf(await ann.client.post('/vault').send({ code: nextCode(made, ann) }));
    expect([before, after]).toEqual(['', expect.stringContaining('sid=')]);
  });
});

describe('A32 a second factor that is carried over into the next user’s session', () => {
  it.each(['/login', '/login/kept'])('after Ann’s code a login of Ben at %s is asked for Ben’s', async (login) => {
    const made = app();
    const ben = await enroll(made, 'ben');
    const { client } = await satisfied(made);
    await client.post(login).send({ username: 'ben', password: 'secret' });
    expect(await whoami(client)).toMatchObject({ user: null, state: 'challenge_required', aal: 1, amr: [] });
    expect((await client.get('/vault')).status).toBe(401);
    await prove(made, { client, ...ben });
    expect(await whoami(client)).toMatchObject({ user: { id: 'ben' }, state: 'satisfied' });
  });

  it.each(['/login', '/login/kept'])('after her own logout that keeps everything, too (%s)', async (login) => {
    const made = app();
    const { client } = await satisfied(made);
    await client.post('/logout/kept');
    await client.post(login).send({ username: 'ann', password: 'secret' });
    expect(await whoami(client)).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
  });

  it('put into the session of another login of hers, it counts for nothing', async () => {
    const made = app();
    const ann = await satisfied(made);
    const grant = grantIn((await ann.client.get('/session')).body.held);
    expect(grant).toMatch(/^ann,/);
    const thief = agentOf(made.app);
    await logIn(thief, 'ann');
    const { mfa: own } = (await thief.get('/session')).body.held;
    await thief.post('/session').send({ mfa: withGrant(own, grant) });
    expect(await whoami(thief)).toMatchObject({ user: null, state: 'challenge_required' });
    expect((await thief.get('/vault')).status).toBe(401);
  });

  it('a challenge that Ann had begun is none of Ben’s', async () => {
    const made = app();
    const ben = await enroll(made, 'ben');
    const { client } = await challenged(made);
    const { body } = await client.post('/mfa/challenges').send({});
    await client.post('/login/kept').send({ username: 'ben', password: 'secret' });
    const answer = await client.post(body.url).send({ code: codeAt(ben.secret, made.clock.now()) });
    expect(answer.status).toBe(404);
    expect(await whoami(client)).toMatchObject({ state: 'challenge_required' });
  });
});

describe('A33 a user who is struck off between the password and the code', () => {
  it.each(['/mfa/challenges', '/vault'])('the right code at %s: 401, and nobody is logged in', async (way) => {
    const made = app();
    const { client, secret } = await challenged(made);
    made.strikeOff();
    const answer = await client.post(way).send({ code: codeAt(secret, made.clock.now()) });
    expect([answer.status, answer.body.code]).toEqual([401, 'first_factor_required']);
    expect(await whoami(client)).toMatchObject({ user: null, state: 'anonymous', aal: 0 });
  });

  it('a factor that was removed meanwhile: its right code is refused', async () => {
    const made = app({}, { options: { policy: 'required' } });
    const { client, secret, sid } = await challenged(made);
    await made.mfa.factors.remove({ identity: 'ann', sid });
    const code = codeAt(secret, made.clock.now());
    expect((await client.post('/mfa/challenges').send({ code })).body.code).toBe('enrollment_required');
    expect((await client.post('/vault').send({ code })).status).toBe(403);
    expect(await whoami(client)).toMatchObject({ user: null, state: 'enrollment_required' });
  });

  it('an entity that was disabled meanwhile: the right code is refused', async () => {
    const made = app();
    const { client, secret } = await challenged(made);
    const attacker = agentOf(made.app);
    for (let guesses = 0; guesses < 20; guesses += 1) {
      // Past every wait.
      made.clock.advance(60 * MINUTE);
      await logIn(attacker, 'ann');
      await attacker.post('/mfa/challenges').send({ code: wrongCodeAt(secret, made.clock.now()) });
    }
    const answer = await client.post('/vault').send({ code: codeAt(secret, made.clock.now()) });
    expect([answer.status, answer.body.code]).toEqual([403, 'disabled']);
    expect(await whoami(client)).toMatchObject({ user: null, state: 'challenge_required' });
  });
});

describe('A34 a level of assurance that was found once and then believed', () => {
  it('a session from before the enrollment is asked for the code from then on', async () => {
    const made = app();
    const older = agentOf(made.app);
    await logIn(older, 'ann');
    expect(await whoami(older)).toMatchObject({ user: { id: 'ann' }, state: 'not_required', aal: 1 });
    const owner = agentOf(made.app);
    await logIn(owner, 'ann');
    const { body } = await owner.post('/mfa/factors').send({});
    await owner.post(body.url).send({ code: codeAt(body.binding.secret, made.clock.now()) });
    expect(await whoami(older)).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
    expect((await older.get('/vault')).status).toBe(401);
    expect(await whoami(owner)).toMatchObject({ user: { id: 'ann' }, state: 'satisfied', aal: 2 });
  });

  it('without a factor a guard passes nobody, not even where a factor is optional', async () => {
    const made = app();
    const client = agentOf(made.app);
    await logIn(client, 'ann');
    for (const path of ['/vault', '/required']) {
      const { status, body } = await client.get(path);
      expect([status, body.code]).toEqual([403, 'enrollment_required']);
    }
  });

  it.each([
    ['an hour without a request', [60 * MINUTE]],
    ['a day with a request every half hour', Array.from({ length: 48 }, () => 30 * MINUTE)],
  ])('after %s the second factor is asked for again', async (_time, pauses) => {
    const made = app();
    const { client } = await satisfied(made);
    const [last = 0, ...others] = pauses;
    for (const pause of others) {
      made.clock.advance(pause);
      expect(await whoami(client)).toMatchObject({ state: 'satisfied', aal: 2 });
    }
    made.clock.advance(last);
    expect(await whoami(client)).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
    expect((await client.get('/required')).status).toBe(401);
  });

  it('a guard that wants a fresh one asks for it, however satisfied the session is', async () => {
    const made = app({ maxAge: '5m' });
    const ann = await satisfied(made);
    expect((await ann.client.get('/vault')).status).toBe(200);
    made.clock.advance(5 * MINUTE);
    expect((await ann.client.get('/vault')).body.code).toBe('step_up_required');
    expect((await ann.client.post('/vault').send({ code: nextCode(made, ann) })).status).toBe(200);
  });
});
