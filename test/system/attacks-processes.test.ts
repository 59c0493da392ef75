import {
  get,
  isUnknown,
  logIn,
  post,
  satisfy,
  startRacers,
  storm,
  summary,
  type Racers,
  type Reply,
} from '../support/racers.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe('two processes on one Redis', () => {
  let racers: Racers;
  beforeAll(async () => {
    racers = await startRacers();
  });
  afterAll(async () => racers.stop());

  describe('A03 one recovery code shown to both at once', () => {
    it('of 100 parallel posts one is approved, for each of the ten, by the router and the strategy', async () => {
      const { identity, secret } = await racers.enroll();
      const [{ url, cookie: first } = { url: '', cookie: '' }] = await racers.logIns(identity, 1);
      const cookie = await satisfy(url, first, codeAt(secret, racers.now));
      const renewed = await post(url, '/mfa/recovery-codes', {}, cookie);
      const { id, codes } = renewed.body as { readonly id: string; readonly codes: readonly string[] };
      const confirmed = await post(url, '/mfa/recovery-codes/confirm', { id, code: codes[0] }, cookie);
      expect(confirmed.body['status']).toBe('confirmed');
      for (const code of codes) {
        const open = await racers.logIns(identity, 20);
        const bodies = Array.from({ length: 50 }, () => ({ code }));
        const paths = ['/mfa/challenges', '/login/code'];
        const replies = (await Promise.all(paths.map((path) => storm(open, path, bodies)))).flat();
        const approved = replies.filter(({ body }) => body['state'] === 'satisfied').length;
        expect([1, replies.some(isUnknown) ? 0 : 1]).toContain(approved);
        const again = await post(url, '/mfa/challenges', { code }, await logIn(url, identity));
        expect(summary(again)).toBe('201 incorrect_code');
      }
    }, 120_000);
  });

  describe('A04 one code shown to both at once', () => {
    it('of 100 parallel posts one is approved, in each of 60 rounds, by the router and the strategy', async () => {
      const { identity, secret } = await racers.enroll();
      const others = new Set<string>();
      let known = 0;
      for (let round = 0; round < 60; round += 1) {
        const code = codeAt(secret, racers.now);
        const open = await racers.logIns(identity, 10);
        const bodies = Array.from({ length: 50 }, () => ({ code }));
        const paths = ['/mfa/challenges', '/login/code'];
        const replies = (await Promise.all(paths.map((path) => storm(open, path, bodies)))).flat();
        const isApproved = ({ body }: Reply): boolean => body['state'] === 'satisfied';
        const approved = replies.filter(isApproved).length;
        expect(approved).toBeLessThanOrEqual(1);
        if (!replies.some(isUnknown)) {
          known += 1;
          expect(approved).toBe(1);
        }
        for (const reply of replies) if (!isApproved(reply) && !isUnknown(reply)) others.add(summary(reply));
        await racers.advance(30_000);
      }
      expect(known).toBeGreaterThan(5);
      // The session that won has a new id: what it posted under its old one came from nobody.
      const refusals = ['201 code_already_used', '401 code_already_used', '401 first_factor_required'];
      expect([...others].filter((other) => !refusals.includes(other))).toEqual([]);
    }, 240_000);
  });

  describe('A05 one challenge answered by both at once', () => {
    it('has one winner, and one session comes of it', async () => {
      const { identity, secret } = await racers.enroll();
      const [{ url, cookie } = { url: '', cookie: '' }] = await racers.logIns(identity, 1);
      const created = await post(url, '/mfa/challenges', {}, cookie);
      const code = codeAt(secret, racers.now);
      const path = `/mfa/challenges/${String(created.body['sid'])}`;
      const everywhere = racers.urls.map((other) => ({ url: other, cookie }));
      const bodies = Array.from({ length: 100 }, () => ({ code }));
      const replies = await storm(everywhere, path, bodies);
      const answers = replies.filter((reply) => !isUnknown(reply)).map(summary);
      const winners = answers.filter((answer) => answer === '200 approved').length;
      expect([1, replies.some(isUnknown) ? 0 : 1]).toContain(winners);
      expect(answers.filter((answer) => !answer.startsWith('4'))).toHaveLength(winners);
    });
  });

  describe('A07 a used code after a restart', () => {
    it('is refused by new processes, to whoever shows it', async () => {
      const { identity, secret } = await racers.enroll();
      const [{ url, cookie } = { url: '', cookie: '' }] = await racers.logIns(identity, 1);
      const code = codeAt(secret, racers.now);
      const granted = await satisfy(url, cookie, code);
      await racers.restart();
      const [here = '', there = ''] = racers.urls;
      expect(await get(here, '/payroll', granted)).toBe(200);
      for (const process of [here, there]) {
        const thief = await logIn(process, identity);
        for (const path of ['/mfa/challenges', '/login/code']) {
          expect(summary(await post(process, path, { code }, thief))).toMatch(/ code_already_used$/);
        }
        expect(await get(process, '/payroll', thief)).toBe(401);
      }
    });

    it('and four wrong codes of before it are counted after it: one more begins the wait', async () => {
      const { identity, secret } = await racers.enroll();
      const guess = async (): Promise<string> => {
        const [url = ''] = racers.urls;
        const body = { code: wrongCodeAt(secret, racers.now) };
        return summary(await post(url, '/login/code', body, await logIn(url, identity)));
      };
      for (let guesses = 0; guesses < 4; guesses += 1) expect(await guess()).toBe('401 incorrect_code');
      await racers.restart();
      expect([await guess(), await guess()]).toEqual(['401 incorrect_code', '429 locked']);
    });
  });

  describe('A14 a burst of guesses at both', () => {
    it('300 wrong codes from 60 logins are judged five times, whichever process they reach', async () => {
      const { identity, secret } = await racers.enroll();
      const open = await racers.logIns(identity, 60);
      const code = wrongCodeAt(secret, racers.now);
      const bodies = Array.from({ length: 300 }, () => ({ code }));
      const replies = await storm(open, '/login/code', bodies);
      const answers = replies.filter((reply) => !isUnknown(reply)).map(summary);
      const judged = answers.filter((answer) => answer === '401 incorrect_code').length;
      const refused = answers.filter((answer) => answer === '429 locked').length;
      expect(judged).toBeLessThanOrEqual(5);
      expect(judged + refused).toBe(answers.length);
      if (!replies.some(isUnknown)) expect(judged).toBe(5);
    });
  });

  describe('A10 guesses by logins at both', () => {
    it('with every wait waited out, 20 wrong codes are judged, then none', async () => {
      const { identity, secret } = await racers.enroll();
      const open = await racers.logIns(identity, 60);
      const answers: string[] = [];
      for (const { url, cookie } of open) {
        const code = wrongCodeAt(secret, racers.now);
        answers.push(summary(await post(url, '/login/code', { code }, cookie)));
        await racers.advance(60 * 60_000);
      }
      expect(answers).toEqual([
        ...Array.from({ length: 20 }, () => '401 incorrect_code'),
        ...Array.from({ length: 40 }, () => '403 disabled'),
      ]);
    });
  });
});
