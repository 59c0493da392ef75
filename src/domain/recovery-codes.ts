import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from './base32.js';
import { newEpoch, type Random } from './sid.js';

/** A set of single-use look-up secrets (NIST SP 800-63B-4 §3.1.2), as far as the record keeps it: nothing to read a code from. */
export interface RecoveryCodes {
  /** Names the set. */
  readonly id: string;
  /** The key of the digests, the set's own. */
  readonly salt: string;
  /** Of the codes that are still unused. */
  readonly digests: readonly string[];
  /** Of the codes that were used. */
  readonly used: readonly string[];
  readonly createdAt: number;
}

const RECOVERY_CODES_PER_SET = 10;
/** So many codes left, or fewer, are told as `recovery_codes.low`. */
export const FEW_RECOVERY_CODES = 3;

const CODE_BYTES = 16;
const SALT_BYTES = 16;

/** A new set, and its codes: 128 bits each, as a person is to keep them. */
export function newRecoveryCodes(
  random: Random,
  now: number,
): { readonly set: RecoveryCodes; readonly codes: readonly string[] } {
  const codes = Array.from({ length: RECOVERY_CODES_PER_SET }, () => newCode(random));
  const salt = Buffer.from(random(SALT_BYTES)).toString('base64url');
  const digests = codes.map((code) => digestOf(salt, code));
  return { set: { id: newEpoch(random), salt, digests, used: [], createdAt: now }, codes: codes.map(inGroups) };
}

/**
 * The canonical form of a recovery code as a person typed it, or null where it is none: any case, spaces and hyphens
 * anywhere, and the letters that look like digits for those digits (Crockford's base32). Digits alone are a code of another
 * length, and none.
 */
export function parseRecoveryCode(typed: string): string | null {
  // Outside ASCII there are letters whose capital is one of the alphabet.
  const code = typed
    .replace(/[ -]/g, '')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  return /^(?=.*[A-Z])[0-9A-HJKMNP-TV-Z]{26}$/.test(code) ? code : null;
}

/** Whether the code is of this set, and unused. */
export function hasRecoveryCode({ salt, digests }: RecoveryCodes, code: string): boolean {
  return matching(digests, digestOf(salt, code)).length > 0;
}

/** Whether the code is of this set, and was used. */
export function hasUsedRecoveryCode({ salt, used }: RecoveryCodes, code: string): boolean {
  return matching(used, digestOf(salt, code)).length > 0;
}

/** The set in which this code is used. */
export function withoutRecoveryCode(set: RecoveryCodes, code: string): RecoveryCodes {
  const [spent] = matching(set.digests, digestOf(set.salt, code));
  if (spent === undefined) return set;
  return { ...set, digests: set.digests.filter((digest) => digest !== spent), used: [...set.used, spent] };
}

/** It looks at every digest whatever it finds, so that time does not tell which one matched. */
function matching(digests: readonly string[], wanted: string): readonly string[] {
  return digests.filter((digest) => timingSafeEqual(Buffer.from(digest), Buffer.from(wanted)));
}

function newCode(random: Random): string {
  const code = encodeBase32(random(CODE_BYTES), CROCKFORD);
  // One in 10¹³ has no letter.
  return parseRecoveryCode(code) ?? newCode(random);
}

/** Half of an HMAC-SHA-256: as long as the code is random. */
function digestOf(salt: string, code: string): string {
  return createHmac('sha256', salt).update(code).digest().subarray(0, CODE_BYTES).toString('base64url');
}

function inGroups(code: string): string {
  return code.replace(/.{4}(?=.)/g, '$&-');
}

/** Base32 without letters that are taken for another one or for a digit. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
