import { MfaError, type MfaErrorCode } from '../../src/errors.js';

/** The code with which `work` is refused, or 'not refused'. What is thrown besides refusals goes on. */
export function refusalOf(work: () => unknown): MfaErrorCode | 'not refused' {
  return errorOf(work)?.code ?? 'not refused';
}

/** The refusal itself. */
export function errorOf(work: () => unknown): MfaError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof MfaError) return error;
    throw error;
  }
  return undefined;
}

/** All that a caller is told of a refusal. */
export function toldBy(work: () => unknown): unknown {
  const error = errorOf(work);
  return error && { code: error.code, message: error.message, status: error.status, headers: error.headers };
}
