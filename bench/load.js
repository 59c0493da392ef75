// The load, as a process of its own: logs people in, sends their codes, and counts the answers.
import autocannon from 'autocannon';
import { CONTESTANTS } from './contestants/all.js';
import { codeAt, STEP, wrongCodeAt } from './codes.js';
import { answerMessages } from './messages.js';
import { paced } from './paced.js';

/** @type {Map<string, { id: string, secret: string, cookie: string }[]>} */
const crowds = new Map();

const JOBS = {
  /** Gives everybody a session, and where a page needs it, a second factor. */
  login: async ({ contestant, label, url, people, clock }) => {
    const { provePath } = CONTESTANTS[contestant];
    for (const person of people) {
      person.cookie ??= await logIn(url, label, person);
      if (provePath === undefined) continue;
      const code = codeAt(person.secret, clock.now);
      const proved = await post(url + provePath, { code }, person.cookie);
      if (proved.status !== 201) throw new Error(`${label}: ${proved.status} ${await proved.text()}`);
      person.cookie = cookieOf(proved) ?? person.cookie;
    }
    crowds.set(label, people);
  },

  /** `amount` requests, everybody in turn: as fast as 32 connections get answers, or at a rate. */
  run: async ({ contestant, label, url, clock, kind, amount, rate, connections = 32 }) => {
    const { path, codes } = CONTESTANTS[contestant];
    const crowd = new Crowd(CONTESTANTS[contestant], crowds.get(label), clock, kind);
    const request = {
      method: codes === 'none' ? 'GET' : 'POST',
      path,
      headers: { accept: 'application/json', 'content-type': 'application/json', origin: url },
    };
    const latency = rate === undefined ? null : await paced({ url, request, crowd, amount, rate });
    if (rate === undefined) {
      const setupRequest = (made, context) => ({ ...made, ...crowd.next(made.headers, context) });
      const onResponse = (status, body, context, headers) => crowd.count(status, body, context, headers);
      await autocannon({ url, connections, amount, requests: [{ ...request, setupRequest, onResponse }] });
    }
    return { ...crowd.result, latency };
  },
};

/** Who asks next and with what code, and what the answers were. */
class Crowd {
  #contestant;
  #people;
  #clock;
  #kind;
  #turn;
  #counts = { approved: 0, refused: 0, other: 0 };
  #oddest;
  #firstAt;
  #lastAt;

  constructor(contestant, people, clock, kind) {
    this.#contestant = contestant;
    this.#people = people;
    this.#clock = clock;
    this.#kind = kind;
    this.#turn = clock.served;
  }

  next(headers, context) {
    this.#firstAt ??= performance.now();
    const now = this.#now();
    const person = this.#people[this.#turn % this.#people.length];
    this.#turn += 1;
    context.person = person;
    const withCookie = { headers: { ...headers, cookie: person.cookie } };
    if (this.#contestant.codes === 'none') return withCookie;
    const code = this.#kind === 'right' ? codeAt(person.secret, now) : wrongCodeAt(person.secret, now);
    return { ...withCookie, body: JSON.stringify({ code }) };
  }

  count(status, text, { person }, headers) {
    this.#lastAt = performance.now();
    person.cookie = cookieIn(headers['set-cookie'] ?? headers['Set-Cookie']) ?? person.cookie;
    const answer = { status, body: parse(text) };
    const { isApproved, isRefused } = this.#contestant;
    const outcome = isApproved(answer) ? 'approved' : isRefused(answer) ? 'refused' : 'other';
    this.#counts[outcome] += 1;
    if (outcome === 'other') this.#oddest = `${status} ${text}`;
  }

  get result() {
    return { counts: this.#counts, oddest: this.#oddest, seconds: (this.#lastAt - this.#firstAt) / 1_000 };
  }

  #now() {
    const { startedAt } = this.#clock;
    if (this.#contestant.codes !== 'moving') return Date.now();
    return startedAt + STEP * (3 + Math.floor(this.#turn / this.#people.length));
  }
}

async function logIn(url, label, { id }) {
  const response = await post(`${url}/login`, { id });
  const cookie = cookieOf(response);
  if (cookie === null) throw new Error(`${label}: ${response.status} ${await response.text()}`);
  return cookie;
}

async function post(url, body, cookie) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(cookie && { cookie }) },
    body: JSON.stringify(body),
  });
}

function cookieOf(response) {
  return cookieIn(response.headers.getSetCookie());
}

function cookieIn(header) {
  if (header === undefined || header.length === 0) return null;
  return [header]
    .flat()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

answerMessages(JOBS);
