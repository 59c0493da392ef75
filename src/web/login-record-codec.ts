import * as v from 'valibot';
import type { Grant } from '../domain/grant.js';
import type { LoginRecord, Notice } from './login-record.js';

/**
 * The record as one text of three parts, `login;grant;notice`. A session store writes and compares the whole session
 * with every request, and takes several times as long over an object with as many members.
 */
export function encodeLoginRecord({ grant, notice, ...login }: LoginRecord): string {
  const { service, identity, loginId, loginAt, seenSince, checkedAt, impersonated } = login;
  return [
    fields(service, identity, loginId, loginAt, seenSince, checkedAt, impersonated === true ? 'impersonated' : ''),
    grant === undefined ? '' : encodeGrant(grant),
    notice === undefined ? '' : encodeURIComponent(JSON.stringify(notice)),
  ].join(';');
}

/** The record of such a text; null for anything else. */
export function decodeLoginRecord(stored: unknown): LoginRecord | null {
  if (typeof stored !== 'string') return null;
  try {
    const [login = '', grant = '', notice = ''] = stored.split(';');
    const [service, identity, loginId, loginAt, seenSince, checkedAt, impersonated] = login.split(',');
    return {
      service: text(service),
      identity: text(identity),
      loginId: text(loginId),
      loginAt: number(loginAt),
      seenSince: number(seenSince),
      ...(checkedAt !== '' && { checkedAt: number(checkedAt) }),
      ...(impersonated === 'impersonated' && { impersonated: true }),
      ...(grant !== '' && { grant: decodeGrant(grant) }),
      ...(notice !== '' && { notice: decodeNotice(notice) }),
    };
  } catch {
    return null;
  }
}

function encodeGrant({ identity, loginId, epoch, factorSid, authAt, seenAt, amr }: Grant): string {
  return fields(identity, loginId, epoch, factorSid ?? '', authAt, seenAt, ...amr);
}

function decodeGrant(stored: string): Grant {
  const [identity, loginId, epoch, factorSid, authAt, seenAt, ...amr] = stored.split(',');
  return {
    identity: text(identity),
    loginId: text(loginId),
    epoch: text(epoch),
    factorSid: factorSid === '' ? null : text(factorSid),
    authAt: number(authAt),
    seenAt: number(seenAt),
    amr: amr.map(text),
  };
}

const Amount = v.optional(v.number());

const StoredNotice = v.object({
  reason: v.string(),
  attemptsRemaining: Amount,
  retryAfter: Amount,
  driftSeconds: Amount,
});

function decodeNotice(stored: string): Notice {
  return v.parse(StoredNotice, JSON.parse(decodeURIComponent(stored)));
}

/** None of them holds what divides them. */
function fields(...values: readonly (string | number | undefined)[]): string {
  return values.map((value) => encodeURIComponent(value ?? '')).join(',');
}

function text(field: string | undefined): string {
  if (field === undefined || field === '') throw new RangeError('a text is missing');
  return field.includes('%') ? decodeURIComponent(field) : field;
}

function number(field: string | undefined): number {
  const value = Number(text(field));
  if (!Number.isFinite(value)) throw new RangeError('not a number');
  return value;
}
