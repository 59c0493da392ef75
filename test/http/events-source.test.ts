import type { MfaEvent, Source } from '../../src/index.js';
import { guardedApp } from '../support/guarded-app.js';
import { agentOf, enroll, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

/** What the app itself takes for the address of a client; a test cannot know which loopback it is. */
const LOOPBACK = /^(::ffff:)?127\.0\.0\.1$|^::1$/;

type Headers = Readonly<Record<string, string>>;

function listeningApp(trustProxy?: unknown): HostApp & { readonly told: MfaEvent[] } {
  const made = guardedApp({}, { routes: (app, { mfa }) => void app.get('/required', mfa.require()) });
  if (trustProxy !== undefined) made.app.set('trust proxy', trustProxy);
  const told: MfaEvent[] = [];
  made.mfa.events.on('*', (event) => void told.push(event));
  return { ...made, told };
}

/** The sources of a refusal and of the events of a right code. */
async function sourcesOf(made: ReturnType<typeof listeningApp>, headers: Headers): Promise<readonly (Source | null)[]> {
  const { secret } = await enroll(made, 'ann');
  const client = agentOf(made.app).set(headers);
  await client.post('/login').send({ username: 'ann', password: 'secret' });
  made.told.length = 0;
  await client.get('/required').expect(401);
  await client
    .post('/vault')
    .send({ code: codeAt(secret, made.clock.now()) })
    .expect(200);
  expect(made.told.map(({ type }) => type)).toEqual(['request.refused', 'challenge.created', 'challenge.approved']);
  return made.told.map(({ source }) => source);
}

describe('the address of an event', () => {
  it.each<readonly [string, Headers]>([
    ['X-Forwarded-For', { 'X-Forwarded-For': '203.0.113.7' }],
    ['X-Real-IP', { 'X-Real-IP': '203.0.113.7' }],
    ['Forwarded', { Forwarded: 'for=203.0.113.7' }],
  ])('is that of the connection where no proxy is trusted, whatever %s says', async (_name, headers) => {
    const sources = await sourcesOf(listeningApp(), headers);
    expect(sources.map((source) => source?.address)).toEqual(sources.map(() => expect.stringMatching(LOOPBACK)));
  });

  it('is what a trusted proxy says', async () => {
    const sources = await sourcesOf(listeningApp('loopback'), { 'X-Forwarded-For': '203.0.113.7' });
    expect(sources.map((source) => source?.address)).toEqual(sources.map(() => '203.0.113.7'));
  });

  it.each<readonly [unknown, string, string]>([
    ['loopback', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    [1, '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    [['loopback', '203.0.113.7'], '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    ['10.0.0.0/8', '203.0.113.7', ''],
  ])('is no address that the client has put before it (trust proxy %j, %s)', async (trust, forwarded, address) => {
    const sources = await sourcesOf(listeningApp(trust), { 'X-Forwarded-For': forwarded });
    const expected: unknown = address === '' ? expect.stringMatching(LOOPBACK) : address;
    expect(sources.map((source) => source?.address)).toEqual(sources.map(() => expected));
  });
});

describe('the user agent of an event', () => {
  it('is what the request says, and no more than 120 characters of it', async () => {
    const made = listeningApp();
    const sources = await sourcesOf(made, { 'User-Agent': `Lynx/2.9.2 ${'x'.repeat(4000)}` });
    const userAgent = `Lynx/2.9.2 ${'x'.repeat(109)}`;
    expect(sources.map((source) => source?.userAgent)).toEqual(sources.map(() => userAgent));
  });

  it('is ASCII, whatever bytes came', async () => {
    const sources = await sourcesOf(listeningApp(), { 'User-Agent': 'F\u00edrefox\t1' });
    // Node sends the letter as one byte or as two.
    for (const source of sources) expect(source?.userAgent).toMatch(/^F\?{1,2}refox\?1$/);
  });

  it('is null where there is none', async () => {
    const sources = await sourcesOf(listeningApp(), {});
    expect(sources.map((source) => source?.userAgent)).toEqual(sources.map(() => null));
  });
});
