import { connect, type AddressInfo } from 'node:net';
import { cookiesOf } from '../support/cookies.js';
import { challenged, guardedApp } from '../support/guarded-app.js';
import { agentOf, logIn, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { serving } from '../support/serving.js';

interface Target {
  readonly made: HostApp;
  readonly secret: string;
}

describe('A18 the memory of failures flooded, or its process brought down', () => {
  /** Ann, waiting after five wrong codes. */
  async function locked(): Promise<Target> {
    const made = guardedApp();
    const { client, secret } = await challenged(made);
    const code = wrongCodeAt(secret, made.clock.now());
    for (let guesses = 0; guesses < 5; guesses += 1) await client.post('/mfa/challenges').send({ code });
    return { made, secret };
  }

  async function expectLocked(at: Target): Promise<void> {
    const client = agentOf(at.made.app);
    await logIn(client, 'ann');
    const code = codeAt(at.secret, at.made.clock.now());
    expect(verdictOf(await client.post('/mfa/challenges').send({ code }))).toEqual([429, 'locked']);
  }

  it('100,000 identities: the full store refuses newcomers, and forgets no failure', async () => {
    const at = await locked();
    // Ann's is one of the 100,000 records that have room; the newcomers' are the last ten.
    const documents = Array.from({ length: 99_989 }, async (_, i) => {
      const version = i.toString().padStart(22, '0');
      await at.made.store.save(`entity:default:${version}`, new Uint8Array(400), { version, replaces: null });
    });
    await Promise.all(documents);
    const answers: unknown[] = [];
    for (let newcomer = 0; newcomer < 20; newcomer += 1) {
      const client = agentOf(at.made.app);
      await logIn(client, `newcomer-${newcomer.toString()}`);
      answers.push((await client.post('/mfa/factors').send({})).status);
    }
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 201), ...Array.from({ length: 10 }, () => 503)]);
    await expectLocked(at);
  }, 60_000);

  it('1,000 malformed requests and broken connections: the process lives, and forgets no failure', async () => {
    const at = await locked();
    const failures: unknown[] = [];
    const note = (failure: unknown): void => {
      failures.push(failure);
    };
    process.on('uncaughtException', note).on('unhandledRejection', note);
    await serving(at.made.app, async (server) => {
      const { port } = server.address() as AddressInfo;
      const cookie = cookiesOf(await logIn(agentOf(at.made.app), 'ann'));
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(GARBAGE.map(async (bytes) => sendRaw(port, bytes.replaceAll('COOKIE', cookie))));
      }
    });
    process.off('uncaughtException', note).off('unhandledRejection', note);
    expect(failures).toEqual([]);
    await expectLocked(at);
  }, 60_000);
});

/** Requests that are none, or end before their time. */
const GARBAGE: readonly string[] = [
  '\0\x01\x02',
  'GET',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /mfa/%ff HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\n\r\n',
  'GET /mfa/factors/%e0%a4%a HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\n\r\n',
  'GET //[::1/mfa HTTP/1.1\r\nHost: [\r\nCookie: COOKIE\r\n\r\n',
  'GET /mfa?page[__proto__]=1&page=%ff HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\n\r\n',
  `GET /${'a'.repeat(7000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ...[
    ['application/json', '{"code":'],
    ['application/json', '{"code":"123'],
    ['application/json', '['.repeat(2000)],
    ['application/json', '{"__proto__":{"code":"123456"},"code":{"length":1e9}}'],
    ['application/json', '"\\ud800"'],
    ['application/json; charset=nonsense', '{"code":"123456"}'],
    ['application/x-www-form-urlencoded', 'code=%ff%fe&code[a][b][c]=%'],
    ['application/x-www-form-urlencoded; charset=utf-7', 'code=1'],
    ['multipart/form-data', '--'],
    ['', '{}'],
  ].flatMap(([type = '', body = '']) =>
    ['/mfa/challenges', '/mfa/factors/YF0', '/vault', '/login'].map(
      (path) =>
        `POST ${path} HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\nContent-Type: ${type}\r\nContent-Length: ${(body.length + (path.length % 2)).toString()}\r\n\r\n${body}`,
    ),
  ),
  'POST /mfa/challenges HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n{}',
  'POST /vault HTTP/1.1\r\nHost: a\r\nCookie: COOKIE\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00',
];

/** Writes bytes to a port and waits until the connection is over, or an answer came. */
async function sendRaw(port: number, bytes: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.on('data', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}
