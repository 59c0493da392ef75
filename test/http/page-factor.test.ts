import type { Response } from 'supertest';
import {
  type browserOf,
  elementsOf,
  enroll,
  hostApp,
  loggedInBrowser,
  logInFully,
  readPage,
  submitForm,
  textOf,
  verdictOf,
  type HostApp,
  type PageElement,
} from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

interface Managing extends HostApp {
  readonly browser: ReturnType<typeof browserOf>;
  readonly secret: string;
  readonly sid: string;
  readonly look: (path: string) => Promise<PageElement>;
  /** The forms of the page of her authenticator: the one that renames, the one that removes. */
  readonly forms: () => Promise<readonly PageElement[]>;
  readonly names: () => Promise<readonly string[]>;
}

/** Ann, satisfied, in a browser. */
async function managing(): Promise<Managing> {
  const made = hostApp();
  const { secret, sid } = await enroll(made, 'ann');
  const browser = await loggedInBrowser(made.app, 'ann');
  await browser
    .post('/mfa/challenges')
    .type('form')
    .send({ code: codeAt(secret, made.clock.now()) });
  made.clock.advance(30_000);
  const look = async (path: string): Promise<PageElement> => readPage((await browser.get(path)).text);
  return {
    ...made,
    browser,
    secret,
    sid,
    look,
    forms: async () => elementsOf(await look(`/mfa/factors/${sid}`), 'form'),
    names: async () => (await made.mfa.factors.list({ identity: 'ann' })).items.map(({ friendlyName }) => friendlyName),
  };
}

function to({ status, headers }: Response): string {
  return `${status} ${headers['location']}`;
}

function said(page: PageElement, role: 'alert' | 'status'): readonly string[] {
  return elementsOf(page, 'p').flatMap((p) => (p.attributes['role'] === role ? [textOf(p)] : []));
}

describe('the page of an authenticator', () => {
  it('is where the overview leads, with its name and when it was added', async () => {
    const { look, sid, forms } = await managing();
    const [row] = elementsOf(await look('/mfa'), 'li');
    expect(row && elementsOf(row, 'bdi').map(textOf)).toEqual(['Authenticator']);
    expect(row && elementsOf(row, 'small').map(textOf)).toEqual(['Added on November 20, 2026']);
    expect(row && elementsOf(row, 'a').map(({ attributes }) => attributes['href'])).toEqual([`/mfa/factors/${sid}`]);
    const [rename, remove, ...others] = await forms();
    expect(others).toEqual([]);
    expect([rename, remove].map((form) => form?.attributes['action'])).toEqual([
      `/mfa/factors/${sid}`,
      `/mfa/factors/${sid}/remove`,
    ]);
    const [field] = rename === undefined ? [] : elementsOf(rename, 'input');
    expect(field?.attributes).toMatchObject({ name: 'friendly_name', value: 'Authenticator', maxlength: '64' });
  });

  it('renames it, and the overview says so, once', async () => {
    const { browser, forms, names, look } = await managing();
    const [rename] = await forms();
    expect(to(await submitForm(browser, rename, { friendly_name: 'Phone of <Ann>' }))).toBe('303 /mfa');
    expect(await names()).toEqual(['Phone of <Ann>']);
    const overview = await look('/mfa');
    expect(said(overview, 'status')).toEqual(['The name is saved.']);
    expect(elementsOf(overview, 'bdi').map(textOf)).toEqual(['Phone of <Ann>']);
    expect(said(await look('/mfa'), 'status')).toEqual([]);
  });

  it.each(['', 'a:b', 'x'.repeat(65)])('does not name it %j, and says what a name is', async (name) => {
    const { browser, forms, names, look, sid } = await managing();
    const [rename] = await forms();
    expect(to(await submitForm(browser, rename, { friendly_name: name }))).toBe(`303 /mfa/factors/${sid}`);
    expect(said(await look(`/mfa/factors/${sid}`), 'alert')).toEqual(['A name has 1 to 64 characters, and no colon.']);
    expect(await names()).toEqual(['Authenticator']);
  });

  it('removes it, and says before that it is the only one', async () => {
    const { browser, look, sid, names, app } = await managing();
    const page = await look(`/mfa/factors/${sid}`);
    expect(textOf(page)).toContain('It is your only one: your account will be protected by your password alone');
    expect(to(await submitForm(browser, elementsOf(page, 'form')[1]))).toBe('303 /mfa');
    expect(await names()).toEqual([]);
    const overview = await look('/mfa');
    expect(said(overview, 'status')).toEqual(['The authenticator app is removed.']);
    expect(textOf(overview)).toContain('Your account is protected by your password alone.');
    const again = await loggedInBrowser(app, 'ann');
    expect((await again.get('/mfa')).status).toBe(200);
  });

  it('removes one of two without a word of the only one; this session goes on, the others show a factor again', async () => {
    const { browser, sid, look, names, ...made } = await managing();
    const other = await logInFully(made, 'ann', made);
    const { secret } = await enroll(made, 'ann');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) });
    const page = await look(`/mfa/factors/${sid}`);
    expect(textOf(page)).not.toContain('It is your only one');
    expect(to(await submitForm(browser, elementsOf(page, 'form')[1]))).toBe('303 /mfa');
    expect(await names()).toEqual(['Authenticator 2']);
    expect((await browser.get('/whoami')).body.state).toBe('satisfied');
    expect((await other.get('/whoami')).body.state).toBe('challenge_required');
  });

  it('needs a code once more where the second factor is long ago, leads back, and has done nothing', async () => {
    const { browser, sid, clock, secret, forms, names, look } = await managing();
    const [rename, remove] = await forms();
    for (const [form, typed] of [
      [rename, { friendly_name: 'Thief’s' }],
      [remove, {}],
    ] as const) {
      clock.advance(10 * 60_000);
      expect(to(await submitForm(browser, form, typed))).toBe('303 /mfa/challenges');
      expect(await names()).toEqual(['Authenticator']);
      const asked = await look('/mfa/challenges');
      expect([said(asked, 'status'), said(asked, 'alert')]).toEqual([
        ['For this, we need a code from you once more.'],
        [],
      ]);
      const [field] = elementsOf(asked, 'form');
      const answer = await submitForm(browser, field, { code: codeAt(secret, clock.now()) });
      expect(to(answer)).toBe(`303 /mfa/factors/${sid}`);
    }
    expect(await names()).toEqual(['Authenticator']);
    await submitForm(browser, remove);
    expect(await names()).toEqual([]);
  });

  it('is not there for anybody else, nor after it was removed: 404, as a page, and nothing is done', async () => {
    const { app, sid, names, forms, browser } = await managing();
    const [rename, remove] = await forms();
    const bob = await loggedInBrowser(app, 'bob');
    const asked = [
      await bob.get(`/mfa/factors/${sid}`),
      await submitForm(bob, rename, { friendly_name: 'Bob’s' }),
      await submitForm(bob, remove),
    ];
    expect(asked.map(({ status, type }) => [status, type])).toEqual(asked.map(() => [404, 'text/html']));
    expect(await names()).toEqual(['Authenticator']);
    await submitForm(browser, remove);
    const { status, type } = await submitForm(browser, rename, { friendly_name: 'Phone' });
    expect([status, type]).toEqual([404, 'text/html']);
    expect(await names()).toEqual([]);
  });

  it('is removed by a program there, too: 204, as by DELETE', async () => {
    const { sid, names, ...made } = await managing();
    const agent = await logInFully(made, 'ann', made);
    expect(verdictOf(await agent.post(`/mfa/factors/${sid}/remove`))).toEqual([204, undefined]);
    expect(await names()).toEqual([]);
  });
});
