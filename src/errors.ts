/**
 * Every reason for which a request cannot be honoured. The list is closed: a code is only ever added in a minor release,
 * and never changes its meaning. `docs/errors.md` lists the same codes with what to do about each.
 */
export type MfaErrorCode =
  | 'cross_site'
  | 'challenge_ended'
  | 'code_required'
  | 'disabled'
  | 'document_full'
  | 'duplicate_secret'
  | 'enrollment_refused'
  | 'enrollment_required'
  | 'factor_limit'
  | 'first_factor_required'
  | 'hook_failed'
  | 'impersonated'
  | 'invalid_request'
  | 'locked'
  | 'malformed_code'
  | 'method_not_allowed'
  | 'not_locked'
  | 'not_found'
  | 'payload_too_large'
  | 'recent_login_required'
  | 'record_missing'
  | 'record_unreadable'
  | 'step_up_required'
  | 'store_unavailable'
  | 'too_many_attempts';

interface HttpMeaning {
  readonly status: number;
  readonly title: string;
}

/**
 * One table: what each code means on the wire. Nobody else decides a status.
 * @internal
 */
export const HTTP_MEANING: Readonly<Record<MfaErrorCode, HttpMeaning>> = {
  cross_site: { status: 403, title: 'The request came from another site' },
  challenge_ended: { status: 409, title: 'The challenge has already ended' },
  code_required: { status: 401, title: 'A code is needed' },
  disabled: { status: 403, title: 'Codes are switched off after too many wrong ones' },
  document_full: { status: 409, title: 'There is no room for this in the record' },
  duplicate_secret: { status: 409, title: 'This secret already belongs to a factor' },
  enrollment_refused: { status: 403, title: 'Enrollment is not allowed' },
  enrollment_required: { status: 403, title: 'A second factor must be set up first' },
  factor_limit: { status: 409, title: 'No further factor can be added' },
  first_factor_required: { status: 401, title: 'Log in first' },
  hook_failed: { status: 503, title: 'The application could not answer' },
  impersonated: { status: 403, title: 'An impersonated session proves nothing' },
  invalid_request: { status: 400, title: 'The request is not understood' },
  locked: { status: 429, title: 'Too many wrong codes, wait' },
  malformed_code: { status: 400, title: 'This is not a code' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  not_locked: { status: 409, title: 'There is nothing to unlock' },
  not_found: { status: 404, title: 'Not found' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  recent_login_required: { status: 403, title: 'Log in again first' },
  record_missing: { status: 503, title: 'The record of this user is missing' },
  record_unreadable: { status: 503, title: 'The record of this user cannot be read' },
  step_up_required: { status: 401, title: 'A second factor must be shown' },
  store_unavailable: { status: 503, title: 'The store does not answer' },
  too_many_attempts: { status: 429, title: 'Too many attempts, start again' },
};

/** Seconds after which a client may try again when the store, a key or a hook failed. */
const RETRY_AFTER_FAILURE_SECONDS = 1;

export interface MfaErrorOptions {
  /** Seconds until the same request may succeed; becomes the `Retry-After` header. */
  readonly retryAfter?: number;
  /** Further headers of the answer, `Allow` for instance. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What caused it; never sent to a client. */
  readonly cause?: unknown;
}

/**
 * A request that cannot be honoured. Tell errors apart by `code`, never by message.
 * `status` and `headers` are read by Express's own error handler, so `next(error)` answers rightly.
 * The message never holds a secret, a code or an identity.
 */
export class MfaError extends Error {
  override readonly name = 'MfaError';
  readonly code: MfaErrorCode;
  /** HTTP status of the answer. */
  readonly status: number;
  /** A short, constant description of the code. */
  readonly title: string;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds until the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(code: MfaErrorCode, message?: string, options: MfaErrorOptions = {}) {
    const { status, title } = HTTP_MEANING[code];
    super(message ?? title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.title = title;
    this.retryAfter = options.retryAfter ?? (status === 503 ? RETRY_AFTER_FAILURE_SECONDS : undefined);
    this.headers = {
      ...options.headers,
      ...(this.retryAfter === undefined ? {} : { 'Retry-After': String(this.retryAfter) }),
    };
  }
}

/** What is refused to clients of the Verify API alone: their refusals are finer, and no page and no session meets them. */
export type ClientErrorCode =
  | 'challenge_expired'
  | 'entity_exists'
  | 'factor_unverified'
  | 'too_many_challenges'
  | 'too_many_entities'
  | 'too_many_failed_logins'
  | 'too_many_factors';

/** A request of a client of the Verify API that cannot be honoured. The message is constant: the code with spaces. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Seconds until the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(code: ClientErrorCode, retryAfter?: number) {
    super(code.replaceAll('_', ' '));
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
