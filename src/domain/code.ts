import { MfaError } from '../errors.js';

/**
 * The code in what a person typed: spaces and hyphens stripped, 3–8 ASCII digits; else `malformed_code`.
 * Nothing else is ever taken for a code: no number (leading zeros), no array, no digits of another script (A06, A38).
 * @throws MfaError `malformed_code`
 */
export function parseCode(input: unknown): string {
  if (typeof input !== 'string' || input.length > 64) throw new MfaError('malformed_code', CODE_FORM);
  const code = input.replace(/[ -]/g, '');
  if (!/^[0-9]{3,8}$/.test(code)) throw new MfaError('malformed_code', CODE_FORM);
  return code;
}

const CODE_FORM = 'a code is a string of 3 to 8 digits 0–9; spaces and hyphens between them are ignored';
