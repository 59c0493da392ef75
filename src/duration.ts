import { inspect } from 'node:util';

/** Milliseconds, or a whole number with a unit: `'500ms'`, `'30s'`, `'5m'`, `'24h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The milliseconds of a duration option within its bounds.
 * @throws TypeError where it is no duration, RangeError where it is out of bounds; both name the option
 */
export function resolveDuration(option: string, value: Duration, [least, most]: readonly [number, number]): number {
  const ms = parse(value);
  if (ms === null) {
    throw new TypeError(`${option} must be milliseconds or a duration such as '5m', got ${inspect(value)}`);
  }
  if (ms < least || ms > most) {
    throw new RangeError(`${option} must be ${format(least)} to ${format(most)}, got ${inspect(value)}`);
  }
  return ms;
}

function parse(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(typeof value === 'string' ? value : '') ?? [];
  const factor = UNITS[unit ?? ''];
  return factor === undefined ? null : Number(count) * factor;
}

function format(ms: number): string {
  const [unit, factor] = Object.entries(UNITS).findLast(([, size]) => ms % size === 0 && ms >= size) ?? ['ms', 1];
  return `${(ms / factor).toString()}${unit}`;
}
