import * as v from 'valibot';
import type { CommonOptions, GrantOptions, LimitOptions, ThemeOptions } from './options.js';
import { POLICIES } from './domain/standing.js';
import type { TotpOptions } from './domain/totp-config.js';
import { PAGES } from './pages/pages.js';
import { COLORS } from './pages/stylesheet.js';
import { requireShape } from './web/shape.js';

/** Of which kind each option is; what it may be within its kind is checked where it is resolved. */
type Kinds<Options> = Record<keyof Options, v.GenericSchema>;

const fn = v.optional(v.custom((value) => typeof value === 'function', 'a function'));
const text = v.optional(v.string('a string'));
const name = v.optional(v.pipe(v.string('a string'), v.minLength(1, 'a string that is not empty')));
const texts = v.optional(v.array(v.string('a string'), 'a list of strings'));
const flag = v.optional(v.boolean('true or false'));
/** Any kind: its own check says more. */
const anyKind = v.optional(v.unknown());

const totp: Kinds<TotpOptions> = {
  codeLength: anyKind,
  timeStep: anyKind,
  algorithm: anyKind,
  skew: anyKind,
  allowWeak: flag,
};
const limits: Kinds<LimitOptions> = {
  factors: anyKind,
  unverifiedFactorLife: anyKind,
  challengeLife: anyKind,
  wrongCodesBeforeWait: anyKind,
  wrongCodesBeforeDisable: anyKind,
  firstWait: anyKind,
  longestWait: anyKind,
  bodyBytes: anyKind,
};
const grant: Kinds<GrantOptions> = { maxAge: anyKind, idle: anyKind, recheck: anyKind, management: anyKind };

const color = v.optional(
  v.union(
    [v.string(), v.strictObject({ light: v.string(), dark: v.string() })],
    'a color, or one for light and one for dark',
  ),
);
const theme: Kinds<ThemeOptions> = {
  name: text,
  logo: text,
  colors: v.optional(v.strictObject(Object.fromEntries(COLORS.map((each) => [each, color])), 'an object')),
};
const views = Object.fromEntries(PAGES.map((each) => [each, fn]));

const options: Kinds<CommonOptions<never> & { readonly identity: unknown }> = {
  issuer: anyKind,
  store: v.optional(has('load', 'save', 'remove', 'list')),
  keys: v.optional(v.union([v.string(), v.array(v.union([v.string(), v.instance(Uint8Array)]))], 'a string or a list')),
  identity: fn,
  accountName: fn,
  policy: v.optional(v.union([v.picklist(POLICIES), v.function()], "'required', 'optional', 'off' or a function")),
  enrolled: fn,
  canEnroll: fn,
  path: text,
  origins: texts,
  isolate: flag,
  login: anyKind,
  service: text,
  totp: v.optional(v.strictObject(totp, 'an object')),
  limits: v.optional(v.strictObject(limits, 'an object')),
  grant: v.optional(v.strictObject(grant, 'an object')),
  recentLogin: anyKind,
  preserve: texts,
  codeField: name,
  codeHeader: name,
  csrf: fn,
  language: v.optional(v.union([v.string(), v.function()], 'a language such as "de", or a function')),
  languages: v.optional(
    v.record(v.string(), v.looseObject({ language: v.string() }, 'texts of a language'), 'an object'),
  ),
  theme: v.optional(v.strictObject(theme, 'an object')),
  views: v.optional(v.strictObject(views, 'an object')),
  clock: v.optional(has('now')),
};

/** @throws TypeError that names an option that there is not, or one of another kind than it must be */
export function requireOptionsShape(given: unknown): void {
  requireShape('createMfa', v.strictObject(options, 'an object'), given);
}

function has(...methods: readonly string[]): v.GenericSchema {
  return v.custom(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof Reflect.get(value, name) === 'function'),
    `an object with ${methods.map((name) => `${name}()`).join(', ')}`,
  );
}
