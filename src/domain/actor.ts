import { MfaError } from '../errors.js';
import { verifiedFactors, type DecisionContext, type Entity } from './entity.js';
import type { Source } from './event.js';
import { isGrantFresh, isGrantValid, type Grant, type Login } from './grant.js';
import { isWithin } from './instant.js';

/** Who asks for a change: the application's own code, a client of the Verify API, or a session. */
export type Actor = HostActor | ClientActor | SessionActor;

export interface HostActor {
  readonly by: 'host';
  readonly source: null;
}

/** A program with credentials of the Verify API: it may do what the host may, at Twilio's pace. */
export interface ClientActor {
  readonly by: 'client';
  readonly source: Source;
}

export interface SessionActor {
  readonly by: 'session';
  readonly source: Source;
  readonly identity: string;
  readonly login: Login;
  readonly grant: Grant | null;
  /** The request in which it asks: one object for all that is asked in it. */
  readonly request?: object;
  /** What the host's `canEnroll` said. */
  readonly mayEnroll: boolean;
}

export const HOST: HostActor = { by: 'host', source: null };

/** The login that asks; null where it is a program. */
export function loginIdOf(actor: Actor): string | null {
  return actor.by === 'session' ? actor.login.loginId : null;
}

/** Whether a second factor stands behind this session, on this very record. */
export function isSatisfied(entity: Entity, actor: Actor, { settings, now }: DecisionContext): boolean {
  if (actor.by !== 'session') return true;
  const { grant, identity, login } = actor;
  return grant !== null && isGrantValid(grant, { identity, loginId: login.loginId }, entity, settings.grant, now);
}

/**
 * Who may manage the factors (rule 7): once a verified factor exists only a session with a fresh grant; before that any
 * login of this identity.
 * @throws MfaError `step_up_required`
 */
export function requireManagement(entity: Entity, actor: Actor, context: DecisionContext): void {
  if (actor.by !== 'session' || verifiedFactors(entity).length === 0) return;
  const { grant } = actor;
  const isFresh = grant !== null && isGrantFresh(grant, context.settings.grant.management, context.now);
  if (!isFresh || !isSatisfied(entity, actor, context)) throw new MfaError('step_up_required');
}

/**
 * Who may create a factor: as `requireManagement`, and for the first one only a recent login that the host lets enroll.
 * @throws MfaError `step_up_required`, `enrollment_refused`, `recent_login_required`
 */
export function requireEnrollment(entity: Entity, actor: Actor, context: DecisionContext): void {
  requireManagement(entity, actor, context);
  if (actor.by !== 'session' || verifiedFactors(entity).length > 0) return;
  if (!actor.mayEnroll) throw new MfaError('enrollment_refused');
  const isRecent = isWithin(context.settings.recentLogin, actor.login.loginAt, context.now);
  if (!isRecent) throw new MfaError('recent_login_required');
}
