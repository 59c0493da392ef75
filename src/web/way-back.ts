import type { MfaError } from '../errors.js';
import type { Current } from './current.js';
import { localPath } from './local-path.js';
import { asPassportRequest } from './passport-request.js';

/** The page on which a person can do what the refusal asks for. */
export function pageFor<User>({ parts: { web } }: Current<User>, refusal: MfaError): string {
  return refusal.code === 'enrollment_required' ? `${web.path}/factors` : `${web.path}/challenges`;
}

/** Notes where a person was going, for after the second factor; what is not a page here is not noted. */
export function intend<User>({ req }: Current<User>, target: unknown): void {
  const { session } = asPassportRequest(req);
  const path = localPath(target);
  if (session && path !== null) session['returnTo'] = path;
}

/** Where the session says that the person was going. */
export function intended<User>({ req }: Current<User>): string | null {
  return localPath(asPassportRequest(req).session?.['returnTo']);
}

/** Where the person was going, which is thereby forgotten; `fallback` where that is not known or not here. */
export function takeIntended<User>(current: Current<User>, fallback: string): string {
  const path = intended(current);
  const { session } = asPassportRequest(current.req);
  if (session) Reflect.deleteProperty(session, 'returnTo');
  return path ?? fallback;
}
