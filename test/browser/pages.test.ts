import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { LANGUAGES } from '../../src/pages/languages/index.js';
import { PAGES } from '../../src/pages/pages.js';
import { openChromium } from './chromium.js';
import { register, setUp, textIn, travel, type Scene } from './journey.js';
import { Person, type PersonOptions } from './person.js';
import { openSite, type Site } from './site.js';

/** Every scene, and nothing but scenes. */
const SCENES: Readonly<Record<Scene, true>> = {
  'overview: nothing set up': true,
  'overview: one app': true,
  'overview: two apps': true,
  'overview: others logged out': true,
  'enroll: before': true,
  'enroll: begun': true,
  'enroll: wrong code': true,
  'recoveryCodes: none': true,
  'recoveryCodes: made': true,
  'recoveryCodes: not one of them': true,
  'challenge: login': true,
  'challenge: wrong code': true,
  'challenge: used code': true,
  'challenge: late code': true,
  'challenge: not a code': true,
  'challenge: two apps': true,
  'challenge: once more': true,
  'challenge: approval': true,
  'challenge: recovery code': true,
  'challenge: wrong recovery code': true,
  'challenge: locked': true,
  'endedChallenge: denied': true,
  'factor: one of two': true,
  'factor: bad name': true,
  'factor: the last one': true,
  'unlock: before': true,
  'unlock: not in a row': true,
  'refusal: not there': true,
};

/** A language of each direction: what axe looks at does not hang on the words. */
const AUDITED = ['en', 'ar'];

/** What WCAG 2.2 AA asks for, as far as a machine can tell, in light and in dark. */
async function violationsOn({ page }: Person): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(
      ...(await page.evaluate(async () => {
        const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
        const { violations } = await checker.run({
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
        });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      })),
    );
  }
  return found;
}

/** By how many pixels the page is wider than a phone, and with letters of twice the size than a small window. */
async function overflowOf({ page }: Person): Promise<readonly number[]> {
  const overflow = async (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.setViewportSize({ width: 320, height: 640 });
  const onPhone = await overflow();
  await page.setViewportSize({ width: 640, height: 640 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  const enlarged = await overflow();
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '';
  });
  await page.setViewportSize({ width: 1280, height: 720 });
  return [onPhone, enlarged];
}

const SCREENSHOTS = process.env['SCREENSHOTS'];

/** Keeps a picture of the scene for people to look at, in light and in dark. */
async function keepPicture(scene: Scene, { page }: Person, language: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  const name = scene.replace(/\W+/g, '-');
  await page.setViewportSize({ width: 480, height: 640 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SCREENSHOTS, language, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 720 });
}

describe('the pages, in a browser', () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(async () => browser.close());
  beforeEach(async () => {
    site = await openSite();
  });
  afterEach(async () => site.close());

  async function go(
    options: PersonOptions,
    look: (scene: Scene, person: Person) => Promise<void> = async () => Promise.resolve(),
  ): Promise<readonly Scene[]> {
    const person = await Person.arrive(browser, site, options);
    const seen: Scene[] = [];
    const text = textIn(options.language);
    await travel({
      site,
      person,
      text,
      look: async (scene, whose) => {
        seen.push(scene);
        // What is pressed leads to a page whose stylesheet may still be on its way.
        await whose.page.waitForLoadState('load');
        await look(scene, whose);
      },
    });
    await person.leave();
    return seen;
  }

  it('are all come by, in each of their states', () => {
    const shown = new Set(Object.keys(SCENES).map((scene) => scene.split(':', 1).join()));
    expect([...shown].sort()).toEqual([...PAGES].sort());
  });

  it.each(Object.keys(LANGUAGES))(
    'lead through everything in %s: read by all, within a phone’s width, refused nothing by their policy',
    async (language) => {
      const { language: tag, direction } = textIn(language);
      const seen = await go({ language }, async (scene, person) => {
        const { page } = person;
        const html = page.locator('html');
        expect([scene, await html.getAttribute('lang'), await html.getAttribute('dir')]).toEqual([
          scene,
          tag,
          direction,
        ]);
        if (AUDITED.includes(language)) expect([scene, await violationsOn(person)]).toEqual([scene, []]);
        expect([scene, await overflowOf(person)]).toEqual([scene, [0, 0]]);
        await keepPicture(scene, person, language);
        const isRefusal = scene.startsWith('refusal');
        // Chromium complains of the status 404 itself.
        expect([scene, person.complaints()]).toEqual([scene, isRefusal ? [expect.stringContaining('404')] : []]);
      });
      expect(new Set(seen)).toEqual(new Set(Object.keys(SCENES)));
    },
    300_000,
  );

  it('let recovery codes be downloaded, and with JavaScript copied and printed', async () => {
    const person = await Person.arrive(browser, site, { language: 'en' });
    const { page } = person;
    const text = textIn('en');
    const journey = { site, person, text, look: async () => Promise.resolve() };
    await register(journey);
    await setUp(journey);
    await page.addInitScript(() => {
      window.print = () => {
        document.title = 'printed';
      };
    });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const t = text.recoveryCodes;
    await person.press(t.make);
    const shown = await page.getByRole('list', { name: t.list }).innerText();
    const codes = shown.trim().split(/\s+/);

    const [download] = await Promise.all([page.waitForEvent('download'), person.press(t.download)]);
    expect(download.suggestedFilename()).toBe('recovery-codes.txt');
    expect(readFileSync(await download.path(), 'utf8')).toBe(`Acme\n\n${codes.join('\n')}\n`);

    await person.press(t.copy);
    await page.getByRole('button', { name: t.copied }).waitFor();
    const copied = await page.evaluate(async () => navigator.clipboard.readText());
    expect(copied.trim().split(/\s+/)).toEqual(codes);

    await person.press(t.print);
    expect(await page.title()).toBe('printed');
    await person.leave();
  });

  it('need no JavaScript, and no policy that allows more than styles, pictures and forms of their own', async () => {
    const policy = `default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'`;
    const seen = await go({ language: 'en', javaScript: false, policy }, async (scene, person) => {
      const complaints = person.complaints().filter((complaint) => !complaint.includes('404'));
      expect([scene, complaints]).toEqual([scene, []]);
      expect(await person.page.locator('main').evaluate((main) => getComputedStyle(main).borderRadius)).toBe('12px');
    });
    expect(new Set(seen)).toEqual(new Set(Object.keys(SCENES)));
  });

  it('need no mouse', async () => {
    expect(new Set(await go({ language: 'en', keyboard: true }))).toEqual(new Set(Object.keys(SCENES)));
  });
});
