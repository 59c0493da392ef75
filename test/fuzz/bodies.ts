import fc, { type Arbitrary } from 'fast-check';
import { mostly, oneOf, wordsOf } from './arbitraries.js';
import type { Encoding, Header } from './request.js';

/** A body, and what the headers say of it. */
export interface Body {
  readonly body: string | null;
  readonly encoding: Encoding;
  readonly headers: readonly Header[];
}

/** Texts that are neither a code of six digits nor a recovery code, most of them made from right ones. */
const NO_CODES: readonly string[] = [
  '',
  '      ',
  ...wordsOf('12 123 12345 1234567 $CODE0 00$CODE 000$CODE $CODE$CODE $WIDE $ARABIC +$CODE -$CODE.0 0x1e240 1e5'),
  ...wordsOf('$CODE,$CODE $RECOVERY$CODE $RECOVERY0 null undefined NaN * %00 ../../etc/passwd'),
  ...['$CODE\n', '$CODE\t', '$CODE\0', '\u200b$CODE', '$CODE\u00a0', '$CODE\ud800', '\u{1f511}'],
  ...[`${' '.repeat(100)}$CODE`, '1'.repeat(1000), '[object Object]', "' OR '1'='1", '$CODE\r\nX-Verified: 1'],
];

/** JSON that is no text, most of it around the right code. */
const NO_CODES_IN_JSON: readonly string[] = [
  ...wordsOf('$CODE 0$CODE -$CODE $CODE.0 1e400 -0 123456789012345678901234567890 true false null [] {}'),
  ...wordsOf('["$CODE"] ["$RECOVERY"] [[["$CODE"]]] ["$CODE","$CODE"] [$DIGITS] {"$ne":"x"} {"$eq":"$CODE"}'),
  ...wordsOf(
    '{"toString":"$CODE"} {"length":6,"0":"1"} {"__proto__":"$CODE"} {"code":"$CODE"} {"type":"Buffer","data":[49,50]}',
  ),
  `${'['.repeat(60)}"$CODE"${']'.repeat(60)}`,
  `${'{"code":'.repeat(60)}"$CODE"${'}'.repeat(60)}`,
];

/** Fields that some server somewhere believed (A40, A45, A46). */
export const BELIEVED = wordsOf(`
  identity user user_id sub verified skip bypass bypass_otp trusted aal acr amr epoch step lastStep now timestamp config
  secret skew window state mfa grant purpose details otp token Code CODE`);
const NAMES: readonly string[] = [
  ...BELIEVED,
  ...wordsOf('codes factor_sid challenge_sid status friendly_name id to amount __proto__ constructor prototype'),
  ...['toString', 'hasOwnProperty', 'length', '_method', '', 'c'.repeat(1000)],
];
/** What they might have wanted to hear, as JSON. */
const BELIEVED_VALUES = wordsOf(
  'true 1 2 "true" "bob" "bob" "approved" "verified" "satisfied" "$CODE" "$OTHER_FACTOR"',
);

const TEXTS: readonly string[] = [
  ...wordsOf('denied approved verified satisfied pending true 1 0 -1 1e9 bob __proto__ 2026-11-20T00:00:00Z'),
  ...wordsOf('$FACTOR $BEGUN $CHALLENGE $OTHER_FACTOR $OTHER_CHALLENGE $CODE $OTHER_CODE'),
  ...['', '\0', 'a\nb', '\u202e', '\ud800', '\u{1f511}', '\uffff', '<svg/onload=alert(1)>', '"\'>'],
];

/** Names of factors, also such as would say something else in the URI (A48). */
const FRIENDLY_NAMES: readonly string[] = [
  ...[' Phone ', '\u{1f511}', 'n'.repeat(64), 'n'.repeat(65), '', 'a\nb', '\ud800\u202e', '<svg onload=alert(1)>'],
  ...['a:b', ':', 'Evil:ann', 'a%3Ab', 'a%3ab', 'a?secret=AAAA', 'x&issuer=Evil', 'a#b/c'],
];

const VALUES: readonly string[] = [
  ...wordsOf('true false null 0 1 2 -1 1e400 1e21 0.1 9007199254740993 [] {} ["$FACTOR"] {"sid":"$FACTOR"} {"$gt":""}'),
  ...wordsOf('["$CODE","$CODE"] [$CODE,$CODE,$CODE] {"0":"$CODE"} {"skew":100,"code_length":3} {"status":"approved"}'),
  ...wordsOf('{"identity":"bob","aal":2} {"prototype":{"code":"$CODE"}} {"__proto__":{"code":"$CODE","aal":2}}'),
  `[${'0,'.repeat(1000)}0]`,
];

/** What stands where three codes in a row are expected, and is no such row. */
const NO_ROWS: readonly string[] = [
  ...wordsOf('[] {} null true 3 "" "$CODE" "$CODE,$CODE,$CODE" ["$CODE"] ["$CODE","$CODE"] [$CODE,$CODE,$CODE]'),
  ...wordsOf('[[$ROW]] [$ROW,""] [$ROW,$ROW] {"0":"$CODE"} {"length":3} [null,null,null] ["$WIDE","$WIDE","$WIDE"]'),
  ...wordsOf(
    '["12","12","12"] ["12345","12345","12345"] ["$RECOVERY","$RECOVERY","$RECOVERY"] ["$CODE",["$CODE"],"$CODE"]',
  ),
  `[${Array(1000).fill('"$CODE"').join()}]`,
];

/** Whole bodies that are no JSON, or no object, or too much of one. Where they have the right code, it cannot be read. */
export const ODD_JSON: readonly string[] = [
  ...['', ' ', '\0', '{}\0', '\0{"code":"$CODE"}', '{"code":"\\ud800\\u0000"}', '{"code":"\u00ff\u00fe"}'],
  ...wordsOf('null true 0 "$CODE" [] ["$CODE"] undefined NaN { } {"code" {"code": {"code":"$CODE" {"code":"$CODE"}}'),
  ...wordsOf(`{'code':'$CODE'} {code:"$CODE"} {"code":"$CODE",} {"code":"$CODE"}{"code":"$CODE"} {"code":"$CODE"/**/}`),
  ...wordsOf('{"code":"\\x31"} {"\\u0063ode":["$CODE"]} {"code":"$CODE","code":0$CODE}'),
  ...['['.repeat(60), '{"a":'.repeat(60), `${'['.repeat(5000)}${']'.repeat(5000)}`],
  `${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}`,
  `{"code":["$CODE"],"junk":"${'x'.repeat(17_000)}"}`,
  `{"code":["$CODE"],"junk":"${'x'.repeat(200_000)}"}`,
  `{"code":"${'1'.repeat(10_000)}"}`,
];

const ODD_FORMS: readonly string[] = [
  ...wordsOf('code[]=$CODE code[0]=$CODE code[$ne]=x code[$eq]=$CODE code.code=$CODE Code=$CODE %63ode[]=$CODE code='),
  ...wordsOf('code=$CODE&code=$CODE code=$CODE&code= code=$CODE;code=$CODE code = =$CODE &&& code=% code=%zz code=%ff'),
  ...wordsOf('code=$CODE%00 code=%2B$CODE code=$CODE%0A __proto__=$CODE __proto__[code]=$CODE toString=1&length=1'),
  ...['constructor[prototype][code]=$CODE', ' code=$CODE', 'code\0=$CODE', `a${'[a]'.repeat(60)}=$CODE`],
  `${'a=1&'.repeat(1001)}code=`,
  `${'code=$CODE&'.repeat(1001)}code=$CODE`,
  `code=&junk=${'x'.repeat(17_000)}`,
  `code=${'1'.repeat(10_000)}`,
];

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Types as which nothing is read, however much they look like JSON. */
export const OTHER_TYPES: readonly string[] = [
  ...wordsOf('text/plain text/json application/json-patch+json application/vnd.api+json application/jsonp json */*'),
  ...wordsOf('application/xml multipart/form-data application/octet-stream application/* application/json/x ;'),
  ...['', 'application / json', 'application/json, text/plain', 'multipart/form-data; boundary=x', 'x'.repeat(200)],
];

export const ODD_TYPES: readonly string[] = [
  ...OTHER_TYPES,
  ...[JSON_TYPE, FORM_TYPE].flatMap((type) => [
    ...[type.toUpperCase(), ` ${type} `, `${type};`, `${type};;x`, `${type}; =x`, `${type}; a=b; a=b`],
    ...['utf-8', '"UTF-8"', '', '"', 'utf-7', 'utf-16le', 'iso-8859-1', 'klingon', '\u00ff'].map(
      (charset) => `${type}; charset=${charset}`,
    ),
  ]),
];

const ENCODINGS: readonly Omit<Body, 'body'>[] = [
  { encoding: 'latin1', headers: [] },
  { encoding: 'utf16le', headers: [] },
  ...(['gzip', 'deflate', 'br'] as const).flatMap((coding) =>
    (['utf8', coding] as const).map((encoding) => ({ encoding, headers: [['Content-Encoding', coding]] as const })),
  ),
  ...['zip', 'identity, gzip', ''].map((coding) => ({
    encoding: 'utf8' as const,
    headers: [['Content-Encoding', coding]] as const,
  })),
];
const encoding = mostly(15, fc.constant<Omit<Body, 'body'>>({ encoding: 'utf8', headers: [] }), oneOf(ENCODINGS));

const codeText = mostly(
  7,
  oneOf(NO_CODES),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !isCode(text)),
);
const codeJson = fc.oneof(
  { weight: 4, arbitrary: codeText.map((text) => JSON.stringify(text)) },
  { weight: 4, arbitrary: oneOf(NO_CODES_IN_JSON) },
  {
    weight: 1,
    arbitrary: fc
      .jsonValue({ maxDepth: 2 })
      .filter((value) => typeof value !== 'string')
      .map(toJson),
  },
);

type Member = readonly [name: string, value: string];

/** Members of ours, by themselves or among others; as texts, for forms too. */
const ownText: Arbitrary<Member> = fc.oneof(
  fc.tuple(fc.constant('friendly_name'), oneOf(FRIENDLY_NAMES)),
  fc.tuple(fc.constant('status'), oneOf(['denied', 'denied', 'approved', ''])),
  fc.tuple(fc.constant('factor_sid'), oneOf(['$FACTOR', '$FACTOR', '$BEGUN', '$OTHER_FACTOR', '__proto__'])),
  fc.tuple(fc.constant('id'), oneOf(['$SET', '$SET', '', '__proto__'])),
);
const ownMember: Arbitrary<Member> = fc.oneof(
  { weight: 4, arbitrary: ownText.map(([name, text]) => [name, JSON.stringify(text)] as const) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('codes'), oneOf(NO_ROWS)) },
);
const anyMember: Arbitrary<Member> = fc.tuple(
  oneOf(NAMES),
  mostly(7, fc.oneof(oneOf(TEXTS).map(toJson), oneOf(VALUES)), fc.jsonValue({ maxDepth: 2 }).map(toJson)),
);
const jsonMember: Arbitrary<Member> = fc.oneof(
  { weight: 1, arbitrary: ownMember },
  { weight: 2, arbitrary: anyMember },
);

/** An object whose `code`, the last where it has several, is none. */
const jsonObject: Arbitrary<string> = fc
  .record({
    before: fc.array(jsonMember, { maxLength: 3 }),
    code: fc.option(codeJson, { freq: 4 }),
    isDouble: mostly(12, fc.constant(false), fc.constant(true)),
    after: fc.array(jsonMember, { maxLength: 1 }),
  })
  .map(({ before, code, isDouble, after }) => {
    const right: readonly Member[] = isDouble ? [['code', '"$CODE"']] : [];
    const members = [...before, ...(code === null ? [] : [...right, ['code', code] as const]), ...after];
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
  });

const form: Arbitrary<string> = fc
  .record({
    members: fc.array(fc.oneof(ownText, fc.tuple(oneOf(NAMES), oneOf(TEXTS))), { maxLength: 3 }),
    code: fc.option(codeText, { freq: 4 }),
  })
  .map(({ members, code }) =>
    [...members, ...(code === null ? [] : [['code', code] as const])]
      .map(([name, value]) => `${escape(name)}=${escape(value)}`)
      .join('&'),
  );

const ownObject = ownMember.map(([name, value]) => `{"${name}":${value}}`);
const believedObject = oneOf(BELIEVED_VALUES).map(
  (value) => `{${BELIEVED.map((name) => `"${name}":${value}`).join(',')}}`,
);

/** Members without which some routes look no further at a body. */
export const memberFor: Readonly<Record<string, Arbitrary<string>>> = {
  'POST /unlock': oneOf(NO_ROWS).map((value) => `"codes":${value}`),
  'POST /recovery-codes/confirm': fc.constant('"id":"$SET"'),
};

/** A body with no code where one is read, or none at all. */
export const anyBody: Arbitrary<Body> = fc.oneof(
  { weight: 10, arbitrary: written(JSON_TYPE, mostly(5, jsonObject, oneOf(ODD_JSON))) },
  { weight: 3, arbitrary: written(JSON_TYPE, ownObject) },
  { weight: 3, arbitrary: written(JSON_TYPE, believedObject) },
  { weight: 6, arbitrary: written(FORM_TYPE, mostly(3, form, oneOf(ODD_FORMS))) },
  { weight: 3, arbitrary: fc.constant<Body>({ body: null, encoding: 'utf8', headers: [] }) },
);

function written(usualType: string, text: Arbitrary<string>): Arbitrary<Body> {
  const type = mostly(9, fc.constant(usualType), oneOf(ODD_TYPES));
  return fc.tuple(text, type, encoding).map(([body, contentType, { encoding, headers }]) => ({
    body,
    encoding,
    headers: [['Content-Type', contentType], ...headers],
  }));
}

/** Whether a text would be judged, and charged for: six digits, or what has the form of a recovery code. */
function isCode(text: string): boolean {
  return /^[0-9]{6}$/.test(text.replace(/[ -]/g, '')) || /^[0-9A-Z -]{20,}$/i.test(text);
}

function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** As `encodeURIComponent`, which refuses what is no text. Words such as `$CODE` stay. */
function escape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%24', '$');
}
