import type { ServiceConfig } from '../domain/service.js';
import { atService, pagingOf, parseForm, serviceUrl, type Exchange, type Route } from './exchange.js';
import { SERVICE_FAMILY as family, unsupported } from './refusal.js';
import { SERVICE, SERVICES } from './represent.js';
import { CHANNELS, CREATE_SERVICE, PAGING, UPDATE_SERVICE } from './requests.js';

export const createService: Route = {
  scope: 'admin',
  family,
  form: CREATE_SERVICE,
  answer: SERVICE,
  handle: async (exchange) => {
    const { res, caller, directory, root } = exchange;
    const { FriendlyName, ...rest } = parseForm(exchange, CREATE_SERVICE);
    const config = configure(rest, { ...NOTHING, friendlyName: FriendlyName });
    const service = await directory.services.create(caller.accountSid, config);
    res.status(201).json(SERVICE.represent({ service, url: serviceUrl(root, service.sid) }));
  },
};

export const listServices: Route = {
  scope: 'read',
  family,
  query: PAGING,
  answer: SERVICES,
  handle: async (exchange) => {
    const { res, caller, directory, root } = exchange;
    const paging = pagingOf(exchange, `${root}/v2/Services`);
    const page = await directory.list(caller.accountSid, paging);
    res.json(paging.representNumbered(SERVICES, page, (service) => ({ service, url: serviceUrl(root, service.sid) })));
  },
};

export const fetchService: Route = {
  scope: 'read',
  family,
  answer: SERVICE,
  handle: async (exchange) => {
    exchange.res.json(SERVICE.represent(await atService(exchange)));
  },
};

export const updateService: Route = {
  scope: 'admin',
  family,
  form: UPDATE_SERVICE,
  answer: SERVICE,
  handle: async (exchange) => {
    const { caller, directory } = exchange;
    const { url, sid } = await configurable(exchange);
    const { FriendlyName, ...rest } = parseForm(exchange, UPDATE_SERVICE);
    const service = await directory.services.update(caller.accountSid, sid, (before) =>
      configure(rest, { ...before, friendlyName: FriendlyName ?? before.friendlyName }),
    );
    exchange.res.json(SERVICE.represent({ service, url }));
  },
};

/** All below it goes with it. */
export const removeService: Route = {
  scope: 'admin',
  family,
  handle: async (exchange) => {
    const { res, caller, directory } = exchange;
    const { sid } = await configurable(exchange);
    const service = await directory.services.remove(caller.accountSid, sid);
    // Nobody finds its records any more; they may be many.
    directory.roomOf(service).entities.clear().catch(warn);
    res.status(204).end();
  },
};

/** @throws TwilioError for the app's own service, which only the host configures */
async function configurable(exchange: Exchange): Promise<{ readonly sid: string; readonly url: string }> {
  const { service, url, isApps } = await atService(exchange);
  if (isApps) throw unsupported();
  return { sid: service.sid, url };
}

type Given = Omit<ReturnType<typeof parseForm<typeof UPDATE_SERVICE>>, 'FriendlyName'>;

const NOTHING: Omit<ServiceConfig, 'friendlyName'> = {
  totp: { issuer: null, timeStep: null, codeLength: null, skew: null },
  channels: {},
};

/** The configuration with what was given in the place of what there was. */
function configure(given: Given, { friendlyName, totp, channels }: ServiceConfig): ServiceConfig {
  const names = Object.keys(CHANNELS) as (keyof typeof CHANNELS)[];
  return {
    friendlyName,
    totp: {
      issuer: given['Totp.Issuer'] ?? totp.issuer,
      timeStep: given['Totp.TimeStep'] ?? totp.timeStep,
      codeLength: given['Totp.CodeLength'] ?? totp.codeLength,
      skew: given['Totp.Skew'] ?? totp.skew,
    },
    channels: {
      ...channels,
      ...Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
    },
  };
}

function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : 'unknown';
  process.emitWarning(`records of a deleted service are left: ${reason}`, { type: 'MfaWarning' });
}
