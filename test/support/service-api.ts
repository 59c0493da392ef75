import { MfaError, type MfaErrorCode } from '../../src/index.js';
import { enroll, hostApp, type HostApp } from './host-app.js';
import { codeAt } from './rfc-code.js';

/** What the service-level API is tried on: an app, its one enrolled entity, and SIDs of nothing. */
export const identity = 'ann';
export const UNKNOWN = { factor: `YF${'0'.repeat(32)}`, challenge: `YC${'0'.repeat(32)}` };

export async function enrolled(): Promise<
  HostApp & { readonly secret: string; readonly sid: string; readonly code: () => string }
> {
  const made = hostApp();
  const factor = await enroll(made, identity);
  return { ...made, ...factor, code: () => codeAt(factor.secret, made.clock.now()) };
}

/** Expects a call to be refused with this code. */
export async function refused(promise: Promise<unknown>, code: MfaErrorCode): Promise<void> {
  const error: unknown = await promise.then(
    () => 'it was honoured',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MfaError);
  expect(error).toMatchObject({ name: 'MfaError', code });
}
