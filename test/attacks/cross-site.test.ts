import type { Response } from 'supertest';
import { headersOf, HOST, LISTED, REQUESTS, type Headers } from '../support/cross-site-requests.js';
import { dumpOf } from '../support/dump.js';
import { everyRoute, type KnownRoute } from '../support/every-route.js';
import { guardedApp, nextCode, satisfied, type Enrolled } from '../support/guarded-app.js';
import type { HostApp } from '../support/host-app.js';

interface Scene {
  readonly made: HostApp;
  readonly ann: Enrolled;
  readonly routes: readonly KnownRoute[];
}

/** Ann, with a fresh second factor and a pending challenge: her cookie may do everything. */
async function scene(): Promise<Scene> {
  const made = guardedApp({ force: true }, { options: { origins: [LISTED] } });
  const ann = await satisfied(made);
  const { challenge } = await made.mfa.challenges.create({ identity: 'ann' });
  return { made, ann, routes: everyRoute({ factor: ann.sid, challenge: challenge.sid }) };
}

/** Bodies of which one does something at every route that takes one. */
function bodiesOf({ made, ann }: Scene): readonly Readonly<Record<string, string>>[] {
  return [{ code: nextCode(made, ann) }, { friendly_name: 'Mallory’s' }, { status: 'denied' }, {}];
}

/** A page of another site has Ann's browser send this: as a script's JSON, and as a form. */
async function forge(
  { ann: { client } }: Scene,
  { method, url }: { readonly method: string; readonly url: string },
  body: object,
  headers: Headers,
): Promise<readonly Response[]> {
  const send = (): ReturnType<typeof client.post> => (method === 'DELETE' ? client.delete(url) : client.post(url));
  const asForm = send().set(headers).set('Accept', 'text/html').type('form');
  return [await send().set(headers).send(body), await asForm.send(body).redirects(0)];
}

describe('A26 a page of another site that uses the victim’s cookie', () => {
  const refused = REQUESTS.filter(([, , passes]) => !passes);

  it.each(refused)('%s: no route that changes something does, and the strategy reads no code', async (_what, sent) => {
    const at = await scene();
    const before = await dumpOf(at.made.store);
    for (const target of at.routes.filter(({ method }) => method !== 'GET')) {
      for (const body of bodiesOf(at)) {
        const [script, form] = await forge(at, target, body, headersOf(sent));
        expect([target, script?.status, script?.body.code]).toEqual([target, 403, 'cross_site']);
        expect([target, form?.status]).toEqual([target, 403]);
      }
    }
    const target = { method: 'POST', url: '/vault' };
    for (const { status } of await forge(at, target, { code: nextCode(at.made, at.ann) }, headersOf(sent))) {
      expect(status).toBe(403);
    }
    expect(await dumpOf(at.made.store)).toEqual(before);
  });

  it.each(refused)('%s: uses no approval, and asks for none', async (_what, sent) => {
    const made = guardedApp(
      {},
      {
        options: { origins: [LISTED] },
        routes: (app, { mfa }) => {
          app.all('/transfer', mfa.require({ purpose: 'transfer' }), (_req, res) => void res.json({}));
        },
      },
    );
    const ann = await satisfied(made);
    const transfer = (headers: Headers): ReturnType<typeof ann.client.post> =>
      ann.client.post('/transfer').set(headers);
    const own = headersOf({ site: 'same-origin' });
    const { body } = await transfer(own).expect(401);
    const answer = ann.client.post(String(body.challenge_url)).set(own);
    await answer.send({ code: nextCode(made, ann) }).expect(200);
    const before = await dumpOf(made.store);
    expect((await transfer(headersOf(sent)).expect(403)).body.code).toBe('cross_site');
    expect(await dumpOf(made.store)).toEqual(before);
    await transfer(own).expect(200);
    // A link of another site may lead to a page.
    const asked = await ann.client.get('/transfer').set(headersOf(sent)).expect(401);
    expect(asked.body.code).toBe('step_up_required');
    await transfer(headersOf(sent)).expect(403);
  });

  it('a form whose text is JSON is no JSON: refused for where it comes from, and for what it is', async () => {
    const at = await scene();
    const before = await dumpOf(at.made.store);
    for (const site of ['cross-site', 'same-origin']) {
      for (const { url } of at.routes.filter(({ method }) => method === 'POST')) {
        for (const body of bodiesOf(at)) {
          const request = at.ann.client.post(url).set(headersOf({ site })).set('Content-Type', 'text/plain');
          const { status } = await request.send(JSON.stringify(body));
          expect([url, status]).toEqual([url, site === 'cross-site' ? 403 : 400]);
        }
      }
    }
    expect(await dumpOf(at.made.store)).toEqual(before);
  });

  it('the same requests from the app’s own pages are not refused for where they come from', async () => {
    const at = await scene();
    for (const target of at.routes.filter(({ method }) => method !== 'GET')) {
      for (const body of bodiesOf(at)) {
        const answers = await forge(at, target, body, { Host: HOST, 'Sec-Fetch-Site': 'same-origin' });
        for (const { text } of answers) expect(text).not.toContain('another site');
      }
    }
  }, 60_000);

  it.each(['get', 'head', 'options'] as const)('%s changes nothing, whatever it claims to be', async (method) => {
    const at = await scene();
    const before = await dumpOf(at.made.store);
    const cross = headersOf({ site: 'cross-site', origin: 'https://evil.example' });
    const override = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE' };
    for (const url of new Set(at.routes.map((route) => route.url))) {
      for (const body of bodiesOf(at)) {
        for (const headers of [cross, { ...cross, ...override }]) {
          const request = at.ann.client[method](url)
            .query({ ...body, _method: 'DELETE' })
            .set(headers);
          const { status } = await request.type('json').send(JSON.stringify(body)).redirects(0);
          expect(status).toBeLessThan(500);
        }
      }
    }
    expect(await dumpOf(at.made.store)).toEqual(before);
  });

  it('what a route does not do by a method it refuses with 405, before anything else', async () => {
    const at = await scene();
    const before = await dumpOf(at.made.store);
    for (const url of new Set(at.routes.map((route) => route.url))) {
      const known = new Set<string>(at.routes.filter((route) => route.url === url).map(({ method }) => method));
      for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
        if (known.has(method.toUpperCase())) continue;
        expect([method, url, (await at.ann.client[method](url).send({})).status]).toEqual([method, url, 405]);
      }
    }
    expect(await dumpOf(at.made.store)).toEqual(before);
  });

  it('a code in the address of the guarded page is not read', async () => {
    const at = await scene();
    const code = nextCode(at.made, at.ann);
    for (const method of ['get', 'post'] as const) {
      const answer = await at.ann.client[method](`/vault?code=${code}`);
      expect([answer.status, answer.body.code]).toEqual([401, 'step_up_required']);
    }
    expect((await at.ann.client.post('/vault').send({ code })).status).toBe(200);
  });
});
