import type { Request, Response } from 'express';
import type { ClientActor } from '../domain/actor.js';
import { canonicalIdentity } from '../domain/identity.js';
import type { Service } from '../domain/service.js';
import type { ServiceRoom } from '../use-cases/service-rooms.js';
import type { Described } from './answers.js';
import type { Caller } from './credentials.js';
import type { Scope } from './options.js';
import { parse, type Parameters } from './parameters.js';
import { Paging } from './paging.js';
import type { Paces } from './paces.js';
import { invalidParameter, type Family } from './refusal.js';
import type { EntityOwner, Owner } from './represent.js';
import type { Directory } from './directory.js';

/** What a handler works with: one request of a caller who may make it. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly caller: Caller;
  readonly directory: Directory;
  readonly family: Family;
  readonly actor: ClientActor;
  /** The form of a POST; an empty object where there is none. */
  readonly form: Readonly<Record<string, unknown>>;
  /** Where clients find this router. */
  readonly root: string;
  readonly now: number;
  readonly newEntities: Paces;
  /** Whether webhooks may go to this URL. */
  readonly mayCall: (url: string) => boolean;
}

export interface Route {
  readonly scope: Scope;
  readonly family: Family;
  /** What it reads: of a POST the form, of a list the query. */
  readonly form?: Parameters;
  readonly query?: Parameters;
  /** What it answers where it does what it is asked; nothing: no content. */
  readonly answer?: Described;
  /** False where a body, of whatever kind, is not looked at. @default true */
  readonly readsForm?: boolean;
  readonly handle: (exchange: Exchange) => Promise<void>;
}

type Method = 'GET' | 'POST' | 'DELETE';

export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Route>>>>>;

/** A service that the request is about. */
export interface AtService {
  readonly service: Service;
  readonly room: ServiceRoom;
  readonly owner: Owner;
  readonly url: string;
  /** The app's own: its configuration is the host's. */
  readonly isApps: boolean;
}

/** An entity that the request is about; it need not exist. */
export interface AtEntity extends Omit<AtService, 'owner'> {
  readonly identity: string;
  readonly owner: EntityOwner;
}

/** The part of the path that has this name. */
export function part({ req }: Exchange, name: string): string {
  const { [name]: value = '' } = req.params as Readonly<Record<string, string | undefined>>;
  return value;
}

/** @throws MfaError `not_found` */
export async function atService(exchange: Exchange): Promise<AtService> {
  const { caller, directory, root } = exchange;
  const { service, room, isApps } = await directory.find(caller.accountSid, part(exchange, 'service'));
  const owner = { accountSid: caller.accountSid, serviceSid: service.sid };
  return { service, room, isApps, owner, url: serviceUrl(root, service.sid) };
}

export function serviceUrl(root: string, sid: string): string {
  return `${root}/v2/Services/${sid}`;
}

/** @throws MfaError `not_found`; TwilioError where nobody can have this identity */
export async function atEntity(exchange: Exchange): Promise<AtEntity> {
  return entityOf(await atService(exchange), part(exchange, 'identity'), exchange.family);
}

/** Who makes an entity says how it is called; in the app's own service that is the app. */
export function entityOf(at: AtService, identity: string, family: Family): AtEntity {
  const isIdentity = at.isApps ? canonicalIdentity(identity) !== null : IDENTITY.test(identity);
  if (!isIdentity) throw invalidParameter('Identity', family);
  const owner = {
    ...at.owner,
    entitySid: at.room.entities.sidOf(identity),
    identity,
  };
  return { ...at, identity, owner, url: `${at.url}/Entities/${encodeURIComponent(identity)}` };
}

export function parseForm<Entries extends Parameters>(
  { form, family }: Exchange,
  entries: Entries,
): ReturnType<typeof parse<Entries>> {
  return parse(entries, form, family);
}

/** The page of the list at `url` that is asked for. */
export function pagingOf(
  { caller, req, family }: Exchange,
  url: string,
  filters: Readonly<Record<string, string | undefined>> = {},
): Paging {
  return new Paging({ owner: caller.accountSid, url }, req.query, filters, family);
}

const IDENTITY = /^(?=.{8,64}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/;
