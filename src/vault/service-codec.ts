import * as v from 'valibot';
import type { Service } from '../domain/service.js';
import type { DocumentForm } from './sealing.js';

/** How values of one kind become documents. */
export interface DocumentCodec<Value> {
  readonly form: DocumentForm;
  readonly encode: (value: Value) => Uint8Array;
  /** @throws Error where the bytes are none */
  readonly decode: (bytes: Uint8Array) => Value;
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
  encode,
  decode: (bytes) => v.parse(StoredService, decode(bytes)),
};

/** The SIDs of an account's services, oldest first. */
export const INDEX_DOCUMENT: DocumentCodec<readonly string[]> = {
  form: { kind: 'services', schema: 1, mostBytes: 64 * 1024 },
  encode,
  decode: (bytes) => v.parse(v.array(Text), decode(bytes)),
};

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
