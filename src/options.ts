/// <reference types="passport" preserve="true" />
import type { Request } from 'express';
import type { IdentityValue } from './domain/identity.js';
import type { Policy } from './domain/standing.js';
import type { TotpOptions } from './domain/totp-config.js';
import type { Duration } from './duration.js';
import type { Views } from './pages/pages.js';
import type { Colors } from './pages/stylesheet.js';
import type { Text } from './pages/text.js';
import type { Store } from './store/store.js';
import type { Clock } from './use-cases/transaction.js';

/** What a hook may look at besides the user. */
export interface HookContext {
  readonly req: Request;
}

/** Options of `createMfa`. Only `issuer` is required. */
export type MfaOptions<User = Express.User> = CommonOptions<User> & IdentityOption<User>;

/** Required where the type of your users has no `id` that could serve. */
type IdentityOption<User> = keyof User extends never
  ? OptionalIdentity<User>
  : User extends { readonly id: IdentityValue }
    ? OptionalIdentity<User>
    : Required<OptionalIdentity<User>>;

interface OptionalIdentity<User> {
  /**
   * A user's immutable key: never an e-mail address that may change, never given to another person.
   * @default `user.id`
   */
  readonly identity?: (user: User) => IdentityValue;
}

export interface CommonOptions<User> {
  /** What the authenticator app shows above the code; it stays in people's phones. */
  readonly issuer: string;
  /** Where records live. Required with `NODE_ENV=production`. @default `new MemoryStore()` */
  readonly store?: Store;
  /**
   * Sealing keys of 32 bytes in base64, base64url or hex; as text, separated by commas. The first seals, every one opens.
   * @default a random one with MemoryStore; required with every other store
   */
  readonly keys?: string | readonly (string | Uint8Array)[] | undefined;
  /** What the authenticator app shows beside the issuer. @default `user.email ?? user.username ?? user.displayName` */
  readonly accountName?: (user: User) => string;
  /** Whether a user must, may or need not have a second factor. @default 'optional' */
  readonly policy?: Policy | ((user: User, context: HookContext) => Policy | Promise<Policy>);
  /** Your own note that this user has a factor: with it a lost record is told from a user without one. */
  readonly enrolled?: (user: User) => boolean | Promise<boolean>;
  /** May refuse a first enrollment. @default `() => true` */
  readonly canEnroll?: (user: User, context: HookContext) => boolean | Promise<boolean>;
  /** Where the router is mounted, from the origin's root. @default '/mfa' */
  readonly path?: string;
  /** Other origins whose pages may post here, such as `'https://app.example.com'`. @default [] */
  readonly origins?: readonly string[];
  /** Hides the user until the second factor is proved. @default true */
  readonly isolate?: boolean;
  /** What a login does that needs a second factor: we answer it, or your own callback goes on, the user hidden. @default 'answer' */
  readonly login?: 'answer' | 'continue';
  /** Name of this deployment, part of every key. @default 'default' */
  readonly service?: string;
  readonly totp?: TotpOptions;
  readonly limits?: LimitOptions;
  readonly grant?: GrantOptions;
  /** How long after a login a first factor may be enrolled, 1m–24h. @default '10m' */
  readonly recentLogin?: Duration;
  /** Session keys that survive the change of the session id. @default ['returnTo'] */
  readonly preserve?: readonly string[];
  /** Field of the body in which the strategy reads the code. @default 'code' */
  readonly codeField?: string;
  /** Header in which the strategy reads the code. @default none */
  readonly codeHeader?: string;
  /** Hidden fields that your own CSRF middleware wants in our forms. */
  readonly csrf?: (req: Request) => Readonly<Record<string, string>>;
  /** Language of the pages, for all or for each request, such as `'de'`. @default what the browser asks for, else English */
  readonly language?: string | ((req: Request) => string | undefined);
  /** Texts of further languages, or others of ours, by tag: `{ nl: { …LANGUAGES.en, … } }`. */
  readonly languages?: Readonly<Record<string, Text>>;
  /** How the pages look. */
  readonly theme?: ThemeOptions;
  /** Pages of your own in the place of ours. */
  readonly views?: Views;
  /** @default `Date` */
  readonly clock?: Clock;
}

export interface ThemeOptions {
  /** What stands above the pages. @default the issuer */
  readonly name?: string;
  /** A picture before the name: a path of this origin, an `https:` or a `data:image/` URL. @default none */
  readonly logo?: string;
  /** @default ours, which meet WCAG 2.2 AA in light and dark */
  readonly colors?: Colors;
}

export interface LimitOptions {
  /** Verified factors of one entity, 1–20. @default 5 */
  readonly factors?: number;
  /** Life of an enrollment that is not proved, 1m–24h. @default '10m' */
  readonly unverifiedFactorLife?: Duration;
  /** Life of a challenge, 1m–60m. @default '5m' */
  readonly challengeLife?: Duration;
  /** The consecutive wrong code that starts the first wait, 1–20. @default 5 */
  readonly wrongCodesBeforeWait?: number;
  /** The consecutive wrong code that disables, up to 100 (NIST SP 800-63B-4 §3.2.2). @default 20 */
  readonly wrongCodesBeforeDisable?: number;
  /** The first wait, 10s–1h; each further wrong code doubles it. @default '30s' */
  readonly firstWait?: Duration;
  /** The longest wait, 30s–24h. @default '1h' */
  readonly longestWait?: Duration;
  /** Bytes of a request body on our routes, 1024–16384. @default 4096 */
  readonly bodyBytes?: number;
}

export interface GrantOptions {
  /** Life of a second factor in a session, 1m–24h. @default '24h' */
  readonly maxAge?: Duration;
  /** Its life without a request, 1m–24h. @default '1h' */
  readonly idle?: Duration;
  /** How long a request may rely on the last look at the record, 0–60s. @default 0 */
  readonly recheck?: Duration;
  /** How fresh it must be to manage factors, 1m–60m. @default '10m' */
  readonly management?: Duration;
}
