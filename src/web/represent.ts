import type { ChallengeOutcome } from '../use-cases/challenges.js';
import type { FactorVerification } from '../use-cases/factors.js';
import type { Page } from '../use-cases/page.js';
import type { ChallengeView, FactorView } from '../use-cases/views.js';

/** A factor as our routes write it: Twilio's JSON, every key present. */
export function representFactor(factor: FactorView, base: string): object {
  const { algorithm, skew, codeLength, timeStep } = factor.config;
  return {
    sid: factor.sid,
    identity: factor.identity,
    friendly_name: factor.friendlyName,
    factor_type: factor.factorType,
    status: factor.status,
    config: { alg: algorithm, skew, code_length: codeLength, time_step: timeStep },
    metadata: factor.metadata,
    date_created: representDate(factor.createdAt),
    date_updated: representDate(factor.updatedAt),
    url: `${base}/factors/${factor.sid}`,
  };
}

/** A challenge as our routes write it. Its hidden details stay here. */
export function representChallenge(challenge: ChallengeView, base: string): object {
  return {
    sid: challenge.sid,
    factor_sid: challenge.factorSid,
    identity: challenge.identity,
    status: challenge.status,
    responded_reason: null,
    details: challenge.details,
    metadata: challenge.metadata,
    factor_type: challenge.factorType,
    expiration_date: representDate(challenge.expiresAt),
    date_created: representDate(challenge.createdAt),
    date_updated: representDate(challenge.updatedAt),
    date_responded: challenge.respondedAt === null ? null : representDate(challenge.respondedAt),
    url: `${base}/challenges/${challenge.sid}`,
  };
}

/** What a factor is to a session without a second factor yet. */
export function representFactorBriefly({ sid, factorType, friendlyName }: FactorView): object {
  return { sid, factor_type: factorType, friendly_name: friendlyName };
}

/** Why a code was not accepted; nothing for one that was. */
export function representReason(outcome: ChallengeOutcome | FactorVerification): object {
  if (outcome.status === 'approved' || outcome.status === 'verified') return {};
  const { reason, attemptsRemaining, retryAfter, driftSeconds } = outcome;
  // JSON leaves out what is undefined.
  return { reason, attempts_remaining: attemptsRemaining, retry_after: retryAfter, drift_seconds: driftSeconds };
}

/** A page of a list with Twilio's `meta`. `query` keeps the filters in the links. */
export function representPage<Item>(
  key: string,
  { items, page, pageSize, hasNext }: Page<Item>,
  represent: (item: Item) => object,
  url: string,
  query: Readonly<Record<string, string>>,
): object {
  const at = (n: number): string =>
    `${url}?${new URLSearchParams({ ...query, page_size: pageSize.toString(), page: n.toString() }).toString()}`;
  return {
    [key]: items.map(represent),
    meta: {
      page,
      page_size: pageSize,
      first_page_url: at(0),
      previous_page_url: page === 0 ? null : at(page - 1),
      url: at(page),
      next_page_url: hasNext ? at(page + 1) : null,
      key,
    },
  };
}

/** `2026-11-20T00:00:00Z`: Twilio's clients take nothing else for a date. */
export function representDate(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
