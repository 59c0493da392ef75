import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './client.js';
import type { Random } from './random.js';
import { stepAt, type Visitor } from './visitor.js';

export interface Traffic {
  /** People who are asked for from now on. */
  visitors: readonly Visitor[];
  /** Sends nothing more, and waits for every answer. */
  stop(): Promise<{ readonly requests: number; readonly perSecond: number }>;
}

interface TrafficOptions {
  readonly visitors: readonly Visitor[];
  readonly perSecond: number;
  readonly random: Random;
  readonly now: () => number;
}

/**
 * Sends requests at a rate, whatever becomes of them, each by a visitor who is not waiting for an answer. Where all of
 * them wait the rate falls; `stop` tells what it was.
 */
export function startTraffic({ visitors, perSecond, random, now }: TrafficOptions): Traffic {
  const waiting = new Set<Visitor>();
  const open = new Set<Promise<unknown>>();
  const beganAt = performance.now();
  let sent = 0;
  let isStopped = false;

  function send(): void {
    const idle = traffic.visitors.filter((visitor) => !waiting.has(visitor));
    if (idle.length === 0) return;
    const visitor = random.pick(idle);
    waiting.add(visitor);
    sent += 1;
    const answered = act(visitor, random, now()).finally(() => {
      waiting.delete(visitor);
      open.delete(answered);
    });
    open.add(answered);
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      for (let due = ((performance.now() - beganAt) * perSecond) / 1000 - sent; due > 0; due -= 1) send();
      await delay(2);
    }
  }

  const traffic: Traffic = {
    visitors,
    stop: async () => {
      isStopped = true;
      await running;
      const seconds = (performance.now() - beganAt) / 1000;
      await Promise.all(open);
      return { requests: sent, perSecond: Math.round(sent / seconds) };
    },
  };
  const running = run();
  return traffic;
}

/** What a person may do next: mostly show a code of the window, used or not; now and then something that must fail. */
async function act(visitor: Visitor, random: Random, now: number): Promise<Answer> {
  if (!visitor.isLoggedIn) return visitor.logIn();
  const chance = random.next();
  if (visitor.isApproved) return chance < 0.5 ? visitor.open() : visitor.logIn();
  if (chance < 0.7) return visitor.prove(stepAt(now) + random.between(-1, 1));
  if (chance < 0.9) return visitor.open();
  return chance < 0.95 ? visitor.guess(now) : visitor.mistype();
}
