import { MfaError, type MfaErrorCode } from '../../src/errors.js';

/** Every code, and its HTTP status: a code that is added or changed is added or changed here. */
const STATUS: Readonly<Record<MfaErrorCode, number>> = {
  cross_site: 403,
  challenge_ended: 409,
  code_required: 401,
  disabled: 403,
  document_full: 409,
  duplicate_secret: 409,
  enrollment_refused: 403,
  enrollment_required: 403,
  factor_limit: 409,
  first_factor_required: 401,
  hook_failed: 503,
  impersonated: 403,
  invalid_request: 400,
  locked: 429,
  malformed_code: 400,
  method_not_allowed: 405,
  not_found: 404,
  not_locked: 409,
  payload_too_large: 413,
  recent_login_required: 403,
  record_missing: 503,
  record_unreadable: 503,
  step_up_required: 401,
  store_unavailable: 503,
  too_many_attempts: 429,
};
const CODES = Object.keys(STATUS) as readonly MfaErrorCode[];

describe('an error', () => {
  it.each(CODES)('%s has the status that is documented, and a short title as its message', (code) => {
    const error = new MfaError(code);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'MfaError', code, status: STATUS[code] });
    expect(error.title).toMatch(/^[A-Z][^.]{5,60}$/);
    expect(error.message).toBe(error.title);
    expect(error).not.toHaveProperty('cause');
  });

  it('has a title of its own for each code', () => {
    expect(new Set(CODES.map((code) => new MfaError(code).title)).size).toBe(CODES.length);
  });

  it.each(CODES.filter((code) => STATUS[code] === 503))('%s, a 503, says when to come again', (code) => {
    expect(new MfaError(code)).toMatchObject({ retryAfter: 1, headers: { 'Retry-After': '1' } });
    expect(new MfaError(code, undefined, { retryAfter: 7 }).headers).toEqual({ 'Retry-After': '7' });
  });

  it.each(CODES.filter((code) => STATUS[code] !== 503))('%s says so only where it is told to', (code) => {
    expect(new MfaError(code).retryAfter).toBeUndefined();
    expect(new MfaError(code).headers).toEqual({});
    expect(new MfaError(code, undefined, { retryAfter: 30 }).headers).toEqual({ 'Retry-After': '30' });
  });

  it('keeps its title when its message tells more', () => {
    const error = new MfaError('not_found', 'no such factor');
    expect(error).toMatchObject({ message: 'no such factor', title: 'Not found' });
  });

  it('carries its cause and further headers', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new MfaError('method_not_allowed', undefined, { cause, headers: { Allow: 'POST' }, retryAfter: 2 });
    expect(error.cause).toBe(cause);
    expect(error.headers).toEqual({ Allow: 'POST', 'Retry-After': '2' });
  });
});
