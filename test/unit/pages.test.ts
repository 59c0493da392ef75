import { Formats } from '../../src/pages/formats.js';
import { LANGUAGES } from '../../src/pages/languages/index.js';
import { explain, isFine, type NoticeModel } from '../../src/pages/notice.js';
import type { Page } from '../../src/pages/page.js';
import { renderOwn } from '../../src/pages/own-pages.js';
import { PAGES, type PageModels } from '../../src/pages/pages.js';
import type { Text } from '../../src/pages/text.js';
import { elementsOf, readPage, textOf, type PageElement } from '../support/host-app.js';

const HOSTILE = `</title></style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;&lt;`;
const BRAND = { name: HOSTILE, logo: `/logo.svg?"><script>` };
// The table is typed by its tags.
const TAGS = Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[];
const ASSETS = { stylesheet: '/mfa/assets/pages.css', script: '/mfa/assets/pages.js' };

const WRONG: NoticeModel = { reason: 'incorrect_code', attemptsRemaining: 3 };
const ONCE_MORE: NoticeModel = { reason: 'step_up_required' };
const UNKNOWN: NoticeModel = { reason: HOSTILE, retryAfter: 30 };
const form = { action: `/mfa/x?"><script>`, hidden: { _csrf: HOSTILE, [`na"me><b>`]: 'field' } };
const details = { message: HOSTILE, fields: [{ label: HOSTILE, value: HOSTILE }] };
const uri = `otpauth://totp/Acme:ann?secret=ABCDEFGHIJ&issuer=Acme`;
const begun = { secret: 'ABCDEFGHIJ', uri, form };
const codes = ['7Q0X-TJ4W-1BZK', '0000-1111-2222'];
const createdAt = new Date(Date.UTC(2026, 10, 20));
const login: PageModels['challenge'] = {
  form,
  notice: null,
  approval: null,
  factors: ['Phone'],
  method: 'totp',
  otherMethodUrl: null,
  unlockUrl: null,
};
const overview: PageModels['overview'] = {
  notice: null,
  factors: [
    { name: HOSTILE, createdAt, url: '/mfa/factors/YF1' },
    { name: 'Phone', createdAt, url: '/mfa/factors/YF2' },
  ],
  recoveryCodesLeft: 3,
  enrollUrl: '/mfa/factors',
  recoveryCodesUrl: '/mfa/recovery-codes',
  logOutOthers: form,
  continueUrl: '/payroll?month=11&"><script>',
};
const factor = { notice: null, name: HOSTILE, isLast: false, rename: form, remove: form, overviewUrl: '/mfa' };
const recoveryCodes = { notice: null, left: 0, start: form, made: null, overviewUrl: '/mfa' };
const refusal = { notice: { reason: 'not_found' }, detail: null, url: '/mfa' };

/** A page in one of its states. */
interface Case<Model> {
  readonly model: Model;
  /** Elements in which what somebody wrote stands as text, besides those of the name above the page. */
  readonly shows?: readonly string[];
}

/** Every page in its states, with what is hostile wherever a person or a host puts text. */
const CASES: { readonly [Name in keyof PageModels]: Readonly<Record<string, Case<PageModels[Name]>>> } = {
  overview: {
    'two apps': { model: overview, shows: ['bdi'] },
    'something done': { model: { ...overview, notice: { reason: 'factor_removed' } }, shows: ['bdi'] },
    'no recovery code': { model: { ...overview, recoveryCodesLeft: 0, logOutOthers: null }, shows: ['bdi'] },
    'nothing set up': { model: { ...overview, factors: [], recoveryCodesLeft: null, logOutOthers: null } },
  },
  enroll: {
    before: { model: { issuer: HOSTILE, notice: null, start: form, begun: null }, shows: ['h1'] },
    refused: {
      model: { issuer: HOSTILE, notice: { reason: 'factor_limit' }, start: form, begun: null },
      shows: ['h1'],
    },
    begun: { model: { issuer: HOSTILE, notice: null, start: form, begun }, shows: ['h1'] },
    'a wrong code': { model: { issuer: HOSTILE, notice: WRONG, start: form, begun }, shows: ['h1'] },
  },
  factor: {
    'one of two': { model: factor },
    'the last one': { model: { ...factor, isLast: true } },
    'a bad name': { model: { ...factor, notice: { reason: 'invalid_name' } } },
  },
  recoveryCodes: {
    'the first': { model: recoveryCodes },
    'after an enrollment': { model: { ...recoveryCodes, notice: { reason: 'factor_verified' } } },
    'in the place of others': { model: { ...recoveryCodes, left: 4 } },
    made: { model: { ...recoveryCodes, made: { codes, form } } },
    'not one of them': { model: { ...recoveryCodes, notice: WRONG, made: { codes, form } } },
  },
  challenge: {
    'a login': { model: login },
    'a wrong code': { model: { ...login, notice: WRONG } },
    'a reason that is none': { model: { ...login, notice: UNKNOWN } },
    'once more': { model: { ...login, notice: ONCE_MORE } },
    'every other way': {
      model: {
        ...login,
        notice: { reason: 'locked', retryAfter: 240 },
        factors: [HOSTILE, 'Phone'],
        otherMethodUrl: '/mfa/challenges?method=recovery_code',
        unlockUrl: '/mfa/unlock',
      },
      shows: ['li'],
    },
    'a recovery code': { model: { ...login, method: 'recovery_code', otherMethodUrl: '/mfa/challenges' } },
    'a wrong recovery code': { model: { ...login, method: 'recovery_code', notice: WRONG } },
    'an approval': { model: { ...login, approval: { details, deny: form } }, shows: ['bdi', 'dt', 'p'] },
    'a wrong code for it': {
      model: { ...login, notice: WRONG, approval: { details, deny: form } },
      shows: ['bdi', 'dt', 'p'],
    },
    'an approval that says nothing': { model: { ...login, approval: { details: null, deny: form } } },
  },
  endedChallenge: {
    approved: { model: { status: 'approved', overviewUrl: '/mfa' } },
    denied: { model: { status: 'denied', overviewUrl: '/mfa' } },
    expired: { model: { status: 'expired', overviewUrl: '/mfa' } },
  },
  unlock: {
    before: { model: { notice: null, form, challengeUrl: '/mfa/challenges' } },
    'not in a row': {
      model: { notice: { reason: 'incorrect_code', retryAfter: 7200 }, form, challengeUrl: '/mfa/challenges' },
    },
  },
  refusal: {
    'nothing more to tell': { model: refusal },
    'with a detail': { model: { ...refusal, detail: HOSTILE }, shows: ['p'] },
    'for a while': { model: { ...refusal, notice: { reason: 'store_unavailable', retryAfter: 1 } } },
    'a reason that is none': { model: { ...refusal, notice: UNKNOWN } },
  },
};

// The table is typed by its names.
const NAMES = Object.keys(CASES) as (keyof PageModels)[];

/** A page in one of its states and in one language. */
interface Shown {
  readonly text: Text;
  /** What its components were given besides the model. */
  readonly context: Page;
  readonly notice: NoticeModel | null;
  readonly shows: readonly string[];
  readonly html: string;
}

function contextIn(tag: keyof typeof LANGUAGES): Page {
  const text = LANGUAGES[tag];
  return { text, formats: new Formats(text.language), brand: BRAND, assets: ASSETS };
}

function shownOf<Name extends keyof PageModels>(
  name: Name,
  cases: Readonly<Record<string, Case<PageModels[Name]>>>,
): readonly (readonly [string, Shown])[] {
  return Object.entries(cases).flatMap(([state, { model, shows = [] }]) =>
    TAGS.map((tag) => {
      const context = contextIn(tag);
      const notice = 'notice' in model ? model.notice : null;
      const shown = { text: context.text, context, notice, shows, html: renderOwn(name, model, context) };
      return [`${name}, ${state}, in ${tag}`, shown] as const;
    }),
  );
}

const SHOWN = NAMES.flatMap((name) => shownOf(name, CASES[name]));

function attributesOf(page: PageElement): readonly (readonly [string, string])[] {
  const below = page.children.flatMap((child) => (typeof child === 'string' ? [] : attributesOf(child)));
  return [...Object.entries(page.attributes), ...below];
}

/** The names of the elements in which this stands as text of their own, in alphabetical order. */
function holdersOf(element: PageElement, words: string): readonly string[] {
  const { name, children } = element;
  const own = children.filter((child) => typeof child === 'string').join('');
  const below = children.flatMap((child) => (typeof child === 'string' ? [] : holdersOf(child, words)));
  return [...new Set([...(own.includes(words) ? [name] : []), ...below])].sort();
}

/** Attributes whose value a browser goes to or loads. */
const TARGETS = ['href', 'src', 'srcset', 'action', 'formaction', 'poster', 'data', 'ping', 'background', 'xlink:href'];
/** Elements that would load, run or style something. */
const ACTIVE = ['style', 'iframe', 'object', 'embed', 'base', 'audio', 'video', 'template', 'portal'];

it('every page is looked at here', () => {
  expect([...NAMES].sort()).toEqual([...PAGES].sort());
});

describe.each(SHOWN)('%s', (_title, { text, context, notice, shows, html }) => {
  let page: PageElement;
  let fields: readonly PageElement[];
  let ids: readonly string[];
  const all = (name: string): readonly PageElement[] => elementsOf(page, name);
  beforeAll(() => {
    page = readPage(html);
    fields = all('input').filter(({ attributes }) => attributes['type'] !== 'hidden');
    ids = attributesOf(page).flatMap(([name, value]) => (name === 'id' ? [value] : []));
  });

  it('is one whole page with a language, a direction, one heading that is in its title, and one main part', () => {
    expect(html).toMatch(/^<!DOCTYPE html><html /);
    expect([page.name, page.attributes]).toEqual(['html', { lang: text.language, dir: text.direction }]);
    expect([all('head').length, all('body').length, all('main').length]).toEqual([1, 1, 1]);
    const [heading, ...others] = all('h1').map(textOf);
    expect(others).toEqual([]);
    expect(heading).toMatch(/\S/);
    expect(all('title').map(textOf)).toEqual([`${heading} – ${HOSTILE}`]);
    expect(all('meta').map(({ attributes }) => attributes)).toContainEqual({ charset: 'utf-8' });
    expect(all('meta').map(({ attributes }) => attributes['name'])).toContain('viewport');
  });

  it('runs without what a strict policy forbids: no style, script nor handler in it, nothing from elsewhere', () => {
    expect(ACTIVE.flatMap(all)).toEqual([]);
    const attributes = attributesOf(page);
    expect(attributes.filter(([name]) => name.startsWith('on') || name === 'style' || name === 'srcdoc')).toEqual([]);
    expect(all('link').map((link) => link.attributes)).toEqual([{ rel: 'stylesheet', href: ASSETS.stylesheet }]);
    expect(all('img').map((img) => img.attributes)).toEqual([{ src: BRAND.logo, alt: '' }]);
    const scripts = all('script').map((each) => [each.attributes, each.children]);
    expect(scripts).toEqual(all('script').length === 0 ? [] : [[{ src: ASSETS.script, defer: '' }, []]]);
    const targets = attributes.flatMap(([name, value]) => (TARGETS.includes(name) ? [value] : []));
    expect(targets.filter((target) => !/^(\/(?![/\\])|otpauth:\/\/|data:text\/plain;)/.test(target))).toEqual([]);
  });

  it('has a label for each field, descriptions that are there, and no id twice', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(all('label').map(({ attributes }) => attributes['for'])).toEqual(
      fields.map(({ attributes }) => attributes['id'] ?? 'none'),
    );
    const named = attributesOf(page).filter(([name]) => ['aria-describedby', 'aria-labelledby'].includes(name));
    for (const [, value] of named) expect(ids).toEqual(expect.arrayContaining(value.split(' ')));
    const words = [...all('label'), ...all('a'), ...all('summary'), ...all('h2')].map(textOf);
    const labels = attributesOf(page).flatMap(([name, value]) => (name === 'aria-label' ? [value] : []));
    for (const each of [...words, ...labels]) expect(each).toMatch(/\S/);
  });

  it('has buttons that say what they do, those that send in a form', () => {
    const sending = all('form').flatMap((each) => elementsOf(each, 'button'));
    for (const button of all('button')) {
      expect(button.attributes['type']).toBe(sending.includes(button) ? 'submit' : 'button');
      expect(textOf(button)).toMatch(/\S/);
    }
    for (const each of all('form')) expect(elementsOf(each, 'button')).toHaveLength(1);
  });

  it('has only forms that post, with what the host wants in each', () => {
    for (const each of all('form')) {
      expect(each.attributes).toEqual({ method: 'post', action: form.action });
      const hidden = elementsOf(each, 'input').filter(({ attributes }) => attributes['type'] === 'hidden');
      const held = hidden.map(({ attributes: { name = '', value = '' } }) => [name, value]);
      expect(Object.fromEntries(held)).toMatchObject(form.hidden);
    }
  });

  it('says what somebody wrote as text, to the letter, and nowhere else', () => {
    expect(holdersOf(page, HOSTILE)).toEqual([...shows, 'span', 'title'].sort());
    expect(html).not.toMatch(/<(img src=x|script>|\/style)/);
  });

  it('says its notice once, as a status or an alert, tied to the field where one has it', () => {
    const live = attributesOf(page).filter(([name, value]) => name === 'role' && /^(status|alert)$/.test(value));
    if (notice === null) {
      expect(live.filter(([, role]) => role === 'alert')).toEqual([]);
      expect(attributesOf(page).filter(([name]) => name === 'aria-invalid')).toEqual([]);
      return;
    }
    const role = isFine(notice, context) ? 'status' : 'alert';
    expect(live).toEqual([['role', role]]);
    const said = all('p').filter(({ attributes }) => attributes['role'] === role);
    expect(said.map(textOf)).toEqual([explain(notice, context)]);
    const id = said[0]?.attributes['id'];
    const tied = fields.filter(({ attributes }) => attributes['aria-invalid'] === 'true');
    expect(tied.map(({ attributes }) => attributes['aria-describedby']?.split(' ').at(-1))).toEqual(id ? [id] : []);
  });
});

describe.each(TAGS)('in %s', (tag) => {
  const context = contextIn(tag);
  const { text, formats } = context;
  const render = <Name extends keyof PageModels>(name: Name, model: PageModels[Name]): PageElement =>
    readPage(renderOwn(name, model, context));

  it('the name of an app stands in its field as it is', () => {
    const fields = elementsOf(render('factor', factor), 'input').filter(({ attributes }) => attributes['id']);
    expect(fields.map(({ attributes }) => [attributes['name'], attributes['value']])).toEqual([
      ['friendly_name', HOSTILE],
    ]);
  });

  it('recovery codes stand one by one on the page, and in the file', () => {
    const page = render('recoveryCodes', { ...recoveryCodes, made: { codes, form } });
    expect(elementsOf(page, 'li').map(textOf)).toEqual(codes);
    const [file] = elementsOf(page, 'a').filter(({ attributes }) => attributes['download'] !== undefined);
    const [, content = ''] = (file?.attributes['href'] ?? '').split(',');
    expect(decodeURIComponent(content)).toBe(`${HOSTILE}\n\n${codes.join('\n')}\n`);
  });

  it('the key of an enrollment stands in groups of four, beside the link that holds it', () => {
    const page = render('enroll', { issuer: 'Acme', notice: null, start: form, begun });
    expect(elementsOf(page, 'code').map(textOf)).toEqual(['ABCD EFGH IJ']);
    expect(elementsOf(page, 'a').map(({ attributes }) => attributes['href'])).toEqual([uri]);
  });

  it('the overview says since when an app is there, and how many recovery codes are left', () => {
    const page = render('overview', overview);
    const added = text.overview.added(formats.date(createdAt));
    expect(elementsOf(page, 'small').map(textOf)).toEqual([added, added]);
    expect(elementsOf(page, 'p').map(textOf).join('\n')).toContain(formats.count(3, text.overview.recoveryCodesLeft));
  });

  it.each(['approved', 'denied', 'expired'] as const)('what became of an approval is told: %s', (status) => {
    const [said, ...others] = elementsOf(render('endedChallenge', { status, overviewUrl: '/mfa' }), 'p').filter(
      ({ attributes }) => attributes['role'] === 'status',
    );
    expect([said && textOf(said), others]).toEqual([text.ended[status], []]);
  });

  it('the last app is told from one of several where it is removed', () => {
    const [one, last] = [render('factor', factor), render('factor', { ...factor, isLast: true })];
    expect(textOf(one)).not.toContain(text.factor.removeLast);
    expect(textOf(last)).toContain(text.factor.removeExplained + text.gap + text.factor.removeLast);
  });
});

describe('what the page says of the last form', () => {
  it.each<readonly [NoticeModel, string]>([
    [{ reason: 'incorrect_code', attemptsRemaining: 4 }, 'This code is wrong. You have 4 more attempts.'],
    [{ reason: 'incorrect_code', attemptsRemaining: 1 }, 'This code is wrong. You have one more attempt.'],
    [{ reason: 'incorrect_code', attemptsRemaining: 0 }, 'This code is wrong. Start again.'],
    [
      { reason: 'incorrect_code', attemptsRemaining: 0, retryAfter: 30 },
      'This code is wrong. Try again in 30 seconds.',
    ],
    [{ reason: 'incorrect_code' }, 'This code is wrong.'],
    [
      { reason: 'code_already_used', retryAfter: 12 },
      'This code has been used already. Wait until your app shows the next one. Try again in 12 seconds.',
    ],
    [
      { reason: 'code_already_used', retryAfter: 1 },
      'This code has been used already. Wait until your app shows the next one. Try again in 1 second.',
    ],
    [
      { reason: 'clock_drift', driftSeconds: -90, attemptsRemaining: 2 },
      'This code is too old: the clock of your phone seems to be 90 seconds slow. ' +
        'Set it to automatic, then try the next code. You have 2 more attempts.',
    ],
    [
      { reason: 'clock_drift', driftSeconds: 150, attemptsRemaining: 2 },
      'This code is from the future: the clock of your phone seems to be 3 minutes fast. ' +
        'Set it to automatic, then try the next code. You have 2 more attempts.',
    ],
    [{ reason: 'malformed_code' }, 'This is not a code. Check what you typed.'],
    [{ reason: 'locked', retryAfter: 119 }, 'There were too many wrong codes. Try again in 119 seconds.'],
    [{ reason: 'locked', retryAfter: 121 }, 'There were too many wrong codes. Try again in 3 minutes.'],
    [{ reason: 'locked', retryAfter: 3600 }, 'There were too many wrong codes. Try again in 60 minutes.'],
    [
      { reason: 'disabled' },
      'There were too many wrong codes, so codes are switched off for your account. ' +
        'Use a recovery code, or ask for help.',
    ],
    [{ reason: 'too_many_attempts' }, 'There were too many wrong codes here. Start again.'],
    [{ reason: 'challenge_ended' }, 'This request has ended already. Start again.'],
    [{ reason: 'invalid_request' }, 'We did not understand this request. Start again.'],
    [{ reason: 'invalid_name' }, 'A name has 1 to 64 characters, and no colon.'],
    [{ reason: 'step_up_required' }, 'For this, we need a code from you once more.'],
    [{ reason: 'store_unavailable', retryAfter: 1 }, 'We cannot check codes at present. Try again in 1 second.'],
    [{ reason: 'factor_verified' }, 'Your authenticator app is set up.'],
    [{ reason: 'of a later release' }, 'Start again.'],
    [{ reason: 'constructor' }, 'Start again.'],
  ])('%j', (notice, words) => {
    expect(explain(notice, contextIn('en'))).toBe(words);
  });

  it.each(TAGS)('tells every reason and every deed apart in %s, except what failed on our side', (tag) => {
    const context = contextIn(tag);
    const { reasons, deeds } = context.text;
    const ours = ['record_missing', 'record_unreadable', 'store_unavailable'];
    const theirs = [...Object.keys(reasons).filter((reason) => !ours.includes(reason)), ...Object.keys(deeds)];
    const said = (reason: string): string => explain({ reason }, context);
    expect(new Set(ours.map(said)).size).toBe(1);
    const drifts = [-90, 90].map((driftSeconds) => explain({ reason: 'clock_drift', driftSeconds }, context));
    const others = [...theirs, 'store_unavailable', 'of a later release'].map(said);
    expect(new Set([...others, ...drifts]).size).toBe(others.length + 2);
  });

  it.each(TAGS)('says in %s how long to wait, and how many attempts are left', (tag) => {
    const context = contextIn(tag);
    const { text, formats } = context;
    const { incorrect_code: wrong } = text.reasons;
    const said = [1, 2, 3, 11].map((attemptsRemaining) =>
      explain({ reason: 'incorrect_code', attemptsRemaining }, context),
    );
    expect(said).toEqual([1, 2, 3, 11].map((n) => wrong + text.gap + formats.count(n, text.attemptsLeft)));
    expect(new Set(said).size).toBe(4);
    expect(explain({ reason: 'incorrect_code', retryAfter: 30 }, context)).toBe(
      wrong + text.gap + text.again(formats.duration(30)),
    );
  });
});
