import cookieSession from 'cookie-session';
import { MemoryStore } from 'express-session';
import type { Response } from 'supertest';
import { cookiesOf } from '../support/cookies.js';
import { gate } from '../support/guarded-app.js';
import { agentOf, enroll, hostApp, logIn, logInFully, verdictOf, type HostApp } from '../support/host-app.js';
import { confirmRecoveryCodes } from '../support/recovery.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const WRONG = 'ZZZZ-0000-0000-0000-0000-0000-00';

describe('recovery codes and switched-off codes, as attackers would have them', () => {
  let made: HostApp;
  let secret: string;
  let codes: readonly string[];
  beforeEach(async () => {
    made = hostApp();
    ({ secret } = await enroll(made, 'ann'));
    codes = await confirmRecoveryCodes(await logInFully(made, 'ann', { secret }));
  });

  async function login(identity = 'ann'): Promise<ReturnType<typeof agentOf>> {
    const agent = agentOf(made.app);
    await logIn(agent, identity);
    return agent;
  }

  async function disable(): Promise<void> {
    for (let wrong = 0; wrong < 20; wrong += 1) {
      await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(secret, made.clock.now()) });
      made.clock.advance(60 * 60_000);
    }
  }

  describe('A08 a recovery code a second time', () => {
    it('is refused, and the second session stays without a second factor', async () => {
      const [code] = codes;
      expect((await (await login()).post('/mfa/challenges').send({ code })).body.state).toBe('satisfied');
      const thief = await login();
      expect((await thief.post('/mfa/challenges').send({ code })).body.reason).toBe('incorrect_code');
      expect((await thief.get('/whoami')).body.aal).toBe(1);
    });
  });

  describe('A03 a recovery code in a hundred posts of one session at once', () => {
    /** Sessions of which that of a user does not end before the test lets it. */
    class LastingSessions extends MemoryStore {
      readonly release = gate();

      override destroy(...[sid, done]: Parameters<MemoryStore['destroy']>): void {
        this.get(sid, (_error, session) => {
          const isHeld = session !== undefined && session !== null && 'passport' in session;
          void (isHeld ? this.release.opened : Promise.resolve()).then(() => super.destroy(sid, done));
        });
      }
    }

    it('is used once, and whoever used it stays logged in', async () => {
      const sessions = new LastingSessions();
      const lasting = hostApp({ sessions: { store: sessions }, options: { store: made.store } });
      const agent = agentOf(lasting.app);
      await logIn(agent, 'ann');
      const [code] = codes;
      const answers: Response[] = [];
      const posts = Array.from({ length: 100 }, async () => {
        answers.push(await agent.post('/mfa/challenges').send({ code }));
        // The one that is left makes its new session, for which the old one must end.
        if (answers.length === 99) sessions.release.open();
      });
      await Promise.all(posts);
      expect(answers.slice(0, 99).map(({ body }) => body.reason)).toEqual(Array(99).fill('incorrect_code'));
      const [winner] = answers.slice(99);
      expect(winner?.body.state).toBe('satisfied');
      const restored = agentOf(lasting.app).set('Cookie', cookiesOf(winner ?? { headers: {} }));
      expect((await restored.get('/whoami')).body).toMatchObject({ state: 'satisfied', aal: 2 });
    });
  });

  describe('A12 an older cookie with the attempts of before', () => {
    it('brings none back: a wait is in the record, and so is what was disabled', async () => {
      const inCookies = hostApp({ early: [cookieSession({ name: 'kept', keys: ['cookie secret'] })] });
      const { secret: key } = await enroll(inCookies, 'ann');
      const agent = agentOf(inCookies.app);
      const older = (await logIn(agent, 'ann')).headers['set-cookie'] as unknown as readonly string[];
      for (let wrong = 0; wrong < 5; wrong += 1) {
        await agent.post('/mfa/challenges').send({ code: wrongCodeAt(key, inCookies.clock.now()) });
      }
      const restored = agentOf(inCookies.app).set('Cookie', older.map((cookie) => cookie.split(';', 1)[0]).join('; '));
      expect((await restored.get('/whoami')).body.state).toBe('challenge_required');
      const code = codeAt(key, inCookies.clock.now());
      expect(verdictOf(await restored.post('/mfa/challenges').send({ code }))).toEqual([429, 'locked']);
    });
  });

  describe('A19 recovery codes, guessed', () => {
    it('have 128 bits: ten of 26 characters, none like another, and nothing of them is kept to be read', async () => {
      for (const code of codes) expect(code.replaceAll('-', '')).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(new Set(codes.map((code) => code.slice(0, 9))).size).toBe(10);
    });

    it('of 100 wrong ones five are judged in a login, which then is over', async () => {
      const thief = await login();
      const answers: unknown[] = [];
      for (let guess = 0; guess < 100; guess += 1) {
        const { body } = await thief.post('/mfa/challenges').send({ code: WRONG });
        answers.push(body.reason ?? body.code);
      }
      expect(answers.filter((answer) => answer === 'incorrect_code')).toHaveLength(5);
      expect(answers.slice(5)).toEqual(answers.slice(5).map(() => 'first_factor_required'));
    });
  });

  describe('A20 a recovery code of the attacker’s own, for the victim', () => {
    it('is refused, and stays unused', async () => {
      const mallory = await enroll(made, 'mallory');
      const [own] = await confirmRecoveryCodes(await logInFully(made, 'mallory', mallory));
      const victim = await login();
      expect((await victim.post('/mfa/challenges').send({ code: own })).body.reason).toBe('incorrect_code');
      expect((await victim.get('/whoami')).body.aal).toBe(1);
      expect(await made.mfa.recoveryCodes.fetch({ identity: 'mallory' })).toMatchObject({ left: 10 });
    });
  });

  describe('A21 a login that waits through the lock, and goes on afterwards', () => {
    it('must begin at its first factor once codes are judged again', async () => {
      const waiting = await login();
      await disable();
      expect(verdictOf(await waiting.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }))).toEqual(
        [403, 'disabled'],
      );
      await made.mfa.admin.unlock({ identity: 'ann' });
      expect(verdictOf(await waiting.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) }))).toEqual(
        [401, 'first_factor_required'],
      );
      expect((await waiting.get('/whoami')).body.state).toBe('anonymous');
      const again = await login();
      const { body } = await again.post('/mfa/challenges').send({ code: codeAt(secret, made.clock.now()) });
      expect(body.state).toBe('satisfied');
    });
  });

  describe('A22 a recovery code alone, where the password is skipped', () => {
    it('is no way in, and tells nothing of the codes', async () => {
      const answers = await Promise.all(
        [codes[0], WRONG].map((code) => agentOf(made.app).post('/mfa/challenges').send({ code })),
      );
      expect(answers.map(verdictOf)).toEqual(answers.map(() => [401, 'first_factor_required']));
      expect(answers[0]?.text).toBe(answers[1]?.text);
      expect(await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).toMatchObject({ left: 10 });
    });
  });

  describe('A24 the owner shut out by wrong codes', () => {
    it.each([
      ['a recovery code', async () => ({ path: '/mfa/challenges', body: { code: codes[0] } })],
      [
        'three codes in a row',
        async () => ({
          path: '/mfa/unlock',
          body: { codes: [60_000, 30_000, 0].map((ago) => codeAt(secret, made.clock.now() - ago)) },
        }),
      ],
    ])('gets in by %s', async (_way, attempt) => {
      await disable();
      const { path, body } = await attempt();
      expect((await (await login()).post(path).send(body)).body.state).toBe('satisfied');
    });
  });
});
