import type { TotpAlgorithm, TotpConfig } from './totp.js';
import { resolveInteger } from './bounds.js';

/** How codes are made and judged; what is left out keeps its default. */
export interface TotpOptions {
  /** Digits of a code, 6–8. Many apps ignore other values than 6. @default 6 */
  readonly codeLength?: number;
  /** Seconds for which a code is shown, 20–60. Many apps ignore other values than 30. @default 30 */
  readonly timeStep?: number;
  /** `'sha1'`, `'sha256'` or `'sha512'`. Many apps ignore other values than sha1. @default 'sha1' */
  readonly algorithm?: TotpAlgorithm;
  /** Steps accepted on each side of now, 0–2; a code lives (2·skew+1)·timeStep seconds. @default 1 */
  readonly skew?: number;
  /** Allows code lengths of 3–5, which are outside every claim of security that is made here. @default false */
  readonly allowWeak?: boolean;
}

export const DEFAULT_TOTP: TotpConfig = { algorithm: 'sha1', codeLength: 6, timeStep: 30, skew: 1 };

const ALGORITHMS: readonly TotpAlgorithm[] = ['sha1', 'sha256', 'sha512'];

/** @throws RangeError that names the option */
export function resolveTotp(options: TotpOptions, defaults: TotpConfig): TotpConfig {
  const algorithm = options.algorithm ?? defaults.algorithm;
  if (!ALGORITHMS.includes(algorithm)) {
    throw new RangeError(`totp.algorithm must be one of ${ALGORITHMS.join(', ')}, got ${JSON.stringify(algorithm)}`);
  }
  const leastLength = options.allowWeak === true || defaults.codeLength < 6 ? 3 : 6;
  return {
    algorithm,
    codeLength: resolveInteger('totp.codeLength', options.codeLength ?? defaults.codeLength, [leastLength, 8]),
    timeStep: resolveInteger('totp.timeStep', options.timeStep ?? defaults.timeStep, [20, 60]),
    skew: resolveInteger('totp.skew', options.skew ?? defaults.skew, [0, 2]),
  };
}
