import { inspect } from 'node:util';
import { MemoryStore as MemorySessions } from 'express-session';
import request, { type Response } from 'supertest';
import { formsOf, leaksIn } from '../support/canary.js';
import { dumpOf } from '../support/dump.js';
import { everyRoute } from '../support/every-route.js';
import { guardedApp, nextCode } from '../support/guarded-app.js';
import { agentOf, browserOf, enroll, logIn, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

describe('A35 an answer or its time that tells whether a user or a factor exists', () => {
  /** Records in every state, and users without one. */
  async function states(): Promise<{ made: HostApp; requests: readonly (readonly [string, string, object])[] }> {
    const made = guardedApp();
    const requests: [string, string, object][] = [];
    for (const state of ['open', 'locked', 'disabled', 'unverified', 'none']) {
      let sid = `YF${'0'.repeat(32)}`;
      let challenge = `YC${'0'.repeat(32)}`;
      let secret = 'A'.repeat(32);
      if (state === 'unverified') {
        const created = await made.mfa.factors.create({ identity: state });
        ({ sid } = created.factor);
        ({ secret } = created.binding);
      } else if (state !== 'none') {
        ({ sid, secret } = await enroll(made, state));
        challenge = (await made.mfa.challenges.create({ identity: state })).challenge.sid;
        for (let guesses = 0; guesses < (state === 'disabled' ? 20 : state === 'locked' ? 5 : 0); guesses += 1) {
          if (state === 'disabled') made.clock.advance(60 * 60_000);
          const code = wrongCodeAt(secret, made.clock.now());
          await made.mfa.challenges.create({ identity: state, code });
        }
      }
      for (const code of [codeAt(secret, made.clock.now()), wrongCodeAt(secret, made.clock.now())]) {
        const claim = { code, identity: state, username: state, factor_sid: sid };
        const urls = [...everyRoute({ factor: sid, challenge }), { method: 'POST' as const, url: '/vault' }];
        for (const { method, url } of urls) requests.push([method, `${url}?identity=${state}`, claim]);
      }
    }
    return { made, requests };
  }

  it('to nobody everything is the same 401, and no record is looked at, so that time can tell nothing', async () => {
    const { made, requests } = await states();
    const routes = new Set<string>();
    const strategy = new Set<string>();
    const asked = await made.store.during(async () => {
      for (const [method, url, claim] of requests) {
        const verb = method.toLowerCase() as 'get' | 'post' | 'delete';
        const answer = await request(made.app)[verb](url).set('Accept', 'application/json').send(claim);
        (url.startsWith('/vault') ? strategy : routes).add(whole(answer));
      }
    });
    expect([...routes]).toEqual([expect.stringMatching(/^\[401,.*first_factor_required/)]);
    expect([...strategy]).toEqual([expect.stringMatching(/^\[401,.*first_factor_required/)]);
    expect(asked).toEqual([]);
  }, 60_000);

  it('to another user everything of theirs is the same 404 as what never was', async () => {
    const { made, requests } = await states();
    await enroll(made, 'mallory');
    const mallory = agentOf(made.app);
    await logIn(mallory, 'mallory');
    const answers = new Set<string>();
    for (const [method, url, claim] of requests) {
      if (!/\/(YF|YC)/.test(url)) continue;
      const { code } = claim as { readonly code: string };
      const send = method === 'GET' ? mallory.get(url) : method === 'POST' ? mallory.post(url) : mallory.delete(url);
      answers.add(whole(await send.send(method === 'POST' ? { code } : {})));
    }
    expect([...answers]).toEqual([expect.stringMatching(/^\[404,.*not_found/)]);
  }, 60_000);
});

/** Everything of an answer but when it was given. */
function whole({ status, text, headers }: Response): string {
  const { date: _date, ...others } = headers as Record<string, string>;
  return JSON.stringify([status, text, others]);
}

describe('A36 a secret or a code that is written somewhere', () => {
  /** Notes all that a process says: what it prints, and what it warns of. */
  function listen(): { readonly said: () => string; readonly stop: () => void } {
    const said: string[] = [];
    const note = (...args: unknown[]): boolean => {
      said.push(args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, { depth: 20 }))).join(' '));
      return true;
    };
    const spies = [
      jest.spyOn(process.stdout, 'write').mockImplementation(note),
      jest.spyOn(process.stderr, 'write').mockImplementation(note),
      jest.spyOn(process, 'emitWarning').mockImplementation(note),
      ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((level) =>
        jest.spyOn(console, level).mockImplementation(note),
      ),
    ];
    return {
      said: () => said.join('\n'),
      stop: () => {
        for (const spy of spies) spy.mockRestore();
      },
    };
  }

  it('the secret is in the answer that creates it, with no-store, and codes and secrets are nowhere else', async () => {
    const sessions = new MemorySessions();
    const errors: unknown[] = [];
    const made = guardedApp(
      {},
      {
        sessions: { store: sessions },
        routes: (app, { mfa }) => {
          app.post('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => {
            res.json({});
          });
        },
      },
    );
    const written: Record<string, string> = {};
    const events: unknown[] = [];
    made.mfa.events.on('*', (event) => {
      events.push(event);
    });
    const process = listen();
    try {
      const client = agentOf(made.app);
      const browser = browserOf(made.app);
      await logIn(client, 'ann');
      const created = await client.post('/mfa/factors').send({});
      expect(created.headers['cache-control']).toBe('no-store');
      const { secret, uri } = created.body.binding;
      expect(uri).toContain(secret);
      const codes: string[] = [];
      const right = (): string => {
        const code = nextCode(made, { secret });
        codes.push(code);
        return code;
      };
      const wrong = (): string => {
        const code = wrongCodeAt(secret, made.clock.now());
        codes.push(code);
        return code;
      };
      const answers: Response[] = [];
      const visit = async (send: PromiseLike<Response>): Promise<Response> => {
        const answer = await send;
        answers.push(answer);
        return answer;
      };

      await visit(client.post(created.body.url).send({ code: wrong() }));
      await visit(client.post(created.body.url).send({ code: right() }));
      await visit(client.post(created.body.url).send({ code: right() }));
      await visit(client.post('/mfa/challenges').send({ code: wrong() }));
      const used = right();
      for (let time = 0; time < 2; time += 1) await visit(client.post('/mfa/challenges').send({ code: used }));
      await visit(client.post('/vault').send({ code: right() }));
      await visit(client.post('/transfer').send({}));
      const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
      for (const { method, url } of everyRoute({ factor: created.body.sid, challenge: challenge.sid })) {
        if (method === 'GET') {
          await visit(client.get(url));
          await visit(client.get(url).set('Accept', 'text/html').redirects(0));
        } else if (method === 'POST') {
          await visit(client.post(url).send({ code: right(), friendly_name: 'Phone' }));
          await visit(client.post(url).send({ code: `${wrong()}0` }));
        }
      }
      await visit(browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0));
      await visit(browser.post('/mfa/challenges').type('form').send({ code: wrong() }).redirects(0));
      await visit(browser.get('/mfa/challenges'));
      await visit(browser.post('/mfa/challenges').type('form').send({ code: right() }).redirects(0));
      for (const page of ['', '/factors', '/challenges']) await visit(browser.get(`/mfa${page}`));
      made.store.before = async () => Promise.reject(new Error('the store is gone'));
      await visit(client.post('/mfa/challenges').send({ code: right() }));
      await visit(client.post('/vault').send({ code: right() }));
      made.store.before = null;
      for (const attempt of [
        made.mfa.factors.import({ identity: 'ann', secret }),
        made.mfa.factors.create({ identity: 'ann', secret }),
        made.mfa.challenges.answer({ identity: 'ann', sid: 'YC0', code: right() }),
        made.mfa.challenges.create({ identity: 'ann', code: [right()] }),
      ]) {
        errors.push(await attempt.catch((error: unknown) => error));
      }

      answers.forEach((answer, i) => {
        written[`answer ${i.toString()}`] = JSON.stringify(answer.headers) + answer.text;
      });
      written['the events'] = inspect(events, { depth: 20 }) + JSON.stringify(events);
      written['the errors'] = inspect(errors, { depth: 20, showHidden: true }) + JSON.stringify(errors);
      written['the sessions'] = JSON.stringify(sessions);
      written['the mfa object'] = inspect(made.mfa, { depth: 20, showHidden: true });
      for (const [key, found] of Object.entries(await dumpOf(made.store))) {
        written['the store'] = key + Buffer.from(found?.document ?? []).toString('latin1');
      }
      written['the process'] = process.said();
      expect(leaksIn(written, { secrets: [secret], codes })).toEqual([]);
      expect(written['the process']).toContain('store_unavailable');
      expect(written['the sessions']).toContain('otp,mfa');
      // The net has no holes: of a planted secret and code every form is found.
      const planted = { log: formsOf(secret).join('\n') + ` ${used} ` };
      expect(leaksIn(planted, { secrets: [secret], codes: [used] })).toHaveLength(formsOf(secret).length + 1);
      expect(written['the sessions']).not.toMatch(/password|\bsecret\b/);
    } finally {
      process.stop();
    }
  });

  it('once it is proved, no page shows it again, not even to the session that made it', async () => {
    const made = guardedApp();
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
    await browser.post('/mfa/factors').redirects(0);
    const shown = (await browser.get('/mfa/factors')).text;
    const secret = /[A-Z2-7]{32}/.exec(shown.replaceAll(' ', ''))?.[0] ?? '';
    expect(secret).not.toBe('');
    const other = browserOf(made.app);
    await other.post('/login').type('form').send({ username: 'ann', password: 'secret' }).redirects(0);
    const [factor] = (await made.mfa.factors.list({ identity: 'ann' })).items;
    const pages = [await other.get('/mfa/factors'), await other.get(`/mfa/factors/${factor?.sid ?? ''}`)];
    const url = `/mfa/factors/${factor?.sid ?? ''}`;
    await browser
      .post(url)
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) })
      .redirects(0);
    for (const page of ['', '/factors', '/challenges']) pages.push(await browser.get(`/mfa${page}`));
    const written = Object.fromEntries(pages.map(({ text }, i) => [`page ${i.toString()}`, text.replaceAll(' ', '')]));
    expect(leaksIn(written, { secrets: [secret], codes: [] })).toEqual([]);
    expect((await browser.get('/whoami').set('Accept', 'application/json')).body.state).toBe('satisfied');
  });
});
