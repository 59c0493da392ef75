import type { Request } from 'express';
import { canonicalIdentity } from '../domain/identity.js';
import { POLICIES, type Policy } from '../domain/standing.js';
import { memberOf } from '../domain/unknown-value.js';
import { MfaError } from '../errors.js';

type Answer<T> = T | Promise<T>;

/** The host's hooks as it wrote them. */
export interface HookOptions<User> {
  readonly identity?: ((user: User) => unknown) | undefined;
  readonly accountName?: ((user: User) => string) | undefined;
  readonly policy?: Policy | ((user: User, context: { readonly req: Request }) => Answer<Policy>) | undefined;
  readonly enrolled?: ((user: User) => Answer<boolean>) | undefined;
  readonly canEnroll?: ((user: User, context: { readonly req: Request }) => Answer<boolean>) | undefined;
  readonly csrf?: ((req: Request) => Readonly<Record<string, string>>) | undefined;
  readonly language?: string | ((req: Request) => string | undefined) | undefined;
}

/** The host's hooks, asked so that an exception or an unknown answer is a failure and never a permission (rule 8). */
export class HostHooks<User> {
  readonly #hooks: HookOptions<User>;

  constructor(hooks: HookOptions<User>) {
    this.#hooks = hooks;
  }

  /** @throws MfaError `hook_failed` */
  identity(user: User): string {
    const hook = this.#hooks.identity;
    const value = hook === undefined ? memberOf(user, 'id') : attempt('identity', () => hook(user));
    const identity = canonicalIdentity(value);
    if (identity !== null) return identity;
    throw new MfaError(
      'hook_failed',
      hook === undefined
        ? 'createMfa: your user has no "id"; say identity: (user) => …'
        : 'createMfa: identity(user) must give a non-empty string of up to 255 bytes, a safe integer or a bigint',
    );
  }

  /** @throws MfaError `hook_failed` */
  accountName(user: User): string {
    const { accountName } = this.#hooks;
    const names =
      accountName === undefined
        ? ACCOUNT_NAMES.map((name) => memberOf(user, name))
        : [attempt('accountName', () => accountName(user))];
    return names.find((name) => typeof name === 'string' && name !== '')?.toString() ?? this.identity(user);
  }

  /** What the host's CSRF protection wants in a form. @throws MfaError `hook_failed` */
  csrf(req: Request): Readonly<Record<string, string>> {
    const { csrf } = this.#hooks;
    return csrf === undefined ? {} : attempt('csrf', () => csrf(req));
  }

  /** The language that the host wants its pages in. Never throws: a refusal is a page too. */
  language(req: Request): string | undefined {
    const { language } = this.#hooks;
    if (typeof language !== 'function') return language;
    try {
      const answer: unknown = language(req);
      return typeof answer === 'string' ? answer : undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      process.emitWarning(`createMfa: language threw: ${reason}`, { type: 'MfaWarning' });
      return undefined;
    }
  }

  /** @throws MfaError `hook_failed` */
  async policy(user: User, req: Request): Promise<Policy> {
    const { policy = 'optional' } = this.#hooks;
    const answer = typeof policy === 'function' ? await ask('policy', () => policy(user, { req })) : policy;
    if (POLICIES.includes(answer)) return answer;
    throw new MfaError('hook_failed', `createMfa: policy must be 'required', 'optional' or 'off'`);
  }

  /** @throws MfaError `hook_failed` */
  async enrolled(user: User): Promise<boolean | undefined> {
    const { enrolled } = this.#hooks;
    return enrolled === undefined ? undefined : boolean('enrolled', () => enrolled(user));
  }

  /** @throws MfaError `hook_failed` */
  async canEnroll(user: User, req: Request): Promise<boolean> {
    const { canEnroll } = this.#hooks;
    return canEnroll === undefined || boolean('canEnroll', () => canEnroll(user, { req }));
  }
}

const ACCOUNT_NAMES = ['email', 'username', 'displayName'];

function attempt<T>(name: string, hook: () => T): T {
  try {
    return hook();
  } catch (cause) {
    throw new MfaError('hook_failed', `createMfa: ${name} threw`, { cause });
  }
}

async function boolean(name: string, hook: () => Answer<boolean>): Promise<boolean> {
  const answer: unknown = await ask(name, hook);
  if (typeof answer === 'boolean') return answer;
  throw new MfaError('hook_failed', `createMfa: ${name} must answer true or false`);
}

async function ask<T>(name: string, hook: () => Answer<T>): Promise<T> {
  try {
    return await hook();
  } catch (cause) {
    throw new MfaError('hook_failed', `createMfa: ${name} threw`, { cause });
  }
}
