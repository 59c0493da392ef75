import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Express } from 'express';

/** Serves an app on one port while `work` runs; supertest alone would open one for every request of a storm. */
export async function serving<T>(app: Express, work: (server: Server) => Promise<T>): Promise<T> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(server);
  } finally {
    server.close();
  }
}
