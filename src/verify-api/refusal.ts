import type { Response } from 'express';
import { ClientError, MfaError, type ClientErrorCode, type MfaErrorCode } from '../errors.js';
import { answer, integer, is, text, url } from './answers.js';

/** What refusals mean on a route: Twilio tells its families of resources apart. */
export interface Family {
  /** A parameter is not what it must be. */
  readonly invalid: 60200 | 60306;
  /** No further code is judged. */
  readonly spent: 60308 | 60310;
}

export const SERVICE_FAMILY: Family = { invalid: 60200, spent: 60310 };
export const FACTOR_FAMILY: Family = { invalid: 60306, spent: 60310 };
export const CHALLENGE_FAMILY: Family = { invalid: 60306, spent: 60308 };

/** An answer that is no success, in Twilio's words. */
export class TwilioError extends Error {
  override readonly name = 'TwilioError';
  readonly status: number;
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function missingParameter(name: string): TwilioError {
  return new TwilioError(400, 20001, `Missing required parameter ${name} in the post body`);
}

export function invalidParameter(name: string, { invalid }: Family): TwilioError {
  return new TwilioError(400, invalid, `Invalid parameter: ${name}`);
}

/** `path` is the request's, without its version: what is malformed, unknown and another account's looks alike. */
export function notFound(path: string): TwilioError {
  const resource = path.replace(/^\/v2(?=\/|$)/, '') || '/';
  return new TwilioError(404, 20404, `The requested resource ${resource} was not found`);
}

export function unsupported(): TwilioError {
  return new TwilioError(403, 60204, 'Service does not support this feature');
}

/** Whatever was thrown, as Twilio would say it. What failed on our side is told to nobody but the operator. */
export function refusalOf(error: unknown, path: string, family: Family): TwilioError {
  if (error instanceof TwilioError) return error;
  if (error instanceof MfaError || error instanceof ClientError) return translate(error, path, family);
  // A path that is no text at all (`%ff`) is refused by Express before a route sees it.
  if (error instanceof URIError) return notFound(path);
  warn(error);
  return new TwilioError(500, 20500, 'Internal Server Error');
}

/** Twilio's envelope. */
export const REFUSAL = answer<TwilioError>('Error', {
  code: is(integer, ({ code }) => code),
  message: is(text, ({ message }) => message),
  more_info: is(url, ({ code }) => `https://www.twilio.com/docs/errors/${code.toString()}`),
  status: is(integer, ({ status }) => status),
});

export function sendRefusal(res: Response, refusal: TwilioError): void {
  res.status(refusal.status).set(refusal.headers).json(REFUSAL.represent(refusal));
}

function translate(error: MfaError | ClientError, path: string, family: Family): TwilioError {
  const { code, message, retryAfter } = error;
  if (code === 'not_found') return notFound(path);
  if (code === 'invalid_request' || code === 'malformed_code') {
    return invalidParameter(message, family);
  }
  if (code === 'locked' || code === 'disabled' || code === 'too_many_attempts') {
    return new TwilioError(429, family.spent, SPENT[family.spent], waiting(retryAfter));
  }
  const known = MEANINGS[code];
  if (known !== undefined) {
    const [status, number, title] = known;
    const headers = error instanceof MfaError ? error.headers : {};
    return new TwilioError(status, number, title, { ...headers, ...(status === 429 && waiting(retryAfter)) });
  }
  warn(error);
  return new TwilioError(503, 20503, 'Service unavailable', { 'Retry-After': '1' });
}

const SPENT = {
  60308: 'Challenge verification attempts limit reached',
  60310: 'Factor verification attempts reached',
} as const;

/** HTTP status, code and message; what has none is a failure on our side. */
const MEANINGS: Readonly<Partial<Record<MfaErrorCode | ClientErrorCode, readonly [number, number, string]>>> = {
  method_not_allowed: [405, 20004, 'Method not allowed'],
  payload_too_large: [413, 20413, 'The body is too large'],
  document_full: [409, 20409, 'Conflict: there is no room for this'],
  entity_exists: [409, 60301, 'Entity already exists'],
  too_many_challenges: [429, 60312, 'Challenge creation limit reached'],
  factor_limit: [400, 60315, 'Reached max limit of 20 push Factors associated per Entity'],
  duplicate_secret: [409, 60317, 'Factor already exists'],
  factor_unverified: [403, 60318, 'Factor is unverified'],
  challenge_ended: [403, 60322, 'Challenge already responded'],
  challenge_expired: [403, 60323, 'Challenge expired'],
  too_many_factors: [429, 60326, 'Too many requests to create factors for the entity'],
  too_many_entities: [429, 60328, 'Entities rate limit exceeded'],
  too_many_failed_logins: [429, 20429, 'Too many requests'],
};

/** Where waiting alone does not help, as for a challenge that took its five wrong codes, a client is not to hurry. */
const SECONDS = 60;

function waiting(retryAfter: number = SECONDS): Readonly<Record<string, string>> {
  return { 'Retry-After': retryAfter.toString() };
}

function warn(error: unknown): void {
  const causes = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const reason = error instanceof Error ? error.message + causes : 'unknown';
  process.emitWarning(`a request to the Verify API failed: ${reason}`, { type: 'MfaWarning' });
}
