import { get, logIn, post, satisfy, startRacers, storm, type Racers } from '../support/racers.js';
import { codeAt } from '../support/rfc-code.js';

describe('two processes on one Redis', () => {
  let racers: Racers;
  beforeAll(async () => {
    racers = await startRacers();
  });
  afterAll(async () => racers.stop());

  it('an approval is used once: of 50 parallel requests one passes', async () => {
    const { identity, secret } = await racers.enroll();
    const [{ url, cookie: first } = { url: '', cookie: '' }] = await racers.logIns(identity, 1);
    const cookie = await satisfy(url, first, codeAt(secret, racers.now));
    await racers.advance(30_000);
    const asked = await post(url, '/transfer', { to: 'Bob' }, cookie);
    const answered = await post(url, String(asked.body['challenge_url']), { code: codeAt(secret, racers.now) }, cookie);
    expect(answered.body['status']).toBe('approved');
    const everywhere = racers.urls.map((other) => ({ url: other, cookie }));
    const answers = await storm(
      everywhere,
      '/transfer',
      Array.from({ length: 50 }, () => ({ to: 'Bob' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['code'] === 'step_up_required')).toHaveLength(49);
  });

  it('a grant of one process counts in the other, and the cookie from before it in neither', async () => {
    const { identity, secret } = await racers.enroll();
    const [here = '', there = ''] = racers.urls;
    const before = await logIn(here, identity);
    const after = await satisfy(here, before, codeAt(secret, racers.now));
    expect(await get(there, '/payroll', after)).toBe(200);
    expect(await get(there, '/payroll', before)).toBe(401);
  });
});
