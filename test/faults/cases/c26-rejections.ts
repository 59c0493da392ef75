import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { until } from '../../support/redis-server.js';
import type { Answer } from '../client.js';
import { faultCase } from '../fault-case.js';
import { requireFrozen } from '../freeze.js';
import { Ledger } from '../ledger.js';
import { writtenOut } from '../redis-state.js';
import { at } from '../stage.js';

const NODE_ARGS: Readonly<Record<string, readonly string[]>> = {
  'Express 5': [],
  'Express 4, Passport 0.6': ['--import', fileURLToPath(new URL('../../support/oldest-hosts.mjs', import.meta.url))],
};

const ROUTES = [
  ['GET', '/mfa'],
  ['GET', '/mfa/factors'],
  ['GET', '/mfa/factors/YF0'],
  ['GET', '/mfa/challenges'],
  ['GET', '/mfa/challenges/YC0'],
  ['GET', '/payroll'],
  ['POST', '/mfa/factors'],
  ['POST', '/mfa/factors/YF0'],
  ['POST', '/mfa/challenges'],
  ['POST', '/mfa/challenges/YC0'],
  ['POST', '/transfer'],
  ['POST', '/login'],
  ['POST', '/login/code'],
] as const;

export const c26 = faultCase({
  id: 'C26',
  claim:
    'A store that fails on every route leaves no request without an answer, no rejection without a handler, and no process dead',
  backends: Object.keys(NODE_ARGS),
  counts: { bounded: { rounds: 1 }, full: { rounds: 20 } },
  run: async ({ backend, counts, limit, stage }) => {
    const server = await stage.redis('--appendonly', 'yes');
    const racers = await stage.racers(at(server), { nodeArgs: NODE_ARGS[backend] ?? [] });
    const client = stage.client();
    const ledger = new Ledger();
    const { identity } = await racers.enroll();
    await writtenOut(stage.admin(server));
    const login = { username: identity, password: 'any' };
    const askEverything = async (): Promise<readonly Answer[]> => {
      const answers = await Promise.all(
        racers.urls.flatMap((url, index) =>
          ROUTES.map(([method, path]) =>
            method === 'GET'
              ? client.get(url, path, cookies[index])
              : client.post(url, path, { ...login, code: '000000' }, cookies[index]),
          ),
        ),
      );
      for (const answer of answers) ledger.note(answer);
      return answers;
    };
    let cookies: readonly string[] = [];
    for (let round = 0; round < counts.rounds; round += 1) {
      const logins = await Promise.all(racers.urls.map((url) => client.post(url, '/login', login)));
      cookies = logins.map(({ cookie }) => cookie);
      server.pause();
      const frozen = await askEverything();
      await requireFrozen(server);
      server.resume();
      await server.kill();
      const dead = await askEverything();
      assert.ok([...frozen, ...dead].some(({ status }) => status === 503));
      await server.restart();
      const [url = ''] = racers.urls;
      await until(async () => (await client.post(url, '/login', login)).status === 200, 'the store is back');
      await racers.advance(90_000);
    }
    // An unhandled rejection ends a process of Node.
    for (const { exitCode, signalCode } of racers.processes) assert.deepEqual([exitCode, signalCode], [null, null]);
    ledger.requireClean({ withinMs: limit(1_300) });
    return ledger.measured;
  },
});
