// The process of one Express: `process.ts express4 500000 1`.
import { register } from 'node:module';

const [express, requests, seed] = process.argv.slice(2);
if (express === 'express4') {
  const oldest = { express: 'express4', passport: 'passport06' };
  const hook = `export const resolve = async (name, context, next) => next((${JSON.stringify(oldest)})[name] ?? name, context)`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
// Only now, so that it gets the Express that was asked for.
const { runFuzz } = await import('./run.js');
process.send?.(await runFuzz({ requests: Number(requests), seed: Number(seed) }));
process.disconnect();
