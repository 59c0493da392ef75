import { Formats } from '../../src/pages/formats.js';
import { LANGUAGES } from '../../src/pages/languages/index.js';
import type { Plural } from '../../src/pages/text.js';

const ALL = Object.values(LANGUAGES).map(({ language }) => [language, new Formats(language)] as const);
const formatsOf = (tag: string): Formats => new Formats(tag);

describe('a duration', () => {
  it.each<readonly [number, string]>([
    [0.2, '1 second'],
    [1, '1 second'],
    [30, '30 seconds'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [121, '3 minutes'],
    [300, '5 minutes'],
    [7199, '120 minutes'],
    [7200, '2 hours'],
    [7201, '3 hours'],
    [86_400, '24 hours'],
  ])('of %d s is "%s": never told too short, nor much too long', (seconds, words) => {
    expect(formatsOf('en').duration(seconds)).toBe(words);
  });

  it.each<readonly [string, readonly string[]]>([
    ['de', ['1 Sekunde', '119 Sekunden', '3 Minuten', '2 Stunden']],
    ['es', ['1 segundo', '119 segundos', '3 minutos', '2 horas']],
    ['ja', ['1 秒', '119 秒', '3 分', '2 時間']],
    ['ar', ['ثانية', '119 ثانية', '3 دقائق', 'ساعتان']],
  ])('in %s is written as it is there', (language, words) => {
    expect([1, 119, 121, 7200].map((seconds) => formatsOf(language).duration(seconds))).toEqual(words);
  });
});

describe('a date', () => {
  it.each([
    ['en', 'November 20, 2026'],
    ['de', '20. November 2026'],
    ['ja', '2026年11月20日'],
    ['ar', '20 نوفمبر 2026'],
  ])('in %s is written as it is there, and is the day in UTC from its first second to its last', (language, words) => {
    for (const time of [Date.UTC(2026, 10, 20), Date.UTC(2026, 10, 20, 23, 59, 59, 999)])
      expect(formatsOf(language).date(new Date(time))).toBe(words);
  });
});

describe('one or the other of several names', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['en', ['Phone'], 'Phone'],
    ['en', ['Phone', 'Tablet'], 'Phone or Tablet'],
    ['en', ['Phone', 'Tablet', 'Key'], 'Phone, Tablet, or Key'],
    ['de', ['Phone', 'Tablet', 'Key'], 'Phone, Tablet oder Key'],
    ['zh-Hans', ['Phone', 'Tablet', 'Key'], 'Phone、Tablet或Key'],
    ['ar', ['Phone', 'Tablet'], 'Phone أو Tablet'],
  ])('in %s, of %j: "%s"', (language, names, words) => {
    expect(formatsOf(language).either(names)).toBe(words);
  });
});

describe('a count', () => {
  const FORMS: Plural = {
    zero: 'zero {n}',
    one: 'one {n}',
    two: 'two {n}',
    few: 'few {n}',
    many: 'many {n}',
    other: 'other {n}',
  };

  it.each<readonly [string, readonly string[]]>([
    ['en', ['other 0', 'one 1', 'other 2', 'other 3', 'other 11', 'other 100']],
    ['fr', ['one 0', 'one 1', 'other 2', 'other 3', 'other 11', 'other 100']],
    ['ja', ['other 0', 'other 1', 'other 2', 'other 3', 'other 11', 'other 100']],
    ['ar', ['zero 0', 'one 1', 'two 2', 'few 3', 'many 11', 'other 100']],
  ])('in %s takes the form that its number has there', (language, words) => {
    expect([0, 1, 2, 3, 11, 100].map((n) => formatsOf(language).count(n, FORMS))).toEqual(words);
  });

  it('takes the form for every other number where the texts have none for this one', () => {
    expect(formatsOf('ar').count(3, { other: 'noch {n}' })).toBe('noch 3');
  });
});

it.each(ALL)('in %s the digits are those in which codes are typed', (_language, formats) => {
  const written = [
    formats.duration(119),
    formats.duration(3 * 3600),
    formats.date(new Date(Date.UTC(2026, 10, 20))),
    formats.count(11, { other: '{n}' }),
  ];
  for (const words of written) expect(words).toMatch(/[0-9]/);
  expect(written.join().replace(/[0-9]/g, '')).not.toMatch(/\p{Nd}/u);
});
