import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { freePort } from './redis-server.js';
import { closeAfterwards } from './redis-store.js';

export interface RedisProxy {
  readonly port: number;
  /** Passes the next request on, waits for its reply, and closes the connection instead of passing that on. */
  dropNextReply(): void;
  /** Closes the next connections as they come. */
  refuse(connections: number): void;
  /** Holds every reply with this text in it; what is answered passes them on. */
  hold(text: string): () => void;
  /** Another server takes the address: every connection is closed, and the next ones lead there. */
  moveTo(port: number): void;
}

/** Stands before a server until the end of the test. */
export async function startProxy(port: number): Promise<RedisProxy> {
  let target = port;
  let dropping = false;
  let refusals = 0;
  let holding: string | null = null;
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const closeAll = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((near) => {
    if (refusals > 0) {
      refusals -= 1;
      near.destroy();
      return;
    }
    const far = createConnection(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((each) => each.destroy()));
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (holding !== null && chunk.includes(holding)) return held.push(() => near.write(chunk));
      if (!dropping) return near.write(chunk);
      dropping = false;
      return near.destroy();
    });
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
  closeAfterwards(async () => {
    closeAll();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: own,
    dropNextReply: () => (dropping = true),
    refuse: (connections) => (refusals = connections),
    hold: (text) => {
      holding = text;
      return () => {
        holding = null;
        for (const pass of held.splice(0)) pass();
      };
    },
    moveTo: (other) => {
      target = other;
      closeAll();
    },
  };
}
