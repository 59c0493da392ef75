import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FuzzOptions, FuzzResult } from './run.js';

export type Express = 'express5' | 'express4';

/** Half of the requests go to either Express, each in a process of its own. @throws Error where one did not live to the end */
export async function fuzzBoth({ requests, seed }: FuzzOptions): Promise<Readonly<Record<Express, FuzzResult>>> {
  const half = Math.ceil(requests / 2);
  const [express5, express4] = await Promise.all([
    fuzzIn('express5', { requests: half, seed }),
    // Seeds that the other one does not use.
    fuzzIn('express4', { requests: half, seed: seed + half }),
  ]);
  return { express5, express4 };
}

async function fuzzIn(express: Express, { requests, seed }: FuzzOptions): Promise<FuzzResult> {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), [express, `${requests}`, `${seed}`], {
    execArgv: ['--import', 'tsx'],
    // Express prints every refusal of a parser elsewhere.
    env: { ...process.env, NODE_ENV: 'test' },
  });
  const results: FuzzResult[] = [];
  child.on('message', (message) => results.push(message as FuzzResult));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  const [result] = results;
  if (result === undefined || code !== 0) {
    throw new Error(`the process with ${express} and the seed ${seed} ended with ${code ?? signal ?? 'nothing'}`);
  }
  return result;
}
