import type express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { isPlainObject } from '../domain/unknown-value.js';
import { MfaError } from '../errors.js';
import { hasBody, hasFormBody, hasJsonBody } from './audience.js';

type Body = Readonly<Record<string, unknown>>;

/** Express's own parsers. */
type Parsers = Pick<typeof express, 'json' | 'urlencoded'>;

/**
 * The reader of request bodies: a form, or JSON where that is taken, up to `limit` bytes, whatever parser of the host ran
 * before. What it reads is an object; that is all it promises of it.
 */
export function bodyReader(
  { json, urlencoded }: Parsers,
  limit: number,
  takesJson: boolean,
): (req: Request, res: Response) => Promise<Body> {
  const parsers = [json({ limit }), urlencoded({ extended: false, limit })];
  const types = `${takesJson ? 'application/json or ' : ''}application/x-www-form-urlencoded`;
  return async (req, res) => {
    if (Number(req.get('content-length') ?? 0) > limit) throw tooLarge(limit);
    if (!hasBody(req)) return {};
    if (!(takesJson && hasJsonBody(req)) && !hasFormBody(req)) {
      throw new MfaError('invalid_request', `the body must be ${types}`);
    }
    // A stream that another parser has read to its end cannot be read again.
    if (!req.readableEnded) for (const parser of parsers) await run(parser, req, res, limit);
    const body: unknown = req.body;
    // Nor is the Buffer of `express.raw` one.
    if (!isPlainObject(body)) {
      throw new MfaError('invalid_request', 'the body must be an object');
    }
    return { ...body };
  };
}

async function run(parser: RequestHandler, req: Request, res: Response, limit: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    void parser(req, res, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(refusal(error, limit));
    });
  });
}

function refusal(error: unknown, limit: number): MfaError {
  const isTooLarge = error instanceof Error && 'type' in error && error.type === 'entity.too.large';
  return isTooLarge ? tooLarge(limit) : new MfaError('invalid_request', 'the body cannot be parsed', { cause: error });
}

function tooLarge(limit: number): MfaError {
  return new MfaError('payload_too_large', `a body has at most ${limit.toString()} bytes`);
}
