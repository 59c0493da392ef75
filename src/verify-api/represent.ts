import type { Service, Webhook } from '../domain/service.js';
import type { RegisteredEntity } from '../use-cases/entities.js';
import type { Binding, ChallengeView, FactorView } from '../use-cases/views.js';
import { representDate } from '../web/represent.js';

/** What the answers about one service, or one entity of it, have in common. */
export interface Owner {
  readonly account_sid: string;
  readonly service_sid: string;
}

export interface EntityOwner extends Owner {
  readonly entity_sid: string;
  readonly identity: string;
}

/** A service in Twilio's JSON: every key is there, null where there is nothing. `url` is its own. */
export function representService(service: Service, url: string): object {
  const { channels, totp } = service;
  const of = (name: string): unknown => channels[name] ?? null;
  const is = (name: string): boolean => channels[name] === true;
  const origins = channels['Passkeys.RelyingParty.Origins'];
  return {
    sid: service.sid,
    account_sid: service.accountSid,
    friendly_name: service.friendlyName,
    code_length: channels['CodeLength'] ?? 6,
    lookup_enabled: is('LookupEnabled'),
    psd2_enabled: is('Psd2Enabled'),
    skip_sms_to_landlines: is('SkipSmsToLandlines'),
    dtmf_input_required: is('DtmfInputRequired'),
    tts_name: of('TtsName'),
    do_not_share_warning_enabled: is('DoNotShareWarningEnabled'),
    custom_code_enabled: is('CustomCodeEnabled'),
    push: {
      include_date: is('Push.IncludeDate'),
      apn_credential_sid: of('Push.ApnCredentialSid'),
      fcm_credential_sid: of('Push.FcmCredentialSid'),
    },
    totp: { issuer: totp.issuer, time_step: totp.timeStep, code_length: totp.codeLength, skew: totp.skew },
    default_template_sid: of('DefaultTemplateSid'),
    whatsapp: { msg_service_sid: of('Whatsapp.MsgServiceSid'), from: of('Whatsapp.From') },
    passkeys: {
      relying_party: {
        id: of('Passkeys.RelyingParty.Id'),
        name: of('Passkeys.RelyingParty.Name'),
        origins: typeof origins === 'string' ? origins.split(',').map((origin) => origin.trim()) : null,
      },
      authenticator_attachment: of('Passkeys.AuthenticatorAttachment'),
      discoverable_credentials: of('Passkeys.DiscoverableCredentials'),
      user_verification: of('Passkeys.UserVerification'),
    },
    verify_event_subscription_enabled: is('VerifyEventSubscriptionEnabled'),
    date_created: representDate(new Date(service.createdAt)),
    date_updated: representDate(new Date(service.updatedAt)),
    url,
    links: {
      verification_checks: `${url}/VerificationCheck`,
      verifications: `${url}/Verifications`,
      rate_limits: `${url}/RateLimits`,
      messaging_configurations: `${url}/MessagingConfigurations`,
      entities: `${url}/Entities`,
      webhooks: `${url}/Webhooks`,
      access_tokens: `${url}/AccessTokens`,
    },
  };
}

export function representEntity(entity: RegisteredEntity, sid: string, owner: Owner, url: string): object {
  return {
    sid,
    identity: entity.identity,
    ...owner,
    date_created: representDate(entity.createdAt),
    date_updated: representDate(entity.updatedAt),
    url,
    links: { factors: `${url}/Factors`, new_factors: `${url}/Factors`, challenges: `${url}/Challenges` },
  };
}

export function representFactor(factor: FactorView, owner: EntityOwner, url: string): object {
  const { algorithm, skew, codeLength, timeStep } = factor.config;
  return {
    sid: factor.sid,
    ...owner,
    date_created: representDate(factor.createdAt),
    date_updated: representDate(factor.updatedAt),
    friendly_name: factor.friendlyName,
    status: factor.status,
    factor_type: factor.factorType,
    config: { alg: algorithm, skew, code_length: codeLength, time_step: timeStep },
    metadata: factor.metadata,
    url,
  };
}

/** The answer that creates a factor, and no other, has its secret. */
export function representNewFactor(factor: FactorView, binding: Binding, owner: EntityOwner, url: string): object {
  return { ...representFactor(factor, owner, url), binding, options: null };
}

export function representChallenge(challenge: ChallengeView, owner: EntityOwner, url: string): object {
  const { details, respondedAt } = challenge;
  return {
    sid: challenge.sid,
    ...owner,
    factor_sid: challenge.factorSid,
    date_created: representDate(challenge.createdAt),
    date_updated: representDate(challenge.updatedAt),
    date_responded: respondedAt === null ? null : representDate(respondedAt),
    expiration_date: representDate(challenge.expiresAt),
    status: challenge.status,
    responded_reason: 'none',
    details: details && { message: details.message, fields: details.fields },
    hidden_details: challenge.hiddenDetails,
    metadata: challenge.metadata,
    factor_type: challenge.factorType,
    url,
    links: { notifications: `${url}/Notifications` },
  };
}

export function representWebhook(webhook: Webhook, owner: Owner, url: string): object {
  return {
    sid: webhook.sid,
    ...owner,
    friendly_name: webhook.friendlyName,
    event_types: webhook.eventTypes,
    status: webhook.status,
    version: webhook.version,
    webhook_url: webhook.url,
    webhook_method: 'POST',
    date_created: representDate(new Date(webhook.createdAt)),
    date_updated: representDate(new Date(webhook.updatedAt)),
    url,
  };
}
