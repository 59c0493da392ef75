import { MfaError } from '../errors.js';

/** What the store answers; whatever it throws, its outcome is unknown. @throws MfaError `store_unavailable` */
export async function ask<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (cause) {
    throw cause instanceof MfaError ? cause : new MfaError('store_unavailable', undefined, { cause });
  }
}
