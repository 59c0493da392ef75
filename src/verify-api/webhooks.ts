import { findWebhook } from '../domain/service.js';
import { atService, pagingOf, parseForm, part, type Route } from './exchange.js';
import { pageOf } from '../use-cases/page.js';
import { FACTOR_FAMILY as family, invalidParameter } from './refusal.js';
import { WEBHOOK, WEBHOOKS } from './represent.js';
import { CREATE_WEBHOOK, PAGING, UPDATE_WEBHOOK } from './requests.js';

export const createWebhook: Route = {
  scope: 'admin',
  family,
  form: CREATE_WEBHOOK,
  answer: WEBHOOK,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const at = await atService(exchange);
    const form = parseForm(exchange, CREATE_WEBHOOK);
    const config = {
      friendlyName: form.FriendlyName,
      eventTypes: form.EventTypes,
      url: requireTarget(form.WebhookUrl, exchange.mayCall),
      status: form.Status ?? 'enabled',
      version: form.Version ?? 'v2',
    };
    await directory.keepApps(at);
    const webhook = await directory.services.createWebhook(caller.accountSid, at.service.sid, config);
    res.status(201).json(WEBHOOK.represent({ at, webhook }));
  },
};

export const listWebhooks: Route = {
  scope: 'read',
  family,
  query: PAGING,
  answer: WEBHOOKS,
  handle: async (exchange) => {
    const at = await atService(exchange);
    const paging = pagingOf(exchange, `${at.url}/Webhooks`);
    const page = pageOf(at.service.webhooks, paging);
    exchange.res.json(paging.represent(WEBHOOKS, page, (webhook) => ({ at, webhook })));
  },
};

export const fetchWebhook: Route = {
  scope: 'read',
  family,
  answer: WEBHOOK,
  handle: async (exchange) => {
    const at = await atService(exchange);
    const webhook = findWebhook(at.service, part(exchange, 'sid'));
    exchange.res.json(WEBHOOK.represent({ at, webhook }));
  },
};

export const updateWebhook: Route = {
  scope: 'admin',
  family,
  form: UPDATE_WEBHOOK,
  answer: WEBHOOK,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const at = await atService(exchange);
    const { sid } = at.service;
    const { FriendlyName, EventTypes, WebhookUrl, Status, Version } = parseForm(exchange, UPDATE_WEBHOOK);
    const change = {
      ...(FriendlyName !== undefined && { friendlyName: FriendlyName }),
      ...(EventTypes !== undefined && { eventTypes: EventTypes }),
      ...(WebhookUrl !== undefined && { url: requireTarget(WebhookUrl, exchange.mayCall) }),
      ...(Status !== undefined && { status: Status }),
      ...(Version !== undefined && { version: Version }),
    };
    const webhook = await directory.services.updateWebhook(caller.accountSid, sid, part(exchange, 'sid'), change);
    res.json(WEBHOOK.represent({ at, webhook }));
  },
};

export const removeWebhook: Route = {
  scope: 'admin',
  family,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const {
      service: { sid },
    } = await atService(exchange);
    await directory.services.removeWebhook(caller.accountSid, sid, part(exchange, 'sid'));
    res.status(204).end();
  },
};

function requireTarget(url: string, mayCall: (url: string) => boolean): string {
  if (!mayCall(url)) throw invalidParameter('WebhookUrl', family);
  return url;
}
