import type { Router } from 'express';
import * as v from 'valibot';
import type { Mfa } from '../mfa.js';
import { requireShape } from '../web/shape.js';

/** What an API key may do: look, make and answer challenges, make and change entities and factors, or everything. */
export type Scope = (typeof SCOPES)[number];

const SCOPES = ['read', 'challenge', 'factor', 'admin'] as const;

export interface ApiKeyOptions {
  /** `SK` and 32 hexadecimal digits. */
  readonly sid: string;
  /** 32 characters or more, random. */
  readonly secret: string;
  /** @default ['admin'] */
  readonly scopes?: readonly Scope[];
}

export interface AccountOptions {
  /** `AC` and 32 hexadecimal digits. */
  readonly sid: string;
  /** 32 characters or more, random: it may do everything, and signs what webhooks send. */
  readonly authToken: string;
  /** @default [] */
  readonly keys?: readonly ApiKeyOptions[];
}

export interface VerifyApiOptions {
  /** Whose store, keys and clock are used. */
  readonly mfa: Mfa;
  /** Who may call. Accounts see nothing of each other. */
  readonly accounts: readonly AccountOptions[];
  /** Where clients find the root of this API, such as `'https://verify.example.com'`. @default as each request says */
  readonly publicUrl?: string | undefined;
  /** Makes the app's own service one more service of every account: who has credentials can add factors to your users. @default false */
  readonly shareWithApp?: boolean | undefined;
  readonly webhooks?: WebhookOptions | undefined;
}

interface WebhookOptions {
  /** Lets webhooks go to `http:` URLs. @default false */
  readonly allowHttp?: boolean | undefined;
  /** Lets webhooks go to addresses of private networks and of this machine. @default false */
  readonly allowPrivate?: boolean | undefined;
}

/** What `createVerifyApi` returns: a router for the root of the app, and what its operator needs. */
export interface VerifyApi extends Router {
  /** Ends deliveries to webhooks; those that are due go out with the next write of their entity. */
  close(): Promise<void>;
  /** Seals every document of every account with the first of `keys`; after it, and `mfa.admin.rekey`, the others can go. */
  rekey(): Promise<{ readonly rekeyed: number; readonly unreadable: readonly string[] }>;
}

const flag = v.optional(v.boolean('true or false'));
const sid = (prefix: string): v.GenericSchema =>
  v.pipe(v.string(), v.regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `"${prefix}" and 32 hexadecimal digits`));
const secret = v.pipe(v.string('a string'), v.minLength(32, 'a random string of 32 characters or more'));
const publicUrl = v.pipe(v.string('a URL'), v.check(isBaseUrl, 'an http or https URL without query and fragment'));

const shape = v.strictObject({
  mfa: v.custom((value) => typeof value === 'object' && value !== null, 'what createMfa returned'),
  accounts: v.pipe(
    v.array(
      v.strictObject({
        sid: sid('AC'),
        authToken: secret,
        keys: v.optional(
          v.array(
            v.strictObject({ sid: sid('SK'), secret, scopes: v.optional(v.array(v.picklist(SCOPES))) }),
            'a list',
          ),
        ),
      }),
      'a list',
    ),
    v.minLength(1, 'a list of at least one account'),
  ),
  publicUrl: v.optional(publicUrl),
  shareWithApp: flag,
  webhooks: v.optional(v.strictObject({ allowHttp: flag, allowPrivate: flag }, 'an object')),
});

/** @throws TypeError that names the option, what it may be, and never a secret */
export function requireOptions(options: VerifyApiOptions): void {
  requireShape('createVerifyApi', shape, options);
  const sids = options.accounts.flatMap((account) => [account.sid, ...(account.keys ?? []).map((key) => key.sid)]);
  if (new Set(sids).size < sids.length) throw new TypeError('createVerifyApi: accounts has one SID twice');
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && search === '' && hash === '';
}
