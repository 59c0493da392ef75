import { isGrantFresh, type Grant, type Login } from '../domain/grant.js';
import { decodeLoginRecord, encodeLoginRecord } from './login-record-codec.js';
import { promised, type PassportRequest, type Session } from './passport-request.js';

/** The one thing that a session keeps for us: which login it is, and the grant of its second factor. */
export interface LoginRecord extends Login {
  readonly service: string;
  readonly identity: string;
  /** The host logged in as this user without a second factor. */
  readonly impersonated?: boolean | undefined;
  readonly grant?: Grant | undefined;
  /** When the grant was last held against the record (ms). */
  readonly checkedAt?: number | undefined;
  /** What the next page is to say, once. */
  readonly notice?: Notice | undefined;
}

/** What became of a form that was posted; it holds no code. */
export interface Notice {
  readonly reason: string;
  readonly attemptsRemaining?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly driftSeconds?: number | undefined;
}

const SESSION_KEY = 'mfa';

/** How long a grant lives in a session that is kept in a cookie (ms): nobody can take it back there. */
const COOKIE_GRANT_LIFE = 60 * 60_000;

/** The record of this service and identity in a session; null where there is none, or another user's. */
export function readLoginRecord(
  { session, sessionID }: Pick<PassportRequest, 'session' | 'sessionID'>,
  service: string,
  identity: string,
  now: number,
): LoginRecord | null {
  const record = decodeLoginRecord(session?.[SESSION_KEY]);
  if (record?.service !== service || record.identity !== identity) return null;
  const isInCookie = sessionID === undefined;
  if (!isInCookie || record.grant === undefined || isGrantFresh(record.grant, COOKIE_GRANT_LIFE, now)) return record;
  return { ...record, grant: undefined };
}

export function writeLoginRecord(session: Session, record: LoginRecord): void {
  session[SESSION_KEY] = encodeLoginRecord(record);
}

export function dropLoginRecord(session: Session | null | undefined): void {
  if (session) Reflect.deleteProperty(session, SESSION_KEY);
}

/** Saves the session now: an answer that left before could be followed by a request that still sees the old one. */
export async function saveSession(session: Session | null | undefined): Promise<void> {
  const save = session?.save?.bind(session);
  if (save === undefined) return;
  await promised(save);
}
