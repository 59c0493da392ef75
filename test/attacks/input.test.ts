import type { Response } from 'supertest';
import { DOORS, openDoor, type Door } from '../support/doors.js';
import { challenged, guardedApp } from '../support/guarded-app.js';
import { agentOf, enroll, hostApp, logIn, logInFully } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

/** That an answer is a refusal of a request that is wrong, with nothing written. */
async function expectRefused(door: Door, send: () => PromiseLike<Response>): Promise<void> {
  let answer: Response | undefined;
  const asked = await door.made.store.during(async () => {
    answer = await send();
  });
  expect(answer?.status).toBe(400);
  expect(asked.filter((verb) => verb !== 'load')).toEqual([]);
}

/** That nothing was spent: the right code is right. */
async function expectUnspent(door: Door): Promise<void> {
  expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
}

describe.each(DOORS)('A37 a code of another length, at %s', (name) => {
  it('of 0 to 5 and of 7 to 32 digits, the right one’s parts and more of it: refused, at no cost', async () => {
    const door = await openDoor(name);
    for (let length = 0; length <= 32; length += 1) {
      if (length === 6) continue;
      const code = door.code();
      const stretched = length > 6 ? code.padStart(length, '0') : code.slice(0, length);
      for (const typed of [code.repeat(6).slice(0, length), stretched]) {
        await expectRefused(door, () => door.post().send({ code: typed }));
      }
    }
    await expectUnspent(door);
  });

  it('of a million digits: refused, at no cost', async () => {
    const door = await openDoor(name);
    const answer = await door.post().send({ code: door.code().repeat(166_667) });
    expect(answer.status).toBe(413);
    await expectUnspent(door);
  });
});

/** What body parsers make of what attackers write where a code is expected. CODE stands for the right one. */
const DISGUISES: readonly (readonly [string, string, string])[] = [
  ['a list', 'form', 'code[]=CODE'],
  ['a list of two', 'form', 'code=CODE&code=CODE'],
  ['a list by index', 'form', 'code[0]=CODE&code[1]=CODE'],
  ['an object of an operator', 'form', 'code[$ne]=x'],
  ['an object of another operator', 'form', 'code[$gt]='],
  ['an object with a length', 'form', 'code[length]=6&code[0]=1'],
  ['a prototype in a form', 'form', '__proto__[code]=CODE'],
  ['a constructor in a form', 'form', 'constructor[prototype][code]=CODE'],
  ['an array', 'json', '{"code":["CODE"]}'],
  ['an array of its digits', 'json', '{"code":["1","2","3","4","5","6"]}'],
  ['an object', 'json', '{"code":{"$ne":"x"}}'],
  ['an object that says how it prints', 'json', '{"code":{"toString":"CODE","length":6}}'],
  ['true', 'json', '{"code":true}'],
  ['null', 'json', '{"code":null}'],
  ['a number', 'json', '{"code":CODE}'],
  ['a number in an exponent', 'json', '{"code":1e5}'],
  ['a prototype', 'json', '{"__proto__":{"code":"CODE"}}'],
  ['an array of codes at the top', 'json', '[{"code":"CODE"}]'],
  ['a text at the top', 'json', '"CODE"'],
  ['deep nesting', 'json', `{"code":${'['.repeat(60)}"CODE"${']'.repeat(60)}}`],
];

describe.each(DOORS)('A38 a code in disguise, at %s', (name) => {
  it.each(DISGUISES)('%s: never approved, no failure of ours, nothing spent', async (_what, type, body) => {
    const door = await openDoor(name);
    for (const extended of ['', '; charset=utf-8']) {
      const request = door.post().set('Content-Type', `${MEDIA_TYPES[type] ?? ''}${extended}`);
      const answer = await request.send(body.replaceAll('CODE', door.code()));
      expect(door.isRight(answer)).toBe(false);
      expect(answer.status).toBeLessThan(500);
    }
    expect({}).not.toHaveProperty('code');
    await expectUnspent(door);
  });

  it('the right code in the address: never read, so that it is not worth a log’s reading', async () => {
    const door = await openDoor(name);
    for (const query of [`?code=${door.code()}`, `?code[]=${door.code()}`, `?body[code]=${door.code()}`]) {
      for (const body of [{}, { other: 'field' }]) {
        const answer = await door.post(door.path + query).send(body);
        expect(door.isRight(answer)).toBe(false);
        expect(answer.status).toBeLessThan(500);
      }
    }
    await expectUnspent(door);
  });
});

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  form: 'application/x-www-form-urlencoded',
  json: 'application/json',
};

describe('A39 names that every object has, and prototypes', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'];

  it.each(NAMES)('a user named %s has a record of his own, and nobody else’s', async (name) => {
    const made = hostApp();
    const others = NAMES.filter((other) => other !== name);
    const { secret } = await enroll(made, name);
    const client = await logInFully(made, name, { secret });
    expect((await client.get('/whoami')).body).toMatchObject({ user: { id: name }, state: 'satisfied' });
    for (const other of [...others, 'ann']) {
      const stranger = agentOf(made.app);
      await logIn(stranger, other);
      expect((await stranger.get('/whoami')).body.state).toBe('not_required');
    }
  });

  it.each(['/mfa/challenges', '/mfa/factors', '/vault', '/login'])(
    'what is posted to %s puts nothing into other objects',
    async (path) => {
      const made = guardedApp();
      const { client, secret } = await challenged(made);
      const code = codeAt(secret, made.clock.now());
      for (const json of [
        '{"__proto__":{"polluted":"CODE","code":"CODE","status":"approved"}}',
        '{"constructor":{"prototype":{"polluted":"CODE"}}}',
        '{"friendly_name":"x","__proto__":{"polluted":1}}',
        '{"factor_sid":"__proto__","code":"CODE"}',
      ]) {
        await client.post(path).type('json').send(json.replaceAll('CODE', code));
        await client.post(`${path}?__proto__[polluted]=1&constructor[prototype][polluted]=1`).send({});
      }
      expect({}).not.toHaveProperty('polluted');
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(Object.keys(Array.prototype)).toEqual([]);
    },
  );
});

describe('A44 no code at all', () => {
  const EMPTY: readonly (readonly [string, string, string])[] = [
    ['nothing', '', ''],
    ['nothing as JSON', 'application/json', ''],
    ['nothing as a form', 'application/x-www-form-urlencoded', ''],
    ['an empty object', 'application/json', '{}'],
    ['an empty array', 'application/json', '[]'],
    ['null', 'application/json', 'null'],
    ['an empty code', 'application/json', '{"code":""}'],
    ['an empty code in a form', 'application/x-www-form-urlencoded', 'code='],
    ['a code of null', 'application/json', '{"code":null}'],
    ['a text', 'text/plain', ''],
  ];

  describe.each(DOORS)('%s', (name) => {
    it.each(EMPTY)('%s: never approved, at no cost', async (_what, type, body) => {
      const door = await openDoor(name);
      const request = door.post();
      const answer = await (type === '' ? request : request.set('Content-Type', type)).send(body);
      expect(door.isRight(answer)).toBe(false);
      expect(answer.body.state ?? 'challenge_required').not.toBe('satisfied');
      // A challenge may be made without a code; the strategy says that one is needed.
      const isMandatory = name.endsWith(':sid');
      const expected = isMandatory ? [400] : [201, 400, 401];
      expect(expected).toContain(answer.status);
      await expectUnspent(door);
    });
  });
});
