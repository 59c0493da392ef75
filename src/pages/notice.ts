/** What became of the last form. */
export interface NoticeModel {
  readonly reason: string;
  readonly attemptsRemaining?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly driftSeconds?: number | undefined;
}

/** What happened and what to do, in a sentence or two. */
export function explain({ reason, attemptsRemaining, retryAfter, driftSeconds }: NoticeModel): string {
  switch (reason) {
    case 'incorrect_code':
      return `This code is wrong. ${outlook(attemptsRemaining, retryAfter)}`;
    case 'code_already_used':
      return `This code was used already. ${wait(retryAfter ?? 30)} for the next one.`;
    case 'clock_drift':
      return (
        `This code is from another time: the clock of your phone seems to be ${drift(driftSeconds ?? 0)}. ` +
        `Set it to automatic, then try the next code. ${outlook(attemptsRemaining, retryAfter)}`
      );
    case 'malformed_code':
      return 'Type the digits that your authenticator app shows, nothing else.';
    case 'locked':
      return `Too many wrong codes. ${wait(retryAfter ?? 30)}, then try again.`;
    case 'disabled':
      return 'There were too many wrong codes. Codes are switched off for your account; use a recovery code, or ask for help.';
    case 'too_many_attempts':
      return 'Too many wrong codes here. Start again.';
    case 'not_locked':
      return 'There is nothing to unlock. Type the code that your authenticator app shows.';
    case 'challenge_ended':
      return 'This request has ended. Start again.';
    case 'recent_login_required':
      return 'You logged in some time ago. Log in again, then set this up.';
    case 'enrollment_refused':
      return 'An authenticator app cannot be set up for this account now.';
    case 'factor_limit':
      return 'There is no room for another authenticator app. Remove one first.';
    default:
      return 'This did not work. Start again.';
  }
}

function outlook(attemptsRemaining: number | undefined, retryAfter: number | undefined): string {
  if (retryAfter !== undefined) return `${wait(retryAfter)}, then try again.`;
  if (attemptsRemaining === undefined || attemptsRemaining === 0) return 'Start again.';
  return attemptsRemaining === 1 ? 'One attempt is left.' : `${attemptsRemaining.toString()} attempts are left.`;
}

function wait(seconds: number): string {
  if (seconds === 1) return 'Wait 1 second';
  return seconds < 120 ? `Wait ${seconds.toString()} seconds` : `Wait ${Math.ceil(seconds / 60).toString()} minutes`;
}

function drift(seconds: number): string {
  return `${Math.abs(seconds).toString()} seconds ${seconds < 0 ? 'slow' : 'fast'}`;
}
