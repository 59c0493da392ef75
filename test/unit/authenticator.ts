import { createHmac } from 'node:crypto';
import { Secret } from '../../src/domain/secret.js';
import { DEFAULT_TOTP } from '../../src/domain/totp-config.js';
import type { TotpConfig } from '../../src/domain/totp.js';

/** How far around a moment a wrong code is right at no step: further than any drift that is named. */
const CLEAR_STEPS = 60;

/** An authenticator app: it holds a secret and shows codes by the formula of RFC 4226 §5.3, written anew here. */
export class Authenticator {
  readonly bytes: Uint8Array;
  readonly config: TotpConfig;
  readonly #codes = new Map<number, string>();

  constructor(bytes: Uint8Array, config: Partial<TotpConfig> = {}) {
    this.bytes = bytes;
    this.config = { ...DEFAULT_TOTP, ...config };
  }

  get secret(): Secret {
    return new Secret(this.bytes);
  }

  stepAt(now: number): number {
    return Math.floor(now / 1000 / this.config.timeStep);
  }

  codeOf(step: number): string {
    const code = this.#codes.get(step) ?? this.#compute(step);
    this.#codes.set(step, code);
    return code;
  }

  /** The code that is shown at `now`, or so many steps later (earlier, where negative). */
  codeAt(now: number, stepsLater = 0): string {
    return this.codeOf(this.stepAt(now) + stepsLater);
  }

  /** So many well-formed codes, each another, that are right at no step around `now`. */
  wrongCodes(now: number, count: number): readonly string[] {
    const near = new Set<string>();
    for (let step = this.stepAt(now) - CLEAR_STEPS; step <= this.stepAt(now) + CLEAR_STEPS; step += 1) {
      if (step >= 0) near.add(this.codeOf(step));
    }
    const wrong: string[] = [];
    for (let candidate = 0; wrong.length < count; candidate += 1) {
      const code = candidate.toString().padStart(this.config.codeLength, '0');
      if (!near.has(code)) wrong.push(code);
    }
    return wrong;
  }

  wrongCode(now: number): string {
    return this.wrongCodes(now, 1).join();
  }

  #compute(step: number): string {
    const { algorithm, codeLength } = this.config;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac(algorithm, this.bytes).update(counter).digest();
    const offset = mac.readUInt8(mac.length - 1) & 15;
    const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** codeLength;
    return number.toString().padStart(codeLength, '0');
  }
}
