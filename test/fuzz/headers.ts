import fc, { type Arbitrary } from 'fast-check';
import { header, mostly, oneOf, wordsOf } from './arbitraries.js';
import { ODD_TYPES } from './bodies.js';
import type { Header } from './request.js';

/** The header in which one of the hosts has the strategy read a code. */
export const CODE_HEADER = 'X-Second-Factor';

/** Who reads the answer: mostly a program or a browser. */
export const reader: Arbitrary<readonly Header[]> = fc.oneof(
  { weight: 10, arbitrary: header('Accept', ['application/json']) },
  {
    weight: 6,
    arbitrary: fc.constant<readonly Header[]>([
      ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
      ['Sec-Fetch-Mode', 'navigate'],
    ]),
  },
  { weight: 1, arbitrary: fc.constant<readonly Header[]>([]) },
  {
    weight: 1,
    arbitrary: header('Accept', ['', '*', 'x', 'text/html;q=9', 'text/html;q=-1,application/json', ',,;;']),
  },
  { weight: 1, arbitrary: header('Sec-Fetch-Mode', ['cors', 'no-cors', 'websocket', '', '\u00ff']) },
);

/** What a browser says of a request that a page of another site made it send. */
export const CROSS_SITE: readonly (readonly Header[])[] = [
  ...['cross-site', 'same-site', '', 'same-origin, cross-site'].map((site) => [['Sec-Fetch-Site', site]] as const),
  ...['https://evil.example', 'null', 'http://127.0.0.1.evil.example'].map((origin) => [['Origin', origin]] as const),
  [
    ['Sec-Fetch-Site', 'cross-site'],
    ['Origin', 'http://127.0.0.1'],
  ],
  [
    ['Origin', 'https://evil.example'],
    ['X-Forwarded-Host', 'evil.example'],
    ['X-Forwarded-Proto', 'https'],
  ],
];

export const site: Arbitrary<readonly Header[]> = mostly(
  9,
  oneOf<readonly Header[]>([[], [['Sec-Fetch-Site', 'same-origin']], [['Sec-Fetch-Site', 'none']]]),
  oneOf<readonly Header[]>([...CROSS_SITE, [['Origin', 'http://127.0.0.1']], [['Origin', '\u00ff']]]),
);

/** Headers by which some server somewhere was told that no code is needed, or who or what is meant (A45). */
const BELIEVED = wordsOf(`
  X-Mfa-Verified X-Otp-Verified X-Skip-Mfa X-Bypass X-Otp X-Code X-Totp Otp Code Aal X-Trusted-Device X-Auth-Level X-User
  X-User-Id Remote-User X-Remote-User X-Forwarded-User X-Identity Date X-Http-Method-Override X-Original-Url X-Rewrite-Url
  Authorization From Via`);
const BELIEVED_VALUES: readonly string[] = [
  ...wordsOf('true 1 2 $CODE bob $OTHER_FACTOR aal2 DELETE /mfa verified {"aal":2} __proto__'),
  ...['Bearer $CODE', 'Basic Ym9iOnNlY3JldA==', 'Thu, 01 Jan 1970 00:00:00 GMT'],
];

const anOddHeader: Arbitrary<readonly Header[]> = fc.oneof(
  header('X-Forwarded-For', ['127.0.0.1', 'unparsable', ',,,', '1'.repeat(4000), '::1, \u00ff', '999.999.999.999']),
  header('X-Forwarded-Host', ['evil.example', '', 'a,b', 'http://x/', '[::1', '__proto__']),
  header('X-Forwarded-Proto', ['https', 'javascript', '', 'https,http']),
  header('Forwarded', ['for=bob;host=evil;proto=https', '===', '"']),
  header('Host', ['evil.example', '', '[', 'a b', '127.0.0.1:99999', '\u00ff', 'http://']),
  header('Referer', ['http://127.0.0.1/mfa', '//', 'http://127.0.0.1//evil', '%', 'http://127.0.0.1/\\evil', '\u00ff']),
  header('Cookie', [
    'connect.sid=',
    'connect.sid=s%3A',
    'a=%ff; connect.sid=x',
    '=',
    ';;;',
    '__proto__=x',
    'j:{"a":1}',
  ]),
  header('If-None-Match', ['*', '"x"', '\u00ff']),
  header('If-Modified-Since', ['Fri, 01 Jan 2100 00:00:00 GMT', 'x']),
  header('Range', ['bytes=0-0', 'bytes=9-1', 'x']),
  header('Expect', ['100-continue', '100-continue', 'x']),
  header('Upgrade', ['websocket', 'h2c']),
  header('Connection', ['close', 'upgrade', 'keep-alive, x', 'content-length']),
  header('Content-Type', ODD_TYPES),
  header('X-Junk', ['x'.repeat(8000), 'x'.repeat(20_000), '', '\u00ff\u0080']),
  header('__proto__', ['x']),
  header('Accept-Language', ['*', 'x'.repeat(1000)]),
  // Never the right code alone: that one is right there.
  header(CODE_HEADER, ['$CODE, $CODE', '$CODE0', '12345', 'abc', '"$CODE"', '\u00ff', '1'.repeat(1000), '']),
  fc.constant<readonly Header[]>(Array.from({ length: 150 }, (_, i) => [`X-${i}`, 'x'] as const)),
  // All of them at once: no part of a run sends each with each value.
  { weight: 3, arbitrary: oneOf(BELIEVED_VALUES.map((value) => BELIEVED.map((name) => [name, value] as const))) },
);

export const oddHeaders: Arbitrary<readonly Header[]> = fc
  .oneof(
    { weight: 5, arbitrary: fc.constant<readonly (readonly Header[])[]>([]) },
    { weight: 3, arbitrary: fc.array(anOddHeader, { minLength: 1, maxLength: 3 }) },
  )
  .map((groups) => groups.flat());
