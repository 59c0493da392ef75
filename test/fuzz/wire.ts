import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: string;
}

/** `closed`: the server hung up without an answer; `hung`: it did neither. */
export type Reply = Answer | 'closed' | 'hung';

interface Waiting {
  readonly isHead: boolean;
  readonly resolve: (reply: Reply) => void;
}

/** Real time after which a request counts as never answered (ms). */
const PATIENCE = 30_000;

/** One connection, used for one request after another. It sends bytes as they are, also those that no client sends. */
export class Lane {
  readonly #server: Server;
  #socket: Socket | null = null;
  #received = '';
  #waiting: Waiting | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Sends one request. `isLast`: the bytes may be no whole request, so the connection serves no other; `ends`: it is hung up. */
  async send(bytes: Buffer, { isHead = false, isLast = false, ends = false } = {}): Promise<Reply> {
    const socket = this.#socket ?? this.#open();
    const reply = await new Promise<Reply>((resolve) => {
      this.#received = '';
      this.#waiting = { isHead, resolve };
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
    if (isLast || ends) this.close();
    return reply;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Socket {
    const { port } = this.#server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(PATIENCE, () => {
      this.#settle('hung');
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      if (socket !== this.#socket) return;
      this.#received += chunk.toString('latin1');
      this.#read(false);
    });
    // A reset is followed by `close` and tells no more than that.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#read(true);
      this.#settle('closed');
    });
    this.#socket = socket;
    return socket;
  }

  /** Settles the request if its answer is whole. */
  #read(isClosed: boolean): void {
    const end = this.#received.indexOf('\r\n\r\n') + 4;
    if (this.#waiting === null || end < 4) return;
    const head = this.#received.slice(0, end);
    const status = Number(head.slice(9, 12));
    if (status < 200) {
      this.#received = this.#received.slice(end);
      this.#read(isClosed);
      return;
    }
    const isBodiless = this.#waiting.isHead || status === 204 || status === 304;
    const body = isBodiless ? '' : wholeBody(head, this.#received.slice(end), isClosed);
    if (body === null) return;
    if (/\r\nconnection: close\r\n/i.test(head)) this.close();
    this.#settle({ status, head, body });
  }

  #settle(reply: Reply): void {
    this.#waiting?.resolve(reply);
    this.#waiting = null;
  }
}

/** The body, once all of it is there. */
function wholeBody(head: string, received: string, isClosed: boolean): string | null {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return received.length < Number(length) ? null : received;
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return isClosed ? received : null;
  let body = '';
  for (let at = 0; ;) {
    const start = received.indexOf('\r\n', at) + 2;
    const size = parseInt(received.slice(at, start), 16);
    if (start < 2 || received.length < start + size + 2) return null;
    if (size === 0) return body;
    body += received.slice(start, start + size);
    at = start + size + 2;
  }
}
