import { type MfaOptions } from '../../src/index.js';
import {
  challenged,
  guardedApp,
  HeaderStrategy,
  nextCode,
  prove,
  recoveryCodes,
  satisfied,
  seenBy,
  type Enrolled,
} from '../support/guarded-app.js';
import { agentOf, enroll, logIn, verdictOf, type HostApp, type TestUser } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { grantIn } from '../support/session-content.js';

const STEP = 30_000;
/** Of the form of a recovery code, and of nobody's set. */
const WRONG_RECOVERY_CODE = 'ZZZZ-0000-0000-0000-0000-0000-00';

/** The third wrong code disables; `/recover` takes recovery codes, `/vault` does not. */
function strictApp(options: Partial<MfaOptions<TestUser>> = {}): HostApp {
  return guardedApp(
    {},
    {
      options: { limits: { wrongCodesBeforeWait: 3, wrongCodesBeforeDisable: 3 }, ...options },
      routes: (app, { mfa, passport }) => {
        passport.use(new HeaderStrategy());
        app.get('/required', mfa.require(), (req, res) => void res.json(seenBy(req)));
        app.post('/recover', passport.authenticate('totp', { recovery: true }), (req, res) => {
          res.json(seenBy(req));
        });
        app.post('/kept/recover', passport.authenticate('totp', { recovery: true, session: false }), (req, res) => {
          res.json(seenBy(req));
        });
      },
    },
  );
}

type Client = Pick<Enrolled, 'client'>;

async function standing({ client }: Client): Promise<readonly unknown[]> {
  const { status } = await client.get('/required');
  const { body } = await client.get('/whoami');
  return [status, body.state, body.user?.id ?? null];
}

/** Another login of a user, a moment after whatever there was. */
async function login(made: HostApp, ann: Enrolled): Promise<Enrolled> {
  made.clock.advance(1);
  const client = agentOf(made.app);
  await logIn(client, 'ann');
  return { ...ann, client };
}

/** Spends the budget for good, by a login of its own. */
async function disable(made: HostApp, ann: Enrolled): Promise<Enrolled> {
  const guesser = await login(made, ann);
  made.clock.advance(1);
  for (let count = 0; count < 3; count += 1) {
    await guesser.client
      .post('/vault')
      .send({ code: wrongCodeAt(ann.secret, made.clock.now()) })
      .expect(401);
  }
  return guesser;
}

/** The codes of three steps in a row, the last one of now. */
function rowOf({ clock }: HostApp, { secret }: Enrolled): readonly string[] {
  return [2, 1, 0].map((ago) => codeAt(secret, clock.now() - ago * STEP));
}

describe('when an entity gets disabled', () => {
  it('a login that waited for its second factor starts again at its first one, once codes are judged again', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
    const guesser = await disable(made, ann);
    for (const waiting of [ann, guesser]) expect(await standing(waiting)).toEqual([401, 'challenge_required', null]);
    await made.mfa.admin.unlock({ identity: 'ann' });
    for (const waiting of [ann, guesser]) {
      expect((await waiting.client.get('/whoami')).body).toMatchObject({ user: null, state: 'anonymous', aal: 0 });
      expect((await waiting.client.get('/session')).body.held).not.toHaveProperty('passport.user');
      expect(await standing(waiting)).toEqual([401, 'anonymous', null]);
    }
  });

  it('such a login is over for every door, in its very next request', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const others = await Promise.all([login(made, ann), login(made, ann), login(made, ann), login(made, ann)]);
    const codes = await recoveryCodes(made);
    await disable(made, ann);
    await made.mfa.admin.unlock({ identity: 'ann' });
    made.clock.advance(3 * STEP);
    const [byRouter, byStrategy, byUnlock, byPage] = others;
    const answers = [
      await ann.client.post('/recover').send({ code: codes[1] }),
      await byRouter.client.post('/mfa/challenges').send({ code: codes[1] }),
      await byStrategy.client.post('/vault').send({ code: codeAt(ann.secret, made.clock.now()) }),
      await byUnlock.client.post('/mfa/unlock').send({ codes: rowOf(made, ann) }),
      await byPage.client.get('/mfa'),
    ];
    expect(answers.map(verdictOf)).toEqual(answers.map(() => [401, 'first_factor_required']));
    // It cost nothing: the code was not looked at.
    expect((await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).left).toBe(10);
  });

  it('the login in which it happened can still use a recovery code, and no code', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    const guesser = await disable(made, ann);
    const { status, body } = await guesser.client.post('/vault').send({ code: nextCode(made, ann) });
    expect([status, body.code]).toEqual([403, 'disabled']);
    await guesser.client.post('/recover').send({ code: codes[1] }).expect(200);
    expect(await standing(guesser)).toEqual([200, 'satisfied', 'ann']);
  });

  it('a session that is satisfied goes on', async () => {
    const made = strictApp();
    const ann = await satisfied(made);
    await disable(made, ann);
    expect(await standing(ann)).toEqual([200, 'satisfied', 'ann']);
    await ann.client.get('/mfa/factors').expect(200);
  });

  it('a session that is satisfied goes on until its grant ends, and then starts at its first factor', async () => {
    const made = strictApp();
    const ann = await satisfied(made);
    await disable(made, ann);
    await made.mfa.admin.unlock({ identity: 'ann' });
    made.clock.advance(60 * 60_000);
    expect(await standing(ann)).toEqual([401, 'anonymous', null]);
  });

  it('a login of after it waits for its second factor as ever, and codes are not judged', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    await disable(made, ann);
    const again = await login(made, ann);
    expect(await standing(again)).toEqual([401, 'challenge_required', null]);
    const { status, body } = await again.client.post('/vault').send({ code: nextCode(made, ann) });
    expect([status, body.code]).toEqual([403, 'disabled']);
    expect(await standing(again)).toEqual([401, 'challenge_required', null]);
  });

  it('the first factor goes on working for users without a second one, and for others', async () => {
    const made = strictApp();
    const ben = await satisfied(made, 'ben');
    const ann = await challenged(made);
    await disable(made, ann);
    expect(await standing(ben)).toEqual([200, 'satisfied', 'ben']);
  });
});

describe('a new login, where codes are switched off', () => {
  it.each([
    ['the strategy', '/recover', 200],
    ['the router', '/mfa/challenges', 201],
  ])('gets in with a recovery code (by %s), and codes are judged again', async (_door, path, status) => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    await disable(made, ann);
    const again = await login(made, ann);
    await again.client.post(path).send({ code: codes[1] }).expect(status);
    expect(await standing(again)).toEqual([200, 'satisfied', 'ann']);
    const third = await login(made, ann);
    await third.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
  });

  it('gets in with three codes in a row, and codes are judged again', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    await disable(made, ann);
    made.clock.advance(3 * STEP);
    const again = await login(made, ann);
    const { status, body } = await again.client.post('/mfa/unlock').send({ codes: rowOf(made, ann) });
    expect([status, body]).toEqual([200, { status: 'unlocked', state: 'satisfied' }]);
    expect(await standing(again)).toEqual([200, 'satisfied', 'ann']);
    const third = await login(made, ann);
    await third.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
  });

  it('gets in with a code after an administrator has unlocked', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    await disable(made, ann);
    const again = await login(made, ann);
    await made.mfa.admin.unlock({ identity: 'ann' });
    await again.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    expect(await standing(again)).toEqual([200, 'satisfied', 'ann']);
  });

  it('does not bring back a login of before it: that one stays over after the unlocking', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    await disable(made, ann);
    await made.mfa.admin.unlock({ identity: 'ann' });
    const { status, body } = await ann.client.post('/vault').send({ code: nextCode(made, ann) });
    expect([status, body.code]).toEqual([401, 'first_factor_required']);
    const again = await login(made, ann);
    await again.client
      .post('/vault')
      .send({ code: codeAt(ann.secret, made.clock.now()) })
      .expect(200);
  });
});

describe('five wrong recovery codes', () => {
  const guess = async ({ client }: Client, path = '/recover'): Promise<readonly unknown[]> => {
    const { status, body } = await client.post(path).send({ code: WRONG_RECOVERY_CODE });
    return [status, body.code ?? body.reason, body.attempts_remaining];
  };

  it.each([
    ['the strategy', '/recover', 401],
    ['the router', '/mfa/challenges', 201],
  ])('end the login that typed them (by %s), and no other of the user', async (_door, path, status) => {
    const made = strictApp();
    const ann = await challenged(made);
    await recoveryCodes(made);
    const other = await login(made, ann);
    const guesses: unknown[] = [];
    for (let count = 0; count < 5; count += 1) guesses.push(await guess(ann, path));
    expect(guesses).toEqual([4, 3, 2, 1, 0].map((left) => [status, 'incorrect_code', left]));
    expect(await guess(ann, path)).toEqual([401, 'first_factor_required', undefined]);
    expect(await standing(ann)).toEqual([401, 'anonymous', null]);
    expect(await standing(other)).toEqual([401, 'challenge_required', null]);
    await prove(made, other);
    expect(await standing(other)).toEqual([200, 'satisfied', 'ann']);
  });

  it('are counted over all doors and all challenges of the login', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const doors = ['/recover', '/mfa/challenges', '/kept/recover', '/recover'];
    for (const door of doors) await guess(ann, door);
    const { body } = await ann.client.post('/mfa/challenges').send({});
    expect(await guess(ann, `/mfa/challenges/${String(body.sid)}`)).toEqual([200, 'incorrect_code', 0]);
    expect(await standing(ann)).toEqual([401, 'anonymous', null]);
  });

  it('end a session that is satisfied too', async () => {
    const made = strictApp();
    const ann = await satisfied(made);
    for (let count = 0; count < 5; count += 1) await guess(ann, '/mfa/challenges');
    expect(await standing(ann)).toEqual([401, 'anonymous', null]);
  });

  it('cost the user nothing: no wait, and the right one goes on working', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    for (let login_ = 0; login_ < 3; login_ += 1) {
      const guesser = await login(made, ann);
      for (let count = 0; count < 5; count += 1) await guess(guesser);
    }
    const again = await login(made, ann);
    await again.client
      .post('/vault')
      .send({ code: nextCode(made, ann) })
      .expect(200);
    const third = await login(made, ann);
    await third.client.post('/recover').send({ code: codes[1] }).expect(200);
  });

  it('let the login begin anew with its first factor, with five more', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    for (let count = 0; count < 5; count += 1) await guess(ann);
    await logIn(ann.client, 'ann');
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
    expect(await guess(ann)).toEqual([401, 'incorrect_code', 4]);
  });
});

describe('a recovery code', () => {
  it('is shown as what proved the login, in req.mfa and in the info of the strategy', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    const { body } = await ann.client.post('/recover').send({ code: codes[1] }).expect(200);
    expect(body).toMatchObject({
      user: { id: 'ann' },
      authInfo: { message: expect.any(String), amr: ['recovery_code', 'mfa'], factorSid: null },
      mfa: { state: 'satisfied', amr: ['recovery_code', 'mfa'], aal: 2, factorSid: null },
    });
    expect((await ann.client.get('/whoami')).body).toMatchObject({
      state: 'satisfied',
      amr: ['recovery_code', 'mfa'],
      aal: 2,
      factorSid: null,
    });
    expect((await ann.client.get('/mfa')).body).toMatchObject({
      amr: ['recovery_code', 'mfa'],
      recovery_codes_left: 9,
    });
  });

  it('is no code to a strategy that was not told to take one: malformed_code, and it stays unused', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    const { status, body } = await ann.client.post('/vault').send({ code: codes[1] });
    expect([status, body.code]).toEqual([400, 'malformed_code']);
    expect((await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).left).toBe(10);
    for (let count = 0; count < 6; count += 1) {
      await ann.client.post('/vault').send({ code: WRONG_RECOVERY_CODE }).expect(400);
    }
    await ann.client.post('/recover').send({ code: codes[1] }).expect(200);
  });

  it('is used once', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    await ann.client.post('/recover').send({ code: codes[1] }).expect(200);
    const again = await login(made, ann);
    const { status, body } = await again.client.post('/recover').send({ code: codes[1] });
    expect([status, body.code]).toEqual([401, 'incorrect_code']);
    expect(await standing(again)).toEqual([401, 'challenge_required', null]);
  });

  it('satisfies one request alone where that is what the strategy is asked for, and is used up', async () => {
    const made = strictApp();
    const ann = await challenged(made);
    const codes = await recoveryCodes(made);
    const { body } = await ann.client.post('/kept/recover').send({ code: codes[1] });
    expect(body).toMatchObject({ user: { id: 'ann' }, mfa: { state: 'satisfied', amr: ['recovery_code', 'mfa'] } });
    expect(await standing(ann)).toEqual([401, 'challenge_required', null]);
    expect((await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).left).toBe(9);
    expect(grantIn((await ann.client.get('/session')).body.held)).toBe('');
  });

  it('of one user is nothing to another', async () => {
    const made = strictApp();
    await enroll(made, 'ben');
    const codes = await recoveryCodes(made, 'ben');
    const ann = await challenged(made);
    const { status, body } = await ann.client.post('/recover').send({ code: codes[1] });
    expect([status, body.code]).toEqual([401, 'incorrect_code']);
    expect((await made.mfa.recoveryCodes.fetch({ identity: 'ben' })).left).toBe(10);
  });
});
