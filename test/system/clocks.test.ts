import { logIn, post, startRacers, type Racers } from '../support/racers.js';
import { codeAt } from '../support/rfc-code.js';

describe('two processes whose clocks differ', () => {
  let racers: Racers;
  beforeAll(async () => {
    racers = await startRacers();
  });
  afterAll(async () => racers.stop());

  async function tryCode(url: string, identity: string, code: string): Promise<unknown> {
    const cookie = await logIn(url, identity);
    const { body } = await post(url, '/mfa/challenges', { code }, cookie);
    return body['reason'] ?? body['status'];
  }

  it.each([40_000, -40_000])('by %d ms approve a code once', async (apart) => {
    const { identity, secret } = await racers.enroll();
    const [here = '', there = ''] = racers.urls;
    for (let round = 0; round < 20; round += 1) {
      await racers.advance(30_000);
      await post(there, '/clock', { time: racers.now + apart });
      const code = codeAt(secret, racers.now + apart / 2);
      const answers = [await tryCode(here, identity, code), await tryCode(there, identity, code)];
      expect(answers.filter((answer) => answer === 'approved')).toHaveLength(1);
      expect(answers[1]).toBe('code_already_used');
    }
  });

  it('and step back by two minutes accept no older code, and throw nothing', async () => {
    const { identity, secret } = await racers.enroll();
    const [here = '', there = ''] = racers.urls;
    const codes = [0, 30_000, 60_000].map((ahead) => codeAt(secret, racers.now + ahead));
    for (const code of codes) {
      expect(await tryCode(here, identity, code)).toBe('approved');
      await racers.advance(30_000);
    }
    await racers.advance(-120_000);
    for (const code of codes) {
      for (const url of [here, there])
        expect(['code_already_used', 'incorrect_code']).toContain(await tryCode(url, identity, code));
    }
    await racers.advance(120_000);
    expect(await tryCode(there, identity, codeAt(secret, racers.now))).toBe('approved');
  });
});
