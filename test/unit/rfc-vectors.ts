import type { TotpAlgorithm } from '../../src/domain/totp.js';

const DIGITS = '1234567890'.repeat(7);

/** The seeds of RFC 6238 appendix B: as long as the output of the hash (erratum 2866). */
export const RFC6238_SECRETS: Readonly<Record<TotpAlgorithm, Uint8Array>> = {
  sha1: Buffer.from(DIGITS.slice(0, 20)),
  sha256: Buffer.from(DIGITS.slice(0, 32)),
  sha512: Buffer.from(DIGITS.slice(0, 64)),
};

/** RFC 6238 appendix B: seconds since the epoch, algorithm, code of 8 digits with a time step of 30 s. */
export const RFC6238_VECTORS: readonly (readonly [number, TotpAlgorithm, string])[] = [
  [59, 'sha1', '94287082'],
  [59, 'sha256', '46119246'],
  [59, 'sha512', '90693936'],
  [1_111_111_109, 'sha1', '07081804'],
  [1_111_111_109, 'sha256', '68084774'],
  [1_111_111_109, 'sha512', '25091201'],
  [1_111_111_111, 'sha1', '14050471'],
  [1_111_111_111, 'sha256', '67062674'],
  [1_111_111_111, 'sha512', '99943326'],
  [1_234_567_890, 'sha1', '89005924'],
  [1_234_567_890, 'sha256', '91819424'],
  [1_234_567_890, 'sha512', '93441116'],
  [2_000_000_000, 'sha1', '69279037'],
  [2_000_000_000, 'sha256', '90698825'],
  [2_000_000_000, 'sha512', '38618901'],
  [20_000_000_000, 'sha1', '65353130'],
  [20_000_000_000, 'sha256', '77737706'],
  [20_000_000_000, 'sha512', '47863826'],
];

/** RFC 4226 appendix D: the code of 6 digits of each counter, from 0, for the secret of SHA-1 above. */
export const RFC4226_VECTORS: readonly string[] = [
  '755224',
  '287082',
  '359152',
  '969429',
  '338314',
  '254676',
  '287922',
  '162583',
  '399871',
  '520489',
];
