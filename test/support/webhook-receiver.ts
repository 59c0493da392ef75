import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from './redis-server.js';
import { closeAfterTest, type VerifyApi } from './verify-api.js';

/** One request that came to a receiver. */
export interface Delivery {
  readonly method: string;
  /** As the webhook is configured: with its query. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface Receiver {
  /** Where it listens, without a path. */
  readonly base: string;
  readonly deliveries: readonly Delivery[];
  /** Connections that were opened, whatever was said on them. */
  connections(): number;
  /** The types of the events that came, in their order. */
  types(): readonly (string | undefined)[];
}

interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A certificate with its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A real receiver of webhooks on loopback, until the test ends. `answer` null: it never answers. */
export async function webhookReceiver(
  answer: (count: number) => ReceiverAnswer | null = () => ({ status: 200 }),
  certificate?: Certificate,
): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  let connections = 0;
  const receive: http.RequestListener = (req, res) => {
    void text(req).then((body) => {
      const { method = '', url = '', headers } = req;
      const params = Object.fromEntries(new URLSearchParams(body));
      deliveries.push({ method, url: base + url, headers, body, params });
      const told = answer(deliveries.length);
      if (told !== null) res.writeHead(told.status, told.headers).end();
    });
  };
  const server =
    certificate === undefined ? http.createServer(receive) : https.createServer({ ...certificate }, receive);
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const base = certificate === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  return {
    base,
    deliveries,
    connections: () => connections,
    types: () => deliveries.map(({ params }) => params['type']),
  };
}

/** Lets time pass for an API that is used a little, until the condition holds. */
export async function whileTimePasses(api: VerifyApi, path: string, done: () => boolean, what: string): Promise<void> {
  await until(async () => {
    if (done()) return true;
    api.clock.advance(60_000);
    await api.get(path);
    return done();
  }, what);
}
