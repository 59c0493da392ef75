/** Whether less than `ms` lie between the instant and `now`, either way: a clock that is set back makes nothing last longer. */
export function isWithin(ms: number, instant: number, now: number): boolean {
  return Math.abs(now - instant) < ms;
}
