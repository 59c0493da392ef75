/// <reference types="passport" preserve="true" />
import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { resolveInteger } from './domain/bounds.js';
import type { IdentityValue } from './domain/identity.js';
import { fitLabel } from './domain/otpauth.js';
import type { Settings } from './domain/settings.js';
import type { Policy } from './domain/standing.js';
import { DEFAULT_TOTP, resolveTotp, type TotpOptions } from './domain/totp-config.js';
import { resolveDuration, type Duration } from './duration.js';
import { MemoryStore } from './store/memory.js';
import type { Store } from './store/store.js';
import type { Clock } from './use-cases/transaction.js';
import { Keyring, parseKeys } from './vault/keyring.js';
import { HostHooks } from './web/host-hooks.js';
import type { WebSettings } from './web/web-settings.js';

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

interface CommonOptions<User> {
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
  /** @default `Date` */
  readonly clock?: Clock;
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

/** Everything `createMfa` works with, checked. */
export interface ResolvedOptions<User> {
  readonly settings: Settings;
  readonly web: WebSettings;
  readonly hooks: HostHooks<User>;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @throws TypeError, RangeError that name the option, what it got and what it may be */
export function resolveOptions<User>(options: MfaOptions<User>): ResolvedOptions<User> {
  refuseUnknown(options);
  const { isolate = true, login = 'answer', codeField = 'code', csrf = () => ({}) } = options;
  const store = resolveStore(options.store);
  return {
    settings: resolveSettings(options),
    web: {
      path: resolvePath(options.path ?? '/mfa'),
      origins: (options.origins ?? []).map(resolveOrigin),
      isolate,
      login: resolveLogin(login),
      preserve: options.preserve ?? ['returnTo'],
      codeField,
      codeHeader: options.codeHeader ?? null,
      csrf,
    },
    hooks: new HostHooks(options),
    store,
    keyring: new Keyring(resolveKeys(options.keys, store)),
    clock: options.clock ?? Date,
  };
}

function resolveSettings(options: CommonOptions<never>): Settings {
  const { limits = {}, grant = {}, service = 'default' } = options;
  if (typeof options.issuer !== 'string' || fitLabel(options.issuer, '') === '') {
    throw new TypeError(
      'createMfa: issuer must be a text that is not empty, the name people see in their authenticator app',
    );
  }
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(service)) {
    throw new TypeError('createMfa: service must be 1 to 64 letters, digits, "_" or "-"');
  }
  const wrongCodesBeforeWait = resolveInteger('limits.wrongCodesBeforeWait', limits.wrongCodesBeforeWait ?? 5, [1, 20]);
  const firstWait = resolveDuration('limits.firstWait', limits.firstWait ?? '30s', [10_000, HOUR]);
  return {
    service,
    issuer: fitLabel(options.issuer, ''),
    totp: resolveTotp(options.totp ?? {}, DEFAULT_TOTP),
    recentLogin: resolveDuration('recentLogin', options.recentLogin ?? '10m', [MINUTE, DAY]),
    limits: {
      factors: resolveInteger('limits.factors', limits.factors ?? 5, [1, 20]),
      unverifiedFactorLife: resolveDuration('limits.unverifiedFactorLife', limits.unverifiedFactorLife ?? '10m', [
        MINUTE,
        DAY,
      ]),
      challengeLife: resolveDuration('limits.challengeLife', limits.challengeLife ?? '5m', [MINUTE, HOUR]),
      wrongCodesBeforeWait,
      wrongCodesBeforeDisable: resolveInteger('limits.wrongCodesBeforeDisable', limits.wrongCodesBeforeDisable ?? 20, [
        wrongCodesBeforeWait,
        100,
      ]),
      firstWait,
      longestWait: resolveDuration('limits.longestWait', limits.longestWait ?? Math.max(HOUR, firstWait), [
        firstWait,
        DAY,
      ]),
      bodyBytes: resolveInteger('limits.bodyBytes', limits.bodyBytes ?? 4096, [1024, 16_384]),
    },
    grant: {
      maxAge: resolveDuration('grant.maxAge', grant.maxAge ?? '24h', [MINUTE, DAY]),
      idle: resolveDuration('grant.idle', grant.idle ?? '1h', [MINUTE, DAY]),
      recheck: resolveDuration('grant.recheck', grant.recheck ?? 0, [0, MINUTE]),
      management: resolveDuration('grant.management', grant.management ?? '10m', [MINUTE, HOUR]),
    },
  };
}

function resolveStore(store: Store | undefined): Store {
  if (store !== undefined) return store;
  if (process.env['NODE_ENV'] === 'production') {
    throw new TypeError(
      'createMfa: a store is needed in production: store: new RedisStore(redis), keys: process.env.MFA_KEYS',
    );
  }
  return new MemoryStore();
}

function resolveKeys(keys: CommonOptions<never>['keys'], store: Store): readonly Uint8Array[] {
  if (keys !== undefined) return parseKeys(keys);
  if (store instanceof MemoryStore) return [randomBytes(32)];
  throw new TypeError(
    `createMfa: keys are needed with ${store.constructor.name}; ` +
      `make one: node -p "crypto.randomBytes(32).toString('base64')"`,
  );
}

function resolvePath(path: string): string {
  if (!/^(\/[\w.~%-]+)+$/.test(path)) {
    throw new TypeError(
      `createMfa: path must be the path that the router is mounted at, such as '/mfa', got ${JSON.stringify(path)}`,
    );
  }
  return path;
}

function resolveOrigin(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new TypeError(
    `createMfa: origins must be origins such as 'https://app.example.com', got ${JSON.stringify(origin)}`,
  );
}

function resolveLogin(login: string): 'answer' | 'continue' {
  if (login === 'answer' || login === 'continue') return login;
  throw new TypeError(`createMfa: login must be 'answer' or 'continue', got ${JSON.stringify(login)}`);
}

const NAMES: readonly string[] = Object.keys({
  issuer: 0,
  store: 0,
  keys: 0,
  identity: 0,
  accountName: 0,
  policy: 0,
  enrolled: 0,
  canEnroll: 0,
  path: 0,
  origins: 0,
  isolate: 0,
  login: 0,
  service: 0,
  totp: 0,
  limits: 0,
  grant: 0,
  recentLogin: 0,
  preserve: 0,
  codeField: 0,
  codeHeader: 0,
  csrf: 0,
  clock: 0,
} satisfies Record<keyof CommonOptions<never> | 'identity', 0>);

function refuseUnknown(options: object): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`createMfa: there is no option "${unknown}"; the options are ${NAMES.join(', ')}`);
  }
}
