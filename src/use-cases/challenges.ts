import { loginIdOf, type Actor, type SessionActor } from '../domain/actor.js';
import { useApproval } from '../domain/approval.js';
import * as domain from '../domain/challenge.js';
import { parseProof } from '../domain/code.js';
import type { Decision, DecisionContext } from '../domain/entity.js';
import { freezePurpose, purposeDigest, type Purpose } from '../domain/purpose.js';
import { MfaError } from '../errors.js';
import type { DriftWatch } from './drift-watch.js';
import { newGrant, type WithGrant } from './grants.js';
import { requireDate, requireDetails, requireMetadata } from './input.js';
import { pageOf, type Page, type PageRequest } from './page.js';
import type { Decide, Transactions } from './transaction.js';
import { viewChallenge, type ChallengeView } from './views.js';

export interface CreateChallenge {
  /** The factor to prove. @default any verified one */
  readonly factorSid?: string | undefined;
  /** A code, or a recovery code: answers the challenge at once. */
  readonly code?: unknown;
  /** What a person reads before approving. */
  readonly details?: domain.Details | null | undefined;
  /** For the application only, never sent by a route. */
  readonly hiddenDetails?: Readonly<Record<string, string>> | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** When it ends, at most 60 minutes from now. @default 5 minutes from now */
  readonly expiresAt?: Date | undefined;
}

/** What a client changes of a challenge. */
export interface UpdateChallenge {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly code?: unknown;
}

export type ChallengeOutcome =
  | {
      readonly status: 'approved';
      readonly challenge: ChallengeView;
      /** The factor that was proved; null: a recovery code was used. */
      readonly factorSid: string | null;
      readonly amr: readonly string[];
    }
  | ({ readonly status: 'pending'; readonly challenge: ChallengeView } & domain.Pending);

export interface ListChallenges extends PageRequest {
  readonly status?: domain.ChallengeStatus | undefined;
  readonly factorSid?: string | undefined;
  /** By creation. @default 'asc' */
  readonly order?: 'asc' | 'desc' | undefined;
}

export type ApprovalOutcome =
  | { readonly status: 'used'; readonly purpose: Purpose }
  | { readonly status: 'pending'; readonly challenge: ChallengeView };

const LONGEST_LIFE = 60 * 60_000;

/** Everything that can be done with challenges, by a session or by the host's own code. */
export class Challenges {
  readonly #drifts: DriftWatch;
  readonly #transactions: Transactions;

  constructor(drifts: DriftWatch, transactions: Transactions) {
    this.#drifts = drifts;
    this.#transactions = transactions;
  }

  async create(identity: string, actor: Actor, wanted: CreateChallenge): Promise<WithGrant<ChallengeOutcome>> {
    const challenge = {
      factorSid: wanted.factorSid,
      proof: wanted.code === undefined ? undefined : parseProof(wanted.code),
      details: requireDetails(wanted.details),
      hiddenDetails: requireMetadata('hidden_details', wanted.hiddenDetails),
      metadata: requireMetadata('metadata', wanted.metadata),
      expiresAt: requireDate('expires_at', wanted.expiresAt)?.getTime(),
    };
    return this.#judge(identity, actor, (entity, context) => {
      requireLife(challenge.expiresAt, context.now);
      return domain.createChallenge(entity, actor, challenge, context);
    });
  }

  async answer(identity: string, actor: Actor, sid: string, typed: unknown): Promise<WithGrant<ChallengeOutcome>> {
    const proof = parseProof(typed);
    return this.#judge(identity, actor, (entity, context) =>
      domain.answerChallenge(entity, actor, sid, proof, context),
    );
  }

  /** Changes a pending challenge; a code that comes along is judged. A wrong one is an answer. */
  async update(identity: string, actor: Actor, sid: string, wanted: UpdateChallenge): Promise<ChallengeView> {
    const update = {
      metadata: wanted.metadata === undefined ? undefined : requireMetadata('metadata', wanted.metadata),
      proof: wanted.code === undefined ? undefined : parseProof(wanted.code),
    };
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = domain.updateChallenge(entity, actor, sid, update, context);
      return { ...decision, answer: viewChallenge(identity, decision.answer, context.now) };
    });
  }

  async deny(identity: string, actor: Actor, sid: string): Promise<ChallengeView> {
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = domain.denyChallenge(entity, actor, sid, context);
      return { ...decision, answer: viewChallenge(identity, decision.answer, context.now) };
    });
  }

  async fetch(identity: string, actor: Actor, sid: string): Promise<ChallengeView> {
    const { entity, context } = await this.#transactions.read(identity, actor);
    if (entity === null) throw new MfaError('not_found');
    return viewChallenge(identity, domain.findChallenge(entity, actor, sid, context), context.now);
  }

  async list(
    identity: string,
    actor: Actor,
    { status, factorSid, order = 'asc', ...request }: ListChallenges,
  ): Promise<Page<ChallengeView>> {
    const { entity, context } = await this.#transactions.read(identity, actor);
    const views = (entity?.challenges ?? [])
      .map((challenge) => viewChallenge(identity, challenge, context.now))
      .filter((view) => status === undefined || view.status === status)
      .filter((view) => factorSid === undefined || view.factorSid === factorSid);
    return pageOf(order === 'asc' ? views : views.reverse(), request);
  }

  /**
   * Uses the approval of a purpose, once; or says by which challenge it can be given.
   * @throws MfaError `invalid_request` where the purpose is none
   */
  async useApproval(
    identity: string,
    actor: SessionActor,
    wanted: {
      readonly purpose: unknown;
      readonly details?: domain.Details | undefined;
      readonly maxAge?: number | undefined;
    },
  ): Promise<ApprovalOutcome> {
    const purpose = freezePurpose(wanted.purpose);
    const asked = {
      purpose: purposeDigest(purpose),
      details: requireDetails(wanted.details) ?? undefined,
      maxAge: wanted.maxAge,
    };
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = useApproval(entity, actor, asked, context);
      const { status, challenge } = decision.answer;
      const view = viewChallenge(identity, challenge, context.now);
      return { ...decision, answer: status === 'used' ? { status, purpose } : { status, challenge: view } };
    });
  }

  async #judge(
    identity: string,
    actor: Actor,
    decide: Decide<domain.ChallengeAnswer>,
  ): Promise<WithGrant<ChallengeOutcome>> {
    const { now, ...concluded } = await this.#transactions.run(identity, actor, (entity, context) =>
      conclude(identity, actor, decide(entity, context), context),
    );
    if (concluded.outcome.status === 'pending') this.#drifts.note(identity, concluded.outcome, now);
    return concluded;
  }
}

/** The outcome for the caller; the approval of a session's own login, of no purpose, comes with its grant. */
function conclude(
  identity: string,
  actor: Actor,
  decision: Decision<domain.ChallengeAnswer>,
  { now }: DecisionContext,
): Decision<WithGrant<ChallengeOutcome> & { readonly now: number }> {
  const { answer, entity } = decision;
  const outcome = { ...answer, challenge: viewChallenge(identity, answer.challenge, now) };
  const isOwnLogin = answer.challenge.loginId === loginIdOf(actor) && answer.challenge.purpose === null;
  const grant = answer.status === 'approved' && isOwnLogin ? newGrant(identity, actor, entity, answer, now) : null;
  return { ...decision, answer: { outcome, grant, now } };
}

function requireLife(expiresAt: number | undefined, now: number): void {
  if (expiresAt !== undefined && !(expiresAt > now && expiresAt <= now + LONGEST_LIFE)) {
    throw new MfaError('invalid_request', 'expires_at must be in the next 60 minutes');
  }
}
