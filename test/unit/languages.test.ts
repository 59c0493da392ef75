import { en } from '../../src/pages/languages/en.js';
import { LANGUAGES } from '../../src/pages/languages/index.js';
import type { Plural, Text } from '../../src/pages/text.js';

type Entry = readonly [path: string, text: string];

/** Stands for the word that a text is given. */
const WORD = '‹word›';

/** Everything that a language says, each text with its path; what takes a word is given one. */
function textsIn(part: unknown, path = ''): readonly Entry[] {
  if (typeof part === 'string') return [[path, part]];
  // Every text that is made takes words.
  if (typeof part === 'function') return [[path, (part as (word: string) => string)(WORD)]];
  return Object.entries(part as object).flatMap(([name, each]) =>
    textsIn(each, path === '' ? name : `${path}.${name}`),
  );
}

/** Texts that are no sentences. */
const NOT_SAID = ['language', 'direction', 'gap'];

function said(text: Text): readonly Entry[] {
  return textsIn(text).filter(([path]) => !NOT_SAID.includes(path));
}

/** Where a word is the same as in English. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  de: ['factor.name', 'challenge.label'],
  fr: ['challenge.label'],
};

function pluralsOf({ overview, attemptsLeft }: Text): readonly Plural[] {
  return [overview.recoveryCodesLeft, attemptsLeft];
}

const ALL = Object.entries(LANGUAGES);

describe.each(ALL)('the texts in %s', (key, text) => {
  it('are asked for by their language, and say so themselves', () => {
    const { language, direction, gap } = text;
    expect(Intl.getCanonicalLocales(language)).toEqual([language]);
    expect(new Intl.Locale(language).language).toBe(key);
    expect(direction).toBe(key === 'ar' ? 'rtl' : 'ltr');
    expect(gap).toBe(['ja', 'zh'].includes(key) ? '' : ' ');
  });

  it('are none of them empty, and have no space around them', () => {
    expect(said(text).filter(([, words]) => words === '' || words !== words.trim())).toEqual([]);
  });

  it('hold the word that they are given', () => {
    const given = ['overview.added', 'enroll.title', 'challenge.anyApp', 'clockBehind', 'clockAhead', 'again'];
    expect(said(text).flatMap(([path, words]) => (words.includes(WORD) ? [path] : []))).toEqual(given);
  });

  it('have a form for each kind of number that there is, and for no other', () => {
    const { pluralCategories } = new Intl.PluralRules(text.language).resolvedOptions();
    for (const forms of pluralsOf(text)) expect(Object.keys(forms).sort()).toEqual([...pluralCategories].sort());
  });

  it('say the number, except where a form is of one number alone', () => {
    const rules = new Intl.PluralRules(text.language);
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    for (const [kind, words] of pluralsOf(text).flatMap((forms) => Object.entries(forms))) {
      const isOfOne = numbers.filter((n) => rules.select(n) === kind).length === 1;
      expect([words, words.includes('{n}') || isOfOne]).toEqual([words, true]);
    }
  });
});

it.each(ALL.filter(([, text]) => text !== en))('the texts in %s are others than in English', (key, text) => {
  const english = new Map(said(en));
  expect(english.size).toBeGreaterThan(100);
  const same = said(text).filter(([path, words]) => english.get(path) === words);
  expect(same.map(([path]) => path)).toEqual(SAME[key] ?? []);
});
