import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryStore, type SessionData } from 'express-session';
import { gate } from './guarded-app.js';
import { agentOf, type HostApp } from './host-app.js';
import { serving } from './serving.js';

/** Sessions of which those that `isHeld` names are saved when the test lets them be. */
export class SlowSessions extends MemoryStore {
  readonly #isHeld: (session: SessionData) => boolean;
  readonly #gate = gate();
  #saved = 0;

  constructor(isHeld: (session: SessionData) => boolean) {
    super();
    this.#isHeld = isHeld;
  }

  /** How many of the sessions that were held back are saved. */
  get saved(): number {
    return this.#saved;
  }

  open(): void {
    this.#gate.open();
  }

  override set(...[sid, session, done]: Parameters<MemoryStore['set']>): void {
    if (!this.#isHeld(session)) {
      super.set(sid, session, done);
      return;
    }
    void this.#gate.opened.then(() => {
      this.#saved += 1;
      super.set(sid, session, done);
    });
  }
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

interface Answered {
  /** Whether the answer, if only its headers, came before the session was saved. */
  readonly isEarly: boolean;
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What a request is answered while its session is not saved yet, or else once it is. */
export async function answerAround({ app }: HostApp, store: SlowSessions, asked: Asked): Promise<Answered> {
  return serving(app, async (server) => {
    const { port } = server.address() as AddressInfo;
    let isEarly = true;
    const answer = headersOf(port, asked).then((response) => {
      response.resume();
      return { isEarly, status: response.statusCode, headers: response.headers };
    });
    // Other requests come and go meanwhile.
    for (let time = 0; time < 10; time += 1) await agentOf(server).get('/whoami').expect(200);
    isEarly = false;
    store.open();
    return answer;
  });
}

/** Settles with the headers: a browser follows a redirect that early. */
async function headersOf(port: number, { body, ...asked }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...asked }, resolve)
      .on('error', reject)
      .end(body);
  });
}
