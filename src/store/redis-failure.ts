import { MfaError } from '../errors.js';

export const CLOSED = 'the store was closed';

/** Any failure as `store_unavailable`. The message names its class, and neither key nor content. */
export function unavailable(cause: unknown): MfaError {
  if (cause instanceof MfaError) return cause;
  return new MfaError('store_unavailable', `Redis cannot be used: ${reasonOf(withoutCommand(cause))}`, { cause });
}

/** ioredis hangs the command on the error, with its key, document or password, and errors end up in logs. */
export function withoutCommand(error: unknown): unknown {
  if (isError(error)) Reflect.deleteProperty(error, 'command');
  return error;
}

/** By shape: an error of Node's own may be of another realm. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

/** The command that a server refuses to this user, or to everybody. */
export function refusedCommand(error: unknown): string | undefined {
  if (!isError(error)) return undefined;
  const named = /(?:permissions to run the|unknown command) ['`]([\w|]+)['`]/i.exec(error.message)?.[1];
  return named?.replace('|', ' ').toUpperCase();
}

/** The rest of a server's message may name a key. */
function reasonOf(cause: unknown): string {
  if (!isError(cause)) return 'unknown';
  if (cause.message === CLOSED) return CLOSED;
  if (cause.message.startsWith('no answer')) {
    return cause.cause === undefined ? cause.message : `${cause.message}; last error: ${reasonOf(cause.cause)}`;
  }
  const replied = /^[A-Z]{3,}(?= )/.exec(cause.message)?.[0];
  const command = refusedCommand(cause);
  if (command !== undefined)
    return `${replied ?? 'ERR'}, ${command} is forbidden: ${command === 'INFO' ? 'allow it, or set continuity: false' : 'allow it'}`;
  if (cause.message.includes("executing the script can't run")) {
    return 'NOPERM, a command inside a script is forbidden: allow GET, GETRANGE, SET, DEL, and INFO or set continuity: false';
  }
  if (replied !== undefined) return replied;
  if (/^(Connection is closed|Reached the max retries|Stream isn't writeable)/.test(cause.message))
    return 'connection lost';
  if (/^(Command timed out|Socket timeout)/.test(cause.message)) return 'no answer';
  // A cluster of which no node answered.
  if ('lastNodeError' in cause) return reasonOf(cause.lastNodeError);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
