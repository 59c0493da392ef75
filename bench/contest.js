// Processes that take part: contestants on one core; the load, and every Redis, on the other.
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CONTESTANTS } from './contestants/all.js';

const isPinned = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
export const CORES = { contestants: 0, load: 1 };
export const pinning = isPinned ? 'servers on core 0, load and Redis on core 1' : 'none: taskset is not here';

export function pin(pid, core) {
  if (isPinned)
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `${core}`, `${pid}`], { stdio: 'ignore' });
}

/** A process that answers messages. */
class Helper {
  #child;
  #asked = 0;
  #waiting = new Map();

  constructor(file, args, { core, node = process.execPath, nodeArgs = [], env = {} }) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execPath: node,
      execArgv: nodeArgs,
      env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    pin(this.#child.pid, core);
    this.#child.on('message', ({ id, answer, error }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error === undefined) resolve?.(answer);
      else reject?.(new Error(error));
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file} ended with ${code ?? signal}`));
    });
  }

  /** The first message. */
  async ready() {
    const [message] = await once(this.#child, 'message');
    return message;
  }

  ask(message) {
    this.#asked += 1;
    const id = this.#asked;
    this.#child.send({ id, ...message });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async stop() {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

export function startLoad() {
  return new Helper('load.js', [], { core: CORES.load });
}

/** While a process waits for its turn, V8 would throw away what it has compiled; of a server that is used, it does not. */
const AWAKE = ['--no-memory-reducer', '--no-flush-bytecode'];

/** A contestant that everybody has logged in to. */
export async function startContestant(id, { load, people, label = id, ...options }) {
  const { mostPeople = people } = CONTESTANTS[id];
  const helper = new Helper('host.js', [id], {
    core: CORES.contestants,
    nodeArgs: AWAKE,
    ...options,
  });
  const { port } = await helper.ready();
  const url = `http://127.0.0.1:${port}`;
  const enrolled = await helper.ask({ command: 'enroll', count: Math.min(people, mostPeople) });
  const clock = await helper.ask({ command: 'clock' });
  await load.ask({ command: 'login', contestant: id, label, url, people: enrolled, clock });
  return {
    id,
    label,
    people: enrolled.length,
    /** Sends `amount` codes, or looks, and gives what came of them. @throws Error where an answer is not the right one */
    run: async (kind, amount, how = {}) => {
      const before = await helper.ask({ command: 'usage' });
      const clock = await helper.ask({ command: 'clock' });
      const ran = await load.ask({ command: 'run', contestant: id, label, url, clock, kind, amount, ...how });
      const after = await helper.ask({ command: 'usage' });
      const expected = kind === 'wrong' ? 'refused' : 'approved';
      if (ran.counts[expected] !== amount) {
        throw new Error(`${label}: of ${amount} ${kind} codes ${JSON.stringify(ran.counts)}; ${ran.oddest ?? ''}`);
      }
      const busy = after.user + after.system - before.user - before.system;
      return { rate: amount / ran.seconds, microseconds: busy / amount, latency: ran.latency };
    },
    /** Microseconds of the processor by what they were spent on, while `work` went on. */
    profile: async (work) => {
      await helper.ask({ command: 'startProfiler' });
      await work();
      return helper.ask({ command: 'stopProfiler' });
    },
    stop: () => helper.stop(),
  };
}
