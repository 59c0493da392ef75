import * as v from 'valibot';
import type { Service } from '../domain/service.js';
import type { DocumentForm } from './sealing.js';

/** How values of one kind become JSON values, and these documents. */
export interface DocumentCodec<Value> {
  readonly form: DocumentForm;
  readonly encode: (value: Value) => unknown;
  /** @throws Error where it is none */
  readonly decode: (stored: unknown) => Value;
}

const Text = v.string();
const Int = v.number();

const StoredWebhook = v.looseObject({
  sid: Text,
  friendlyName: Text,
  eventTypes: v.array(Text),
  url: Text,
  status: v.picklist(['enabled', 'disabled']),
  version: v.picklist(['v1', 'v2']),
  createdAt: Int,
  updatedAt: Int,
});

/** Members of a newer release are carried along. */
const StoredService = v.looseObject({
  sid: Text,
  accountSid: Text,
  revision: Text,
  friendlyName: Text,
  totp: v.looseObject({
    issuer: v.nullable(Text),
    timeStep: v.nullable(Int),
    codeLength: v.nullable(Int),
    skew: v.nullable(Int),
  }),
  channels: v.record(Text, v.union([Text, Int, v.boolean()])),
  webhooks: v.array(StoredWebhook),
  createdAt: Int,
  updatedAt: Int,
});

export const SERVICE_DOCUMENT: DocumentCodec<Service> = {
  form: { kind: 'service', schema: 1, mostBytes: 64 * 1024 },
  encode: (service) => service,
  decode: (stored) => v.parse(StoredService, stored),
};

/** An account's services, oldest first, each with the number it was given when it was made. */
export interface ServiceIndex {
  /** Services made so far, also those that are gone. */
  readonly made: number;
  readonly services: readonly { readonly number: number; readonly sid: string }[];
}

const StoredIndex = v.object({ made: Int, services: v.array(v.tuple([Int, Text])) });

export const INDEX_DOCUMENT: DocumentCodec<ServiceIndex> = {
  form: { kind: 'services', schema: 1, mostBytes: 64 * 1024 },
  encode: ({ made, services }) => ({ made, services: services.map(({ number, sid }) => [number, sid]) }),
  decode: (stored) => {
    const { made, services } = v.parse(StoredIndex, stored);
    return { made, services: services.map(([number, sid]) => ({ number, sid })) };
  },
};
