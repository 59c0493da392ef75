import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createGuardrails } from '@otplib/core';
import { generateSync, type CryptoPlugin } from '@otplib/hotp';
import { Secret } from './secret.js';

export type TotpAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** How a factor's codes are made and judged (RFC 6238 §4, §5.2). */
export interface TotpConfig {
  /** Hash function of the HMAC. @default 'sha1' */
  readonly algorithm: TotpAlgorithm;
  /** Digits of a code, 3–8. @default 6 */
  readonly codeLength: number;
  /** Seconds for which a code is shown, 20–60; X of RFC 6238. @default 30 */
  readonly timeStep: number;
  /** Steps accepted on each side of now, 0–2. A code lives (2·skew+1)·timeStep seconds. @default 1 */
  readonly skew: number;
}

/** An inclusive range of steps. */
export interface StepRange {
  readonly first: number;
  readonly last: number;
}

/** The step (T of RFC 6238 §4.2) at `now`, in ms since the epoch. */
export function stepAt(now: number, timeStep: number): number {
  return Math.floor(now / (timeStep * 1000));
}

/** The steps whose codes are accepted at `now`. */
export function acceptedSteps(now: number, { timeStep, skew }: TotpConfig): StepRange {
  const step = stepAt(now, timeStep);
  return { first: step - skew, last: step + skew };
}

/**
 * Every step of the range whose code is `code`, in ascending order. It looks at all of them whatever it finds, so that
 * time does not tell which one matched, and it cannot throw on what a person typed: what is no code matches nothing.
 */
export function matchingSteps(secret: Secret, config: TotpConfig, code: string, range: StepRange): readonly number[] {
  const typed = Buffer.from(code);
  const codeAt = codeGenerator(secret, config);
  const matches: number[] = [];
  for (let step = Math.max(0, range.first); step <= range.last; step += 1) {
    const expected = Buffer.from(codeAt(step));
    if (typed.length === expected.length && timingSafeEqual(typed, expected)) matches.push(step);
  }
  return matches;
}

/** RFC 6238 appendix B at 59 seconds: bytes of the secret, and its code of eight digits. */
const KNOWN_CODES = [
  ['sha1', 20, '94287082'],
  ['sha256', 32, '46119246'],
  ['sha512', 64, '90693936'],
] as const;

/**
 * Makes codes that are known, before any that is not: a library that made others would let strangers in and owners out.
 * @throws Error where one is wrong
 */
export function requireKnownCodes(): void {
  for (const [algorithm, bytes, code] of KNOWN_CODES) {
    const secret = new Secret(Buffer.from('1234567890'.repeat(7).slice(0, bytes)));
    const config = { algorithm, codeLength: code.length, timeStep: 30, skew: 0 };
    const [step, ...others] = matchingSteps(secret, config, code, { first: 0, last: 2 });
    if (step === 1 && others.length === 0) continue;
    throw new Error(`@otplib/hotp makes wrong codes with ${algorithm}: reinstall it in a release that passes RFC 6238`);
  }
}

/**
 * RFC 4226 §5.3 by otplib, for one secret. The key is imported once for all steps of a verification: importing raw bytes
 * for each HMAC is several times slower on some Node versions.
 */
function codeGenerator(secret: Secret, config: TotpConfig): (step: number) => string {
  const bytes = secret.bytes();
  const key = createSecretKey(bytes);
  const crypto: CryptoPlugin = {
    name: 'node',
    hmac: (algorithm, _bytes, data) => createHmac(algorithm, key).update(data).digest(),
    randomBytes,
    // Asked for by the type; codes are compared above, not by otplib.
    constantTimeEqual: isDeepStrictEqual,
  };
  const { algorithm, codeLength: digits } = config;
  return (step) => generateSync({ secret: bytes, counter: step, digits, algorithm, crypto, guardrails: ANY_LENGTH });
}

/** Which secrets may exist is decided where one is created or imported; here every stored one must work. */
const ANY_LENGTH = createGuardrails({ MIN_SECRET_BYTES: 1, MAX_SECRET_BYTES: 64 });
