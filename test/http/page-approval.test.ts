import {
  type browserOf,
  elementsOf,
  enroll,
  hostApp,
  loggedInBrowser,
  readPage,
  submitForm,
  textOf,
  type HostApp,
  type PageElement,
} from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Browser = ReturnType<typeof browserOf>;

interface Approving extends HostApp {
  readonly browser: Browser;
  readonly secret: string;
  /** Sends the transfer form; says where it leads, or what it answers. */
  readonly transfer: (amount?: string) => Promise<string>;
  readonly look: (url: string) => Promise<PageElement>;
}

/** Ann, satisfied, in a browser before a form that transfers money. */
async function approving(): Promise<Approving> {
  const made = hostApp({
    options: { csrf: () => ({ _csrf: `"token" <&'` }) },
    routes: (app, { mfa }) => {
      app.post(
        '/transfer',
        mfa.require({
          purpose: (req) => ({ to: 'bob', amount: req.body.amount }),
          details: (req) => ({
            message: 'Transfer <script>alert(1)</script> & "more"',
            fields: [
              { label: 'Amount <b>', value: `${req.body.amount} €` },
              { label: 'To', value: '</dd><img src=x onerror=alert(1)>' },
            ],
          }),
        }),
        (req, res) => {
          res.json({ done: req.mfa.approved });
        },
      );
    },
  });
  const { secret } = await enroll(made, 'ann');
  const browser = await loggedInBrowser(made.app, 'ann');
  await browser
    .post('/mfa/challenges')
    .type('form')
    .send({ code: codeAt(secret, made.clock.now()) });
  made.clock.advance(30_000);
  return {
    ...made,
    browser,
    secret,
    transfer: async (amount = '100') => {
      const { headers, text } = await browser
        .post('/transfer')
        .set({ Referer: 'http://bank.example/transfer?to=bob', Host: 'bank.example' })
        .type('form')
        .send({ amount });
      return headers['location'] ?? text;
    },
    look: async (url) => readPage((await browser.get(url)).text),
  };
}

describe('the page on which a person approves', () => {
  it('is where a guarded form leads, and says what is to be approved, as text whatever is in it', async () => {
    const { browser, transfer, look } = await approving();
    const url = await transfer();
    expect(url).toMatch(/^\/mfa\/challenges\/YC[0-9a-f]{32}$/);
    const page = await look(url);
    expect(elementsOf(page, 'p').map(textOf)).toContain('Transfer <script>alert(1)</script> & "more"');
    expect(elementsOf(page, 'dt').map(textOf)).toEqual(['Amount <b>', 'To']);
    expect(elementsOf(page, 'dd').map(textOf)).toEqual(['100 €', '</dd><img src=x onerror=alert(1)>']);
    expect([...elementsOf(page, 'script'), ...elementsOf(page, 'img'), ...elementsOf(page, 'b')]).toEqual([]);
    expect((await browser.get(url)).text).not.toMatch(/<script|<img|<b>/);
  });

  it('has a form to approve with a code and one to deny without', async () => {
    const { transfer, look } = await approving();
    const url = await transfer();
    const forms = elementsOf(await look(url), 'form');
    const names = (form: PageElement): unknown => elementsOf(form, 'input').map(({ attributes: { name } }) => name);
    expect(
      forms.map((form) => [form.attributes['action'], elementsOf(form, 'button').map(textOf), names(form)]),
    ).toEqual([
      [url, ['Approve'], ['_csrf', 'code']],
      [url, ['Deny'], ['_csrf', 'status']],
    ]);
  });

  it('approved, leads back to the form, which then goes through, once', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const [form] = elementsOf(await look(await transfer()), 'form');
    const answer = await submitForm(browser, form, { code: codeAt(secret, clock.now()) });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/transfer?to=bob']);
    expect(JSON.parse(await transfer())).toEqual({ done: { to: 'bob', amount: '100' } });
    expect(await transfer()).toMatch(/^\/mfa\/challenges\/YC/);
  });

  it('approved for one amount, does not let another through', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const [form] = elementsOf(await look(await transfer('100')), 'form');
    await submitForm(browser, form, { code: codeAt(secret, clock.now()) });
    expect(await transfer('100000')).toMatch(/^\/mfa\/challenges\/YC/);
  });

  it('approved is no new proof for the login: its time is as before', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const before = (await browser.get('/whoami')).body.authTime;
    const [form] = elementsOf(await look(await transfer()), 'form');
    await submitForm(browser, form, { code: codeAt(secret, clock.now()) });
    expect((await browser.get('/whoami')).body.authTime).toBe(before);
  });

  it('shows what is to be approved again after a wrong code, with the reason', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const url = await transfer();
    const [form] = elementsOf(await look(url), 'form');
    const answer = await submitForm(browser, form, { code: wrongCodeAt(secret, clock.now()) });
    expect([answer.status, answer.headers['location']]).toEqual([303, url]);
    const page = await look(url);
    expect(elementsOf(page, 'dd').map(textOf)).toContain('100 €');
    expect(elementsOf(page, 'p').map(textOf)).toContain('This code is wrong. You have 4 more attempts.');
  });

  it('denied says so, and nothing is done: not by its code, not by the form again', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const url = await transfer();
    const [approve, deny] = elementsOf(await look(url), 'form');
    const answer = await submitForm(browser, deny);
    expect([answer.status, answer.headers['location']]).toEqual([303, url]);
    const ended = await look(url);
    expect(elementsOf(ended, 'p').map(textOf)).toContain('Denied. Nothing was done.');
    expect(elementsOf(ended, 'form')).toEqual([]);
    await submitForm(browser, approve, { code: codeAt(secret, clock.now()) });
    expect(elementsOf(await look(url), 'p').map(textOf)).toContain('Denied. Nothing was done.');
    expect(await transfer()).toMatch(/^\/mfa\/challenges\/YC/);
  });

  it('expired says so, and takes no code', async () => {
    const { secret, clock, browser, transfer, look } = await approving();
    const url = await transfer();
    const [form] = elementsOf(await look(url), 'form');
    clock.advance(5 * 60_000);
    await submitForm(browser, form, { code: codeAt(secret, clock.now()) });
    const page = await look(url);
    expect(elementsOf(page, 'p').map(textOf)).toContain('This request has expired. Start again.');
    expect(elementsOf(page, 'form')).toEqual([]);
  });

  it('approved elsewhere says so', async () => {
    const { mfa, secret, clock, transfer, look } = await approving();
    const url = await transfer();
    const sid = url.replace('/mfa/challenges/', '');
    await mfa.challenges.answer({ identity: 'ann', sid, code: codeAt(secret, clock.now()) });
    expect(elementsOf(await look(url), 'p').map(textOf)).toContain('Approved. Go back and send the form once more.');
  });

  it('is not there for another login of the same person before its code: 404, as a page', async () => {
    const { app, transfer } = await approving();
    const url = await transfer();
    const other = await loggedInBrowser(app, 'ann');
    const { status, type, text } = await other.get(url);
    expect([status, type]).toEqual([404, 'text/html']);
    expect(text).not.toContain('Transfer');
  });
});

describe('names that people and hosts choose', () => {
  it('are text on every page, whatever is in them', async () => {
    const hostile = `<script>alert("x")</script>&'`;
    const made = hostApp({ options: { issuer: hostile, accountName: () => hostile } });
    const { secret, sid } = await enroll(made, 'ann');
    await made.mfa.factors.update({ identity: 'ann', sid, friendlyName: hostile });
    const browser = await loggedInBrowser(made.app, 'ann');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, made.clock.now()) });
    await browser.post('/mfa/factors').type('form').send({});
    const [overview, enrollment] = [await browser.get('/mfa'), await browser.get('/mfa/factors')];
    const [change, challenge] = [await browser.get(`/mfa/factors/${sid}`), await browser.get('/mfa/challenges')];
    expect(elementsOf(readPage(overview.text), 'bdi').map(textOf)).toEqual([hostile]);
    expect(elementsOf(readPage(enrollment.text), 'h1').map(textOf)).toEqual([
      `Set up your authenticator app for ${hostile}`,
    ]);
    const [name] = elementsOf(readPage(change.text), 'input');
    expect(name?.attributes).toMatchObject({ name: 'friendly_name', value: hostile });
    for (const { text } of [overview, enrollment, change, challenge]) {
      const page = readPage(text);
      const [heading] = elementsOf(page, 'h1');
      expect(elementsOf(page, 'header').map(textOf)).toEqual([hostile]);
      expect(elementsOf(page, 'title').map(textOf)).toEqual([`${heading && textOf(heading)} – ${hostile}`]);
      expect(text).not.toContain('<script');
    }
    const [link] = elementsOf(readPage(enrollment.text), 'a');
    const uri = new URL(link?.attributes['href'] ?? '');
    expect(uri.searchParams.get('issuer')).toBe(hostile);
    expect(uri.searchParams.getAll('secret')).toHaveLength(1);
    expect(decodeURIComponent(uri.pathname)).toBe(`/${hostile}:${hostile} (Authenticator 2)`);
  });
});
