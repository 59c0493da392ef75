import { findWebhook } from '../domain/service.js';
import { atService, pagingOf, parseForm, part, type Route } from './exchange.js';
import { pageOf } from '../use-cases/page.js';
import { FACTOR_FAMILY as family, invalidParameter } from './refusal.js';
import { representWebhook } from './represent.js';
import { CREATE_WEBHOOK, PAGING, UPDATE_WEBHOOK } from './requests.js';

export const createWebhook: Route = {
  scope: 'admin',
  family,
  form: CREATE_WEBHOOK,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const at = await atService(exchange);
    const { sid } = at.service;
    const { url } = at;
    const form = parseForm(exchange, CREATE_WEBHOOK);
    const config = {
      friendlyName: form.FriendlyName,
      eventTypes: form.EventTypes,
      url: requireTarget(form.WebhookUrl, exchange.mayCall),
      status: form.Status ?? 'enabled',
      version: form.Version ?? 'v2',
    };
    await directory.keepApps(at);
    const webhook = await directory.services.createWebhook(caller.accountSid, sid, config);
    const owner = { service_sid: sid, account_sid: caller.accountSid };
    res.status(201).json(representWebhook(webhook, owner, `${url}/Webhooks/${webhook.sid}`));
  },
};

export const listWebhooks: Route = {
  scope: 'read',
  family,
  query: PAGING,
  handle: async (exchange) => {
    const { service, owner, url } = await atService(exchange);
    const paging = pagingOf(exchange, `${url}/Webhooks`);
    const page = pageOf(service.webhooks, paging);
    exchange.res.json(
      paging.represent('webhooks', page, (webhook) =>
        representWebhook(webhook, owner, `${url}/Webhooks/${webhook.sid}`),
      ),
    );
  },
};

export const fetchWebhook: Route = {
  scope: 'read',
  family,
  handle: async (exchange) => {
    const { service, owner, url } = await atService(exchange);
    const webhook = findWebhook(service, part(exchange, 'sid'));
    exchange.res.json(representWebhook(webhook, owner, `${url}/Webhooks/${webhook.sid}`));
  },
};

export const updateWebhook: Route = {
  scope: 'admin',
  family,
  form: UPDATE_WEBHOOK,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const { service, url } = await atService(exchange);
    const { sid } = service;
    const { FriendlyName, EventTypes, WebhookUrl, Status, Version } = parseForm(exchange, UPDATE_WEBHOOK);
    const change = {
      ...(FriendlyName !== undefined && { friendlyName: FriendlyName }),
      ...(EventTypes !== undefined && { eventTypes: EventTypes }),
      ...(WebhookUrl !== undefined && { url: requireTarget(WebhookUrl, exchange.mayCall) }),
      ...(Status !== undefined && { status: Status }),
      ...(Version !== undefined && { version: Version }),
    };
    const webhook = await directory.services.updateWebhook(caller.accountSid, sid, part(exchange, 'sid'), change);
    const owner = { service_sid: sid, account_sid: caller.accountSid };
    res.json(representWebhook(webhook, owner, `${url}/Webhooks/${webhook.sid}`));
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
