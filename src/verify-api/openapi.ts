import * as v from 'valibot';
import { memberOf } from '../domain/unknown-value.js';
import type { Route, Routes } from './exchange.js';
import type { Parameters } from './parameters.js';

/** The API as an OpenAPI 3.1 document, from the very definitions that read the requests. */
export function openapi(routes: Routes, root: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Verify API of passport-factors', version: 'v2' },
    servers: [{ url: root }],
    security: [{ basic: [] }],
    paths: Object.fromEntries(Object.entries(routes).map(([path, methods]) => [template(path), item(path, methods)])),
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' } },
      schemas: {
        Error: {
          type: 'object',
          required: ['code', 'message', 'more_info', 'status'],
          properties: {
            code: { type: 'integer' },
            message: { type: 'string' },
            more_info: { type: 'string', format: 'uri' },
            status: { type: 'integer' },
          },
        },
      },
    },
  };
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

function operation(method: string, path: string, { scope, form, query }: Route): object {
  const isCreation = method === 'POST' && !/:\w+$/.test(path);
  const status = method === 'DELETE' ? '204' : isCreation ? '201' : '200';
  return {
    description: `Needs the scope ${scope}, or admin.`,
    ...(query !== undefined && {
      parameters: Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema: describe(schema) })),
    }),
    ...(form !== undefined && {
      requestBody: { content: { 'application/x-www-form-urlencoded': { schema: describeForm(form) } } },
    }),
    responses: {
      [status]: {
        description: 'What was asked for',
        ...(status !== '204' && { content: { 'application/json': { schema: { type: 'object' } } } }),
      },
      default: {
        description: 'Why not',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
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
