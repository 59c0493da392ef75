import { HOST, loginIdOf, type Actor } from '../domain/actor.js';
import { verifiedFactors } from '../domain/entity.js';
import * as enrollment from '../domain/enrollment.js';
import * as domain from '../domain/factor.js';
import { updateFactor } from '../domain/factor-update.js';
import { AMR_CODE } from '../domain/grant.js';
import { fitAccountName, otpauthUri } from '../domain/otpauth.js';
import { Secret } from '../domain/secret.js';
import type { WrongCode } from '../domain/code-match.js';
import { parseCode } from '../domain/code.js';
import { MfaError } from '../errors.js';
import type { TotpConfig } from '../domain/totp.js';
import type { TotpOptions } from '../domain/totp-config.js';
import type { DriftWatch } from './drift-watch.js';
import { carriedGrant, newGrant, type WithGrant } from './grants.js';
import {
  requireAccountName,
  requireConfig,
  requireFriendlyName,
  requireMetadata,
  requireSecret,
  type SecretEncoding,
} from './input.js';
import { pageOf, type Page, type PageRequest } from './page.js';
import type { Parts, Transactions } from './transaction.js';
import { viewFactor, type Binding, type FactorView } from './views.js';

export interface CreateFactor {
  /** @default 'Authenticator', numbered from the second on */
  readonly friendlyName?: string | undefined;
  /** What the authenticator app shows beside the issuer. @default the identity */
  readonly accountName?: string | undefined;
  /** A secret that exists already, in base32, 16–64 bytes. @default 20 random bytes */
  readonly secret?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** @default the service's `totp` */
  readonly config?: TotpOptions | undefined;
}

export interface ImportFactor {
  readonly secret: string;
  /** @default 'base32' */
  readonly encoding?: SecretEncoding | undefined;
  /** Lets secrets of 10–15 bytes in, as generators before 2020 made them. @default false */
  readonly legacy?: boolean | undefined;
  readonly friendlyName?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly config?: TotpOptions | undefined;
}

/** What a client changes of a factor. */
export interface UpdateFactor {
  readonly friendlyName?: string | undefined;
  /** Of checked values. */
  readonly config?: Partial<TotpConfig> | undefined;
  readonly code?: unknown;
}

export type FactorVerification =
  | { readonly status: 'verified'; readonly factor: FactorView }
  | ({ readonly status: 'unverified'; readonly factor: FactorView } & WrongCode);

const SECRET_BYTES = 20;

/** Everything that can be done with factors, by a session or by the host's own code. */
export class Factors {
  readonly #parts: Parts;
  readonly #drifts: DriftWatch;
  readonly #transactions: Transactions;

  constructor(parts: Parts, drifts: DriftWatch, transactions: Transactions) {
    this.#parts = parts;
    this.#drifts = drifts;
    this.#transactions = transactions;
  }

  async create(
    identity: string,
    actor: Actor,
    wanted: CreateFactor,
  ): Promise<{ readonly factor: FactorView; readonly binding: Binding }> {
    const secret =
      wanted.secret === undefined
        ? new Secret(this.#parts.random(SECRET_BYTES))
        : requireSecret(wanted.secret, 'base32', false);
    const factor = { ...this.#describe(wanted), secret };
    const accountName = requireAccountName(wanted.accountName ?? identity);
    const created = await this.#transactions.run(identity, actor, (entity, context) => {
      const decision = enrollment.createFactor(entity, actor, factor, context);
      const isFirst = verifiedFactors(entity).length === 0;
      return { ...decision, answer: { factor: decision.answer, isFirst } };
    });
    return {
      factor: viewFactor(identity, created.factor),
      binding: this.#binding(
        created.factor,
        secret,
        accountName,
        created.isFirst || accountName === created.factor.friendlyName,
      ),
    };
  }

  /** A verified factor from the secret of an authenticator that is in use elsewhere. */
  async import(identity: string, wanted: ImportFactor): Promise<FactorView> {
    const secret = requireSecret(wanted.secret, wanted.encoding ?? 'base32', wanted.legacy === true);
    const factor = { ...this.#describe(wanted), secret };
    const imported = await this.#transactions.run(identity, HOST, (entity, context) =>
      enrollment.importFactor(entity, factor, context),
    );
    return viewFactor(identity, imported);
  }

  async verify(identity: string, actor: Actor, sid: string, typed: unknown): Promise<WithGrant<FactorVerification>> {
    const code = parseCode(typed);
    const { now, ...verification } = await this.#transactions.run(identity, actor, (entity, context) => {
      const decision = enrollment.verifyFactor(entity, actor, sid, code, context);
      const outcome = { ...decision.answer, factor: viewFactor(identity, decision.answer.factor) };
      const shown = { factorSid: sid, amr: AMR_CODE };
      const grant =
        outcome.status === 'verified' ? newGrant(identity, actor, decision.entity, shown, context.now) : null;
      return { ...decision, answer: { outcome, grant, now: context.now } };
    });
    if (verification.outcome.status === 'unverified') this.#drifts.note(identity, verification.outcome, now);
    return verification;
  }

  /** Changes a factor; a code that comes along verifies it. A wrong one is an answer. */
  async update(identity: string, actor: Actor, sid: string, wanted: UpdateFactor): Promise<FactorView> {
    const update = {
      friendlyName: wanted.friendlyName === undefined ? undefined : requireFriendlyName(wanted.friendlyName),
      config: wanted.config,
      code: wanted.code === undefined ? undefined : parseCode(wanted.code),
    };
    const { factor, wrong, now } = await this.#transactions.run(identity, actor, (entity, context) => {
      const decision = updateFactor(entity, actor, sid, update, context);
      return { ...decision, answer: { ...decision.answer, now: context.now } };
    });
    if (wrong !== null) this.#drifts.note(identity, wrong, now);
    return viewFactor(identity, factor);
  }

  async rename(identity: string, actor: Actor, sid: string, friendlyName: unknown): Promise<FactorView> {
    const name = requireFriendlyName(friendlyName);
    const renamed = await this.#transactions.run(identity, actor, (entity, context) =>
      domain.renameFactor(entity, actor, sid, name, context),
    );
    return viewFactor(identity, renamed);
  }

  async remove(identity: string, actor: Actor, sid: string): Promise<WithGrant<FactorView>> {
    return this.#transactions.run(identity, actor, (entity, context) => {
      const decision = domain.removeFactor(entity, actor, sid, context);
      const outcome = viewFactor(identity, decision.answer);
      return { ...decision, answer: { outcome, grant: carriedGrant(actor, entity, decision.entity) } };
    });
  }

  async list(identity: string, actor: Actor, request: PageRequest): Promise<Page<FactorView>> {
    const { entity } = await this.#transactions.read(identity, actor);
    const visible = entity?.factors.filter((factor) => domain.isVisibleTo(actor, factor)) ?? [];
    return pageOf(
      visible.map((factor) => viewFactor(identity, factor)),
      request,
    );
  }

  async fetch(identity: string, actor: Actor, sid: string): Promise<FactorView> {
    const { entity, context } = await this.#transactions.read(identity, actor);
    if (entity === null) throw new MfaError('not_found');
    return viewFactor(identity, domain.lookAtFactor(entity, actor, sid, context));
  }

  /**
   * The enrollment that this login has begun and not yet proved, with its binding again: a wrong first code or a reload
   * must not cost a person the QR code that is on the phone already.
   */
  async begun(
    identity: string,
    actor: Actor,
    accountName: string,
  ): Promise<{ readonly factor: FactorView; readonly binding: Binding } | null> {
    const { entity } = await this.#transactions.read(identity, actor);
    const factor = entity?.factors.find((candidate) => candidate.status === 'unverified');
    if (entity === null || factor?.status !== 'unverified' || factor.secret === null) return null;
    if (actor.by !== 'session' || factor.loginId !== loginIdOf(actor)) return null;
    const isFirst = verifiedFactors(entity).length === 0;
    return {
      factor: viewFactor(identity, factor),
      binding: this.#binding(factor, factor.secret, accountName, isFirst),
    };
  }

  #describe({
    friendlyName,
    metadata,
    config,
  }: Pick<CreateFactor, 'friendlyName' | 'metadata' | 'config'>): Omit<enrollment.NewFactor, 'secret'> {
    return {
      friendlyName: friendlyName === undefined ? undefined : requireFriendlyName(friendlyName),
      metadata: requireMetadata('metadata', metadata),
      config: requireConfig(config ?? {}, this.#parts.settings.totp),
    };
  }

  /**
   * From the second factor on the label carries the factor's name, where the account's is not the same: apps overwrite an
   * entry with an equal label.
   */
  #binding(factor: domain.UnverifiedFactor, secret: Secret, accountName: string, isPlain: boolean): Binding {
    const { issuer } = this.#parts.settings;
    const label = { issuer, accountName: fitAccountName(accountName, isPlain ? null : factor.friendlyName) };
    return { secret: secret.base32(), uri: otpauthUri(label, secret, factor.config) };
  }
}
