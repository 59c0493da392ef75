import fc, { type Arbitrary } from 'fast-check';
import { mostly, oneOf, wordsOf } from './arbitraries.js';
import { anyBody, BELIEVED, memberFor, ODD_JSON, OTHER_TYPES } from './bodies.js';
import { CROSS_SITE, oddHeaders, reader, site } from './headers.js';
import { HOST_PATHS, PLACES, ROUTER_PLACES, type Place } from './places.js';
import type { Framing, FuzzRequest, Header, Who } from './request.js';

const UNKNOWN_SIDS: readonly string[] = [
  ...wordsOf(`$OTHER_FACTOR $OTHER_CHALLENGE $FACTOR%20 %20$CHALLENGE $FACTOR%00 $FACTOR$FACTOR $CODE YF YC yf YF0 begin 0
    -1 null undefined __proto__ constructor toString :sid * ; {} [] . .. ../ %2e%2e ..%2f..%2fetc % %ff %00 %0d%0a %2f %25
    %25ff %2525 %u0041 \u{1f511}`),
  ...[`YF${'0'.repeat(32)}`, `YC${'0'.repeat(32)}`, `YF${'0'.repeat(31)}`, 'a'.repeat(4000), '%2e'.repeat(500)],
];
const OWN_SIDS: Readonly<Record<string, readonly string[]>> = {
  '/mfa/factors': ['$BEGUN', '$BEGUN', '$BEGUN', '$FACTOR'],
  '/mfa/challenges': ['$CHALLENGE'],
};
// Not `*`: express-session lets it through without a session, of which Passport itself then makes a 500.
const ODD_PATHS: readonly string[] = [
  '',
  ...wordsOf(`/ /% /mfa/ //mfa /mfa// /MFA/Challenges /mfa/challenges/ /mfa/../mfa/challenges /mfa/./factors /mfa;x
    /mfa/factors/$FACTOR/verify /mfa/challenges/$CHALLENGE/approve /mfa/factors/$FACTOR/../$FACTOR /mfa/nothing
    /mfa/%66actors /mfa/%ff /mfa%2ffactors /mfa\\factors /mfa/factors? /mfa/factors#x /mfa/\u00e9 /mfa/constructor
    /mfa/factors/%2f.. http://evil.example/mfa/challenges http://[ /host/vault/ /HOST/VAULT /host/%76ault /host//vault
    /host/vault%00 /whoami/x`),
  `/mfa/${'x/'.repeat(2000)}`,
];
const QUERIES: readonly string[] = [
  ...wordsOf(`?code=$CODE ?code[]=$CODE ?code=$CODE&code=$CODE ?Code=$CODE ?status=approved ?status=denied ?identity=bob
    ?factor_sid=$OTHER_FACTOR ?factor_sid[]=x ?factor_sid=$FACTOR ?page=0&page_size=1 ?page=-1 ?page=1e9
    ?page=999999999 ?page_size=0 ?page_size=999999999 ?page[]=1 ?order=desc ?order=up ?order[x]=asc
    ?status[]=pending ?status=pending&status=denied ?__proto__[a]=1 ?constructor[prototype][a]=1 ?%ff ?% ? ?? ?toString=1
    ?a[b][c][d][e][f][g]=1 ?_method=DELETE`),
  ...wordsOf('true 1 2 bob approved $CODE').map((value) => `?${BELIEVED.map((name) => `${name}=${value}`).join('&')}`),
  ...[`?${'a=1&'.repeat(1001)}`, `?a${'[a]'.repeat(60)}=1`, `?x=${'x'.repeat(5000)}`],
];
const ODD_METHODS: readonly string[] = [
  ...wordsOf('GET HEAD POST PUT PATCH DELETE OPTIONS TRACE SEARCH PROPFIND MKCOL CONNECT get FOO P\u00d6ST'),
  ...['POST ', 'POST\tx', ''],
];
const WRONG_FRAMINGS = [
  'unsaid',
  'short',
  'long',
  'negative',
  'huge',
  'twice',
  'both',
  'bad-chunk',
  'unknown',
] as const;

const host = oneOf(['parsed', 'bare'] as const);
const who = fc.oneof<fc.MaybeWeightedArbitrary<Who>[]>(
  { weight: 6, arbitrary: fc.constant('ann') },
  { weight: 6, arbitrary: fc.constant('carol') },
  { weight: 3, arbitrary: fc.constant('erin') },
  { weight: 2, arbitrary: fc.constant('dora') },
  { weight: 2, arbitrary: oneOf(['nobody', 'forger']) },
);
const query = mostly(4, fc.constant(''), oneOf(QUERIES));
const framing = fc.oneof<fc.MaybeWeightedArbitrary<Framing>[]>(
  { weight: 60, arbitrary: fc.constant('length') },
  { weight: 4, arbitrary: fc.constant('chunked') },
  { weight: 2, arbitrary: oneOf(WRONG_FRAMINGS) },
);

/** The path of a place, with a SID where it has a parameter. */
function pathTo({ path }: Place): Arbitrary<string> {
  const [kind = '', rest] = path.split(/\/:\w+/);
  if (rest === undefined) return fc.constant(path);
  return mostly(2, oneOf(OWN_SIDS[kind] ?? UNKNOWN_SIDS), oneOf(UNKNOWN_SIDS)).map((sid) => `${kind}/${sid}${rest}`);
}

interface Aim extends Pick<FuzzRequest, 'route' | 'method' | 'target'> {
  /** What the body must have to be looked at there. */
  readonly member?: string | null;
}

const aim: Arbitrary<Aim> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.oneof(
      ...PLACES.map((place) => ({
        weight: place.isDoor ? 3 : 1,
        arbitrary: fc.record({
          route: fc.constant(place.route),
          method: oneOf(place.methods),
          target: fc.tuple(pathTo(place), query).map((parts) => parts.join('')),
          member: fc.option(memberFor[place.route] ?? fc.constant(null), { freq: 2 }),
        }),
      })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      route: fc.constant('another method'),
      method: oneOf(ODD_METHODS),
      target: fc.oneof(...PLACES.map(pathTo)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      route: fc.constant('another path'),
      method: oneOf(['GET', 'POST', 'DELETE', 'HEAD']),
      target: oneOf(ODD_PATHS),
    }),
  },
);

/** A request without a code where one is read. */
const codeless: Arbitrary<FuzzRequest> = fc
  .record({ aim, host, who, reader, site, oddHeaders, framing, body: anyBody })
  .map(({ aim: { route, method, target, member = null }, body: { body, encoding, headers }, ...rest }) => ({
    route,
    method,
    target,
    host: rest.host,
    who: rest.who,
    headers: [...rest.reader, ...rest.site, ...headers, ...rest.oddHeaders],
    body: member !== null && body?.startsWith('{"') === true ? `{${member},${body.slice(1)}` : body,
    encoding,
    framing: soundFraming(rest.framing, body, rest.oddHeaders),
  }));

/** Another framing in the place of one of which nothing can be said. */
function soundFraming(framing: Framing, body: string | null, headers: readonly Header[]): Framing {
  if (framing === 'short' && couldBeWhole(body)) return 'long';
  // Behind a wrong chunk of a request that wants an upgrade, Node waits for its `requestTimeout`, whatever the app.
  const wantsUpgrade = headers.some(([name]) => name === 'Upgrade');
  return framing === 'bad-chunk' && wantsUpgrade ? 'chunked' : framing;
}

/** Whether what is left of a body that is cut short by a byte could be a code: of a form, and of JSON with a brace too many. */
function couldBeWhole(body: string | null): boolean {
  return body?.startsWith('{') !== true || body.slice(0, -1).trimEnd().endsWith('}');
}

/** What is wrong with a request that has the right code where it is read. What is not said is as it should be. */
interface Spoiler {
  readonly places: readonly Place[];
  readonly who?: readonly Who[];
  readonly methods?: readonly string[];
  readonly sids?: readonly string[];
  readonly headers?: readonly (readonly Header[])[];
  readonly types?: readonly string[];
  readonly bodies?: readonly string[];
  readonly framings?: readonly Framing[];
}

const doors = PLACES.filter(({ isDoor }) => isDoor);
const routerDoors = ROUTER_PLACES.filter(({ isDoor }) => isDoor);
const doorsAt = (path: string): readonly Place[] => routerDoors.filter((place) => place.path.startsWith(path));
const sidDoors = routerDoors.filter(({ path }) => path.includes('/:'));

const SENDERS: readonly Who[] = ['ann', 'ann', 'dora', 'erin', 'carol'];
const RIGHT_FRAMING: readonly Framing[] = ['length'];

/** What is right in the body of each door that does not take a code alone. */
const RIGHT_BODIES: Readonly<Record<string, string>> = {
  'POST /unlock': '{"codes":[$ROW]}',
  'POST /recovery-codes/confirm': '{"id":"$SET","code":"$RECOVERY"}',
};
const RIGHT_BODY = '{"code":"$CODE"}';

const SPOILERS: readonly Spoiler[] = [
  { places: doors, headers: CROSS_SITE },
  { places: doors, types: OTHER_TYPES },
  { places: doors, who: ['nobody', 'forger'] },
  { places: doors, framings: WRONG_FRAMINGS },
  { places: doors, headers: ['gzip', 'zip', 'br', 'deflate'].map((coding) => [['Content-Encoding', coding]] as const) },
  { places: doors, bodies: ODD_JSON },
  // Whose codes are switched off: she can only unlock them.
  { places: doors.filter(({ route }) => route !== 'POST /unlock'), who: ['dora'] },
  // Whose codes are not: there is nothing to unlock.
  { places: doorsAt('/mfa/unlock'), who: ['ann', 'erin', 'carol'] },
  { places: doorsAt('/mfa/recovery-codes/confirm'), who: ['ann', 'dora', 'erin'] },
  { places: doors.filter(({ path }) => path === HOST_PATHS.strategy), bodies: ['{"code":"$RECOVERY"}'] },
  { places: routerDoors, bodies: [`{"code":"$CODE","junk":"${'x'.repeat(17_000)}"}`] },
  { places: routerDoors, methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'OPTIONS', 'SEARCH'] },
  { places: sidDoors, sids: UNKNOWN_SIDS },
  { places: sidDoors, sids: ['$OTHER_FACTOR', '$OTHER_CHALLENGE'], bodies: ['{"code":"$OTHER_CODE"}'] },
  {
    places: routerDoors.filter(({ path }) => path === '/mfa/challenges'),
    bodies: ['$OTHER_FACTOR', 'YF', '__proto__', ''].flatMap((sid) => [
      `{"code":"$CODE","factor_sid":"${sid}"}`,
      `{"code":"$OTHER_CODE","factor_sid":"${sid}"}`,
    ]),
  },
  {
    places: doorsAt('/mfa/challenges/:'),
    bodies: ['{"code":"$CODE","status":"denied"}', '{"status":"approved","code":"$CODE"}'],
  },
  {
    places: doorsAt('/mfa/factors/:'),
    bodies: ['{"code":"$CODE","friendly_name":"Phone"}', '{"friendly_name":["x"],"code":"$CODE"}'],
  },
];

const spoilt: Arbitrary<FuzzRequest> = fc.oneof(
  ...SPOILERS.flatMap((spoiler) => spoiler.places.map((place) => spoiltAt(place, spoiler))),
);

function spoiltAt(place: Place, spoiler: Spoiler): Arbitrary<FuzzRequest> {
  const { methods, sids } = spoiler;
  return fc
    .record({
      route: fc.constant(methods === undefined ? place.route : 'another method'),
      method: oneOf(methods ?? ['POST']),
      target: sids === undefined ? pathTo(place) : oneOf(sids.map((sid) => place.path.replace(/:\w+/, () => sid))),
      host,
      who: oneOf(spoiler.who ?? SENDERS),
      headers: fc
        .tuple(reader, oneOf(spoiler.headers ?? [[]]), oneOf(spoiler.types ?? ['application/json']))
        .map(([first, second, type]): readonly Header[] => [...first, ...second, ['Content-Type', type]]),
      body: oneOf(spoiler.bodies ?? [RIGHT_BODIES[place.route] ?? RIGHT_BODY]),
      framing: oneOf(spoiler.framings ?? RIGHT_FRAMING),
    })
    .map((request) => ({ ...request, encoding: 'utf8' }));
}

/** A request that must not be taken for a second factor, and must cost nobody anything. */
export const fuzzRequest: Arbitrary<FuzzRequest> = mostly(5, codeless, spoilt);
