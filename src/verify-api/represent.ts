import { WEBHOOK_EVENTS, type Service, type Webhook } from '../domain/service.js';
import type { RegisteredEntity } from '../use-cases/entities.js';
import type { Binding, ChallengeView, FactorView } from '../use-cases/views.js';
import {
  always,
  answer,
  date,
  group,
  integer,
  is,
  listOf,
  oneOf,
  orNull,
  pageAnswer,
  record,
  sid,
  strings,
  text,
  truth,
  url,
  type Member,
} from './answers.js';

/** What the answers about one service, or one entity of it, have in common. */
export interface Owner {
  readonly accountSid: string;
  readonly serviceSid: string;
}

export interface EntityOwner extends Owner {
  readonly entitySid: string;
  readonly identity: string;
}

/** What an answer is about belongs to something, and is found below its URL. */
interface Below<Whose extends Owner> {
  readonly at: { readonly owner: Whose; readonly url: string };
}

interface AService {
  readonly service: Service;
  readonly url: string;
}

const flag = (name: string): Member<AService> => is(truth, ({ service }) => service.channels[name] === true);
const kept = (name: string): Member<AService> => is(orNull(text), ({ service }) => textOf(service, name));
const link = (path: string): Member<AService> => is(url, (service) => `${service.url}/${path}`);

/** A service in Twilio's JSON: every key is there, null where there is nothing. */
export const SERVICE = answer<AService>('Service', {
  sid: is(sid('VA'), ({ service }) => service.sid),
  account_sid: is(sid('AC'), ({ service }) => service.accountSid),
  friendly_name: is(text, ({ service }) => service.friendlyName),
  code_length: is(integer, ({ service }) => Number(service.channels['CodeLength'] ?? 6)),
  lookup_enabled: flag('LookupEnabled'),
  psd2_enabled: flag('Psd2Enabled'),
  skip_sms_to_landlines: flag('SkipSmsToLandlines'),
  dtmf_input_required: flag('DtmfInputRequired'),
  tts_name: kept('TtsName'),
  do_not_share_warning_enabled: flag('DoNotShareWarningEnabled'),
  custom_code_enabled: flag('CustomCodeEnabled'),
  push: group({
    include_date: flag('Push.IncludeDate'),
    apn_credential_sid: kept('Push.ApnCredentialSid'),
    fcm_credential_sid: kept('Push.FcmCredentialSid'),
  }),
  totp: group({
    issuer: is(orNull(text), ({ service }) => service.totp.issuer),
    time_step: is(orNull(integer), ({ service }) => service.totp.timeStep),
    code_length: is(orNull(integer), ({ service }) => service.totp.codeLength),
    skew: is(orNull(integer), ({ service }) => service.totp.skew),
  }),
  default_template_sid: kept('DefaultTemplateSid'),
  whatsapp: group({ msg_service_sid: kept('Whatsapp.MsgServiceSid'), from: kept('Whatsapp.From') }),
  passkeys: group({
    relying_party: group({
      id: kept('Passkeys.RelyingParty.Id'),
      name: kept('Passkeys.RelyingParty.Name'),
      origins: is(orNull(listOf(text)), ({ service }) => originsOf(service)),
    }),
    authenticator_attachment: kept('Passkeys.AuthenticatorAttachment'),
    discoverable_credentials: kept('Passkeys.DiscoverableCredentials'),
    user_verification: kept('Passkeys.UserVerification'),
  }),
  verify_event_subscription_enabled: flag('VerifyEventSubscriptionEnabled'),
  date_created: is(date, ({ service }) => new Date(service.createdAt)),
  date_updated: is(date, ({ service }) => new Date(service.updatedAt)),
  url: is(url, (service) => service.url),
  links: group({
    verification_checks: link('VerificationCheck'),
    verifications: link('Verifications'),
    rate_limits: link('RateLimits'),
    messaging_configurations: link('MessagingConfigurations'),
    entities: link('Entities'),
    webhooks: link('Webhooks'),
    access_tokens: link('AccessTokens'),
  }),
});
export const SERVICES = pageAnswer('services', SERVICE);

const OF_SERVICE = {
  account_sid: is(sid('AC'), ({ at }: Below<Owner>) => at.owner.accountSid),
  service_sid: is(sid('VA'), ({ at }: Below<Owner>) => at.owner.serviceSid),
};

const OF_ENTITY = {
  ...OF_SERVICE,
  entity_sid: is(sid('YE'), ({ at }: Below<EntityOwner>) => at.owner.entitySid),
  identity: is(text, ({ at }: Below<EntityOwner>) => at.owner.identity),
};

interface AnEntity extends Below<EntityOwner> {
  readonly entity: RegisteredEntity;
}

export const ENTITY = answer<AnEntity>('Entity', {
  sid: is(sid('YE'), ({ at }) => at.owner.entitySid),
  identity: is(text, ({ entity }) => entity.identity),
  ...OF_SERVICE,
  date_created: is(date, ({ entity }) => entity.createdAt),
  date_updated: is(date, ({ entity }) => entity.updatedAt),
  url: is(url, ({ at }) => at.url),
  links: group({
    factors: is(url, ({ at }) => `${at.url}/Factors`),
    new_factors: is(url, ({ at }) => `${at.url}/Factors`),
    challenges: is(url, ({ at }) => `${at.url}/Challenges`),
  }),
});
export const ENTITIES = pageAnswer('entities', ENTITY);

interface AFactor extends Below<EntityOwner> {
  readonly factor: FactorView;
}

const FACTOR_MEMBERS = {
  sid: is(sid('YF'), ({ factor }: AFactor) => factor.sid),
  ...OF_ENTITY,
  date_created: is(date, ({ factor }: AFactor) => factor.createdAt),
  date_updated: is(date, ({ factor }: AFactor) => factor.updatedAt),
  friendly_name: is(text, ({ factor }: AFactor) => factor.friendlyName),
  status: is(oneOf('unverified', 'verified'), ({ factor }: AFactor) => factor.status),
  factor_type: is(oneOf('totp'), ({ factor }: AFactor) => factor.factorType),
  config: group({
    alg: is(oneOf('sha1', 'sha256', 'sha512'), ({ factor }: AFactor) => factor.config.algorithm),
    skew: is(integer, ({ factor }: AFactor) => factor.config.skew),
    code_length: is(integer, ({ factor }: AFactor) => factor.config.codeLength),
    time_step: is(integer, ({ factor }: AFactor) => factor.config.timeStep),
  }),
  metadata: is(orNull(strings), ({ factor }: AFactor) => factor.metadata),
  url: is(url, ({ at, factor }: AFactor) => `${at.url}/Factors/${factor.sid}`),
};

export const FACTOR = answer<AFactor>('Factor', FACTOR_MEMBERS);
export const FACTORS = pageAnswer('factors', FACTOR);

interface ANewFactor extends AFactor {
  readonly binding: Binding;
}

/** The answer that creates a factor, and no other, has its secret. */
export const NEW_FACTOR = answer<ANewFactor>('NewFactor', {
  ...FACTOR_MEMBERS,
  binding: is(record({ secret: text, uri: url }), ({ binding }) => binding),
  options: always(null),
});

interface AChallenge extends Below<EntityOwner> {
  readonly challenge: ChallengeView;
}

const DETAILS = record({ message: text, fields: listOf(record({ label: text, value: text })) });

const challengeUrl = ({ at, challenge }: AChallenge): string => `${at.url}/Challenges/${challenge.sid}`;

export const CHALLENGE = answer<AChallenge>('Challenge', {
  sid: is(sid('YC'), ({ challenge }) => challenge.sid),
  ...OF_ENTITY,
  factor_sid: is(orNull(sid('YF')), ({ challenge }) => challenge.factorSid),
  date_created: is(date, ({ challenge }) => challenge.createdAt),
  date_updated: is(date, ({ challenge }) => challenge.updatedAt),
  date_responded: is(orNull(date), ({ challenge }) => challenge.respondedAt),
  expiration_date: is(date, ({ challenge }) => challenge.expiresAt),
  status: is(oneOf('pending', 'approved', 'denied', 'expired'), ({ challenge }) => challenge.status),
  responded_reason: always('none'),
  details: is(orNull(DETAILS), ({ challenge }) => challenge.details),
  hidden_details: is(orNull(strings), ({ challenge }) => challenge.hiddenDetails),
  metadata: is(orNull(strings), ({ challenge }) => challenge.metadata),
  factor_type: is(oneOf('totp'), ({ challenge }) => challenge.factorType),
  url: is(url, challengeUrl),
  links: group({ notifications: is(url, (challenge) => `${challengeUrl(challenge)}/Notifications`) }),
});
export const CHALLENGES = pageAnswer('challenges', CHALLENGE);

interface AWebhook extends Below<Owner> {
  readonly webhook: Webhook;
}

export const WEBHOOK = answer<AWebhook>('Webhook', {
  sid: is(sid('YW'), ({ webhook }) => webhook.sid),
  ...OF_SERVICE,
  friendly_name: is(text, ({ webhook }) => webhook.friendlyName),
  event_types: is(listOf(oneOf<readonly string[]>(...WEBHOOK_EVENTS)), ({ webhook }) => webhook.eventTypes),
  status: is(oneOf('enabled', 'disabled'), ({ webhook }) => webhook.status),
  version: is(oneOf('v1', 'v2'), ({ webhook }) => webhook.version),
  webhook_url: is(url, ({ webhook }) => webhook.url),
  webhook_method: always('POST'),
  date_created: is(date, ({ webhook }) => new Date(webhook.createdAt)),
  date_updated: is(date, ({ webhook }) => new Date(webhook.updatedAt)),
  url: is(url, ({ at, webhook }) => `${at.url}/Webhooks/${webhook.sid}`),
});
export const WEBHOOKS = pageAnswer('webhooks', WEBHOOK);

function textOf({ channels }: Service, name: string): string | null {
  const value = channels[name];
  return typeof value === 'string' ? value : null;
}

function originsOf(service: Service): readonly string[] | null {
  const origins = textOf(service, 'Passkeys.RelyingParty.Origins');
  return origins === null ? null : origins.split(',').map((origin) => origin.trim());
}
