import { hash, timingSafeEqual } from 'node:crypto';
import type { AccountOptions, Scope } from './options.js';

/** Who calls: an account, and what its credentials may do. */
export interface Caller {
  readonly accountSid: string;
  readonly scopes: readonly Scope[];
}

interface Credential extends Caller {
  readonly digest: Uint8Array;
}

/** The credentials of all accounts; secrets are kept as SHA-256 alone. */
export class Credentials {
  readonly #bySid: ReadonlyMap<string, Credential>;

  constructor(accounts: readonly AccountOptions[]) {
    this.#bySid = new Map(accounts.flatMap(credentialsOf));
  }

  /** The caller behind an `Authorization` header, or null. It takes as long for an unknown SID as for a wrong secret. */
  caller(authorization: string | undefined): Caller | null {
    const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
    const [, sid = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
    const credential = this.#bySid.get(sid);
    const isRight = timingSafeEqual(digestOf(secret), credential?.digest ?? NOBODY);
    return isRight && credential !== undefined ? credential : null;
  }
}

/** Whether a caller may do what needs this scope. */
export function mayUse({ scopes }: Caller, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

function credentialsOf({ sid: accountSid, authToken, keys = [] }: AccountOptions): readonly [string, Credential][] {
  return [
    [accountSid, { accountSid, scopes: ['admin'], digest: digestOf(authToken) }],
    ...keys.map(({ sid, secret, scopes = ['admin'] }): [string, Credential] => [
      sid,
      { accountSid, scopes, digest: digestOf(secret) },
    ]),
  ];
}

function digestOf(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

const NOBODY = digestOf('');
