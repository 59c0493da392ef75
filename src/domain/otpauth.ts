import type { Secret } from './secret.js';
import type { TotpConfig } from './totp.js';

export interface OtpauthLabel {
  readonly issuer: string;
  readonly accountName: string;
}

/**
 * The `otpauth://` URI that an authenticator app scans, with all five parameters in Twilio's order, since apps disagree
 * about defaults (Key URI Format). Issuer and account name must have gone through `fitLabel` and `fitAccountName`.
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
 * 64 characters and 110 bytes once percent-encoded, so that the whole URI stays under 512 and its QR code readable. Empty
 * where nothing of it can stay.
 */
export function fitLabel(name: string, limits: LabelLimits = LABEL): string {
  const clean = name
    .toWellFormed()
    .replace(/%3a/gi, ' ')
    .replace(/[:\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(clean).slice(0, limits.characters);
  while (escape(characters.join('')).length > limits.bytes) characters.pop();
  return characters.join('').trim();
}

/**
 * The account name of a label, made to fit. With the name of its factor, which comes whole or cut: apps overwrite an entry
 * with an equal label, so two factors must differ however long the account name is.
 */
export function fitAccountName(accountName: string, factorName: string | null): string {
  const suffix = factorName === null ? '' : ` (${fitLabel(factorName, FACTOR_NAME)})`;
  const room = { characters: LABEL.characters - suffix.length, bytes: LABEL.bytes - escape(suffix).length };
  return (fitLabel(accountName, room) || ANONYMOUS) + suffix;
}

/** Percent-encoded as RFC 3986 wants it: encodeURIComponent leaves five reserved characters alone. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

interface LabelLimits {
  readonly characters: number;
  /** Percent-encoded. */
  readonly bytes: number;
}

const LABEL: LabelLimits = { characters: 64, bytes: 110 };
const FACTOR_NAME: LabelLimits = { characters: 32, bytes: 72 };
const ANONYMOUS = 'account';
