import { Redis } from 'ioredis';
import { RedisStore } from '../../src/redis.js';
import { guardedApp, nextCode, satisfied, type Enrolled } from '../support/guarded-app.js';
import { agentOf, logIn, type HostApp } from '../support/host-app.js';
import { startRedis, until, type RedisServer } from '../support/redis-server.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Client = Enrolled['client'];

describe('A50 an outage of Redis that takes the limit away', () => {
  let server: RedisServer;
  let client: Redis;
  let store: RedisStore;
  let quiet: jest.SpyInstance;

  beforeEach(async () => {
    // One for every refusal; what they say is tested elsewhere.
    quiet = jest.spyOn(process, 'emitWarning').mockImplementation();
    server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    client = new Redis(server.url, { lazyConnect: true });
    store = new RedisStore(client);
    await until(async () => isUp(), 'the store answers');
  });
  afterEach(async () => {
    await store.close();
    client.disconnect();
    await server.stop();
    quiet.mockRestore();
  });

  async function isUp(): Promise<boolean> {
    return store.load('entity:default:nobody', 0).then(
      () => true,
      () => false,
    );
  }

  /** Ann, satisfied, and ten logins of a guesser who knows her password. */
  async function scene(
    enrolled?: () => boolean,
  ): Promise<{ made: HostApp; ann: Enrolled; guessers: readonly Client[] }> {
    const made = guardedApp({ force: true }, { options: { store, ...(enrolled && { enrolled }) } });
    const ann = await satisfied(made);
    made.clock.advance(30_000);
    const guessers = Array.from({ length: 10 }, () => agentOf(made.app));
    for (const guesser of guessers) await logIn(guesser, 'ann');
    return { made, ann, guessers };
  }

  /** Every guesser tries two wrong codes and the right one in both ways; the statuses of the answers. */
  async function storm({ made, ann, guessers }: Awaited<ReturnType<typeof scene>>): Promise<readonly number[]> {
    const wrong = wrongCodeAt(ann.secret, made.clock.now());
    const right = codeAt(ann.secret, made.clock.now());
    const answers = guessers.flatMap((guesser) =>
      ['/mfa/challenges', '/vault'].flatMap((path) =>
        [wrong, wrong, right].map(async (code) => (await guesser.post(path).send({ code })).status),
      ),
    );
    return Promise.all(answers);
  }

  const ALL_DOWN = Array.from({ length: 60 }, () => 503);

  it.each(['dead', 'frozen'])(
    'while it is %s every code is 503, right or wrong, and nobody is let in, not even by an old grant',
    async (failure) => {
      const at = await scene();
      expect((await at.ann.client.get('/whoami')).body.state).toBe('satisfied');
      if (failure === 'dead') await server.kill();
      else server.pause();
      expect(await storm(at)).toEqual(ALL_DOWN);
      for (const visitor of [at.ann.client, ...at.guessers]) {
        const { body } = await visitor.get('/whoami');
        expect([body.user, body.isAuthenticated, body.state]).toEqual([null, false, 'unavailable']);
        expect((await visitor.get('/vault')).status).toBe(503);
      }
      if (failure === 'frozen') server.resume();
    },
    60_000,
  );

  it('guesses before, in and after an outage add up to the five that there are', async () => {
    const at = await scene();
    const guess = async (): Promise<unknown> => {
      const guesser = at.guessers[0] ?? at.ann.client;
      const { body } = await guesser
        .post('/mfa/challenges')
        .send({ code: wrongCodeAt(at.ann.secret, at.made.clock.now()) });
      return body.reason ?? body.code;
    };
    const judged = [await guess(), await guess(), await guess()];
    await server.kill();
    expect(await storm(at)).toEqual(ALL_DOWN);
    await server.restart();
    await until(isUp, 'the store answers again');
    judged.push(await guess(), await guess());
    expect(judged).toEqual(Array.from({ length: 5 }, () => 'incorrect_code'));
    expect(await guess()).toBe('locked');
  }, 60_000);

  it('a code that was used before a restart is refused after it; the next one is right within a minute and a half', async () => {
    const at = await scene();
    const used = codeAt(at.ann.secret, at.made.clock.now());
    await at.ann.client.post('/vault').send({ code: used });
    await server.restart();
    await until(isUp, 'the store answers again');
    const [thief = at.ann.client] = at.guessers;
    expect((await thief.post('/mfa/challenges').send({ code: used })).body.reason).toBe('code_already_used');
    at.made.clock.advance(60_000);
    const { body } = await thief.post('/mfa/challenges').send({ code: nextCode(at.made, at.ann) });
    expect(body.state).toBe('satisfied');
  }, 60_000);

  it('a Redis that comes back empty lets nobody in: what is lost is not absent', async () => {
    const at = await scene(() => true);
    const admin = new Redis(server.url);
    await admin.flushall();
    admin.disconnect();
    for (const visitor of [at.ann.client, ...at.guessers]) {
      const { body } = await visitor.get('/whoami');
      expect([body.user, body.isAuthenticated, body.state]).toEqual([null, false, 'unavailable']);
      expect((await visitor.post('/mfa/factors').send({})).status).toBe(503);
    }
    expect(await storm(at)).toEqual(ALL_DOWN);
  }, 60_000);
});
