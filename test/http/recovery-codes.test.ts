import type { MfaEvent } from '../../src/index.js';
import {
  agentOf,
  browserOf,
  elementsOf,
  enroll,
  hostApp,
  logIn,
  logInFully,
  readPage,
  submitForm,
  textOf,
  verdictOf,
  type HostApp,
  type PageElement,
} from '../support/host-app.js';
import { confirmRecoveryCodes, renewRecoveryCodes } from '../support/recovery.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const UNKNOWN = 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-23';

/** The codes that a page shows. */
function codesOn(page: PageElement): readonly string[] {
  return elementsOf(page, 'li').map(textOf);
}

describe('recovery codes', () => {
  let made: HostApp;
  let secret: string;
  let agent: ReturnType<typeof agentOf>;
  let codes: readonly string[];
  beforeEach(async () => {
    made = hostApp();
    ({ secret } = await enroll(made, 'ann'));
    agent = await logInFully(made, 'ann', { secret });
    codes = await confirmRecoveryCodes(agent);
  });

  /** A login that has passed its first factor. */
  async function login(): Promise<ReturnType<typeof agentOf>> {
    const other = agentOf(made.app);
    await logIn(other, 'ann');
    return other;
  }

  it('are ten, in groups, and shown once', async () => {
    const { status, body, headers } = await agent.post('/mfa/recovery-codes');
    expect(status).toBe(201);
    expect(body.codes).toHaveLength(10);
    expect(new Set(body.codes).size).toBe(10);
    for (const code of body.codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$/);
    expect(headers['cache-control']).toBe('no-store');
    const state = await agent.get('/mfa');
    expect(state.body.recovery_codes_left).toBe(10);
    expect(JSON.stringify(state.body)).not.toContain(body.codes[0]);
  });

  it('sign in once, in the field of the code, and say so in amr', async () => {
    const other = await login();
    const { status, body } = await other.post('/mfa/challenges').send({ code: codes[0] });
    expect([status, body.status, body.state, body.factor_sid]).toEqual([201, 'approved', 'satisfied', null]);
    expect((await other.get('/whoami')).body).toMatchObject({ aal: 2, amr: ['recovery_code', 'mfa'], factorSid: null });
    expect((await other.get('/mfa')).body).toMatchObject({ recovery_codes_left: 9, amr: ['recovery_code', 'mfa'] });
    const again = await (await login()).post('/mfa/challenges').send({ code: codes[0] });
    expect(again.body).toMatchObject({ status: 'pending', reason: 'incorrect_code', attempts_remaining: 5 });
  });

  it.each([
    ['in lower case', (code: string) => code.toLowerCase()],
    ['without hyphens', (code: string) => code.replaceAll('-', '')],
    ['with spaces', (code: string) => ` ${code.replaceAll('-', ' ')} `],
    ['with letters for the digits they look like', (code: string) => code.replaceAll('0', 'o').replaceAll('1', 'l')],
  ])('are understood %s', async (_how, write) => {
    const { body } = await (await login()).post('/mfa/challenges').send({ code: write(codes[0] ?? '') });
    expect(body.status).toBe('approved');
  });

  it('are told as a method to who has some left, and to nobody else how many', async () => {
    const other = await login();
    expect((await other.get('/mfa')).body).toMatchObject({
      methods: ['totp', 'recovery_code'],
      recovery_codes_left: null,
    });
  });

  it('answer a pending challenge as well', async () => {
    const other = await login();
    const { body } = await other.post('/mfa/challenges').send({});
    const answered = await other.post(body.url).send({ code: codes[0] });
    expect([answered.status, answered.body.status, answered.body.state]).toEqual([200, 'approved', 'satisfied']);
  });

  it('sign in a user who has been locked and disabled, and open the budget again', async () => {
    for (let wrong = 0; wrong < 20; wrong += 1) {
      await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(secret, made.clock.now()) });
      made.clock.advance(60 * 60_000);
    }
    const other = await login();
    expect(verdictOf(await other.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }))).toEqual([
      403,
      'disabled',
    ]);
    expect((await other.post('/mfa/challenges').send({ code: codes[0] })).body.state).toBe('satisfied');
    const next = await login();
    const { body } = await next.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect(body.state).toBe('satisfied');
  });

  it('cost the entity nothing when wrong, and end their login at the fifth', async () => {
    const other = await login();
    const answers: unknown[] = [];
    for (let wrong = 0; wrong < 6; wrong += 1) {
      const { status, body } = await other.post('/mfa/challenges').send({ code: UNKNOWN });
      answers.push(body.code ?? [status, body.reason, body.attempts_remaining]);
    }
    expect(answers).toEqual([...[4, 3, 2, 1, 0].map((left) => [201, 'incorrect_code', left]), 'first_factor_required']);
    expect((await other.get('/whoami')).body).toMatchObject({ state: 'anonymous', user: null });
    const next = await login();
    const { body } = await next.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
    expect(body.state).toBe('satisfied');
  });

  it('of another user are wrong, and stay unused', async () => {
    const bob = await enroll(made, 'bob');
    const bobs = await confirmRecoveryCodes(await logInFully(made, 'bob', bob));
    const other = await login();
    expect((await other.post('/mfa/challenges').send({ code: bobs[0] })).body.reason).toBe('incorrect_code');
    const bobAgain = agentOf(made.app);
    await logIn(bobAgain, 'bob');
    expect((await bobAgain.post('/mfa/challenges').send({ code: bobs[0] })).body.state).toBe('satisfied');
  });

  it('are no first factor', async () => {
    const nobody = agentOf(made.app);
    expect(verdictOf(await nobody.post('/mfa/challenges').send({ code: codes[0] }))).toEqual([
      401,
      'first_factor_required',
    ]);
    expect((await agent.get('/mfa')).body.recovery_codes_left).toBe(10);
  });

  it('go with the last factor', async () => {
    const [{ sid }] = (await agent.get('/mfa/factors')).body.factors;
    expect((await agent.delete(`/mfa/factors/${sid}`)).status).toBe(204);
    expect(await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).toEqual({ left: 0, createdAt: null });
  });

  it('tell of their use, and when few are left', async () => {
    const heard: MfaEvent[] = [];
    made.mfa.events.on('*', (event) => void heard.push(event));
    for (const code of codes.slice(0, 8)) await made.mfa.challenges.create({ identity: 'ann', code });
    const told = heard.filter(({ type }) => type.startsWith('recovery_code'));
    expect(told.map(({ type, recoveryCodesLeft }) => [type, recoveryCodesLeft])).toEqual([
      ...[9, 8, 7, 6, 5, 4].map((left) => ['recovery_code.used', left]),
      ...[3, 2].flatMap((left) => [
        ['recovery_code.used', left],
        ['recovery_codes.low', left],
      ]),
    ]);
  });

  describe('are renewed in two steps', () => {
    it('the old ones count until the new ones are confirmed, then only those, the one that confirmed included', async () => {
      const renewed = await renewRecoveryCodes(agent);
      const [fresh = ''] = renewed.codes;
      const early = await (await login()).post('/mfa/challenges').send({ code: fresh });
      expect(early.body.reason).toBe('incorrect_code');
      const { status, body } = await agent.post('/mfa/recovery-codes/confirm').send({ id: renewed.id, code: fresh });
      expect([status, body]).toEqual([200, { status: 'confirmed', recovery_codes_left: 10, state: 'satisfied' }]);
      expect((await (await login()).post('/mfa/challenges').send({ code: codes[0] })).body.reason).toBe(
        'incorrect_code',
      );
      expect((await (await login()).post('/mfa/challenges').send({ code: fresh })).body.state).toBe('satisfied');
    });

    it('a wrong code confirms nothing', async () => {
      const { id } = await renewRecoveryCodes(agent);
      const { status, body } = await agent.post('/mfa/recovery-codes/confirm').send({ id, code: UNKNOWN });
      expect([status, body]).toEqual([200, { status: 'pending', reason: 'incorrect_code', state: 'satisfied' }]);
      expect(await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).toMatchObject({ left: 10 });
    });

    it('the confirmation ends every other session, and this one goes on under a new id', async () => {
      const other = await login();
      await other.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
      made.clock.advance(30_000);
      await confirmRecoveryCodes(agent);
      expect((await other.get('/whoami')).body.state).toBe('challenge_required');
      expect((await agent.get('/whoami')).body).toMatchObject({ state: 'satisfied', amr: ['otp', 'mfa'] });
    });

    it('another login cannot confirm them, nor anybody an older set', async () => {
      const { id, codes: first } = await renewRecoveryCodes(agent);
      const other = await logInFully(made, 'ann', { secret });
      const attempt = { id, code: first[0] };
      expect(verdictOf(await other.post('/mfa/recovery-codes/confirm').send(attempt))).toEqual([404, 'not_found']);
      await renewRecoveryCodes(agent);
      expect(verdictOf(await agent.post('/mfa/recovery-codes/confirm').send(attempt))).toEqual([404, 'not_found']);
    });

    it('within ten minutes', async () => {
      const { id, codes: fresh } = await renewRecoveryCodes(agent);
      made.clock.advance(10 * 60_000);
      await agent.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
      expect(verdictOf(await agent.post('/mfa/recovery-codes/confirm').send({ id, code: fresh[0] }))).toEqual([
        404,
        'not_found',
      ]);
    });

    it.each(['/mfa/recovery-codes', '/mfa/recovery-codes/confirm'])('%s needs a fresh second factor', async (path) => {
      const body = { id: 'any', code: UNKNOWN };
      expect(verdictOf(await (await login()).post(path).send(body))).toEqual([401, 'step_up_required']);
      made.clock.advance(10 * 60_000);
      expect(verdictOf(await agent.post(path).send(body))).toEqual([401, 'step_up_required']);
    });

    it('a user without a factor has none', async () => {
      const bob = agentOf(made.app);
      await logIn(bob, 'bob');
      expect(verdictOf(await bob.post('/mfa/recovery-codes'))).toEqual([403, 'enrollment_required']);
    });

    it.each([[{ id: 'any' }], [{ code: UNKNOWN }], [{ id: 1, code: UNKNOWN }]])(
      '%j is not understood',
      async (body) => {
        const { status } = await agent.post('/mfa/recovery-codes/confirm').send(body);
        expect(status).toBe(400);
      },
    );

    it('a code of the authenticator confirms nothing', async () => {
      const { id } = await renewRecoveryCodes(agent);
      const code = codeAt(secret, made.clock.now());
      expect(verdictOf(await agent.post('/mfa/recovery-codes/confirm').send({ id, code }))).toEqual([
        400,
        'malformed_code',
      ]);
    });
  });

  it('a person gets and confirms in the browser', async () => {
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) })
      .redirects(0);
    const look = async (): Promise<PageElement> => readPage((await browser.get('/mfa/recovery-codes')).text);
    const sent = await submitForm(browser, elementsOf(await look(), 'form')[0]);
    expect([sent.status, sent.headers['location']]).toEqual([303, '/mfa/recovery-codes']);
    const page = await look();
    const shown = codesOn(page);
    expect(shown).toHaveLength(10);
    expect(shown).not.toEqual(expect.arrayContaining([codes[0]]));
    const answer = await submitForm(browser, elementsOf(page, 'form')[0], { code: shown[0] ?? '' });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/mfa']);
    const [done] = elementsOf(readPage((await browser.get('/mfa')).text), 'p');
    expect([done?.attributes['role'], done && textOf(done)]).toEqual(['status', 'Your new recovery codes are ready.']);
    expect(codesOn(await look())).toEqual([]);
    expect(await made.mfa.challenges.create({ identity: 'ann', code: shown[0] })).toMatchObject({ status: 'approved' });
  });

  describe('on the page that shows them', () => {
    const PAGE = '/mfa/recovery-codes';
    let browser: ReturnType<typeof browserOf>;
    beforeEach(async () => {
      browser = await browserOfAnn();
      await browser.post(PAGE).type('form').send({}).redirects(0);
    });

    async function browserOfAnn(): Promise<ReturnType<typeof browserOf>> {
      const fresh = browserOf(made.app);
      await fresh.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
      await fresh
        .post('/mfa/challenges')
        .type('form')
        .send({ code: codeAt(secret, made.clock.now()) })
        .redirects(0);
      made.clock.advance(30_000);
      return fresh;
    }

    const look = async (): Promise<PageElement> => readPage((await browser.get(PAGE)).text);

    it('are the same after a reload, which makes none', async () => {
      const asked = await made.store.during(async () => {
        const [first, second] = [await browser.get(PAGE), await browser.get(PAGE)];
        expect(second.text).toBe(first.text);
        expect(codesOn(readPage(second.text))).toHaveLength(10);
        expect(second.headers['cache-control']).toBe('no-store');
      });
      expect(asked).not.toContain('save');
    });

    it('are in the file that it offers, each on a line', async () => {
      const page = await look();
      const [file] = elementsOf(page, 'a').filter(({ attributes }) => attributes['download'] !== undefined);
      const [type, content = ''] = (file?.attributes['href'] ?? '').split(',');
      expect(type).toBe('data:text/plain;charset=utf-8');
      expect(decodeURIComponent(content)).toBe(`Acme\n\n${codesOn(page).join('\n')}\n`);
    });

    it('stay after a code that is not one of them, with the reason at the field, and nothing is confirmed', async () => {
      const page = await look();
      for (const [code, reason] of [
        [UNKNOWN, 'This code is wrong.'],
        [codes[0] ?? '', 'This code is wrong.'],
        [codeAt(secret, made.clock.now()), 'This is not a code. Check what you typed.'],
        ['', 'This is not a code. Check what you typed.'],
      ] as const) {
        const answer = await submitForm(browser, elementsOf(page, 'form')[0], { code });
        expect([answer.status, answer.headers['location']]).toEqual([303, PAGE]);
        const again = await look();
        const [error] = elementsOf(again, 'p').filter(({ attributes }) => attributes['role'] === 'alert');
        expect([code, error && textOf(error)]).toEqual([code, reason]);
        const [field] = elementsOf(again, 'input').filter(({ attributes }) => attributes['name'] === 'code');
        expect(field?.attributes['aria-describedby']).toBe(error?.attributes['id']);
        expect(codesOn(again)).toEqual(codesOn(page));
      }
      expect(await made.mfa.challenges.create({ identity: 'ann', code: codes[0] })).toMatchObject({
        status: 'approved',
      });
    });

    it('are not shown to another login, not even of the same person, and by no other route', async () => {
      const [shown = ''] = codesOn(await look());
      const other = await browserOfAnn();
      const { text } = await other.get(PAGE);
      expect(codesOn(readPage(text))).toEqual([]);
      expect(text).not.toContain(shown);
      expect(codesOn(await look())).toContain(shown);
      for (const path of ['/mfa', PAGE, '/mfa/factors']) {
        const { status, text: told } = await browser.get(path).set('Accept', 'application/json');
        expect([path, status, told.includes(shown)]).toEqual([path, 200, false]);
      }
    });

    it('are gone after ten minutes, and their form is refused', async () => {
      const page = await look();
      made.clock.advance(10 * 60_000);
      await browser
        .post('/mfa/challenges')
        .type('form')
        .send({ code: codeAt(secret, made.clock.now()) })
        .redirects(0);
      expect(codesOn(await look())).toEqual([]);
      const answer = await submitForm(browser, elementsOf(page, 'form')[0], { code: codesOn(page)[0] ?? '' });
      expect([answer.status, answer.type]).toEqual([404, 'text/html']);
    });

    it('need a code once more where the second factor is long ago, and are then there', async () => {
      const shown = codesOn(await look());
      made.clock.advance(10 * 60_000 - 30_000);
      const asked = await browser.get(PAGE).redirects(0);
      expect([asked.status, asked.headers['location']]).toEqual([303, '/mfa/challenges']);
      const question = readPage((await browser.get('/mfa/challenges')).text);
      expect(textOf(question)).toContain('For this, we need a code from you once more.');
      const code = codeAt(secret, made.clock.now());
      const answer = await submitForm(browser, elementsOf(question, 'form')[0], { code });
      expect([answer.status, answer.headers['location']]).toEqual([303, PAGE]);
      expect(codesOn(await look())).toEqual(shown);
    });
  });
});
