import { MfaError } from '../errors.js';
import { parseRecoveryCode } from './recovery-codes.js';

/** What a person typed into the one field there is: the digits of an authenticator, or a recovery code. */
export interface Proof {
  readonly kind: 'code' | 'recovery_code';
  readonly code: string;
}

/**
 * What was typed, recognised by its form.
 * @throws MfaError `malformed_code`
 */
export function parseProof(input: unknown): Proof {
  const recoveryCode = typeof input === 'string' && input.length <= MAX_TYPED ? parseRecoveryCode(input) : null;
  return recoveryCode === null
    ? { kind: 'code', code: parseCode(input) }
    : { kind: 'recovery_code', code: recoveryCode };
}

/**
 * The code in what a person typed: spaces and hyphens stripped, 3–8 ASCII digits; else `malformed_code`.
 * Nothing else is ever taken for a code: no number (leading zeros), no array, no digits of another script (A06, A38).
 * @throws MfaError `malformed_code`
 */
export function parseCode(input: unknown): string {
  if (typeof input !== 'string' || input.length > MAX_TYPED) throw new MfaError('malformed_code', CODE_FORM);
  const code = input.replace(/[ -]/g, '');
  if (!/^[0-9]{3,8}$/.test(code)) throw new MfaError('malformed_code', CODE_FORM);
  return code;
}

/** Characters of the longest text that is looked at. */
const MAX_TYPED = 64;
const CODE_FORM = 'a code is a string of 3 to 8 digits 0–9; spaces and hyphens between them are ignored';
