import { isBrowser } from './audience.js';
import type { Current } from './current.js';
import type { LogInOptions } from './passport-request.js';
import { redirect } from './redirect.js';
import { intend, intended } from './way-back.js';

/** The ways in which this user can show a second factor. */
export function methodsOf<User>({ found: { recoveryCodesLeft } }: Current<User>): readonly string[] {
  return recoveryCodesLeft > 0 ? ['totp', 'recovery_code'] : ['totp'];
}

/** What a program is told about the second factor that is still to come. */
export function describeState<User>(current: Current<User>): {
  readonly state: string;
  readonly methods: readonly string[];
  readonly challenge_url: string | null;
  readonly enroll_url: string | null;
} {
  const { state, parts } = current;
  const { web } = parts;
  return {
    state,
    methods: state === 'challenge_required' ? methodsOf(current) : [],
    challenge_url: state === 'challenge_required' ? `${web.path}/challenges` : null,
    enroll_url: state === 'enrollment_required' ? `${web.path}/factors` : null,
  };
}

/** Answers a login that needs a second factor: browsers are sent to it, programs told where it is. */
export async function answerLogin<User>(current: Current<User>, options: LogInOptions): Promise<void> {
  const { req, res, parts } = current;
  res.set('Cache-Control', 'no-store');
  if (!isBrowser(req)) {
    res.status(200).json(describeState(current));
    return;
  }
  intend(current, intended(current) ?? options.successReturnToOrRedirect ?? options.successRedirect);
  await redirect(current, parts.web.path);
}
