import { decodeBase32 } from '../domain/base32.js';
import type { Details } from '../domain/challenge.js';
import type { Metadata } from '../domain/factor.js';
import { canonicalIdentity } from '../domain/identity.js';
import { Secret } from '../domain/secret.js';
import type { TotpConfig } from '../domain/totp.js';
import { resolveTotp, type TotpOptions } from '../domain/totp-config.js';
import { memberOf } from '../domain/unknown-value.js';
import { MfaError } from '../errors.js';

/** How a secret is written in the system that it comes from. */
export type SecretEncoding = (typeof ENCODINGS)[number];

const ENCODINGS = ['base32', 'base64', 'hex', 'utf8'] as const;

/** @throws MfaError `invalid_request` */
export function requireIdentity(value: unknown): string {
  const identity = canonicalIdentity(value);
  if (identity === null) {
    throw invalid('identity must be a non-empty string of up to 255 bytes, a safe integer or a bigint');
  }
  return identity;
}

/** A factor's name: 1–64 characters without `:`, `%3A` or control characters, so that a label parses one way. */
export function requireFriendlyName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '' || Array.from(name).length > 64 || /:|%3a|\p{Cc}/iu.test(name) || !name.isWellFormed()) {
    throw invalid('friendly_name must be 1 to 64 characters, without ":", "%3A" and control characters');
  }
  return name;
}

/** The account that the authenticator shows; of what does not fit a label, the label keeps what does. */
export function requireAccountName(value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid('account_name must be a string');
}

/** An object of strings, at most 1024 characters as JSON. */
export function requireMetadata(name: string, value: unknown): Metadata | null {
  if (value === undefined || value === null) return null;
  const isObject = typeof value === 'object' && !Array.isArray(value);
  const entries: [string, unknown][] = isObject ? Object.entries(value) : [];
  const strings = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const isNamed = entries.every(([key]) => !RESERVED.includes(key));
  if (!isObject || !isNamed || strings.length < entries.length || JSON.stringify(value).length > 1024) {
    throw invalid(
      `${name} must be an object of strings, at most 1024 characters as JSON, without members named ${RESERVED.join(', ')}`,
    );
  }
  return Object.fromEntries(strings);
}

/** What a person reads before approving: a message and up to 20 labelled values (Twilio's shape). */
export function requireDetails(value: Details | null | undefined): Details | null {
  if (value === undefined || value === null) return null;
  const { message, fields } = value;
  if (!isText(message, 256) || !isFields(fields)) {
    throw invalid(
      'details must be { message, fields: [{ label, value }] }: a message of 1 to 256 characters, at most 20 fields, ' +
        'labels of 1 to 36 and values of 1 to 128 characters',
    );
  }
  return { message, fields: fields.map((field) => ({ label: field.label, value: field.value })) };
}

/** How a factor's codes are made, as far as it differs from the service's way. @throws MfaError `invalid_request` */
export function requireConfig(config: TotpOptions, defaults: TotpConfig): TotpConfig {
  try {
    return resolveTotp(config, defaults);
  } catch (cause) {
    throw new MfaError('invalid_request', cause instanceof RangeError ? cause.message : undefined, { cause });
  }
}

/** An instant. */
export function requireDate(name: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  throw invalid(`${name} must be a Date`);
}

/**
 * A secret from another system: 16–64 bytes; 10–15, as old generators made them, only where `legacy` says so.
 * @throws MfaError `invalid_request`, without the secret
 */
export function requireSecret(text: unknown, encoding: SecretEncoding, legacy: boolean): Secret {
  if (!ENCODINGS.includes(encoding)) throw invalid(`encoding must be one of ${ENCODINGS.join(', ')}`);
  const bytes = typeof text === 'string' ? decode(text, encoding) : null;
  if (bytes === null) throw invalid(`secret is not ${encoding}`);
  const least = legacy ? 10 : 16;
  if (bytes.length < least || bytes.length > 64) {
    throw invalid(`secret must have ${least.toString()} to 64 bytes, got ${bytes.length.toString()}`);
  }
  return new Secret(bytes);
}

/** Names that mean something to every object; what reads documents drops them. */
const RESERVED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

function decode(text: string, encoding: SecretEncoding): Uint8Array | null {
  switch (encoding) {
    case 'base32':
      return decodeBase32(text);
    case 'hex':
      return /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : null;
    case 'base64':
      return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
    case 'utf8':
      return Buffer.from(text, 'utf8');
  }
}

function isFields(fields: unknown): boolean {
  if (!Array.isArray(fields) || fields.length > 20) return false;
  return fields.every(
    (field: unknown) => isText(memberOf(field, 'label'), 36) && isText(memberOf(field, 'value'), 128),
  );
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most;
}

function invalid(message: string): MfaError {
  return new MfaError('invalid_request', message);
}
