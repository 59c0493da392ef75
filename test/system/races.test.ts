import { get, logIn, post, satisfy, startRacers, type Racers, type Reply } from '../support/racers.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe('two processes on one Redis', () => {
  let racers: Racers;
  beforeAll(async () => {
    racers = await startRacers();
  });
  afterAll(async () => racers.stop());

  /** Sessions of one user, turn by turn in each process. */
  async function sessions(identity: string, count: number): Promise<readonly { url: string; cookie: string }[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const url = racers.urls[i % racers.urls.length] ?? '';
        return { url, cookie: await logIn(url, identity) };
      }),
    );
  }

  /** Posts a body `count` times at once, by all sessions in turn. */
  async function storm(
    open: readonly { url: string; cookie: string }[],
    path: string,
    bodies: readonly object[],
  ): Promise<readonly Reply[]> {
    return Promise.all(
      bodies.map(async (body, i) => {
        const { url, cookie } = open[i % open.length] ?? { url: '', cookie: '' };
        return post(url, path, body, cookie);
      }),
    );
  }

  it('a code is accepted once: of 100 parallel posts one is approved, in 200 rounds of 200, by the router and the strategy', async () => {
    const { identity, secret } = await racers.enroll();
    const approved: number[] = [];
    const others = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      const code = codeAt(secret, racers.now);
      const open = await sessions(identity, 10);
      const bodies = Array.from({ length: 50 }, () => ({ code }));
      const paths = ['/mfa/challenges', '/login/code'];
      const replies = (await Promise.all(paths.map((path) => storm(open, path, bodies)))).flat();
      const isApproved = ({ body }: Reply): boolean => body['state'] === 'satisfied';
      approved.push(replies.filter(isApproved).length);
      for (const reply of replies) if (!isApproved(reply)) others.add(summary(reply));
      await racers.advance(30_000);
    }
    expect(approved).toEqual(Array.from({ length: 200 }, () => 1));
    // The session that won has a new id: what it posted under its old one came from nobody.
    const refusals = ['201 code_already_used', '401 code_already_used', '401 first_factor_required'];
    expect([...others].filter((other) => !refusals.includes(other))).toEqual([]);
  }, 240_000);

  it('one challenge has one winner, and one session comes of it', async () => {
    const { identity, secret } = await racers.enroll();
    const open = await sessions(identity, 1);
    const [{ url, cookie } = { url: '', cookie: '' }] = open;
    const created = await post(url, '/mfa/challenges', {}, cookie);
    const code = codeAt(secret, racers.now);
    const path = `/mfa/challenges/${String(created.body['sid'])}`;
    const everywhere = racers.urls.map((other) => ({ url: other, cookie }));
    const answers = (
      await storm(
        everywhere,
        path,
        Array.from({ length: 100 }, () => ({ code })),
      )
    ).map(summary);
    expect(answers.filter((answer) => answer === '200 approved')).toHaveLength(1);
    expect(answers.filter((answer) => !answer.startsWith('4'))).toHaveLength(1);
  });

  it('300 wrong codes at once from 60 logins are judged five times, whichever process they reach', async () => {
    const { identity, secret } = await racers.enroll();
    const open = await sessions(identity, 60);
    const code = wrongCodeAt(secret, racers.now);
    const answers = (
      await storm(
        open,
        '/login/code',
        Array.from({ length: 300 }, () => ({ code })),
      )
    ).map(summary);
    expect(answers.filter((answer) => answer === '401 incorrect_code')).toHaveLength(5);
    expect(answers.filter((answer) => answer === '429 locked')).toHaveLength(295);
  });

  it('with every wait waited out, 20 wrong codes are judged, then none', async () => {
    const { identity, secret } = await racers.enroll();
    const open = await sessions(identity, 60);
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

  it('an approval is used once: of 50 parallel requests one passes', async () => {
    const { identity, secret } = await racers.enroll();
    const [{ url, cookie: first } = { url: '', cookie: '' }] = await sessions(identity, 1);
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

function summary({ status, body }: Reply): string {
  return `${status.toString()} ${String(body['reason'] ?? body['code'] ?? body['status'])}`;
}
