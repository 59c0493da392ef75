import { DOORS, openDoor } from '../support/doors.js';
import { challenged, guardedApp, type Enrolled } from '../support/guarded-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe.each(DOORS)('A40 a time that the client names, at %s', (name) => {
  it.each([-3_600_000, -120_000, 120_000, 3_600_000])(
    'a code of %i ms from now is not made right by a Date, a timestamp, a step or a config',
    async (offset) => {
      const door = await openDoor(name);
      const then = door.made.clock.now() + offset;
      const code = codeAt(door.secret, then);
      const seconds = Math.floor(then / 1000);
      const claim = {
        code,
        timestamp: seconds,
        epoch: seconds,
        now: then,
        time: then,
        step: Math.floor(seconds / 30),
        counter: Math.floor(seconds / 30),
        skew: 1000,
        window: 1000,
        config: { skew: 2, time_step: 60, alg: 'sha512', code_length: 3 },
        date: new Date(then).toUTCString(),
      };
      const headers = { Date: new Date(then).toUTCString(), 'X-Timestamp': seconds.toString() };
      const answer = await door.post(`${door.path}?now=${then.toString()}`).set(headers).send(claim);
      expect(door.isRight(answer)).toBe(false);
      expect(answer.status).toBeLessThan(500);
      expect(door.isRight(await door.post().send({ code: door.code() }))).toBe(true);
    },
  );
});

describe('A45 a flag or a header that says that the second factor is done', () => {
  const FLAGS: Readonly<Record<string, unknown>> = {
    verified: true,
    status: 'approved',
    state: 'satisfied',
    skip: true,
    skip_mfa: 1,
    bypass: true,
    bypass_otp: '1',
    trusted: true,
    remember: true,
    aal: 2,
    acr: 'aal2',
    amr: ['otp', 'mfa'],
    mfa: { grant: { amr: ['otp'] } },
    grant: {},
    policy: 'off',
    secondFactor: false,
    impersonated: true,
    is_admin: true,
    session: false,
    force: false,
    maxAge: '24h',
    ifEnrolled: true,
  };
  const HEADERS = Object.fromEntries(
    [
      'X-MFA-Verified',
      'X-OTP-Bypass',
      'X-Skip-OTP',
      'X-Trusted-Device',
      'X-Authenticated-AAL',
      'X-Auth-Request-Amr',
      'X-Forwarded-User',
      'X-Original-URL',
      'X-Internal',
    ].map((header) => [header, 'true']),
  );

  async function expectNoEffect({ client }: Enrolled): Promise<void> {
    expect((await client.get('/whoami?aal=2').set(HEADERS)).body).toMatchObject({
      user: null,
      isAuthenticated: false,
      state: 'challenge_required',
      aal: 1,
      amr: [],
    });
    expect((await client.get('/vault?aal=2&bypass=1').set(HEADERS)).status).toBe(401);
  }

  it.each(Object.keys(FLAGS))('%s in the body, the query, a header and a cookie has no effect', async (flag) => {
    const made = guardedApp();
    const ann = await challenged(made);
    const wrong = wrongCodeAt(ann.secret, made.clock.now());
    const query = `?${flag}=${encodeURIComponent(String(FLAGS[flag]))}`;
    for (const path of ['/mfa/challenges', '/vault', '/login']) {
      for (const rest of [{}, { code: wrong }, { username: 'ann', password: 'secret' }]) {
        const headers = { ...HEADERS, [`X-${flag.replaceAll('_', '-')}`]: 'true' };
        const answer = await ann.client
          .post(path + query)
          .set(headers)
          .send({ ...rest, [flag]: FLAGS[flag] });
        expect(answer.status).toBeLessThan(500);
        expect(answer.body.state).not.toBe('satisfied');
        await expectNoEffect(ann);
      }
    }
  });
});
