import type { Response } from 'supertest';
import {
  agentOf,
  type browserOf,
  elementsOf,
  enroll,
  hostApp,
  loggedInBrowser,
  logIn,
  logInFully,
  readPage,
  submitForm,
  textOf,
  type HostApp,
  type HostAppOptions,
  type PageElement,
} from '../support/host-app.js';
import { confirmRecoveryCodes } from '../support/recovery.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Browser = ReturnType<typeof browserOf>;

const ENROLL = '/mfa/factors';
const RECOVERY = '/mfa/recovery-codes';

async function loggedIn(options?: HostAppOptions): Promise<HostApp & { readonly browser: Browser }> {
  const made = hostApp(options);
  const browser = await loggedInBrowser(made.app, 'ann');
  return { ...made, browser };
}

async function pageAt(browser: Browser, path: string): Promise<PageElement> {
  const { status, type, text } = await browser.get(path);
  expect([status, type]).toEqual([200, 'text/html']);
  return readPage(text);
}

function formOf(page: PageElement): PageElement | undefined {
  return elementsOf(page, 'form')[0];
}

function secretOn(page: PageElement): string {
  const shown = elementsOf(page, 'code').find(({ attributes }) => attributes['class'] === 'secret');
  return shown === undefined ? '' : textOf(shown);
}

function to({ status, headers }: Response): string {
  return `${status} ${headers['location']}`;
}

/** Presses "Set up now", and follows. */
async function begun(options?: HostAppOptions): Promise<Awaited<ReturnType<typeof loggedIn>> & { secret: string }> {
  const made = await loggedIn(options);
  expect(to(await submitForm(made.browser, formOf(await pageAt(made.browser, ENROLL))))).toBe(`303 ${ENROLL}`);
  return { ...made, secret: secretOn(await pageAt(made.browser, ENROLL)).replaceAll(' ', '') };
}

/** What the page says of the last form: as an alert, or as a status where nothing is wrong. */
function said(page: PageElement, role: 'alert' | 'status'): string | undefined {
  const [words, ...others] = elementsOf(page, 'p').filter(({ attributes }) => attributes['role'] === role);
  expect(others).toEqual([]);
  return words && textOf(words);
}

function errorOf(page: PageElement): string | undefined {
  return said(page, 'alert');
}

describe('the page on which a person sets up an authenticator', () => {
  it('shows no secret before it is asked for, and looking at it makes none', async () => {
    const { browser, store, mfa } = await loggedIn();
    const asked = await store.during(async () => {
      for (let i = 0; i < 3; i += 1) {
        const page = await pageAt(browser, ENROLL);
        expect(elementsOf(page, 'svg')).toEqual([]);
        expect(secretOn(page)).toBe('');
        expect(elementsOf(page, 'button').map(textOf)).toEqual(['Set up now']);
      }
    });
    expect(asked).not.toContain('save');
    expect((await mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
  });

  it('shows after its button a QR code, the key in groups of four, and a field for the code', async () => {
    const { browser, mfa } = await begun();
    const page = await pageAt(browser, ENROLL);
    expect(elementsOf(page, 'svg')).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining({ role: 'img', 'aria-label': expect.any(String) }),
      }),
    ]);
    expect(secretOn(page)).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    const [link] = elementsOf(page, 'a');
    expect(link?.attributes['href']).toBe(
      `otpauth://totp/Acme:ann?secret=${secretOn(page).replaceAll(' ', '')}&issuer=Acme&algorithm=SHA1&digits=6&period=30`,
    );
    const [field] = elementsOf(page, 'input');
    expect(field?.attributes).toMatchObject({
      name: 'code',
      type: 'text',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      required: '',
    });
    expect(field?.attributes).not.toHaveProperty('aria-describedby');
    expect(elementsOf(page, 'label').map(({ attributes }) => attributes['for'])).toEqual([field?.attributes['id']]);
    const { items } = await mfa.factors.list({ identity: 'ann' });
    expect(items.map(({ sid, status }) => [`/mfa/factors/${sid}`, status])).toEqual([
      [formOf(page)?.attributes['action'], 'unverified'],
    ]);
  });

  it('is the same after a reload: a phone that has scanned the code keeps its use', async () => {
    const { browser, secret, store } = await begun();
    const asked = await store.during(async () => {
      const [first, second] = [await browser.get(ENROLL), await browser.get(ENROLL)];
      expect(second.text).toBe(first.text);
      expect(secretOn(readPage(second.text)).replaceAll(' ', '')).toBe(secret);
    });
    expect(asked).not.toContain('save');
  });

  it('keeps QR code and key after a wrong code, and ties the reason to the field; a reload drops the reason', async () => {
    const { browser, secret, clock } = await begun();
    const before = await pageAt(browser, ENROLL);
    expect(to(await submitForm(browser, formOf(before), { code: wrongCodeAt(secret, clock.now()) }))).toBe(
      `303 ${ENROLL}`,
    );
    const page = await pageAt(browser, ENROLL);
    expect(elementsOf(page, 'svg')).toEqual(elementsOf(before, 'svg'));
    expect(secretOn(page)).toBe(secretOn(before));
    const [field] = elementsOf(page, 'input');
    const [error] = elementsOf(page, 'p').filter(({ attributes }) => attributes['role'] === 'alert');
    expect(error?.attributes['id']).toBeDefined();
    expect(field?.attributes).toMatchObject({ 'aria-describedby': error?.attributes['id'], 'aria-invalid': 'true' });
    expect(error && textOf(error)).toBe('This code is wrong. You have 4 more attempts.');
    expect(await pageAt(browser, ENROLL)).toEqual(before);
  });

  it.each([
    [-60_000, 'seems to be 60 seconds slow. Set it to automatic, then try the next code.'],
    [90_000, 'seems to be 90 seconds fast. Set it to automatic, then try the next code.'],
  ])('names a clock that is %i ms off, and says what to do', async (drift, words) => {
    const { browser, secret, clock } = await begun();
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)), { code: codeAt(secret, clock.now() + drift) });
    expect(errorOf(await pageAt(browser, ENROLL))).toContain(words);
  });

  it('says of what is no code what to type, and charges nothing', async () => {
    const { browser, secret, clock } = await begun();
    for (const typed of ['abc', '1234567', '']) {
      await submitForm(browser, formOf(await pageAt(browser, ENROLL)), { code: typed });
      const page = await pageAt(browser, ENROLL);
      expect(errorOf(page)).toBe('This is not a code. Check what you typed.');
    }
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)), { code: wrongCodeAt(secret, clock.now()) });
    expect(errorOf(await pageAt(browser, ENROLL))).toContain('You have 4 more attempts.');
  });

  it('takes the right code, with the space that apps show in it, and the authenticator is there', async () => {
    const { browser, secret, clock } = await begun();
    const code = codeAt(secret, clock.now()).replace(/^.../, '$& ');
    expect(to(await submitForm(browser, formOf(await pageAt(browser, ENROLL)), { code }))).toBe(`303 ${RECOVERY}`);
    const overview = await pageAt(browser, '/mfa');
    expect(elementsOf(overview, 'bdi').map(textOf)).toEqual(['Authenticator']);
    expect((await browser.get('/whoami')).body).toMatchObject({ state: 'satisfied' });
  });

  it('begins anew after the fifth wrong code, and says so: there is nothing to wait for', async () => {
    const { browser, secret, clock } = await begun();
    for (let i = 0; i < 5; i += 1) {
      await submitForm(browser, formOf(await pageAt(browser, ENROLL)), { code: wrongCodeAt(secret, clock.now()) });
    }
    const page = await pageAt(browser, ENROLL);
    expect(elementsOf(page, 'button').map(textOf)).toEqual(['Set up now']);
    expect(errorOf(page)).toMatch(/start again/i);
    expect(errorOf(page)).not.toMatch(/later|wait|again in/i);
  });

  it('offers a new start once the ten minutes are over', async () => {
    const { browser, clock } = await begun();
    const late = await pageAt(browser, ENROLL);
    clock.advance(10 * 60_000);
    expect(elementsOf(await pageAt(browser, ENROLL), 'button').map(textOf)).toEqual(['Set up now']);
    expect((await submitForm(browser, formOf(late), { code: '123456' })).status).toBe(404);
  });

  it('shows no other login’s enrollment, not even of the same person', async () => {
    const { app, secret } = await begun();
    const other = await loggedInBrowser(app, 'ann');
    const { text } = await other.get(ENROLL);
    expect(text).toContain('Set up now');
    expect(text).not.toContain(secret.slice(0, 4));
  });
});

describe('a refused start of an enrollment is explained on the page', () => {
  it.each<readonly [string, HostAppOptions, number, string]>([
    ['a login of long ago', {}, 10 * 60_000, 'You signed in some time ago. Sign in again, then set this up.'],
    [
      'a host that does not let this user enroll',
      { options: { canEnroll: () => false } },
      0,
      'An authenticator app cannot be set up for this account at present.',
    ],
  ])('%s', async (_what, options, later, words) => {
    const { browser, clock } = await loggedIn(options);
    clock.advance(later);
    expect(to(await submitForm(browser, formOf(await pageAt(browser, ENROLL))))).toBe(`303 ${ENROLL}`);
    expect(errorOf(await pageAt(browser, ENROLL))).toBe(words);
    expect(errorOf(await pageAt(browser, ENROLL))).toBeUndefined();
  });

  it('no room for another authenticator', async () => {
    const { browser, clock, ...made } = await loggedIn({ options: { limits: { factors: 1 } } });
    const { secret } = await enroll({ ...made, clock }, 'ann');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, clock.now()) });
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)));
    expect(errorOf(await pageAt(browser, ENROLL))).toBe(
      'There is no room for another authenticator app. Remove one first.',
    );
  });

  it('a second factor shown too long ago leads to the code first, and then back', async () => {
    const { browser, clock, ...made } = await loggedIn();
    const { secret } = await enroll({ ...made, clock }, 'ann');
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(secret, clock.now()) });
    clock.advance(11 * 60_000);
    expect(to(await submitForm(browser, formOf(await pageAt(browser, ENROLL))))).toBe('303 /mfa/challenges');
    const asked = await pageAt(browser, '/mfa/challenges');
    expect(said(asked, 'status')).toBe('For this, we need a code from you once more.');
    expect(errorOf(asked)).toBeUndefined();
    expect(to(await submitForm(browser, formOf(asked), { code: codeAt(secret, clock.now()) }))).toBe(`303 ${ENROLL}`);
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)));
    expect(secretOn(await pageAt(browser, ENROLL))).not.toBe('');
  });
});

describe('a login that must enroll', () => {
  it('leads a browser to this page, and afterwards to where it was going', async () => {
    const { browser, clock } = await loggedIn({
      options: { policy: 'required' },
      login: { successRedirect: '/payroll?month=11' },
    });
    expect(to(await browser.get('/mfa'))).toBe(`303 ${ENROLL}`);
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)));
    const page = await pageAt(browser, ENROLL);
    const code = codeAt(secretOn(page).replaceAll(' ', ''), clock.now());
    expect(to(await submitForm(browser, formOf(page), { code }))).toBe(`303 ${RECOVERY}`);
    const offer = await pageAt(browser, RECOVERY);
    expect(said(offer, 'status')).toBe('Your authenticator app is set up.');
    expect(to(await submitForm(browser, formOf(offer)))).toBe(`303 ${RECOVERY}`);
    const made = await pageAt(browser, RECOVERY);
    const [kept] = elementsOf(made, 'li').map(textOf);
    expect(to(await submitForm(browser, formOf(made), { code: kept ?? '' }))).toBe('303 /payroll?month=11');
  });

  it('leads there too without recovery codes, by the overview', async () => {
    const { browser, clock } = await loggedIn({
      options: { policy: 'required' },
      login: { successRedirect: '/payroll?month=11' },
    });
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)));
    const page = await pageAt(browser, ENROLL);
    await submitForm(browser, formOf(page), { code: codeAt(secretOn(page).replaceAll(' ', ''), clock.now()) });
    const linkOn = (shown: PageElement, words: string): string | undefined =>
      elementsOf(shown, 'a').find((link) => textOf(link) === words)?.attributes['href'];
    const overview = linkOn(await pageAt(browser, RECOVERY), 'Not now');
    expect(overview).toBe('/mfa');
    expect(linkOn(await pageAt(browser, '/mfa'), 'Done')).toBe('/payroll?month=11');
  });

  it('does not offer recovery codes to whoever has some', async () => {
    const { browser, clock, ...made } = await loggedIn();
    const factor = await enroll({ ...made, clock }, 'ann');
    await confirmRecoveryCodes(await logInFully({ ...made, clock }, 'ann', factor));
    await browser
      .post('/mfa/challenges')
      .type('form')
      .send({ code: codeAt(factor.secret, clock.now()) });
    await submitForm(browser, formOf(await pageAt(browser, ENROLL)));
    const page = await pageAt(browser, ENROLL);
    const code = codeAt(secretOn(page).replaceAll(' ', ''), clock.now());
    expect(to(await submitForm(browser, formOf(page), { code }))).toBe('303 /mfa');
    expect(said(await pageAt(browser, '/mfa'), 'status')).toBe('Your authenticator app is set up.');
  });

  it('tells a program the same in JSON', async () => {
    const agent = agentOf(hostApp({ options: { policy: 'required' } }).app);
    expect((await logIn(agent, 'ann')).body).toMatchObject({ state: 'enrollment_required', enroll_url: ENROLL });
  });
});
