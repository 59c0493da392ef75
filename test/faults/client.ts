import { Agent, request } from 'node:http';

export interface Answer {
  /** 0: the connection broke before an answer came. */
  readonly status: number;
  /** Empty where the answer is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The session's cookie after this answer. */
  readonly cookie: string;
  /** From the first byte sent to the last received, in milliseconds. */
  readonly ms: number;
}

/** A program that talks to the racers over at most so many connections each, as fast as they answer. */
export class Client {
  readonly #agent: Agent;

  constructor({ connections = 50 } = {}) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  get(url: string, path: string, cookie = ''): Promise<Answer> {
    return this.#send('GET', url + path, undefined, cookie);
  }

  post(url: string, path: string, body: object, cookie = ''): Promise<Answer> {
    return this.#send('POST', url + path, JSON.stringify(body), cookie);
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, url: string, body: string | undefined, cookie: string): Promise<Answer> {
    return new Promise((resolve) => {
      let beganAt = performance.now();
      const end = (status: number, text: string, newCookie: string | undefined): void =>
        resolve({ status, body: parse(text), cookie: newCookie ?? cookie, ms: performance.now() - beganAt });
      const headers = {
        accept: 'application/json',
        cookie,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const sent = request(url, { method, agent: this.#agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('error', () => end(0, '', undefined));
        answer.on('end', () => end(answer.statusCode ?? 0, text, answer.headers['set-cookie']?.[0]?.split(';', 1)[0]));
      });
      // A request that waits for a free connection has not begun.
      sent.on('socket', () => (beganAt = performance.now()));
      sent.on('error', () => end(0, '', undefined));
      sent.end(body);
    });
  }
}

function parse(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
}
