import { hash } from 'node:crypto';
import type { DomainEvent, RecordedEvent } from '../domain/event.js';
import { OFFERED_EVENTS, type Service, type Webhook } from '../domain/service.js';
import type { EventSink } from '../use-cases/outbox.js';
import type { Clock } from '../use-cases/transaction.js';
import { post, type Reach } from './post.js';
import { timedSignature, twilioSignature } from './signature.js';

/** Waits before each further attempt (ms); after the last a delivery is given up. */
const WAITS = [5000, 30_000, 120_000];
/** How long a process may take to deliver: after it another one takes what is left. */
export const LONGEST_DELIVERY: number = 5 * 60_000;
/** How often waiting deliveries look at the clock (ms). */
const TICK = 100;

/** Sends what happened in a service to its webhooks, at least once while one process of the app lives. */
export class WebhookSender {
  readonly #clock: Clock;
  readonly #reach: Reach;
  /** By account. */
  readonly #authTokens: ReadonlyMap<string, string>;
  readonly #ended = new AbortController();
  readonly #waiting = new Set<{ readonly dueAt: number; readonly wake: () => void }>();
  #ticker: NodeJS.Timeout | null = null;

  constructor(clock: Clock, reach: Reach, authTokens: ReadonlyMap<string, string>) {
    this.#clock = clock;
    this.#reach = reach;
    this.#authTokens = authTokens;
  }

  /** The sink of a service's events, with the webhooks that it has now. */
  sinkOf(service: Service): EventSink {
    return {
      isHeard: (event) => service.webhooks.some((webhook) => hears(webhook, event)),
      emit: (identity, event) => this.send(service, identity, event),
    };
  }

  /** Resolves when every webhook that wants the event has it, or was given up; never once this was closed. */
  async send(service: Service, identity: string | null, event: RecordedEvent): Promise<void> {
    const webhooks = service.webhooks.filter((webhook) => hears(webhook, event));
    await Promise.all(webhooks.map((webhook) => this.#deliver(service, webhook, identity, event)));
  }

  /** Ends every delivery. What was not delivered stays in the records. */
  close(): void {
    this.#ended.abort();
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#waiting.clear();
  }

  async #deliver(service: Service, webhook: Webhook, identity: string | null, event: RecordedEvent): Promise<void> {
    const parameters = parametersOf(service, webhook, identity, event);
    const body = new URLSearchParams(parameters).toString();
    const { href } = new URL(webhook.url);
    const authToken = this.#authTokens.get(service.accountSid) ?? '';
    for (const wait of [0, ...WAITS]) {
      if (wait > 0) await this.#until(this.#clock.now() + wait);
      const headers = {
        'X-Twilio-Signature': twilioSignature(authToken, href, parameters),
        'X-Factors-Signature': timedSignature(authToken, this.#clock.now(), body),
      };
      if (await post(href, body, headers, this.#reach, this.#ended.signal)) return;
      if (this.#ended.signal.aborted) await new Promise(() => undefined);
    }
    warn(webhook, event);
  }

  /** Waits by the app's clock; a process that has nothing else to do is not kept alive. */
  async #until(dueAt: number): Promise<void> {
    this.#ticker ??= setInterval(() => this.#wake(), TICK).unref();
    await new Promise<void>((wake) => this.#waiting.add({ dueAt, wake }));
  }

  #wake(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      if (now < waiting.dueAt) continue;
      this.#waiting.delete(waiting);
      waiting.wake();
    }
    if (this.#waiting.size > 0 || this.#ticker === null) return;
    clearInterval(this.#ticker);
    this.#ticker = null;
  }
}

function hears({ status, eventTypes }: Webhook, { type }: DomainEvent): boolean {
  return (
    status === 'enabled' &&
    OFFERED_EVENTS.some((offered) => offered === type) &&
    (eventTypes.includes('*') || eventTypes.includes(type))
  );
}

/** Twilio's parameters. */
function parametersOf(
  { accountSid, sid }: Service,
  webhook: Webhook,
  identity: string | null,
  { id, type, factorSid, challengeSid }: RecordedEvent,
): Record<string, string> {
  return {
    uuid: uuidOf(`${id} ${webhook.sid}`),
    type,
    account_sid: accountSid,
    service_sid: sid,
    ...(identity !== null && { entity_identity: identity }),
    ...(factorSid !== null && { factor_sid: factorSid }),
    ...(challengeSid !== null && { challenge_sid: challengeSid }),
    factor_type: 'totp',
  };
}

/** Twilio's number for it, which nobody is answered: when it is known, the call that caused the event is long over. */
function warn({ sid }: Webhook, { type }: DomainEvent): void {
  const attempts = WAITS.length + 1;
  process.emitWarning(`60330 Failed to invoke the webhook ${sid}: no 200 in ${attempts} attempts to tell of ${type}`, {
    type: 'MfaWarning',
  });
}

/** The same for every attempt, and another one for every webhook. */
function uuidOf(name: string): string {
  const hex = hash('sha256', name);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
