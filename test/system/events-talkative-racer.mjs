// A racer that prints all that ioredis tells those who trace it.
import { subscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';

for (const operation of ['command', 'batch', 'connect']) {
  for (const moment of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
    subscribe(`tracing:ioredis:${operation}:${moment}`, (message) => {
      process.stderr.write(`traced ${operation} ${inspect(message, { depth: 9, maxStringLength: null })}\n`);
    });
  }
}

await import('../support/racer.mjs');
