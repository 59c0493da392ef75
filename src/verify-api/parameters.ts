import * as v from 'valibot';
import { invalidParameter, missingParameter, type Family } from './refusal.js';

/** A parameter of a form, read and described by one definition: what it is as JSON Schema stands in its metadata. */
type Parameter<Value> = v.GenericSchema<unknown, Value>;

export type Parameters = v.ObjectEntries;

/** Characters, counted as people do. */
export function text(least: number, most: number): Parameter<string> {
  return v.pipe(
    v.string(),
    v.check((value) => inBounds(Array.from(value).length, least, most) && value.isWellFormed()),
    v.metadata({ type: 'string', minLength: least, maxLength: most }),
  );
}

export function matching(pattern: RegExp): Parameter<string> {
  return v.pipe(v.string(), v.regex(pattern), v.metadata({ type: 'string', pattern: pattern.source }));
}

export function sid(prefix: string): Parameter<string> {
  return matching(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`));
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Parameter<Values[number]> {
  return v.pipe(v.picklist(values), v.metadata({ type: 'string', enum: values }));
}

export function integer(least: number, most: number): Parameter<number> {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/),
    v.transform(Number),
    v.check((value) => inBounds(value, least, most)),
    v.metadata({ type: 'integer', minimum: least, maximum: most }),
  );
}

/** Some clients write `True`. */
export const truth: Parameter<boolean> = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(['true', 'false']),
  v.transform((value) => value === 'true'),
  v.metadata({ type: 'boolean' }),
);

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export const date: Parameter<Date> = v.pipe(
  v.string(),
  v.regex(ISO_8601),
  v.transform((value) => new Date(value)),
  v.check((value) => !Number.isNaN(value.getTime())),
  v.metadata({ type: 'string', format: 'date-time' }),
);

/** A JSON object of strings, written as text. */
export const strings: Parameter<Record<string, string>> = v.pipe(
  v.string(),
  v.maxLength(1024),
  v.transform(fromJson),
  v.custom<Record<string, string>>(isStrings),
  v.metadata({ type: 'string', maxLength: 1024, contentMediaType: 'application/json' }),
);

const Field = v.pipe(v.string(), v.transform(fromJson), v.object({ label: v.string(), value: v.string() }));

/** `{"label":…,"value":…}` as JSON, repeated. */
export const fields: Parameter<{ label: string; value: string }[]> = v.pipe(
  v.unknown(),
  v.transform(listed),
  v.array(Field),
  v.metadata({ type: 'array', maxItems: 20, items: { type: 'string', contentMediaType: 'application/json' } }),
);

/** A key that is repeated; once, it arrives as a plain string. */
export function listOf<const Values extends readonly string[]>(...values: Values): Parameter<Values[number][]> {
  return v.pipe(
    v.unknown(),
    v.transform(listed),
    v.array(v.picklist(values)),
    v.metadata({ type: 'array', minItems: 1, items: { type: 'string', enum: values } }),
  );
}

/**
 * The parameters of a form. Unknown ones are ignored, and an empty one was not given: some clients write null so.
 * @throws TwilioError that names the first parameter that is missing, or not what it must be
 */
export function parse<Entries extends Parameters>(
  entries: Entries,
  form: Readonly<Record<string, unknown>>,
  family: Family,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const given = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''));
  const { success, output, issues } = v.safeParse(v.object(entries), given);
  if (success) return output;
  const names = issues.map((issue) => String(issue.path?.[0].key));
  const missing = names.find((name) => !(name in given));
  if (missing !== undefined) throw missingParameter(missing);
  throw invalidParameter(names.join(', '), family);
}

function inBounds(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function listed(value: unknown): unknown {
  return Array.isArray(value) ? value.filter((item) => item !== '') : [value];
}

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isStrings(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((member) => typeof member === 'string');
}
