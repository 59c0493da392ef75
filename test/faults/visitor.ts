import type { Person } from '../support/racers.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import type { Answer, Client } from './client.js';
import type { Ledger } from './ledger.js';

const STEP_MS = 30_000;

export function stepAt(now: number): number {
  return Math.floor(now / STEP_MS);
}

/** A person at one process, in one session at a time. Whatever is answered is put down in the ledger. */
export class Visitor {
  readonly person: Person;
  readonly #url: string;
  readonly #client: Client;
  readonly #ledger: Ledger;
  #cookie = '';
  #isApproved = false;

  constructor(person: Person, at: { readonly url: string; readonly client: Client; readonly ledger: Ledger }) {
    this.person = person;
    this.#url = at.url;
    this.#client = at.client;
    this.#ledger = at.ledger;
  }

  get isLoggedIn(): boolean {
    return this.#cookie !== '';
  }

  /** Whether an answer told this session that its second factor was accepted. */
  get isApproved(): boolean {
    return this.#isApproved;
  }

  async logIn(): Promise<Answer> {
    const answer = await this.#client.post(this.#url, '/login', { username: this.person.identity, password: 'any' });
    this.#ledger.note(answer);
    this.#cookie = answer.cookie;
    this.#isApproved = false;
    return answer;
  }

  /** Logs in, and again where the store was too slow for it. */
  async enter(): Promise<void> {
    let answer: Answer;
    do answer = await this.logIn();
    while (answer.status === 503);
  }

  /** Shows the code of a step. */
  async prove(step: number): Promise<Answer> {
    const answer = await this.#show(codeAt(this.person.secret, step * STEP_MS));
    if (answer.body['state'] === 'satisfied') {
      this.#ledger.approve(this.person.identity, step);
      this.#cookie = answer.cookie;
      this.#isApproved = true;
    } else if (answer.status === 401) {
      // Another request of this session was approved, which gave it a new id.
      this.#cookie = '';
    }
    return answer;
  }

  async guess(now: number): Promise<Answer> {
    return this.#show(wrongCodeAt(this.person.secret, now));
  }

  async mistype(): Promise<Answer> {
    return this.#show('12345a');
  }

  /** Asks for what only a second factor opens. */
  async open(): Promise<Answer> {
    const answer = await this.#client.get(this.#url, '/payroll', this.#cookie);
    this.#ledger.note(answer);
    if (answer.status === 200 && !this.#isApproved) this.#ledger.letIn();
    return answer;
  }

  async #show(code: string): Promise<Answer> {
    const answer = await this.#client.post(this.#url, '/mfa/challenges', { code }, this.#cookie);
    this.#ledger.note(answer);
    return answer;
  }
}
