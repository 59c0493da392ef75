import type { Plural } from './text.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Numbers, dates and lists as one language writes them; the digits are always those in which codes are typed. */
export class Formats {
  readonly #tag: string;

  constructor(language: string) {
    this.#tag = new Intl.Locale(language, { numberingSystem: 'latn' }).toString();
  }

  /** So many seconds, in the largest unit that does not make them much longer. */
  duration(seconds: number): string {
    if (seconds < 2 * MINUTE) return this.#of(seconds, 'second');
    return seconds < 2 * HOUR ? this.#of(seconds / MINUTE, 'minute') : this.#of(seconds / HOUR, 'hour');
  }

  /** A day, as it is in UTC. */
  date(date: Date): string {
    return new Intl.DateTimeFormat(this.#tag, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
  }

  /** One or the other of several names. */
  either(names: readonly string[]): string {
    return new Intl.ListFormat(this.#tag, { type: 'disjunction' }).format(names);
  }

  count(n: number, forms: Plural): string {
    const form = forms[new Intl.PluralRules(this.#tag).select(n)] ?? forms.other;
    return form.replace('{n}', new Intl.NumberFormat(this.#tag).format(n));
  }

  #of(amount: number, unit: 'second' | 'minute' | 'hour'): string {
    return new Intl.NumberFormat(this.#tag, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.ceil(amount));
  }
}
