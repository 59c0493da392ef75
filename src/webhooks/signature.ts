import { createHmac } from 'node:crypto';

/** Twilio's signature of a form: its validators accept it. SHA-1 and without a time, so that it can be replayed. */
export function twilioSignature(authToken: string, url: string, parameters: Readonly<Record<string, string>>): string {
  const signed = Object.keys(parameters)
    .sort()
    .map((name) => name + (parameters[name] ?? ''));
  return createHmac('sha1', authToken)
    .update(url + signed.join(''))
    .digest('base64');
}

/** Ours: over the time of sending (seconds) and the body. */
export function timedSignature(authToken: string, now: number, body: string): string {
  const time = Math.floor(now / 1000).toString();
  return `t=${time},v1=${createHmac('sha256', authToken).update(`${time}.${body}`).digest('hex')}`;
}
