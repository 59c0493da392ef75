import type { Response } from 'supertest';
import { challenged, guardedApp, type Enrolled } from '../support/guarded-app.js';
import { agentOf, logIn, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Client = Enrolled['client'];

/** Both ways to show a code for a login. */
const WAYS = ['/mfa/challenges', '/vault'] as const;

/** A stranger who knows the password, and has seen a code. */
async function thiefOf(made: HostApp): Promise<Client> {
  const thief = agentOf(made.app);
  await logIn(thief, 'ann');
  return thief;
}

/** Ann's first use of her code. */
async function approve({ client }: Enrolled, code: string): Promise<void> {
  const { body } = await client.post('/mfa/challenges').send({ code });
  if (body.state !== 'satisfied') throw new Error('the code was not accepted');
}

function reasonOf({ body }: Response): unknown {
  return body.reason ?? body.code;
}

async function expectNoSecondFactor(client: Client): Promise<void> {
  const { body } = await client.get('/whoami');
  expect([body.isAuthenticated, body.state, body.aal]).toEqual([false, 'challenge_required', 1]);
  expect((await client.get('/vault')).status).toBe(401);
}

describe.each(WAYS)('A01 the same code again in its window, at %s', (way) => {
  it('is refused, and the second session stays without a second factor', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await approve(ann, code);
    const thief = await thiefOf(made);
    expect(reasonOf(await thief.post(way).send({ code }))).toBe('code_already_used');
    await expectNoSecondFactor(thief);
  });

  it('is refused to the session that used it, too: it buys no fresher grant', async () => {
    const made = guardedApp({ maxAge: '10s' });
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await approve(ann, code);
    made.clock.advance(11_000);
    expect(reasonOf(await ann.client.post(way).send({ code }))).toBe('code_already_used');
    expect((await ann.client.get('/vault')).body.code).toBe('step_up_required');
  });

  it('is refused where it was the one that verified the enrollment', async () => {
    const made = guardedApp();
    const ann = agentOf(made.app);
    await logIn(ann, 'ann');
    const { body } = await ann.post('/mfa/factors').send({});
    const code = codeAt(body.binding.secret, made.clock.now());
    expect((await ann.post(body.url).send({ code })).body.status).toBe('verified');
    const thief = await thiefOf(made);
    expect(reasonOf(await thief.post(way).send({ code }))).toBe('code_already_used');
    await expectNoSecondFactor(thief);
  });
});

describe.each(WAYS)('A02 the same code in the next interval, which the accepted window reaches, at %s', (way) => {
  // Ann's phone is a step ahead: her code is good for 90 seconds from its first acceptance on.
  it.each([0, 24, 31, 54, 59, 84, 89, 119])('after %i seconds it is refused', async (seconds) => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now() + 30_000);
    await approve(ann, code);
    made.clock.advance(seconds * 1000);
    const thief = await thiefOf(made);
    const answer = await thief.post(way).send({ code });
    expect(['code_already_used', 'clock_drift']).toContain(reasonOf(answer));
    await expectNoSecondFactor(thief);
  });
});

describe('A06 a used code in another spelling', () => {
  const fullWidth = (code: string): string =>
    code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  const SPELLINGS: Readonly<Record<string, (code: string) => string>> = {
    'a space before it': (code) => ` ${code}`,
    'a space after it': (code) => `${code} `,
    'a space in it': (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
    'spaces between its digits': (code) => code.split('').join(' '),
    'a hyphen in it': (code) => `${code.slice(0, 3)}-${code.slice(3)}`,
    'a newline after it': (code) => `${code}\n`,
    'a carriage return after it': (code) => `${code}\r\n`,
    'a tab before it': (code) => `\t${code}`,
    'a NUL after it': (code) => `${code}\0`,
    'a no-break space after it': (code) => `${code}\u00a0`,
    'a byte order mark before it': (code) => `\ufeff${code}`,
    'a zero-width space before it': (code) => `\u200b${code}`,
    'full-width digits': fullWidth,
    'a zero before it': (code) => `0${code}`,
  };

  it.each(Object.keys(SPELLINGS))('%s: never approved, never a failure of ours', async (spelling) => {
    const made = guardedApp();
    const ann = await challenged(made);
    const code = codeAt(ann.secret, made.clock.now());
    await approve(ann, code);
    const thief = await thiefOf(made);
    const respelt = SPELLINGS[spelling]?.(code);
    for (const way of WAYS) {
      for (const type of ['json', 'form']) {
        const answer = await thief.post(way).type(type).send({ code: respelt });
        expect(answer.status).toBeLessThan(500);
        expect(['code_already_used', 'malformed_code']).toContain(reasonOf(answer));
      }
    }
    await expectNoSecondFactor(thief);
  });
});

describe('A09 a newer and an older code in turns', () => {
  it('the older one is refused once the newer was used, and then the newer one again, for ever', async () => {
    const made = guardedApp();
    const ann = await challenged(made);
    const [older, newer] = [0, 30_000].map((ms) => codeAt(ann.secret, made.clock.now() + ms));
    await approve(ann, newer ?? '');
    const thief = await thiefOf(made);
    for (const code of [older, newer, older, newer]) {
      expect(reasonOf(await thief.post('/mfa/challenges').send({ code }))).toBe('code_already_used');
    }
    await expectNoSecondFactor(thief);
  });
});
