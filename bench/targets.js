// What the library sets itself, as ratios within one run.
import { ratio } from './statistics.js';

const OURS = ['router-redis', 'strategy-redis'];

/** Every target of one Node that was measured: what it is, what it asks for, what came out. */
export function targetsOf(major, { throughput, latency, sizes, start }) {
  return [
    ...(throughput ? ofThroughput(Number(major), throughput.contestants) : []),
    ...(latency ? ofLatency(latency.on) : []),
    ...(sizes ? ofSizes(sizes) : []),
    ...(start ? ofStart(start.milliseconds) : []),
  ];
}

function ofThroughput(major, contestants) {
  const isModern = major >= 24;
  const against = (id, other, kind, least) => {
    const { median, least: from, most: to } = ratio(contestants[id][kind].rates, contestants[other][kind].rates);
    return {
      asked: `≥ ${least.toFixed(2)}`,
      got: `${median.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)})`,
      isMet: median >= least,
    };
  };
  return [
    ...OURS.flatMap((id) => [
      { what: `${id} ÷ limit2`, ...against(id, 'limit2', 'right', 0.9) },
      { what: `${id} ÷ better-auth`, ...against(id, 'better-auth', 'right', isModern ? 8 : 5) },
      { what: `${id} ÷ passport-totp`, ...against(id, 'passport-totp', 'right', isModern ? 1 : 0.8) },
      { what: `${id}, wrong codes ÷ right ones`, ...wrongToRight(contestants[id]) },
    ]),
    { what: 'page-redis ÷ page-bare', ...against('page-redis', 'page-bare', 'look', 0.9) },
    { what: 'page-redis-30s ÷ page-bare', ...against('page-redis-30s', 'page-bare', 'look', 0.97) },
  ];
}

/** The look for a drifting clock may cost a fifth. */
function wrongToRight({ right, wrong }) {
  const { median, least, most } = ratio(wrong.rates, right.rates);
  return {
    asked: '≥ 0.80',
    got: `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
    isMet: median >= 0.8,
  };
}

function ofLatency(on) {
  return Object.entries(on).map(([where, { limit2, 'router-redis': ours }]) => {
    const times = ours.p99 / limit2.p99;
    return {
      what: `p99 at half load ÷ that of limit2, ${where}`,
      asked: '≤ 3.00',
      got: times.toFixed(2),
      isMet: times <= 3,
    };
  });
}

function ofSizes({ entities }) {
  const largest = entities.at(-1);
  const most = Math.max(...entities.map(({ bytes }) => bytes));
  const { median, least, most: to } = largest.toSmallest;
  return [
    { what: 'bytes of an enrolled entity in Redis', asked: '≤ 700', got: `${most}`, isMet: most <= 700 },
    {
      what: `verification among ${grouped(largest.count)} entities ÷ among ${grouped(entities[0].count)}`,
      asked: '≥ 0.95',
      got: `${median.toFixed(2)} (${least.toFixed(2)} to ${to.toFixed(2)})`,
      isMet: median >= 0.95,
    },
  ];
}

function ofStart({ empty, package: ours }) {
  const over = ours - empty;
  return [{ what: 'import over an empty module, ms', asked: '≤ 60', got: over.toFixed(0), isMet: over <= 60 }];
}

export function grouped(number) {
  return new Intl.NumberFormat('en').format(number);
}
