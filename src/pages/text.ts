import type { MfaErrorCode } from '../errors.js';

/** One sentence for each of a language's plural forms; `{n}` is the number. Which forms there are, `Intl.PluralRules` says. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

/** Why a code was not accepted. */
type WrongCode = 'incorrect_code' | 'code_already_used';

/** Why a form was not accepted. */
type WrongForm = 'invalid_name';

/** What was done. */
export type Deed =
  | 'factor_verified'
  | 'factor_renamed'
  | 'factor_removed'
  | 'recovery_codes_confirmed'
  | 'others_logged_out'
  | 'unlocked';

/** Everything that the pages say, in one language. Texts are plain; they are escaped where they are used. */
export interface Text {
  /** BCP 47, for the `lang` of the pages and for numbers, dates and lists. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** What stands between two sentences. */
  readonly gap: string;
  readonly overview: {
    readonly title: string;
    readonly on: string;
    readonly off: string;
    readonly apps: string;
    readonly added: (date: string) => string;
    readonly change: string;
    readonly addFirst: string;
    readonly addAnother: string;
    readonly recoveryCodes: string;
    readonly recoveryCodesLeft: Plural;
    readonly noRecoveryCodes: string;
    readonly newRecoveryCodes: string;
    readonly otherSessions: string;
    readonly otherSessionsExplained: string;
    readonly logOutOthers: string;
    readonly done: string;
  };
  readonly enroll: {
    readonly title: (issuer: string) => string;
    readonly why: string;
    readonly begin: string;
    readonly scan: string;
    /** Of the QR code. It never holds the secret. */
    readonly qrCode: string;
    readonly openApp: string;
    readonly typeKey: string;
    readonly typeCode: string;
    readonly label: string;
    readonly confirm: string;
  };
  readonly factor: {
    readonly title: string;
    readonly name: string;
    readonly rename: string;
    readonly remove: string;
    readonly removeExplained: string;
    readonly removeLast: string;
    readonly back: string;
  };
  readonly recoveryCodes: {
    readonly title: string;
    readonly why: string;
    readonly replace: string;
    readonly make: string;
    readonly notNow: string;
    readonly keep: string;
    readonly list: string;
    readonly copy: string;
    readonly copied: string;
    readonly download: string;
    readonly print: string;
    readonly prove: string;
    readonly label: string;
    readonly confirm: string;
  };
  readonly challenge: {
    readonly title: string;
    readonly approvalTitle: string;
    readonly label: string;
    readonly hint: string;
    readonly recoveryLabel: string;
    readonly recoveryHint: string;
    readonly proceed: string;
    readonly approve: string;
    readonly deny: string;
    readonly otherWays: string;
    readonly anyApp: (names: string) => string;
    readonly withRecoveryCode: string;
    readonly withApp: string;
    readonly withThreeCodes: string;
    readonly help: string;
  };
  readonly ended: {
    readonly title: string;
    readonly approved: string;
    readonly denied: string;
    readonly expired: string;
    readonly back: string;
  };
  readonly unlock: {
    readonly title: string;
    readonly explained: string;
    readonly labels: readonly [first: string, second: string, third: string];
    readonly unlock: string;
  };
  readonly refusal: { readonly title: string; readonly back: string };
  /** What was wrong and what to do about it. */
  readonly reasons: Readonly<Record<MfaErrorCode | WrongCode | WrongForm, string>>;
  readonly clockBehind: (by: string) => string;
  readonly clockAhead: (by: string) => string;
  readonly again: (wait: string) => string;
  readonly attemptsLeft: Plural;
  readonly startAgain: string;
  readonly deeds: Readonly<Record<Deed, string>>;
}
