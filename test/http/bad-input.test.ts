import type { Response } from 'supertest';
import { DOORS, openDoor, type Door } from '../support/doors.js';
import { verdictOf } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

const ROUTER_DOORS = DOORS.filter((door) => door.startsWith('POST'));

/** That what was sent wrote nothing; and that nothing was spent by it, for the right code is right after it. */
async function expectNothingSpent(door: Door, send: () => PromiseLike<Response>): Promise<Response> {
  let answer: Response | undefined;
  const asked = await door.made.store.during(async () => {
    answer = await send();
  });
  expect(asked.filter((verb) => verb !== 'load')).toEqual([]);
  expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
  if (answer === undefined) throw new Error('there was no answer');
  return answer;
}

const FULL_WIDTH = (code: string): string =>
  code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));

/** What stands in place of the right code, by name. */
const NO_CODES: Readonly<Record<string, (right: string) => unknown>> = {
  'an array': (right) => [right],
  'an array of its digits': (right) => right.split(''),
  'an object': (right) => ({ $ne: right }),
  'an object that prints as it': (right) => ({ toString: right }),
  'a number': (right) => Number(right),
  true: () => true,
  null: () => null,
  'an empty string': () => '',
  spaces: () => '      ',
  '2 digits': (right) => right.slice(0, 2),
  '5 digits': (right) => right.slice(0, 5),
  '7 digits': (right) => `${right}0`,
  '8 digits': (right) => `00${right}`,
  '9 digits': (right) => `000${right}`,
  '1,000 digits': () => '1'.repeat(1000),
  'the right one among 100 spaces': (right) => `${' '.repeat(100)}${right}`,
  'full-width digits': FULL_WIDTH,
  'arabic digits': (right) => right.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
  'a newline after it': (right) => `${right}\n`,
  'a NUL after it': (right) => `${right}\0`,
  'a zero-width space in it': (right) => `${right.slice(0, 3)}\u200b${right.slice(3)}`,
  'a plus before it': (right) => `+${right}`,
  'a hexadecimal one': (right) => `0x${right.slice(2)}`,
  letters: () => 'abcdef',
};

describe.each(DOORS)('%s', (name) => {
  it.each(Object.keys(NO_CODES))('%s is no code: 400, nothing written and nothing spent', async (input) => {
    const door = await openDoor(name);
    const typed = NO_CODES[input]?.(door.code());
    const answer = await expectNothingSpent(door, () => door.post().send({ code: typed }));
    expect(verdictOf(answer)).toEqual([400, 'malformed_code']);
  });

  it('a code given twice in a form is no code: 400, nothing written and nothing spent', async () => {
    const door = await openDoor(name);
    const form = `code=${door.code()}&code=${door.code()}`;
    const answer = await expectNothingSpent(door, () => door.post().type('form').send(form));
    expect(verdictOf(answer)).toEqual([400, 'malformed_code']);
  });

  it.each([
    ['spaces', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
    ['a hyphen', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ])('the right code with %s in it is right', async (_input, typed) => {
    const door = await openDoor(name);
    expect(door.isRight(await door.post().send({ code: typed(door.code()) }))).toBe(true);
  });

  it.each(['identity', 'verified', 'status', 'skip', 'bypass', 'trusted', 'aal', 'epoch', 'step', 'now', 'config'])(
    'a field "%s" beside a wrong code makes it no better',
    async (field) => {
      const door = await openDoor(name);
      const wrong = codeAt('A'.repeat(32), door.made.clock.now());
      const values: Readonly<Record<string, unknown>> = { identity: 'bob', status: 'approved', now: 0, aal: 2 };
      const answer = await door
        .post(`${door.path}?${field}=true`)
        .send({ code: wrong, [field]: values[field] ?? true });
      expect(answer.status).toBeLessThan(500);
      expect(door.isRight(answer)).toBe(false);
      expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
    },
  );

  it.each(['{"__proto__":{"code":"CODE"}}', '{"constructor":{"prototype":{"code":"CODE"}}}'])(
    '%s brings no code, and pollutes nothing',
    async (json) => {
      const door = await openDoor(name);
      const answer = await door.post().type('json').send(json.replace('CODE', door.code()));
      expect(answer.status).toBeLessThan(500);
      expect(door.isRight(answer)).toBe(false);
      expect({}).not.toHaveProperty('code');
      expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
    },
  );

  it.each([
    ['in the query', '?code=CODE', ''],
    ['in a field code[] of a form', '', 'code[]=CODE'],
    ['in a field code[$eq] of a form', '', 'code[$eq]=CODE'],
    ['in a field Code of a form', '', 'Code=CODE'],
  ])('a right code %s is not read: no code came, and it is still good', async (_where, query, form) => {
    const door = await openDoor(name);
    const [url, body] = [door.path + query, form].map((text) => text.replace('CODE', door.code()));
    const answer = await door.post(url).type('form').send(body);
    // Only a challenge can be made without a code.
    expect(answer.status).toBe({ 'POST /mfa/challenges': 201, "passport.authenticate('totp')": 401 }[name] ?? 400);
    expect(answer.body).not.toHaveProperty('reason');
    expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
  });

  it('a code of 10 kB is refused, and nothing is spent', async () => {
    const door = await openDoor(name);
    const answer = await expectNothingSpent(door, () => door.post().send({ code: '1'.repeat(10_000) }));
    expect(answer.status).toBe(name.startsWith('POST') ? 413 : 400);
  });
});

describe.each(ROUTER_DOORS)('%s', (name) => {
  describe.each([
    ['behind the host’s parsers', '/'],
    ['with no parser before it', '/login'],
  ])('%s', (_where, parsersAt) => {
    it.each([
      ['broken JSON', 'application/json', '{"code":'],
      ['a number with a leading zero', 'application/json', '{"code":012345}'],
      ['a JSON array', 'application/json', '["123456"]'],
      ['a JSON string', 'application/json', '"123456"'],
      ['JSON null', 'application/json', 'null'],
      ['plain text', 'text/plain', '{"code":"123456"}'],
      ['XML', 'application/xml', '<code>123456</code>'],
      ['a look-alike of JSON', 'application/json-patch+json', '{"code":"123456"}'],
      ['a multipart form', 'multipart/form-data; boundary=x', '--x\r\n\r\n123456\r\n--x--'],
      ['a compression that does not exist', 'application/json', '{"code":"123456"}', 'zip'],
    ])('a body that is %s: refused, nothing spent', async (_input, type, body, encoding = 'identity') => {
      const door = await openDoor(name, { parsersAt });
      const answer = await expectNothingSpent(door, () =>
        door.post().set({ 'Content-Type': type, 'Content-Encoding': encoding }).send(body),
      );
      // A parser of the host says 415 by itself where ours says 400.
      expect(answer.status).toBe(encoding === 'zip' && parsersAt === '/' ? 415 : 400);
    });

    it.each(['application/json', 'application/x-www-form-urlencoded'])(
      'a %s body of 17 kB: 413, nothing spent',
      async (type) => {
        const door = await openDoor(name, { parsersAt });
        const junk = 'x'.repeat(17_000);
        const body = type.endsWith('json')
          ? JSON.stringify({ code: door.code(), junk })
          : `code=${door.code()}&junk=${junk}`;
        const answer = await expectNothingSpent(door, () => door.post().type(type).send(body));
        expect(verdictOf(answer)).toEqual([413, 'payload_too_large']);
      },
    );
  });

  it('a body of 17 kB that does not say its length: 413, nothing spent', async () => {
    const door = await openDoor(name, { parsersAt: '/login' });
    const answer = await expectNothingSpent(door, () => {
      const chunked = door.post().set({ 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
      chunked.write(`{"code":"${door.code()}","junk":"`);
      chunked.write('x'.repeat(17_000));
      chunked.write('"}');
      return chunked;
    });
    expect(verdictOf(answer)).toEqual([413, 'payload_too_large']);
  });
});
