/** Random bytes of a cryptographically secure source, handed in so that decisions stay pure. */
export type Random = (bytes: number) => Uint8Array;

type SidPrefix = 'VA' | 'YF' | 'YC' | 'YW';

/** A new SID in Twilio's shape: a prefix and 32 lower-case hex digits (128 random bits). */
export function newSid(prefix: SidPrefix, random: Random): string {
  return prefix + Buffer.from(random(16)).toString('hex');
}

/** A new epoch or other random name: 64 bits in hex. */
export function newEpoch(random: Random): string {
  return Buffer.from(random(8)).toString('hex');
}
