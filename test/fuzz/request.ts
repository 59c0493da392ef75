import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';

/** Who sends it: somebody the `World` knows, nobody, or one whose session cookie no server made. */
export type Who = 'nobody' | 'forger' | 'ann' | 'dora' | 'erin' | 'carol';
export type Header = readonly [name: string, value: string];

/** How the body is written. */
export type Encoding = 'utf8' | 'latin1' | 'utf16le' | 'gzip' | 'deflate' | 'br';

/** How the request says where its body ends; all but the first two are wrong about it. */
export type Framing =
  'length' | 'chunked' | 'unsaid' | 'short' | 'long' | 'negative' | 'huge' | 'twice' | 'both' | 'bad-chunk' | 'unknown';

/** One request. Words such as `$CODE` in its texts stand for what its sender has at the moment of sending. */
export interface FuzzRequest {
  /** Of the two hosts: the one whose body parsers run before the router, or the one where they do not. */
  readonly host: 'parsed' | 'bare';
  /** Where it is aimed at: a method and path of the router, or a route of the host; it is counted under this name. */
  readonly route: string;
  readonly who: Who;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: string | null;
  readonly encoding: Encoding;
  readonly framing: Framing;
}

/** Whether the request ends where it says. */
export function isWhole({ framing }: FuzzRequest): boolean {
  return framing === 'length' || framing === 'chunked';
}

/** Whether another request can follow it on its connection. */
export function canBeFollowed(request: FuzzRequest): boolean {
  return isWhole(request) && !request.headers.some(([name]) => name === 'Connection' || name === 'Upgrade');
}

/** The request as it goes over the wire. */
export function bytesOf(request: FuzzRequest, cookie: string, fill: (text: string) => string): Buffer {
  const { method, target, headers, framing } = request;
  const body = request.body === null ? null : encode(fill(request.body), request.encoding);
  const lines = [
    `${method} ${fill(target)} HTTP/1.1`,
    ...(headers.some(([name]) => name === 'Host') ? [] : ['Host: 127.0.0.1']),
    ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
    ...headers.map(([name, value]) => `${name}: ${fill(value)}`),
    ...(body === null ? [] : framingOf(framing, body.length)),
  ];
  // A character beyond Latin-1 is sent as UTF-8, as browsers do in a path.
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (body === null) return head;
  if (framing === 'chunked' || framing === 'both') return Buffer.concat([head, ...chunksOf(body)]);
  return Buffer.concat([head, ...(framing === 'bad-chunk' ? [Buffer.from('zz\r\n')] : []), body]);
}

function encode(text: string, encoding: Encoding): Buffer {
  switch (encoding) {
    case 'gzip':
      return gzipSync(text);
    case 'deflate':
      return deflateSync(text);
    case 'br':
      return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    case 'utf8':
    case 'latin1':
    case 'utf16le':
      return Buffer.from(text, encoding);
  }
}

const CHUNKED = 'Transfer-Encoding: chunked';

function framingOf(framing: Framing, length: number): readonly string[] {
  switch (framing) {
    case 'length':
      return [`Content-Length: ${length}`];
    case 'chunked':
    case 'bad-chunk':
      return [CHUNKED];
    case 'unsaid':
      return [];
    case 'short':
      return [`Content-Length: ${Math.max(0, length - 1)}`];
    case 'long':
      return [`Content-Length: ${length + 1}`];
    case 'negative':
      return [`Content-Length: -${length}`];
    case 'huge':
      return ['Content-Length: 99999999999'];
    case 'twice':
      return [`Content-Length: ${length}`, `Content-Length: ${length + 1}`];
    case 'both':
      return [`Content-Length: ${length}`, CHUNKED];
    case 'unknown':
      return ['Transfer-Encoding: gzip', `Content-Length: ${length}`];
  }
}

function chunksOf(body: Buffer): readonly Buffer[] {
  const middle = Math.floor(body.length / 2);
  const parts = [body.subarray(0, middle), body.subarray(middle)].filter((part) => part.length > 0);
  return [
    ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ];
}
