import type { MfaError } from '../errors.js';
import type { Current } from './current.js';
import { localPath } from './local-path.js';
import { asPassportRequest } from './passport-request.js';

/** The page on which a person can do what the refusal asks for. */
export function pageFor<User>({ parts: { web } }: Current<User>, refusal: MfaError): string {
  return refusal.code === 'enrollment_required' ? `${web.path}/factors` : `${web.path}/challenges`;
}

/** Notes where a person was going, unless the session already knows; used once the second factor is proved. */
export function intend<User>({ req }: Current<User>, target: string | undefined): void {
  const { session } = asPassportRequest(req);
  const path = localPath(target);
  if (session && path !== null && session['returnTo'] === undefined) session['returnTo'] = path;
}

/** Where the person was going, which is thereby forgotten; `fallback` where that is not known or not here. */
export function takeIntended<User>({ req }: Current<User>, fallback: string): string {
  const { session } = asPassportRequest(req);
  const path = localPath(session?.['returnTo']);
  if (session) Reflect.deleteProperty(session, 'returnTo');
  return path ?? fallback;
}
