/** A whole-number option within its bounds. @throws RangeError that names the option, what it got and what it may be */
export function resolveInteger(option: string, value: unknown, [least, most]: readonly [number, number]): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(
    `${option} must be a whole number from ${least.toString()} to ${most.toString()}, got ${String(value)}`,
  );
}
