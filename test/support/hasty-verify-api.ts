// A Verify API in a process of its own, by whose clock a millisecond is a second. Sends its parent its port.
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createMfa, MemoryStore } from '../../src/index.js';
import { createVerifyApi } from '../../src/verify-api.js';

const [sid = '', authToken = ''] = process.argv.slice(2);
const startedAt = Date.now();
const clock = { now: () => startedAt + (Date.now() - startedAt) * 1000 };
const mfa = createMfa({
  issuer: 'Acme',
  store: new MemoryStore(),
  keys: Buffer.alloc(32, 7).toString('base64'),
  clock,
});
const app = express();
app.use(createVerifyApi({ mfa, accounts: [{ sid, authToken }], webhooks: { allowPrivate: true } }));
const server = app.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has an address with one.
  process.send?.((server.address() as AddressInfo).port);
});
