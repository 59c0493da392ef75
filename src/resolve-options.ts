import { randomBytes } from 'node:crypto';
import { resolveInteger } from './domain/bounds.js';
import { fitLabel } from './domain/otpauth.js';
import { APP_CAPACITY, type Settings } from './domain/settings.js';
import { DEFAULT_TOTP, resolveTotp } from './domain/totp-config.js';
import { resolveDuration } from './duration.js';
import type { CommonOptions, MfaOptions } from './options.js';
import { requireOptionsShape } from './options-shape.js';
import type { Pages } from './pages/pages.js';
import { resolvePages } from './resolve-pages.js';
import { MemoryStore } from './store/memory.js';
import type { Store } from './store/store.js';
import type { Clock } from './use-cases/transaction.js';
import { Keyring, parseKeys } from './vault/keyring.js';
import { HostHooks } from './web/host-hooks.js';
import type { WebSettings } from './web/web-settings.js';

/** Everything `createMfa` works with, checked. */
export interface ResolvedOptions<User> {
  readonly settings: Settings;
  readonly web: WebSettings;
  readonly pages: Pages;
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
  requireOptionsShape(options);
  const { isolate = true, login = 'answer', codeField = 'code' } = options;
  const store = resolveStore(options.store);
  const settings = resolveSettings(options);
  const path = resolvePath(options.path ?? '/mfa');
  return {
    settings,
    pages: resolvePages(options, { path, issuer: settings.issuer }),
    web: {
      path,
      origins: (options.origins ?? []).map(resolveOrigin),
      isolate,
      login: resolveLogin(login),
      preserve: options.preserve ?? ['returnTo'],
      codeField,
      codeHeader: options.codeHeader ?? null,
    },
    hooks: new HostHooks(options),
    store,
    keyring: new Keyring(resolveKeys(options.keys, store)),
    clock: options.clock ?? Date,
  };
}

function resolveSettings(options: CommonOptions<never>): Settings {
  const { limits = {}, grant = {}, service = 'default' } = options;
  if (typeof options.issuer !== 'string' || fitLabel(options.issuer) === '') {
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
    issuer: fitLabel(options.issuer),
    totp: resolveTotp(options.totp ?? {}, DEFAULT_TOTP),
    capacity: APP_CAPACITY,
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
  if (!origin.includes('*') && URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new TypeError(
    `createMfa: origins must be origins such as 'https://app.example.com', got ${JSON.stringify(origin)}`,
  );
}

function resolveLogin(login: string): 'answer' | 'continue' {
  if (login === 'answer' || login === 'continue') return login;
  throw new TypeError(`createMfa: login must be 'answer' or 'continue', got ${JSON.stringify(login)}`);
}
