import * as v from 'valibot';
import { memberOf } from '../domain/unknown-value.js';
import { referenceTo, type Described } from './answers.js';
import type { Route, Routes } from './exchange.js';
import type { Parameters } from './parameters.js';
import { REFUSAL } from './refusal.js';

/** The API as an OpenAPI 3.1 document, from the very definitions that read the requests and write the answers. */
export function openapi(routes: Routes, root: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Verify API of passport-factors', version: 'v2' },
    servers: [{ url: root }],
    security: [{ basic: [] }],
    paths: Object.fromEntries(Object.entries(routes).map(([path, methods]) => [template(path), item(path, methods)])),
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' } },
      schemas: Object.fromEntries([...answersOf(routes), REFUSAL].map(({ name, schema }) => [name, schema])),
    },
  };
}

function answersOf(routes: Routes): readonly Described[] {
  const all = Object.values(routes).flatMap((methods) => Object.values(methods));
  return all.flatMap(({ answer }) => answer ?? []);
}

function template(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function item(path: string, methods: Routes[string]): object {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    ...(parameters.length > 0 && { parameters }),
    ...Object.fromEntries(
      Object.entries(methods).map(([method, route]) => [method.toLowerCase(), operation(method, path, route)]),
    ),
  };
}

function operation(method: string, path: string, { scope, form, query, answer }: Route): object {
  const isCreation = method === 'POST' && !/:\w+$/.test(path);
  return {
    description: `Needs the scope ${scope}, or admin.`,
    ...(query !== undefined && {
      parameters: Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema: describe(schema) })),
    }),
    ...(form !== undefined && {
      requestBody: { content: { 'application/x-www-form-urlencoded': { schema: describeForm(form) } } },
    }),
    responses: {
      ...(method === 'DELETE' && { 204: { description: 'It is gone' } }),
      ...(answer !== undefined && { [isCreation ? 201 : 200]: json('What was asked for', answer) }),
      default: json('Why not', REFUSAL),
    },
  };
}

function json(description: string, answer: Described): object {
  return { description, content: { 'application/json': { schema: referenceTo(answer) } } };
}

function describeForm(form: Parameters): object {
  const required = Object.entries(form).filter(([, schema]) => schema.type !== 'optional');
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(form).map(([name, schema]) => [name, describe(schema)])),
    ...(required.length > 0 && { required: required.map(([name]) => name) }),
  };
}

function describe(schema: Parameters[string]): object {
  const wrapped = memberOf(schema, 'wrapped') ?? schema;
  // What every parameter has in its pipe, by `parameters.ts`.
  return v.getMetadata(wrapped as v.GenericSchema);
}
