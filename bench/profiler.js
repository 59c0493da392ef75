// Where the processor's time of this process goes, by the packages that it runs.
import { Session } from 'node:inspector/promises';

/** Microseconds. */
const INTERVAL = 200;
const COLLECTOR = '(garbage collector)';
const UNCOUNTED = ['(idle)', startProfiler.name, stopProfiler.name];
const session = new Session();
session.connect();

export async function startProfiler() {
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  await session.post('Profiler.start');
}

/** Microseconds of each part since the start, without the profiler's own beginning and end. */
export async function stopProfiler() {
  const { profile } = await session.post('Profiler.stop');
  const partOf = partsOf(profile.nodes);
  const spent = {};
  profile.samples.forEach((id, index) => {
    const part = partOf(id);
    spent[part] = (spent[part] ?? 0) + profile.timeDeltas[index];
  });
  return Object.fromEntries(Object.entries(spent).filter(([part]) => !UNCOUNTED.includes(part)));
}

/** What Node does for a package counts as the package's. */
function partsOf(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const known = new Map();
  const find = (id) => {
    const { functionName, url } = byId.get(id).callFrame;
    if ([COLLECTOR, ...UNCOUNTED].includes(functionName)) return functionName;
    return ownerOf(url) ?? (parents.has(id) ? partOf(parents.get(id)) : 'node');
  };
  const partOf = (id) => {
    if (!known.has(id)) known.set(id, find(id));
    return known.get(id);
  };
  return partOf;
}

function ownerOf(url) {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  return name ?? (url.includes('/bench/') ? 'bench' : undefined);
}
