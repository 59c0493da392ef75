import { createConnection, createServer, type Socket } from 'node:net';
import { freePort } from './redis-server.js';

/** One connection through the proxy. */
export interface Link {
  /** Ends it on both sides with RST. */
  reset(): void;
  close(): void;
  /** Set by the first command that makes it the link of a replica. */
  isReplication: boolean;
}

/** Says whether a chunk goes on. Chunks stay in order; what waits for one waits for all before it. */
type Filter = (chunk: Buffer, link: Link) => boolean | Promise<boolean>;

/** A TCP proxy in front of a server, which does to the traffic what a test tells it. */
export interface FaultProxy {
  readonly port: number;
  /** Connections that came so far. */
  readonly accepted: number;
  /** What becomes of chunks on their way to the server, and back; null: they pass. */
  toServer: Filter | null;
  toClient: Filter | null;
  /** Whether a new connection is closed as soon as it is accepted. */
  closesAtOnce: boolean;
  /** Ends every connection with RST. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: number, { port = 0 } = {}): Promise<FaultProxy> {
  const links = new Set<Link>();
  const server = createServer((near) => {
    proxy.accepted += 1;
    if (proxy.closesAtOnce) {
      near.destroy();
      return;
    }
    const far = createConnection(target, '127.0.0.1');
    const link: Link = {
      isReplication: false,
      reset: () => {
        for (const socket of [near, far]) if (!socket.destroyed) socket.resetAndDestroy();
      },
      close: () => {
        for (const socket of [near, far]) socket.destroy();
      },
    };
    links.add(link);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        links.delete(link);
        link.close();
      });
    }
    forward(near, far, (chunk) => {
      link.isReplication ||= /psync/i.test(chunk.toString('latin1'));
      return proxy.toServer?.(chunk, link) ?? true;
    });
    forward(far, near, (chunk) => proxy.toClient?.(chunk, link) ?? true);
  });
  const listensOn = port === 0 ? await freePort() : port;
  const proxy = {
    port: listensOn,
    accepted: 0,
    toServer: null as Filter | null,
    toClient: null as Filter | null,
    closesAtOnce: false,
    reset: () => {
      for (const link of [...links]) link.reset();
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const link of [...links]) link.close();
      await closed;
    },
  };
  await new Promise<void>((resolve) => server.listen(listensOn, '127.0.0.1', resolve));
  return proxy;
}

/** A filter is asked as a chunk comes, so that delays run side by side; what it said is done in order. */
function forward(from: Socket, to: Socket, filter: (chunk: Buffer) => boolean | Promise<boolean>): void {
  let last = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    const verdict = filter(chunk);
    last = last.then(async () => {
      if (await verdict) to.write(chunk);
    });
  });
}

/** What is done at one command: before it is passed on, and before its reply is. Each says whether to pass it on. */
export interface AtCommand {
  readonly before?: (link: Link) => boolean | Promise<boolean>;
  readonly after?: (link: Link) => boolean | Promise<boolean>;
}

/**
 * Does something at the next command that holds `marker` (the digest of a script), and only there. Resolves when it was
 * done; a test that awaits this knows that its fault has happened.
 */
export function atNextCommand(proxy: FaultProxy, marker: string, { before, after }: AtCommand): Promise<void> {
  return new Promise((resolve) => {
    let caught: Link | null = null;
    proxy.toServer = async (chunk, link) => {
      if (caught !== null || !chunk.includes(marker)) return true;
      caught = link;
      const passes = (await before?.(link)) ?? true;
      if (after === undefined) end();
      return passes;
    };
    proxy.toClient = async (_chunk, link) => {
      if (link !== caught || after === undefined) return true;
      const passes = await after(link);
      end();
      return passes;
    };
    const end = (): void => {
      proxy.toServer = null;
      proxy.toClient = null;
      resolve();
    };
  });
}
