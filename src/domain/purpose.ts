import { hash } from 'node:crypto';
import { MfaError } from '../errors.js';
import { isPlainObject } from './unknown-value.js';

/** What an approval is for: a name, or a flat object of values. It comes from server code, never from a body. */
export type Purpose = string | Readonly<Record<string, string | number | boolean>>;

/**
 * A copy of the purpose that nobody can change any more, after a check that it is one: a request can bring an array, an
 * object or nothing where the server's code expected a value.
 * @throws MfaError `invalid_request`
 */
export function freezePurpose(value: unknown): Purpose {
  if (typeof value === 'string' && value !== '') return value;
  if (!isPlainObject(value)) throw invalid('a purpose is a non-empty string or an object');
  const entries = Object.entries(value).map(([key, member]) => {
    if (!isPurposeValue(member)) throw invalid(`"${key}" of a purpose must be a string, a safe integer or a boolean`);
    return [key, member] as const;
  });
  if (entries.length === 0) throw invalid('a purpose needs at least one member');
  return Object.freeze(Object.fromEntries(entries));
}

/** The digest by which a purpose is compared: equal values give equal digests, in whatever order the members stand. */
export function purposeDigest(purpose: Purpose): string {
  const canonical =
    typeof purpose === 'string' ? purpose : Object.entries(purpose).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(canonical), 'base64url');
}

function isPurposeValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function invalid(message: string): MfaError {
  return new MfaError('invalid_request', message);
}
