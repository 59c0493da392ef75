import { MfaError } from '../errors.js';
import { fitLabel } from './otpauth.js';
import { VERIFY_CAPACITY, type Settings } from './settings.js';
import { DEFAULT_TOTP } from './totp-config.js';

/** One organisation or environment, as a client of the Verify API configured it. */
export interface Service extends ServiceConfig {
  readonly sid: string;
  readonly accountSid: string;
  /** Another one after every change. */
  readonly revision: string;
  readonly webhooks: readonly Webhook[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ServiceConfig {
  readonly friendlyName: string;
  /** Null: never configured; the default applies when a factor is created. */
  readonly totp: {
    readonly issuer: string | null;
    readonly timeStep: number | null;
    readonly codeLength: number | null;
    readonly skew: number | null;
  };
  /** What was configured of channels that there are not here: kept and shown, never read. */
  readonly channels: Readonly<Record<string, string | number | boolean>>;
}

/** Where a service's events are sent. */
export interface Webhook extends WebhookConfig {
  readonly sid: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a webhook can be told of. */
export const OFFERED_EVENTS = [
  'factor.created',
  'factor.verified',
  'factor.deleted',
  'challenge.approved',
  'challenge.denied',
] as const;

export interface WebhookConfig {
  readonly friendlyName: string;
  /** Of `WEBHOOK_EVENTS`; `*`: all. */
  readonly eventTypes: readonly string[];
  readonly url: string;
  readonly status: 'enabled' | 'disabled';
  readonly version: 'v1' | 'v2';
}

export const WEBHOOK_EVENTS = ['*', ...OFFERED_EVENTS] as const;

/** Webhooks of one service. */
const WEBHOOKS = 20;

/** The rules of a service: Twilio's limits on top of the app's budget. `name` is part of every key of its records. */
export function settingsOf({ friendlyName, totp }: ServiceConfig, name: string, app: Settings): Settings {
  return {
    ...app,
    service: name,
    issuer: fitLabel(totp.issuer ?? '') || fitLabel(friendlyName),
    totp: {
      ...DEFAULT_TOTP,
      codeLength: totp.codeLength ?? DEFAULT_TOTP.codeLength,
      timeStep: totp.timeStep ?? DEFAULT_TOTP.timeStep,
      skew: totp.skew ?? DEFAULT_TOTP.skew,
    },
    limits: { ...app.limits, factors: 100, unverifiedFactorLife: 24 * 60 * 60_000, challengeLife: 5 * 60_000 },
    capacity: VERIFY_CAPACITY,
  };
}

/** @throws MfaError `document_full` */
export function addWebhook(service: Service, webhook: Webhook): Service {
  if (service.webhooks.length >= WEBHOOKS) throw new MfaError('document_full');
  return { ...service, webhooks: [...service.webhooks, webhook] };
}

/** @throws MfaError `not_found` */
export function findWebhook({ webhooks }: Service, sid: string): Webhook {
  const webhook = webhooks.find((candidate) => candidate.sid === sid);
  if (webhook === undefined) throw new MfaError('not_found');
  return webhook;
}

/** @throws MfaError `not_found` */
export function updateWebhook(service: Service, sid: string, change: Partial<WebhookConfig>, now: number): Service {
  const changed = { ...findWebhook(service, sid), ...change, updatedAt: now };
  return { ...service, webhooks: service.webhooks.map((other) => (other.sid === sid ? changed : other)) };
}

/** @throws MfaError `not_found` */
export function removeWebhook(service: Service, sid: string): Service {
  const removed = findWebhook(service, sid);
  return { ...service, webhooks: service.webhooks.filter((other) => other !== removed) };
}
