import { representDate } from '../web/represent.js';

/** JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;

/** A kind of value in an answer, described and written by one definition. */
interface Kind<Value> {
  readonly schema: Schema;
  readonly represent: (value: Value) => unknown;
}

/** A member of an object in an answer, with where it is read. */
export interface Member<Source> {
  readonly schema: Schema;
  readonly read: (source: Source) => unknown;
}

type Members<Source> = Readonly<Record<string, Member<Source>>>;

type Kinds<Values> = { readonly [Name in keyof Values]: Kind<Values[Name]> };

interface ObjectKind<Source> extends Kind<Source> {
  readonly represent: (source: Source) => object;
}

/** An answer as the OpenAPI document describes it. */
export interface Described {
  readonly name: string;
  readonly schema: Schema;
}

export type Answer<Source> = Described & ObjectKind<Source>;

export const text: Kind<string> = asItIs({ type: 'string' });
export const url: Kind<string> = asItIs({ type: 'string', format: 'uri' });
export const integer: Kind<number> = asItIs({ type: 'integer' });
export const truth: Kind<boolean> = asItIs({ type: 'boolean' });
export const date: Kind<Date> = { schema: { type: 'string', format: 'date-time' }, represent: representDate };
export const strings: Kind<Readonly<Record<string, string>>> = asItIs({
  type: 'object',
  additionalProperties: { type: 'string' },
});

export function sid(prefix: string): Kind<string> {
  return asItIs({ type: 'string', pattern: `^${prefix}[0-9a-fA-F]{32}$` });
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Kind<Values[number]> {
  return asItIs({ type: 'string', enum: values });
}

export function orNull<Value>({ schema, represent }: Kind<Value>): Kind<Value | null> {
  return {
    schema: { ...schema, type: [schema['type'], 'null'] },
    represent: (value) => (value === null ? null : represent(value)),
  };
}

export function listOf<Value>({ schema, represent }: Kind<Value>): Kind<readonly Value[]> {
  return { schema: { type: 'array', items: schema }, represent: (values) => values.map(represent) };
}

/** A member of an object: what it is, and where it is read. */
export function is<Source, Value>({ schema, represent }: Kind<Value>, of: (source: Source) => Value): Member<Source> {
  return { schema, read: (source) => represent(of(source)) };
}

/** A member that says the same of everything. */
export function always(value: string | null): Member<unknown> {
  return { schema: { const: value }, read: () => value };
}

/** A member that is an object with members of its own. */
export function group<Source>(members: Members<Source>): Member<Source> {
  const { schema, represent } = object(members);
  return { schema, read: represent };
}

/** An object whose members have the same names where they are read. */
export function record<Values extends object>(kinds: Kinds<Values>): ObjectKind<Values> {
  const names = Object.keys(kinds) as (keyof Values & string)[];
  return object(Object.fromEntries(names.map((name) => [name, is(kinds[name], (values: Values) => values[name])])));
}

export function answer<Source>(name: string, members: Members<Source>): Answer<Source> {
  return { name, ...object(members) };
}

/** A page of a list, and the member that has its items. */
export interface PageAnswer<Source> extends Described {
  readonly key: string;
  readonly item: Answer<Source>;
}

export function pageAnswer<Source>(key: string, item: Answer<Source>): PageAnswer<Source> {
  const items = { type: 'array', items: referenceTo(item) };
  return { name: `${item.name}Page`, key, item, schema: schemaOf({ [key]: items, meta: META.schema }) };
}

export const META = record({
  page: integer,
  page_size: integer,
  first_page_url: url,
  previous_page_url: orNull(url),
  url,
  next_page_url: orNull(url),
  key: text,
});

/** What stands for an answer elsewhere in the OpenAPI document. */
export function referenceTo({ name }: Described): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** Every member is always there. */
function object<Source>(members: Members<Source>): ObjectKind<Source> {
  const entries = Object.entries(members);
  return {
    schema: schemaOf(Object.fromEntries(entries.map(([name, { schema }]) => [name, schema]))),
    represent: (source) => Object.fromEntries(entries.map(([name, { read }]) => [name, read(source)])),
  };
}

function asItIs<Value>(schema: Schema): Kind<Value> {
  return { schema, represent: (value) => value };
}

function schemaOf(properties: Schema): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
