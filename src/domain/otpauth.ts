import type { Secret } from './secret.js';
import type { TotpConfig } from './totp.js';

export interface OtpauthLabel {
  readonly issuer: string;
  readonly accountName: string;
}

/**
 * The `otpauth://` URI that an authenticator app scans, with all five parameters in Twilio's order, since apps disagree
 * about defaults (Key URI Format). Issuer and account name must have gone through `fitLabel`.
 */
export function otpauthUri({ issuer, accountName }: OtpauthLabel, secret: Secret, config: TotpConfig): string {
  const parameters = [
    `secret=${secret.base32()}`,
    `issuer=${escape(issuer)}`,
    `algorithm=${config.algorithm.toUpperCase()}`,
    `digits=${config.codeLength.toString()}`,
    `period=${config.timeStep.toString()}`,
  ];
  return `otpauth://totp/${escape(issuer)}:${escape(accountName)}?${parameters.join('&')}`;
}

/**
 * A name made to fit a label: no colon (also not as `%3A`, which some apps decode twice), no control character, at most
 * 64 characters and 110 bytes once percent-encoded, so that the whole URI stays under 512 and its QR code readable;
 * `fallback` where nothing is left.
 */
export function fitLabel(name: string, fallback: string): string {
  const clean = name
    .toWellFormed()
    .replace(/%3a/gi, ' ')
    .replace(/[:\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(clean).slice(0, LABEL_CHARACTERS);
  while (escape(characters.join('')).length > LABEL_BYTES) characters.pop();
  const fitted = characters.join('').trim();
  return fitted === '' ? fallback : fitted;
}

/** Percent-encoded as RFC 3986 wants it: encodeURIComponent leaves five reserved characters alone. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const LABEL_CHARACTERS = 64;
const LABEL_BYTES = 110;
