import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { MfaEvent } from '../../src/index.js';
import { enroll, hostApp, type HostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';
import { CODE_HEADER } from './headers.js';
import { HOST_PATHS } from './places.js';
import { bytesOf, canBeFollowed, isWhole, type FuzzRequest, type Who } from './request.js';
import { Lane, type Answer, type Reply } from './wire.js';

interface Person {
  readonly name: string;
  cookie: string;
  /** Of the authenticator whose codes are right for this person. */
  secret: string;
  factorSid: string;
  begunSid: string;
  challengeSid: string;
  /** The last set of recovery codes, and one of them. */
  setId: string;
  recoveryCode: string;
}

/** Requests that are under way at once. */
export const LANES = 16;

/** What a request without a code may bring about. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['factor.created', 'factor.updated', 'factor.deleted', 'challenge.created', 'challenge.denied'],
  ...['recovery_codes.created', 'logins.ended', 'request.refused'],
]);

/**
 * A host with its people: ann has a factor and recovery codes, and passed the first factor only; so has dora, whose codes are
 * switched off; erin has no factor, and begins enrollments; carol is satisfied; bob has a factor and is not there: the others
 * are after him. Nobody ever sends a code that could be taken.
 */
export class World {
  readonly #made: HostApp;
  readonly #server: Server;
  readonly #lanes: readonly Lane[];
  readonly #people = {
    ann: person('ann'),
    bob: person('bob'),
    carol: person('carol'),
    dora: person('dora'),
    erin: person('erin'),
  };
  readonly #words = new Map<Who, Readonly<Record<string, string>>>();
  readonly #prototypes = prototypes();
  readonly #wrongs: string[] = [];
  /** What the host's error handler saw last. */
  #lastError: unknown;
  /** While the world itself does what nobody else may, with right codes. */
  #isOurs = true;
  #bobsKey = '';
  #bobsDocument = '';

  private constructor(isParsed: boolean) {
    this.#made = hostApp({
      parsersAt: isParsed ? '/' : '/host',
      options: { recentLogin: '24h', ...(!isParsed && { codeHeader: CODE_HEADER }) },
      routes: (app, { mfa, passport }) => {
        app.post('/host/login', passport.authenticate('local'), pass);
        app.all(HOST_PATHS.strategy, passport.authenticate('totp'), pass);
        app.all(HOST_PATHS['forced strategy'], passport.authenticate('totp', { force: true, recovery: true }), pass);
        app.all(HOST_PATHS.guard, mfa.require(), pass);
        app.all(HOST_PATHS['guard with purpose'], mfa.require({ purpose, details }), pass);
        app.use(((error, _req, _res, next) => {
          this.#lastError = error;
          next(error);
        }) satisfies ErrorRequestHandler);
      },
    });
    this.#server = createServer(this.#made.app).listen(0, '127.0.0.1');
    // A lane that waits for its turn is not to be hung up.
    this.#server.keepAliveTimeout = 0;
    this.#lanes = Array.from({ length: LANES }, () => new Lane(this.#server));
  }

  /** `isParsed`: the host's body parsers run before the router too, else only before its own routes. */
  static async open({ isParsed }: { readonly isParsed: boolean }): Promise<World> {
    const world = new World(isParsed);
    await once(world.#server, 'listening');
    await world.#populate();
    return world;
  }

  /** Sends a request as its sender would send it now, and judges what comes of it. */
  async send(request: FuzzRequest, lane: number): Promise<Reply> {
    const { method, framing } = request;
    const how = {
      isHead: method === 'HEAD',
      isLast: !canBeFollowed(request),
      ends: framing === 'long' || framing === 'huge',
    };
    const reply = (await this.#lanes[lane]?.send(this.#bytesOf(request), how)) ?? 'closed';
    const wrong = this.#wrongWith(request, reply);
    if (wrong !== null) this.#wrongs.push(`${wrong}: ${JSON.stringify(request)}`);
    return reply;
  }

  /** What was wrong so far. */
  get wrongs(): readonly string[] {
    return this.#wrongs;
  }

  /** Between requests: that all stand where they stood; `isEnd`: that nothing was spent, after which the world is used up. */
  async check({ isEnd = false } = {}): Promise<void> {
    try {
      await this.#checkStates();
      if (isEnd) await this.#checkCodes();
    } catch (error) {
      this.#wrongs.push(`who stands where cannot be found out: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #checkStates(): Promise<void> {
    const { ann, carol, dora, erin } = this.#people;
    this.#expect(`bob's record is untouched`, (await this.#bobsRecord()) === this.#bobsDocument);
    this.#expect('no prototype is polluted', prototypes() === this.#prototypes);
    this.#expect('ann is to show her factor', (await this.#stateOf(ann)) === 'challenge_required');
    this.#expect('dora is to show hers', (await this.#stateOf(dora)) === 'challenge_required');
    this.#expect('erin has no factor', (await this.#stateOf(erin)) === 'not_required');
    // She may have ended her session, or removed her factor.
    if ((await this.#stateOf(carol)) !== 'satisfied') await this.#bringBackCarol();
    this.#made.store.asked = [];
  }

  /** The first wrong code is the first one, and right codes are right at every door. */
  async #checkCodes(): Promise<void> {
    const { ann, carol, dora, erin } = this.#people;
    const { mfa, clock } = this.#made;
    this.#isOurs = true;
    this.#expect("ann's recovery codes are unused", (await mfa.recoveryCodes.fetch({ identity: 'ann' })).left === 10);
    for (const person of [ann, carol]) {
      const wrong = wrongCodeAt(person.secret, clock.now());
      const { attempts_remaining: left } = await this.#post(person, '/mfa/challenges', { code: wrong });
      this.#expect(`${person.name} has four more attempts`, left === 4);
      const { state } = await this.#post(person, '/mfa/challenges', { code: this.#codeOf(person) });
      this.#expect(`${person.name}'s code is right at the router`, state === 'satisfied');
      clock.advance(30_000);
      const { passed } = await this.#post(person, HOST_PATHS['forced strategy'], { code: this.#codeOf(person) });
      this.#expect(`${person.name}'s code is right at the strategy`, passed === true);
    }
    const codes = JSON.parse(`[${this.#rowOf(dora)}]`) as readonly string[];
    const { status: unlocked } = await this.#post(dora, '/mfa/unlock', { codes });
    this.#expect('dora can unlock her codes, which are still switched off', unlocked === 'unlocked');
    await this.#begin(erin);
    const { status } = await this.#post(erin, `/mfa/factors/${erin.begunSid}`, { code: this.#codeOf(erin) });
    this.#expect('erin can enroll', status === 'verified');
  }

  async #populate(): Promise<void> {
    const { ann, bob, dora, erin } = this.#people;
    const { mfa, store } = this.#made;
    mfa.events.on('*', (event) => {
      this.#learn(event);
    });
    await this.#enroll(bob);
    this.#bobsKey = (await store.list('entity:default', null, 1)).keys.join();
    await mfa.challenges.create({ identity: 'bob' });
    await this.#enroll(ann);
    await this.#enroll(dora);
    const { id, codes } = await mfa.recoveryCodes.create({ identity: 'ann' });
    Object.assign(ann, { setId: id, recoveryCode: codes[0] });
    await mfa.recoveryCodes.confirm({ identity: 'ann', id, code: ann.recoveryCode });
    await this.#switchOff(dora);
    for (const person of [ann, dora, erin]) await this.#logIn(person);
    await this.#post(ann, '/mfa/challenges', {});
    await this.#post(dora, '/mfa/challenges', {});
    await this.#begin(erin);
    await this.#bringBackCarol();
    this.#bobsDocument = await this.#bobsRecord();
  }

  #wrongWith(request: FuzzRequest, reply: Reply): string | null {
    const { who, route, method } = request;
    if (reply === 'hung') return 'no answer';
    if (reply === 'closed') return isWhole(request) && method !== 'CONNECT' ? 'hung up' : null;
    const { status, head, body } = reply;
    if (status >= 500) return `${status}, last error ${String(this.#lastError)}`;
    const mayPass = who === 'carol' && (route === 'strategy' || route === 'guard' || route.startsWith('another'));
    if (head.includes('\r\nX-Passed') && !mayPass) return `${who} passed`;
    const cookie = cookieIn(head);
    if (cookie !== undefined) {
      if (who !== 'carol') return `${who} was given a session`;
      this.#people.carol.cookie = cookie;
    }
    if (who !== 'carol' && /"(state":"satisfied|status":"approved)"/.test(body)) return `${who} was approved`;
    return status === 201 ? this.#wrongWithCreated(who, JSON.parse(body) as Created) : null;
  }

  /** Notes what was created; the URI of a new factor says one secret and one issuer, whatever its name is (A48). */
  #wrongWithCreated(who: Who, { sid, binding, id, codes: [code] = [] }: Created): string | null {
    const { carol, erin } = this.#people;
    if (code !== undefined) Object.assign(carol, { setId: id, recoveryCode: code });
    this.#words.clear();
    if (binding === undefined) return null;
    if (who === 'erin' && sid === erin.begunSid) erin.secret = binding.secret;
    const { searchParams, pathname } = new URL(binding.uri);
    const said = ['secret', 'issuer'].map((name) => searchParams.getAll(name).join('&')).join();
    const isOne = said === `${binding.secret},Acme` && decodeURIComponent(pathname).split(':').length === 2;
    return isOne ? null : `the URI is ${binding.uri}`;
  }

  #learn({ type, identity, factorSid, challengeSid }: MfaEvent): void {
    const person = Object.values(this.#people).find(({ name }) => name === identity);
    const isHarmless = HARMLESS.has(type) && identity !== 'bob' && (identity === null || person !== undefined);
    if (!this.#isOurs && !isHarmless) this.#wrongs.push(`${type} of ${identity ?? 'nobody'}`);
    if (person === undefined || !type.endsWith('.created')) return;
    person.begunSid = factorSid !== null && type === 'factor.created' ? factorSid : person.begunSid;
    person.challengeSid = challengeSid ?? person.challengeSid;
    this.#words.clear();
  }

  #bytesOf(request: FuzzRequest): Buffer {
    const { who } = request;
    const words = this.#words.get(who) ?? this.#wordsOf(who);
    this.#words.set(who, words);
    const { cookie } = this.#people[who === 'nobody' || who === 'forger' ? 'ann' : who];
    const sent = { nobody: '', forger: `${cookie.slice(0, -4)}AAAA` };
    return bytesOf(request, who === 'nobody' || who === 'forger' ? sent[who] : cookie, (text) =>
      text.replace(/\$[A-Z_]+/g, (word) => words[word] ?? word),
    );
  }

  #wordsOf(who: Who): Readonly<Record<string, string>> {
    const { bob } = this.#people;
    const person = this.#people[who === 'nobody' || who === 'forger' ? 'ann' : who];
    const code = this.#codeOf(person);
    const inScript = (zero: number): string =>
      code.replace(/\d/g, (digit) => String.fromCharCode(zero + Number(digit)));
    return {
      $CODE: code,
      $DIGITS: Array.from(code, (digit) => `"${digit}"`).join(','),
      $ROW: this.#rowOf(person),
      $SET: person.setId,
      $RECOVERY: person.recoveryCode,
      $WIDE: inScript(0xff10),
      $ARABIC: inScript(0x660),
      $FACTOR: person.factorSid,
      $BEGUN: person.begunSid,
      $CHALLENGE: person.challengeSid,
      $OTHER_FACTOR: bob.factorSid,
      $OTHER_CHALLENGE: bob.challengeSid,
      $OTHER_CODE: this.#codeOf(bob),
    };
  }

  #codeOf({ secret }: Person): string {
    return codeAt(secret, this.#made.clock.now());
  }

  /** The codes of the present and the two last steps, as JSON. */
  #rowOf({ secret }: Person): string {
    return [2, 1, 0].map((steps) => `"${codeAt(secret, this.#made.clock.now() - steps * 30_000)}"`).join(',');
  }

  async #enroll(person: Person): Promise<void> {
    const { secret, sid } = await enroll(this.#made, person.name);
    Object.assign(person, { secret, factorSid: sid });
  }

  async #logIn(person: Person): Promise<void> {
    person.cookie = '';
    await this.#post(person, '/host/login', { username: person.name, password: 'secret' });
  }

  /** Spends the whole budget, as twenty wrong codes in a row do. */
  async #switchOff({ name, secret }: Person): Promise<void> {
    const { mfa, clock } = this.#made;
    for (let i = 0; i < 20; i += 1) {
      await mfa.challenges.create({ identity: name, code: wrongCodeAt(secret, clock.now()) });
      clock.advance(60 * 60_000);
    }
  }

  async #begin(person: Person): Promise<void> {
    const { binding } = await this.#post(person, '/mfa/factors', {});
    person.secret = (binding as { secret: string }).secret;
  }

  /** Logs carol in with both factors; the second one is new where she removed hers. */
  async #bringBackCarol(): Promise<void> {
    const { carol } = this.#people;
    const { mfa, clock } = this.#made;
    this.#isOurs = true;
    clock.advance(30_000);
    const { items } = await mfa.factors.list({ identity: 'carol' });
    if (!items.some(({ sid }) => sid === carol.factorSid)) await this.#enroll(carol);
    await this.#logIn(carol);
    const { state } = await this.#post(carol, '/mfa/challenges', { code: this.#codeOf(carol) });
    this.#expect('carol is let in', state === 'satisfied');
    await this.#post(carol, '/mfa/challenges', {});
    clock.advance(30_000);
    this.#words.clear();
    this.#isOurs = false;
  }

  async #stateOf(person: Person): Promise<unknown> {
    return (JSON.parse((await this.#ask(person, 'GET', '/whoami', null)).body) as { state: unknown }).state;
  }

  async #post(person: Person, target: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#ask(person, 'POST', target, JSON.stringify(body));
    return JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
  }

  async #ask(person: Person, method: string, target: string, body: string | null): Promise<Answer> {
    const headers = ['Accept', 'Content-Type'].map((name) => [name, 'application/json'] as const);
    const common = { route: '', host: 'bare', who: 'nobody', encoding: 'utf8', framing: 'length' } as const;
    const bytes = bytesOf({ ...common, method, target, headers, body }, person.cookie, (text) => text);
    const reply = await new Lane(this.#server).send(bytes, { isLast: true });
    if (typeof reply === 'string') throw new Error(`${method} ${target}: ${reply}`);
    person.cookie = cookieIn(reply.head) ?? person.cookie;
    return reply;
  }

  #expect(claim: string, isSo: boolean): void {
    if (!isSo) this.#wrongs.push(`not so: ${claim}`);
  }

  /** What the store holds of bob, byte for byte. */
  async #bobsRecord(): Promise<string> {
    const { found } = await this.#made.store.load(this.#bobsKey);
    return found === null ? '' : `${found.version} ${Buffer.from(found.document).toString('base64')}`;
  }
}

interface Created {
  readonly sid?: string;
  readonly binding?: { readonly secret: string; readonly uri: string };
  readonly id?: string;
  readonly codes?: readonly string[];
}

function person(name: string): Person {
  const none = '0'.repeat(32);
  const sids = { factorSid: `YF${none}`, begunSid: `YF${none}`, challengeSid: `YC${none}` };
  return { name, cookie: '', secret: 'A'.repeat(32), ...sids, setId: 'none', recoveryCode: 'none' };
}

const pass: RequestHandler = (_req, res) => void res.set('X-Passed', '1').json({ passed: true });

// As a host writes it, with what came in the body.
const purpose = ({ body }: Request): unknown => ({ to: body?.to ?? 'bob', amount: body?.amount ?? 1 });
const details = ({ body }: Request): { message: string; fields: { label: string; value: string }[] } => ({
  message: 'Pay',
  fields: [{ label: 'To', value: body?.to ?? 'bob' }],
});

function cookieIn(head: string): string | undefined {
  return /\r\nSet-Cookie: ([^;]*)/i.exec(head)?.[1];
}

/** The names of what every object, array, text and function has. */
function prototypes(): string {
  return [Object.prototype, Array.prototype, String.prototype, Function.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join(';');
}
