import * as v from 'valibot';
import { WEBHOOK_EVENTS } from '../domain/service.js';
import { date, fields, integer, listOf, matching, oneOf, sid, strings, text, truth } from './parameters.js';

/** Letters, digits, spaces, dashes and underscores; at most four digits, for a telephone number must not pass for a name. */
const ServiceName = matching(/^(?=[\p{L}\p{M}\p{N} _-]{1,30}$)(?!(?:\P{N}*\p{N}){5})/u);
const Preference = oneOf('required', 'preferred', 'discouraged');

/** What a service may say of channels that there are not here: it is kept and shown. */
export const CHANNELS = {
  CodeLength: v.optional(integer(4, 10)),
  LookupEnabled: v.optional(truth),
  SkipSmsToLandlines: v.optional(truth),
  DtmfInputRequired: v.optional(truth),
  Psd2Enabled: v.optional(truth),
  DoNotShareWarningEnabled: v.optional(truth),
  CustomCodeEnabled: v.optional(truth),
  VerifyEventSubscriptionEnabled: v.optional(truth),
  TtsName: v.optional(text(1, 64)),
  DefaultTemplateSid: v.optional(sid('HJ')),
  'Whatsapp.MsgServiceSid': v.optional(sid('MG')),
  'Whatsapp.From': v.optional(text(1, 64)),
  'Push.IncludeDate': v.optional(truth),
  'Push.ApnCredentialSid': v.optional(sid('CR')),
  'Push.FcmCredentialSid': v.optional(sid('CR')),
  'Passkeys.RelyingParty.Id': v.optional(text(1, 255)),
  'Passkeys.RelyingParty.Name': v.optional(text(1, 255)),
  'Passkeys.RelyingParty.Origins': v.optional(text(1, 1024)),
  'Passkeys.AuthenticatorAttachment': v.optional(oneOf('platform', 'cross-platform', 'any')),
  'Passkeys.DiscoverableCredentials': v.optional(Preference),
  'Passkeys.UserVerification': v.optional(Preference),
};

const TOTP = {
  'Totp.Issuer': v.optional(matching(/^\P{Cc}{1,64}$/u)),
  'Totp.TimeStep': v.optional(integer(20, 60)),
  'Totp.CodeLength': v.optional(integer(3, 8)),
  'Totp.Skew': v.optional(integer(0, 2)),
};

const CONFIG = {
  'Config.TimeStep': v.optional(integer(20, 60)),
  'Config.Skew': v.optional(integer(0, 2)),
  'Config.CodeLength': v.optional(integer(3, 8)),
  'Config.Alg': v.optional(oneOf('sha1', 'sha256', 'sha512')),
};

const Code = matching(/^[0-9]{3,8}$/);
const WebhookUrl = text(1, 2048);
const EventTypes = listOf(...WEBHOOK_EVENTS);

export const CREATE_SERVICE = { FriendlyName: ServiceName, ...TOTP, ...CHANNELS };
export const UPDATE_SERVICE = { FriendlyName: v.optional(ServiceName), ...TOTP, ...CHANNELS };

export const CREATE_ENTITY = { Identity: text(1, 255) };

export const CREATE_FACTOR = {
  FriendlyName: text(1, 64),
  FactorType: oneOf('totp', 'push', 'passkeys'),
  'Binding.Secret': v.optional(text(1, 256)),
  ...CONFIG,
  Metadata: v.optional(strings),
};
export const UPDATE_FACTOR = { AuthPayload: v.optional(Code), FriendlyName: v.optional(text(1, 64)), ...CONFIG };

export const CREATE_CHALLENGE = {
  FactorSid: sid('YF'),
  AuthPayload: v.optional(Code),
  ExpirationDate: v.optional(date),
  'Details.Message': v.optional(text(1, 256)),
  'Details.Fields': v.optional(fields),
  HiddenDetails: v.optional(strings),
};
export const UPDATE_CHALLENGE = { AuthPayload: v.optional(Code), Metadata: v.optional(strings) };
export const LIST_CHALLENGES = {
  FactorSid: v.optional(sid('YF')),
  Status: v.optional(oneOf('pending', 'expired', 'approved', 'denied')),
  Order: v.optional(oneOf('asc', 'desc')),
};

export const CREATE_WEBHOOK = {
  FriendlyName: text(1, 64),
  EventTypes,
  WebhookUrl,
  Status: v.optional(oneOf('enabled', 'disabled')),
  Version: v.optional(oneOf('v1', 'v2')),
};
export const UPDATE_WEBHOOK = {
  ...CREATE_WEBHOOK,
  FriendlyName: v.optional(text(1, 64)),
  EventTypes: v.optional(EventTypes),
  WebhookUrl: v.optional(WebhookUrl),
};

/** Of every list. A client asks for as many as it wants in all: more than a page has is the most a page has. */
export const PAGING = {
  PageSize: v.optional(integer(0, 999_999_999)),
  Page: v.optional(integer(0, 999_999_999)),
  PageToken: v.optional(text(1, 1024)),
};
