import { hash } from 'node:crypto';

/** How the names of an account's documents begin, in the store; it does not tell the account. */
export function accountName(deployment: string, accountSid: string): string {
  const digest = hash('sha256', `account\0${deployment}\0${accountSid}`, 'base64url');
  // No name of an app's own service can have a dot.
  return `${deployment}.${digest.slice(0, 22)}`;
}
