// docs/benchmarks.json, and the page that is made from it and from findings.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { CONTESTANTS } from './contestants/all.js';
import { ratio, median } from './statistics.js';
import { grouped, targetsOf } from './targets.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const FILES = { json: at('../docs/benchmarks.json'), page: at('../docs/benchmarks.md'), findings: at('findings.md') };

export function readResults() {
  return existsSync(FILES.json) ? JSON.parse(readFileSync(FILES.json, 'utf8')) : { nodes: {} };
}

export async function writeResults(results) {
  writeFileSync(FILES.json, await formatted(FILES.json, JSON.stringify(results)));
  writeFileSync(FILES.page, await formatted(FILES.page, pageOf(results)));
}

async function formatted(file, text) {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

function pageOf({ machine, nodes }) {
  const majors = Object.entries(nodes);
  return [
    HEAD,
    `The machine: ${machine.cpu}, ${machine.cores} cores; pinned: ${machine.pinning}.`,
    '## Targets',
    ...majors.map(([major, measured]) => `### Node ${measured.version}\n\n${targetTable(targetsOf(major, measured))}`),
    '## What the rules alone cost',
    RULES,
    ...majors.map(([, { version, throughput }]) => throughput && shares(version, throughput)).filter(Boolean),
    readFileSync(FILES.findings, 'utf8'),
    '### Profiles',
    PROFILES,
    ...majors.flatMap(([, { version, profile }]) => (profile ? breakdowns(version, profile) : [])),
    '## Every contestant',
    ...majors.map(([, { version, throughput }]) => throughput && contestants(version, throughput)).filter(Boolean),
    '## Latency at half of saturation',
    LATENCY,
    ...majors.map(([, { version, latency }]) => latency && latencies(version, latency)).filter(Boolean),
    '## Sizes',
    SIZES,
    ...majors.map(([, { version, sizes }]) => sizes && weights(version, sizes)).filter(Boolean),
    '## Start and size of the package',
    ...majors.map(([, { version, start }]) => start && starts(version, start)).filter(Boolean),
  ].join('\n\n');
}

const HEAD = `# Benchmarks: ratios, side by side, in one run

\`npm run bench\` starts every contestant as a process of its own, lets them take turns over several rounds, and writes this
page and \`benchmarks.json\`. All are Express 5 with express-session (its memory store) and a logged-in session; what they
do beyond that is in \`bench/contestants\`. An absolute figure says as much of the machine as of the code: look at the
ratios, which are taken round by round; what is shown is their median, and the least and the most.

A round is void where a right code is not approved or a wrong one not refused: the answers are counted, all of them.
Where a code is good for once, the clock of the contestant moves one step whenever everybody has sent a code.

- \`limit1\`: JSON body, session, one compare-and-set script on Redis, \`res.json\`. \`limit2\`: the same with two round
  trips. They check nothing: no second factor can be faster.
- \`by-hand\`: see below.
- \`router-…\`: passport-factors, \`POST /challenges\`. \`strategy-…\`: passport-factors, \`passport.authenticate('totp')\`.
- \`better-auth\` 1.7.7: its two-factor plugin with its memory adapter. \`passport-totp\` 0.0.2. \`speakeasy\` 2.0.0 and
  \`otplib\` 13.5.0 in a route. None of them keeps what a code was used for: a code that was seen can be used again.
- \`page-bare\`: a page for a Passport session. \`page-limit0\`: the same with a session as long as ours. \`page-limit1\`: the same
  with one round trip to Redis. They check nothing either. \`page-redis\`, \`page-memory\`: the same page behind
  \`mfa.session()\` and \`mfa.require()\`, which look at the record at every request; \`page-redis-30s\` every 30 seconds
  (\`grant.recheck\`).`;

const RULES = `\`by-hand\` does what the rules of a second factor ask of every verification, in one function of forty lines: a record
sealed with a key of its own, three codes, one compare-and-set, a new session with the grant. It has no budgets, recovery
codes, events or deadlines, and believes what it reads. What it is slower by than \`limit2\` is the price of those rules;
what is left of the difference is ours. \`page-limit1\` and \`page-limit0\` are what a page pays for a round trip, and for a
longer session.`;

const PROFILES = `Contestants in turn, after 12,000 requests each: µs of one request by the package that spends them, with what Node does
for it; \`node\` is what Node does for none of them. With the profiler a request takes longer, up to twice as long.`;

const LATENCY = `Requests come at an even rate, whatever the answers take, and each is timed from the moment when it was due. Milliseconds.`;

const SIZES = `An entity has one verified factor, no recovery codes and one ended challenge; its identity is a UUID. Bytes are what
\`used_memory\` grows by, key and all.`;

function targetTable(targets) {
  return table(
    ['', 'asked', 'measured', ''],
    targets.map(({ what, asked, got, isMet }) => [what, asked, got, isMet ? 'met' : '**missed**']),
  );
}

function shares(version, { contestants: all }) {
  const ratesOf = (id) => (all[id].right ?? all[id].look).rates;
  const share = (one, other) => {
    const { median, least, most } = ratio(ratesOf(one), ratesOf(other));
    return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
  };
  const pairs = [
    ['by-hand', 'limit2'],
    ['router-redis', 'by-hand'],
    ['strategy-redis', 'by-hand'],
    ['limit2', 'better-auth'],
    ['by-hand', 'better-auth'],
    ['by-hand', 'passport-totp'],
    ['page-limit1', 'page-bare'],
    ['page-redis', 'page-limit1'],
    ['page-limit0', 'page-bare'],
    ['page-redis-30s', 'page-limit0'],
  ];
  const rows = pairs
    .filter((pair) => pair.every((id) => id in all))
    .map(([one, other]) => [`${one} ÷ ${other}`, share(one, other)]);
  return rows.length > 0 && `### Node ${version}\n\n${table(['', 'measured'], rows)}`;
}

function contestants(version, { contestants: all, rounds, seconds, date, commit }) {
  const floor = all.limit2.right.rates;
  const rows = Object.entries(all).flatMap(([id, kinds]) =>
    Object.entries(kinds).map(([kind, { rates, microseconds }]) => [
      id,
      CONTESTANTS[id].store,
      kind,
      grouped(median(rates)),
      `${grouped(Math.min(...rates))} to ${grouped(Math.max(...rates))}`,
      microseconds,
      kind === 'right' ? ratio(rates, floor).median.toFixed(2) : '',
    ]),
  );
  const head = ['contestant', 'store', 'codes', 'a second', 'spread', 'µs of processor', '÷ limit2'];
  return `### Node ${version}\n\n${rounds} rounds of ${seconds} s, ${date}, commit ${commit}.\n\n${table(head, rows)}`;
}

function latencies(version, { on, date, commit }) {
  const rows = Object.entries(on).flatMap(([where, all]) =>
    Object.entries(all).map(([id, { rate, p50, p99, p999 }]) => [
      where,
      id,
      grouped(rate),
      ...[p50, p99, p999].map((ms) => ms.toFixed(2)),
    ]),
  );
  return `### Node ${version}\n\n${date}, commit ${commit}.\n\n${table(['on', 'contestant', 'a second', 'p50', 'p99', 'p99.9'], rows)}`;
}

/** Parts that take less than this in every column (µs) are told as one. */
const LEAST_PART = 5;

function breakdowns(version, { right, look, date, commit }) {
  return [
    `#### Node ${version}: a right code, and a look at a page`,
    `${date}, commit ${commit}.`,
    breakdown(right),
    breakdown(look),
  ];
}

function breakdown(columns) {
  const ids = Object.keys(columns);
  const parts = [...new Set(ids.flatMap((id) => Object.keys(columns[id])))];
  const of = (id, part) => columns[id][part] ?? 0;
  const most = (part) => Math.max(...ids.map((id) => of(id, part)));
  const sum = (id, some) => some.reduce((total, part) => total + of(id, part), 0);
  const large = parts.filter((part) => most(part) >= LEAST_PART).sort((one, other) => most(other) - most(one));
  const rest = parts.filter((part) => !large.includes(part));
  return table(
    ['', ...ids],
    [
      ...large.map((part) => [part, ...ids.map((id) => of(id, part).toFixed(0))]),
      ['others', ...ids.map((id) => sum(id, rest).toFixed(0))],
      ['all', ...ids.map((id) => sum(id, parts).toFixed(0))],
    ],
  );
}

function weights(version, { entities, administration, look, memoryStore, date, commit }) {
  const rows = entities.map(({ count, bytes, rate, toSmallest, redisMicroseconds }) => [
    grouped(count),
    bytes,
    grouped(rate),
    toSmallest.median.toFixed(2),
    redisMicroseconds,
  ]);
  return [
    `### Node ${version}`,
    `${date}, commit ${commit}.`,
    table(['entities', 'bytes each', 'verifications a second', '÷ the smallest', 'µs of Redis each'], rows),
    `Of ${grouped(administration.count)} entities, \`mfa.admin.list\` gets through ${grouped(administration.list)} a second and \`mfa.admin.rekey\` through ${grouped(administration.rekey)}. A look at a record, which is what a guarded request asks for, takes ${look.redisMicroseconds} µs of Redis's processor. MemoryStore takes ${grouped(memoryStore.bytes)} bytes per entity.`,
  ].join('\n\n');
}

function starts(version, { milliseconds: { empty, ...others }, bytes, date, commit }) {
  const rows = Object.entries(others).map(([name, ms]) => [NAMES[name], ms.toFixed(0), (ms - empty).toFixed(0)]);
  const kilobytes = (number) => `${grouped(Math.round(number / 1024))} KB`;
  return [
    `### Node ${version}`,
    `${date}, commit ${commit}. An empty module takes ${empty.toFixed(0)} ms.`,
    table(['a process that imports', 'ms', 'over an empty module'], rows),
    `The tarball has ${kilobytes(bytes.tarball)}. Installed, the package has ${kilobytes(bytes.unpacked)}; with all that comes with it, besides the host's own packages, ${kilobytes(bytes.installed)}: ${bytes.packages.join(', ')}.`,
  ].join('\n\n');
}

const NAMES = {
  package: '`passport-factors`',
  redis: '`passport-factors` and `passport-factors/redis`',
  express: '`express` alone',
};

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
