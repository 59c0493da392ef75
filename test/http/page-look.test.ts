import type { ErrorRequestHandler } from 'express';
import request from 'supertest';
import { LANGUAGES, type Page, type PageModels, type Text } from '../../src/index.js';
import {
  agentOf,
  browserOf,
  elementsOf,
  enroll,
  hostApp,
  loggedInBrowser,
  logIn,
  readPage,
  textOf,
  type HostApp,
  type HostAppOptions,
  type PageElement,
} from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

type Options = NonNullable<HostAppOptions['options']>;
type Browser = ReturnType<typeof browserOf>;

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const LOGO = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg"/%3E';
const { en, de } = LANGUAGES;

/** Ann in a browser, with her password given and her code not. */
async function waiting(
  options: Options = {},
  host: HostAppOptions = {},
): Promise<HostApp & { readonly browser: Browser; readonly secret: string; readonly sid: string }> {
  const made = hostApp({ ...host, options });
  const factor = await enroll(made, 'ann');
  const browser = await loggedInBrowser(made.app, 'ann');
  return { ...made, ...factor, browser };
}

/** Ann in a browser, after her code. */
async function satisfied(options: Options = {}): ReturnType<typeof waiting> {
  const made = await waiting(options);
  await made.browser
    .post('/mfa/challenges')
    .type('form')
    .send({ code: codeAt(made.secret, made.clock.now()) });
  return made;
}

/** The page that asks for a code, of an app with these options and by a browser with these headers. */
async function asked(options: Options = {}, headers: Readonly<Record<string, string>> = {}): Promise<PageElement> {
  const { browser } = await waiting(options);
  return readPage((await browser.get('/mfa/challenges').set(headers)).text);
}

function stylesheetOn(page: PageElement): string {
  return elementsOf(page, 'link')[0]?.attributes['href'] ?? '';
}

/** The content of the stylesheet of an app with these colors, and its name. */
async function styled(colors: NonNullable<Options['theme']>['colors']): Promise<{ css: string; url: string }> {
  const { browser } = await waiting(colors === undefined ? {} : { theme: { colors } });
  const url = stylesheetOn(readPage((await browser.get('/mfa/challenges')).text));
  return { css: (await browser.get(url)).text, url };
}

describe('the policy of our pages', () => {
  it('lets each of them load its own files, and nothing else', async () => {
    const { browser, sid } = await satisfied();
    await browser.post('/mfa/recovery-codes').type('form').send({});
    const pages = ['', '/factors', `/factors/${sid}`, '/challenges', '/recovery-codes', '/unlock', '/nothing'];
    for (const path of pages) {
      const { headers, type } = await browser.get(`/mfa${path}`);
      expect([path, type, headers['content-security-policy']]).toEqual([path, 'text/html', POLICY]);
    }
  });

  it.each([
    ['https://cdn.example/acme/logo.svg', `img-src 'self' data: https://cdn.example;`],
    ['https://cdn.example:8443/logo.svg', `img-src 'self' data: https://cdn.example:8443;`],
    ['/logo.svg', `img-src 'self' data:;`],
    [LOGO, `img-src 'self' data:;`],
  ])('with the logo %s has %s', async (logo, sources) => {
    const { browser } = await waiting({ theme: { logo } });
    const { headers } = await browser.get('/mfa/challenges');
    expect(headers['content-security-policy']).toBe(POLICY.replace(`img-src 'self' data:;`, sources));
  });

  it('is not sent with a page of the host’s own, and still with the others', async () => {
    const { browser } = await waiting({ views: { challenge: () => '<!DOCTYPE html><title>Ours</title>' } });
    const [own, ours] = [await browser.get('/mfa/challenges'), await browser.get('/mfa/unlock')];
    expect(own.headers).not.toHaveProperty('content-security-policy');
    expect(ours.headers['content-security-policy']).toBe(POLICY);
  });
});

describe('the files of the pages', () => {
  it('are served to everybody, with their type, and kept for a year', async () => {
    const { app, browser } = await satisfied();
    await browser.post('/mfa/recovery-codes').type('form').send({});
    const page = readPage((await browser.get('/mfa/recovery-codes')).text);
    const script = elementsOf(page, 'script')[0]?.attributes['src'] ?? '';
    for (const [url, type] of [
      [stylesheetOn(page), 'text/css; charset=utf-8'],
      // Express 4 calls it by its older name.
      [script, expect.stringMatching(/^(text|application)\/javascript; charset=utf-8$/)],
    ] as const) {
      expect(url).toMatch(/^\/mfa\/assets\/pages-[0-9a-f]{16}\.(css|js)$/);
      const { status, headers, text } = await request(app).get(url);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        type,
        'public, max-age=31536000, immutable',
      ]);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers).not.toHaveProperty('set-cookie');
      expect(text.length).toBeGreaterThan(100);
    }
  });

  it('are where the router is', async () => {
    const made = hostApp({ mount: '/account/2fa', options: { path: '/account/2fa' } });
    const browser = browserOf(made.app);
    await logIn(browser, 'noah');
    const url = stylesheetOn(readPage((await browser.get('/account/2fa')).text));
    expect(url).toMatch(/^\/account\/2fa\/assets\//);
    expect((await browser.get(url)).status).toBe(200);
  });

  it('have another name where the colors are others, and the same where they are the same', async () => {
    const [plain, same, red, green] = [
      await styled(undefined),
      await styled({}),
      await styled({ accent: 'red' }),
      await styled({ accent: 'green' }),
    ];
    expect(same).toEqual(plain);
    expect(new Set([plain.url, red.url, green.url]).size).toBe(3);
    expect(red.css.replace(/--accent:red/g, '--accent:green')).toBe(green.css);
  });

  it.each([
    '/assets',
    '/assets/',
    '/assets/pages-0000000000000000.css',
    '/assets/pages.css',
    '/assets/..%2f..%2fpackage.json',
  ])('%s is no file: 404, kept by nobody', async (path) => {
    const { app } = hostApp();
    const { status, headers } = await agentOf(app).get(`/mfa${path}`);
    expect([status, headers['cache-control']]).toEqual([404, 'no-store']);
  });

  it('of other colors are not there', async () => {
    const { url } = await styled({ accent: 'red' });
    expect((await agentOf(hostApp().app).get(url)).status).toBe(404);
  });
});

const title = (page: PageElement): readonly unknown[] => [page.attributes['lang'], elementsOf(page, 'h1').map(textOf)];
const shows = (text: Text): readonly unknown[] => [text.language, [text.challenge.title]];

describe('the language of a page', () => {
  it.each<readonly [string, keyof typeof LANGUAGES]>([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE-ch', 'de'],
    ['zh-TW', 'zh'],
    ['zh-Hans-CN, zh;q=0.9', 'zh'],
    ['nl', 'en'],
    ['nl, fr;q=0.5', 'fr'],
    ['en;q=0.4, ja;q=0.9', 'ja'],
    ['pt-BR,pt;q=0.9,en;q=0.8', 'pt'],
    ['es-419', 'es'],
    ['ar-EG', 'ar'],
    ['*', 'en'],
    ['', 'en'],
    ['constructor, __proto__', 'en'],
    ['de;q=0, fr;q=0.1', 'fr'],
  ])('for a browser that asks for "%s" is %s', async (accepted, key) => {
    expect(title(await asked({}, { 'Accept-Language': accepted }))).toEqual(shows(LANGUAGES[key]));
  });

  it('for a browser that asks for none is English', async () => {
    expect(title(await asked())).toEqual(shows(en));
  });

  it('is what the app says, whatever the browser asks for', async () => {
    expect(title(await asked({ language: 'de' }, { 'Accept-Language': 'fr' }))).toEqual(shows(de));
  });

  it.each<readonly [string | undefined, keyof typeof LANGUAGES]>([
    ['de', 'de'],
    ['pt-BR', 'pt'],
    ['ZH-hant', 'zh'],
    ['nl', 'ja'],
    ['', 'ja'],
    ['constructor', 'ja'],
    [undefined, 'ja'],
  ])('where the app says %p of this request is %s', async (said, key) => {
    const language = (req: { get: (name: string) => string | undefined }): string | undefined => req.get('X-Locale');
    const headers = { 'Accept-Language': 'ja', ...(said !== undefined && { 'X-Locale': said }) };
    expect(title(await asked({ language }, headers))).toEqual(shows(LANGUAGES[key]));
  });

  it.each([[null], [5], [['de']]])('is what the browser asks for where the app says %j', async (said) => {
    // What is in a user's record, in JavaScript.
    const language = (() => said) as unknown as () => string;
    expect(title(await asked({ language }, { 'Accept-Language': 'fr' }))).toEqual(shows(LANGUAGES.fr));
  });

  it('is what the browser asks for where the app fails to say, with a warning; so it is of a refusal', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      const language = (): string => {
        throw new Error('there is no user');
      };
      const { browser } = await waiting({ language });
      browser.set('Accept-Language', 'de');
      expect(title(readPage((await browser.get('/mfa/challenges')).text))).toEqual(shows(de));
      expect(title(readPage((await browser.get('/mfa/nothing')).text))).toEqual(['de', [de.refusal.title]]);
      const warning = ['createMfa: language threw: there is no user', { type: 'MfaWarning' }];
      expect(warn.mock.calls).toEqual([warning, warning]);
    } finally {
      warn.mockRestore();
    }
  });

  it('may be one that the app has added, or has put in the place of ours', async () => {
    const nl: Text = { ...en, language: 'nl', challenge: { ...en.challenge, title: 'Voer uw code in' } };
    const en2: Text = { ...en, language: 'en-GB', challenge: { ...en.challenge, title: 'Your code, please' } };
    const languages = { nl, en: en2 };
    expect(title(await asked({ languages }, { 'Accept-Language': 'nl-BE' }))).toEqual(['nl', ['Voer uw code in']]);
    expect(title(await asked({ languages }, { 'Accept-Language': 'de' }))).toEqual(shows(de));
    expect(title(await asked({ languages }))).toEqual(['en-GB', ['Your code, please']]);
    expect(title(await asked({ languages, language: 'nl' }))).toEqual(['nl', ['Voer uw code in']]);
  });
});

describe('the theme', () => {
  const above = (page: PageElement): readonly unknown[] => [
    elementsOf(page, 'header').map(textOf),
    elementsOf(page, 'img').map(({ attributes }) => attributes),
    elementsOf(page, 'title').map(textOf),
  ];

  it('has the issuer above each page, and no picture, unless it says otherwise', async () => {
    expect(above(await asked())).toEqual([['Acme'], [], ['Enter your code – Acme']]);
  });

  it.each(['/logo.svg', 'https://cdn.example/logo.svg?a=1&b="2"', LOGO])(
    'has its own name and its logo %s',
    async (logo) => {
      expect(above(await asked({ theme: { name: 'Acme <Bank>', logo } }))).toEqual([
        ['Acme <Bank>'],
        [{ src: logo, alt: '' }],
        ['Enter your code – Acme <Bank>'],
      ]);
    },
  );

  it('has its colors in the stylesheet, in light and in dark, and ours for the rest', async () => {
    const [{ css: ours }, { css }] = [
      await styled(undefined),
      await styled({ accent: { light: '#6b21a8', dark: '#d8b4fe' }, page: 'rgb(1 2 3 / 50%)' }),
    ];
    const schemesOf = (sheet: string): readonly ReadonlyMap<string, string>[] =>
      sheet
        .split('@media (prefers-color-scheme:dark)', 2)
        .map(
          (part) => new Map([...part.matchAll(/--(\w+):([^;}]+)/g)].map(([, name = '', value = '']) => [name, value])),
        );
    const [light, dark] = schemesOf(css);
    expect([light?.get('accent'), dark?.get('accent')]).toEqual(['#6b21a8', '#d8b4fe']);
    expect([light?.get('page'), dark?.get('page')]).toEqual(['rgb(1 2 3 / 50%)', 'rgb(1 2 3 / 50%)']);
    const [ourLight, ourDark] = schemesOf(ours);
    for (const name of ['onAccent', 'text', 'card', 'line', 'error']) {
      expect([name, light?.get(name)]).toEqual([name, ourLight?.get(name) ?? 'none']);
      expect([name, dark?.get(name)]).toEqual([name, ourDark?.get(name) ?? 'none']);
    }
  });
});

describe('a page of the host’s own', () => {
  it('is made from the model of ours, and from what all pages share', async () => {
    const given: (readonly [PageModels['challenge'], Page])[] = [];
    const { app, browser } = await waiting({
      csrf: () => ({ _csrf: 'token' }),
      language: 'de',
      theme: { name: 'Acme Bank', logo: '/logo.svg' },
      views: {
        challenge: (model, page) => {
          given.push([model, page]);
          return `<!DOCTYPE html><html lang="${page.text.language}"><h1>Ours</h1></html>`;
        },
      },
    });
    const answer = await browser.get('/mfa/challenges');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.text).toBe('<!DOCTYPE html><html lang="de"><h1>Ours</h1></html>');
    const [[model, page] = []] = given;
    expect(given).toHaveLength(1);
    expect(model).toEqual({
      form: { action: '/mfa/challenges', hidden: { _csrf: 'token' } },
      notice: null,
      approval: null,
      factors: ['Authenticator'],
      method: 'totp',
      otherMethodUrl: null,
      unlockUrl: null,
    });
    expect(page?.text).toBe(de);
    expect(page?.brand).toEqual({ name: 'Acme Bank', logo: '/logo.svg' });
    expect(page?.formats.duration(119)).toBe('119 Sekunden');
    for (const url of Object.values(page?.assets ?? {})) expect((await request(app).get(url)).status).toBe(200);
    expect(Object.keys(page?.assets ?? {})).toEqual(['stylesheet', 'script']);
  });

  it('leaves the others ours', async () => {
    const { browser } = await waiting({ views: { challenge: () => '<!DOCTYPE html><h1>Ours</h1>' } });
    const page = readPage((await browser.get('/mfa/unlock')).text);
    expect(elementsOf(page, 'h1').map(textOf)).toEqual([en.unlock.title]);
  });

  it('may be the refusal: with its status, and what to say of it', async () => {
    const { browser } = await waiting({
      views: { refusal: ({ notice, detail, url }) => JSON.stringify({ notice, detail, url }) },
    });
    const { status, headers, text } = await browser.put('/mfa/factors');
    expect([status, headers['allow'], headers['cache-control']]).toEqual([405, 'GET, HEAD, POST', 'no-store']);
    expect(JSON.parse(text)).toEqual({
      notice: { reason: 'method_not_allowed' },
      detail: 'the methods here are GET, HEAD, POST',
      url: '/mfa',
    });
  });

  it.each(['/mfa/challenges', '/mfa/nothing', '/mfa/factors/YF0/remove', `/mfa/challenges/YC${'0'.repeat(32)}`])(
    'that fails is the host’s error, at %s',
    async (path) => {
      const caught: unknown[] = [];
      const fail = (): string => {
        throw new Error('no such template');
      };
      const onError: ErrorRequestHandler = (error: Error, _req, res, next) => {
        caught.push(error.message);
        if (res.headersSent) next(error);
        else res.status(500).end();
      };
      const { browser } = await waiting(
        { views: { challenge: fail, refusal: fail } },
        { routes: (app) => void app.use(onError) },
      );
      expect((await browser.get(path)).status).toBe(500);
      expect(caught).toEqual(['no such template']);
    },
  );
});

describe('an option of the pages that cannot be', () => {
  it.each<readonly [object, RegExp]>([
    [{ views: { nothing: () => '' } }, /there is no option "views\.nothing"/],
    [{ views: { overview: '<h1>' } }, /views\.overview must be a function/],
    [{ views: 'mine' }, /views must be an object/],
    [{ theme: { colour: 'red' } }, /there is no option "theme\.colour"/],
    [{ theme: { name: 5 } }, /theme\.name must be a string/],
    [{ theme: { logo: 'javascript:alert(1)' } }, /theme\.logo must be a path.*got "javascript:alert\(1\)"/],
    [{ theme: { logo: 'http://cdn.example/logo.svg' } }, /theme\.logo must be/],
    [{ theme: { logo: '//cdn.example/logo.svg' } }, /theme\.logo must be/],
    [{ theme: { logo: '/\\cdn.example/logo.svg' } }, /theme\.logo must be/],
    [{ theme: { logo: 'data:text/html,<script>' } }, /theme\.logo must be/],
    [{ theme: { logo: 'logo.svg' } }, /theme\.logo must be/],
    [{ theme: { colors: { accent: 'red;}' } } }, /theme\.colors\.accent must be a CSS color.*got "red;}"/],
    [{ theme: { colors: { text: { light: '#000', dark: '#fff}' } } } }, /theme\.colors\.text must be a CSS color/],
    [{ theme: { colors: { text: 'rgb(0 0 0' } } }, /theme\.colors\.text must be a CSS color/],
    [{ theme: { colors: { page: '' } } }, /theme\.colors\.page must be a CSS color/],
    [{ theme: { colors: { line: { light: '#000' } } } }, /theme\.colors\.line must be a color, or one for light/],
    [{ theme: { colors: { accents: 'red' } } }, /there is no option "theme\.colors\.accents"/],
    [{ language: 'nl' }, /language must be one of en, de, fr, es, pt, ja, zh, ar, got "nl"/],
    [{ language: 'toString' }, /language must be one of/],
    [{ language: 5 }, /language must be a language such as "de", or a function/],
    [{ languages: { 'no tag': en } }, /languages must be language tags such as 'nl', got "no tag"/],
    [{ languages: { nl: { ...en, language: 'n_l' } } }, /languages\.nl\.language must be language tags.*got "n_l"/],
    [{ languages: { nl: 'Nederlands' } }, /languages\.nl must be texts of a language/],
  ])('%j is a TypeError that names it', (options, words) => {
    const make = (): unknown => hostApp({ options });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/^createMfa: /);
    expect(make).toThrow(words);
  });

  it('a language that was added can be the one that the app says', () => {
    expect(() => hostApp({ options: { language: 'nl', languages: { nl: { ...en, language: 'nl' } } } })).not.toThrow();
  });
});
