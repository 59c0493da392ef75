import * as v from 'valibot';
import type { CommonOptions, GrantOptions, LimitOptions } from './options.js';
import { POLICIES } from './domain/standing.js';
import type { TotpOptions } from './domain/totp-config.js';
import { requireShape } from './web/shape.js';

/** Of which kind each option is; what it may be within its kind is checked where it is resolved. */
type Kinds<Options> = Record<keyof Options, v.GenericSchema>;

const fn = v.optional(v.custom((value) => typeof value === 'function', 'a function'));
const text = v.optional(v.string('a string'));
const name = v.optional(v.pipe(v.string('a string'), v.minLength(1, 'a string that is not empty')));
const texts = v.optional(v.array(v.string('a string'), 'a list of strings'));
const flag = v.optional(v.boolean('true or false'));
/** Any kind: its own check says more. */
const any = v.optional(v.unknown());

const totp: Kinds<TotpOptions> = { codeLength: any, timeStep: any, algorithm: any, skew: any, allowWeak: flag };
const limits: Kinds<LimitOptions> = {
  factors: any,
  unverifiedFactorLife: any,
  challengeLife: any,
  wrongCodesBeforeWait: any,
  wrongCodesBeforeDisable: any,
  firstWait: any,
  longestWait: any,
  bodyBytes: any,
};
const grant: Kinds<GrantOptions> = { maxAge: any, idle: any, recheck: any, management: any };

const options: Kinds<CommonOptions<never> & { readonly identity: unknown }> = {
  issuer: any,
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
  login: any,
  service: text,
  totp: v.optional(v.strictObject(totp, 'an object')),
  limits: v.optional(v.strictObject(limits, 'an object')),
  grant: v.optional(v.strictObject(grant, 'an object')),
  recentLogin: any,
  preserve: texts,
  codeField: name,
  codeHeader: name,
  csrf: fn,
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
