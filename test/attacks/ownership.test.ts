import type { Response } from 'supertest';
import { dumpOf } from '../support/dump.js';
import { everyRoute } from '../support/every-route.js';
import { challenged, guardedApp, type Enrolled } from '../support/guarded-app.js';
import { enroll, logInFully, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Client = Enrolled['client'];

const NO_CHALLENGE = `YC${'0'.repeat(32)}`;
const NO_FACTOR = `YF${'0'.repeat(32)}`;

/** The whole of an answer that is to be the same, whatever was asked. */
function whole({ status, text, headers }: Response): string {
  const { date: _date, etag: _etag, ...others } = headers as Record<string, string>;
  return JSON.stringify([status, text, others]);
}

describe('A25 a challenge or a factor of the attacker’s own, shown in a session of the victim', () => {
  interface Scene {
    readonly made: HostApp;
    /** In Ann's name, with her password and without her phone. */
    readonly victim: Client;
    readonly hers: Enrolled;
    readonly his: { readonly sid: string; readonly secret: string; readonly challenge: string };
    /** Where the store has their records. */
    readonly keys: { readonly hers: string; readonly his: string };
  }

  async function scene(): Promise<Scene> {
    const made = guardedApp();
    const hers = await challenged(made);
    const [her = ''] = Object.keys(await dumpOf(made.store));
    const { sid, secret } = await enroll(made, 'mallory');
    const him = Object.keys(await dumpOf(made.store)).find((key) => key !== her) ?? '';
    const mallory = await logInFully(made, 'mallory', { secret });
    const { body } = await mallory.post('/mfa/challenges').send({});
    return {
      made,
      victim: hers.client,
      hers,
      his: { sid, secret, challenge: body.sid },
      keys: { hers: her, his: him },
    };
  }

  async function expectUnproven({ victim }: Scene): Promise<void> {
    expect((await victim.get('/whoami')).body).toMatchObject({ user: null, state: 'challenge_required', aal: 1 });
  }

  it('his challenge with his right code: 404 as for a challenge that never was, and his code is unspent', async () => {
    const at = await scene();
    const code = codeAt(at.his.secret, at.made.clock.now());
    const answers = new Set<string>();
    for (const sid of [at.his.challenge, NO_CHALLENGE, 'YC0', at.his.sid, at.hers.sid, 'x'.repeat(500)]) {
      answers.add(whole(await at.victim.post(`/mfa/challenges/${sid}`).send({ code })));
      answers.add(whole(await at.victim.post(`/mfa/challenges/${sid}`).send({ status: 'denied' })));
      answers.add(whole(await at.victim.get(`/mfa/challenges/${sid}`)));
    }
    expect([...answers]).toEqual([expect.stringMatching(/^\[404,/)]);
    await expectUnproven(at);
    const mallory = await logInFully(at.made, 'mallory', at.his);
    expect((await mallory.get('/whoami')).body.state).toBe('satisfied');
  });

  it('his factor with his right code: 404 as for a factor that never was', async () => {
    const at = await scene();
    const code = codeAt(at.his.secret, at.made.clock.now());
    const answers = new Set<string>();
    for (const sid of [at.his.sid, NO_FACTOR, 'YF0', at.his.challenge, '__proto__', '*', '']) {
      answers.add(whole(await at.victim.post('/mfa/challenges').send({ factor_sid: sid, code })));
      answers.add(whole(await at.victim.post('/mfa/challenges').send({ factor_sid: sid })));
    }
    expect([...answers]).toEqual([expect.stringMatching(/^\[404,/)]);
    await expectUnproven(at);
  });

  it('his right code alone is a wrong one here', async () => {
    const at = await scene();
    const code = codeAt(at.his.secret, at.made.clock.now());
    expect((await at.victim.post('/mfa/challenges').send({ code })).body.reason).toBe('incorrect_code');
    expect((await at.victim.post('/vault').send({ code })).body.code).toBe('incorrect_code');
    await expectUnproven(at);
  });

  it.each([
    ['the key of his record', ({ keys }: Scene) => keys.his],
    ['a path to it', ({ his }: Scene) => `..%2f..%2fmallory%2f${his.challenge}`],
    ['a pattern', () => 'YC*'],
    ['a list', ({ his, hers }: Scene) => `${hers.sid},${his.challenge}`],
    ['his in capitals', ({ his }: Scene) => his.challenge.toUpperCase()],
    ['his with a space', ({ his }: Scene) => `${his.challenge}%20`],
    ['his with a NUL', ({ his }: Scene) => `${his.challenge}%00`],
  ])('%s in the place of the SID: 404', async (_what, of) => {
    const at = await scene();
    const code = codeAt(at.his.secret, at.made.clock.now());
    const answer = await at.victim.post(`/mfa/challenges/${of(at)}`).send({ code });
    expect(answer.status).toBe(404);
    await expectUnproven(at);
  });

  it('his document put in the place of hers opens to nobody: 503', async () => {
    const at = await scene();
    const records = await dumpOf(at.made.store);
    const document = records[at.keys.his]?.document ?? new Uint8Array();
    const replaces = records[at.keys.hers]?.version ?? null;
    await at.made.store.save(at.keys.hers, document, { version: 'a'.repeat(22), replaces });
    const code = codeAt(at.his.secret, at.made.clock.now());
    const answer = await at.victim.post('/mfa/challenges').send({ code });
    expect([answer.status, answer.body.code]).toEqual([503, 'record_unreadable']);
    expect((await at.victim.get('/whoami')).body.isAuthenticated).toBe(false);
  });
});

describe('A46 the victim’s name in the second step', () => {
  const CLAIM = { identity: 'ann', id: 'ann', user: 'ann', userId: 'ann', user_id: 'ann', username: 'ann', sub: 'ann' };

  it('every route answers for the session’s own user, whatever the body, the query and the headers say', async () => {
    const made = guardedApp();
    await enroll(made, 'ann');
    const his = await enroll(made, 'mallory');
    const client = await logInFully(made, 'mallory', his);
    const hers = JSON.stringify(await made.mfa.factors.list({ identity: 'ann' }));
    const query = new URLSearchParams(CLAIM).toString();
    const headers = { 'X-User': 'ann', 'X-Identity': 'ann', 'X-Forwarded-User': 'ann', 'Remote-User': 'ann' };
    const { challenge } = await made.mfa.challenges.create({ identity: 'mallory' });
    for (const { method, url } of everyRoute({ factor: his.sid, challenge: challenge.sid })) {
      for (const body of [CLAIM, { ...CLAIM, code: codeAt(his.secret, made.clock.now()) }]) {
        const request = method === 'GET' ? client.get(url) : method === 'POST' ? client.post(url) : client.delete(url);
        const answer = await request.query(query).set(headers).send(body);
        expect(answer.body.identity ?? 'mallory').toBe('mallory');
        expect(answer.text).not.toContain('ann"');
      }
    }
    expect(JSON.stringify(await made.mfa.factors.list({ identity: 'ann' }))).toBe(hers);
  });

  it('an enrollment in her name is one in his own', async () => {
    const made = guardedApp();
    const client = await logInFully(made, 'mallory', await enroll(made, 'mallory'));
    const { body } = await client.post('/mfa/factors?identity=ann').send({ ...CLAIM, friendly_name: 'Ann’s' });
    expect(body.identity).toBe('mallory');
    expect(body.binding.uri).toContain('Acme:mallory');
    expect((await made.mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
  });

  it('his right code in her name gives him his own session and nothing of hers', async () => {
    const made = guardedApp();
    await enroll(made, 'ann');
    const his = await challenged(made, 'mallory');
    const code = codeAt(his.secret, made.clock.now());
    const { body } = await his.client.post('/vault?identity=ann').send({ ...CLAIM, code });
    expect(body).toMatchObject({ user: { id: 'mallory' }, mfa: { user: { id: 'mallory' } } });
    expect((await his.client.get('/whoami')).body.user).toEqual({ id: 'mallory', username: 'mallory' });
  });
});
