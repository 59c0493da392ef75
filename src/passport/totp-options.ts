import type { Duration } from '../duration.js';
import type { LogInOptions } from '../web/passport-request.js';

/** Options of `passport.authenticate('totp', options)`, besides Passport's own. */
export interface TotpAuthenticateOptions extends LogInOptions {
  /** How long ago the second factor may have been shown. @default as long as the grant lives */
  readonly maxAge?: Duration;
  /** Asks for a code however fresh the second factor is. @default false */
  readonly force?: boolean;
  /** Lets users without a factor pass. @default false */
  readonly ifEnrolled?: boolean;
  /** Takes a recovery code where a code is expected. @default false */
  readonly recovery?: boolean;
  readonly assignProperty?: string;
  readonly failureRedirect?: string;
  readonly failureMessage?: unknown;
  readonly failureFlash?: unknown;
  readonly failWithError?: boolean;
}

/** What Passport hands on as `info`. */
export interface TotpInfo {
  /** Why it failed; of a success there is none. */
  readonly code?: string;
  /** For people: `failureFlash` and `failureMessage` show it. */
  readonly message: string;
  readonly attemptsRemaining?: number;
  readonly retryAfter?: number;
  readonly driftSeconds?: number;
  readonly amr?: readonly string[];
  readonly factorSid?: string | null;
}

declare module 'passport' {
  interface AuthenticateOptions {
    /** `'totp'`: see {@link TotpAuthenticateOptions}. */
    maxAge?: Duration | undefined;
    /** `'totp'`: see {@link TotpAuthenticateOptions}. */
    force?: boolean | undefined;
    /** `'totp'`: see {@link TotpAuthenticateOptions}. */
    ifEnrolled?: boolean | undefined;
    /** `'totp'`: see {@link TotpAuthenticateOptions}. */
    recovery?: boolean | undefined;
    /** What this login does that needs a second factor; overrides the option of `createMfa`. */
    login?: 'answer' | 'continue' | undefined;
  }
  interface LogInOptions {
    /** `false`: a login that needs no second factor and never counts as one, for impersonation by your own code. */
    secondFactor?: boolean | undefined;
    /** What this login does that needs a second factor; overrides the option of `createMfa`. */
    login?: 'answer' | 'continue' | undefined;
  }
}
