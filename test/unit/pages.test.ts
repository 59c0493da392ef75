import { renderChallenge } from '../../src/pages/challenge.js';
import { renderEnroll } from '../../src/pages/enroll.js';
import { explain, type NoticeModel } from '../../src/pages/notice.js';
import { renderOverview } from '../../src/pages/overview.js';
import { renderRefusal } from '../../src/pages/refusal.js';
import { elementsOf, readPage, textOf, type PageElement } from '../support/host-app.js';

const HOSTILE = `</title></style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;&lt;`;
const NOTICE: NoticeModel = { reason: 'incorrect_code', attemptsRemaining: 3 };
const form = { action: `/mfa/x?"><script>`, hidden: { [`_csrf`]: HOSTILE } };
const details = { message: HOSTILE, fields: [{ label: HOSTILE, value: HOSTILE }] };
const begun = { secret: 'ABCDEFGHIJ', uri: `otpauth://totp/Acme:ann?secret=ABCDEFGHIJ&issuer=Acme`, form };

/** Every page in each of its forms, with what is hostile wherever a person or a host puts text. */
const PAGES: Readonly<Record<string, string>> = {
  'the challenge': renderChallenge({ form, notice: null, details: null, isApproval: false }),
  'the challenge after a wrong code': renderChallenge({ form, notice: NOTICE, details: null, isApproval: false }),
  'the approval': renderChallenge({ form, notice: NOTICE, details, isApproval: true }),
  'the enrollment': renderEnroll({ issuer: HOSTILE, notice: null, start: form, begun: null }),
  'the refused enrollment': renderEnroll({ issuer: HOSTILE, notice: NOTICE, start: form, begun: null }),
  'the begun enrollment': renderEnroll({ issuer: HOSTILE, notice: NOTICE, start: form, begun }),
  'the overview': renderOverview({ factors: [HOSTILE, 'Phone'], message: HOSTILE, enrollUrl: '/mfa/factors' }),
  'the empty overview': renderOverview({ factors: [], message: null, enrollUrl: '/mfa/factors' }),
  'the refusal': renderRefusal({ title: 'Not found', detail: HOSTILE, retryAfter: null }),
  'the refusal for a while': renderRefusal({ title: 'Not found', detail: null, retryAfter: 30 }),
};

const TEXT = ['p', 'h1', 'li', 'dt', 'dd', 'title'];

function attributesOf(page: PageElement): readonly (readonly [string, string])[] {
  const below = page.children.flatMap((child) => (typeof child === 'string' ? [] : attributesOf(child)));
  return [...Object.entries(page.attributes), ...below];
}

describe.each(Object.entries(PAGES))('%s', (_name, html) => {
  const page = readPage(html);
  const all = (name: string): readonly PageElement[] => elementsOf(page, name);

  it('is one whole page with a language, a title, one heading and one main part', () => {
    expect(html).toMatch(/^<!DOCTYPE html><html lang="en">/);
    expect([page.name, all('head').length, all('body').length, all('main').length]).toEqual(['html', 1, 1, 1]);
    expect(all('h1')).toHaveLength(1);
    expect(all('title').map(textOf)).toEqual(all('h1').map(textOf));
    expect(all('title').map(textOf)).not.toEqual(['']);
    expect(all('meta').map(({ attributes }) => attributes)).toContainEqual({ charset: 'utf-8' });
    expect(all('meta').map(({ attributes }) => attributes['name'])).toContain('viewport');
  });

  it('runs without JavaScript and fetches nothing: no script, no handler, nothing from elsewhere', () => {
    expect(['script', 'img', 'link', 'iframe', 'object', 'base'].flatMap(all)).toEqual([]);
    const attributes = attributesOf(page);
    expect(attributes.filter(([name]) => name.startsWith('on') || name === 'src' || name === 'style')).toEqual([]);
    expect(all('style').map(textOf).join()).not.toMatch(/url\(|@import|</);
    const targets = attributes.filter(([name]) => name === 'href').map(([, value]) => value);
    expect(targets.filter((target) => !/^(\/[^/]|\/$|otpauth:)/.test(target))).toEqual([]);
  });

  it('has a label for each field, a description that is there, and no id twice', () => {
    const ids = attributesOf(page).flatMap(([name, value]) => (name === 'id' ? [value] : []));
    expect(new Set(ids).size).toBe(ids.length);
    const fields = all('input').filter(({ attributes }) => attributes['type'] !== 'hidden');
    const labels = all('label').map(({ attributes }) => attributes['for']);
    expect(fields.map(({ attributes }) => attributes['id'])).toEqual(labels);
    for (const { attributes } of fields) {
      const description = attributes['aria-describedby'];
      if (description !== undefined) expect(ids).toContain(description);
    }
    for (const button of all('button'))
      expect([button.attributes['type'], textOf(button)]).toEqual(['submit', expect.any(String)]);
  });

  it('has only forms that post, with what the host wants in each', () => {
    for (const { attributes, ...found } of all('form')) {
      expect([attributes['method'], attributes['action']]).toEqual(['post', form.action]);
      const hidden = elementsOf({ attributes, ...found }, 'input').filter(
        (input) => input.attributes['type'] === 'hidden',
      );
      expect(hidden.map((input) => [input.attributes['name'], input.attributes['value']])).toContainEqual([
        '_csrf',
        HOSTILE,
      ]);
    }
  });
});

describe('what people and hosts wrote', () => {
  it.each([
    ['the approval', ['dd', 'dt', 'p']],
    ['the enrollment', ['h1', 'title']],
    ['the overview', ['li', 'p']],
  ])('stands on %s as text, to the letter', (name, places) => {
    const page = readPage(PAGES[name] ?? '');
    const holds = TEXT.filter((element) => elementsOf(page, element).some((found) => textOf(found).includes(HOSTILE)));
    expect(holds.sort()).toEqual(places);
  });
});

describe('what the page says of the last code', () => {
  it.each<readonly [NoticeModel, string]>([
    [{ reason: 'incorrect_code', attemptsRemaining: 4 }, 'This code is wrong. 4 attempts are left.'],
    [{ reason: 'incorrect_code', attemptsRemaining: 1 }, 'This code is wrong. One attempt is left.'],
    [
      { reason: 'incorrect_code', attemptsRemaining: 0, retryAfter: 30 },
      'This code is wrong. Wait 30 seconds, then try again.',
    ],
    [{ reason: 'code_already_used', retryAfter: 12 }, 'This code was used already. Wait 12 seconds for the next one.'],
    [{ reason: 'code_already_used', retryAfter: 1 }, 'This code was used already. Wait 1 second for the next one.'],
    [
      { reason: 'clock_drift', driftSeconds: -90, attemptsRemaining: 2 },
      'This code is from another time: the clock of your phone seems to be 90 seconds slow. ' +
        'Set it to automatic, then try the next code. 2 attempts are left.',
    ],
    [{ reason: 'locked', retryAfter: 119 }, 'Too many wrong codes. Wait 119 seconds, then try again.'],
    [{ reason: 'locked', retryAfter: 121 }, 'Too many wrong codes. Wait 3 minutes, then try again.'],
    [{ reason: 'locked', retryAfter: 3600 }, 'Too many wrong codes. Wait 60 minutes, then try again.'],
  ])('%j', (notice, words) => {
    expect(explain(notice)).toBe(words);
  });

  it('tells every reason apart, and knows what to do where the reason is new to it', () => {
    const reasons = [
      'incorrect_code',
      'code_already_used',
      'clock_drift',
      'malformed_code',
      'locked',
      'disabled',
      'too_many_attempts',
      'challenge_ended',
      'recent_login_required',
      'enrollment_refused',
      'factor_limit',
      'of a later release',
    ];
    expect(new Set(reasons.map((reason) => explain({ reason }))).size).toBe(reasons.length);
    expect(explain({ reason: 'of a later release' })).toBe('This did not work. Start again.');
  });
});
