import fc from 'fast-check';
import { HOST } from '../../src/domain/actor.js';
import { importFactor } from '../../src/domain/enrollment.js';
import { confirmRecoveryCodes, createRecoveryCodes } from '../../src/domain/recovery-renewal.js';
import { contextAt, DAY, frozen, nth } from './entity-builders.js';
import { CHALLENGE_REQUESTS } from './rules/challenge-requests.js';
import { FACTOR_REQUESTS } from './rules/factor-requests.js';
import { actorOf, History, Service, type Request } from './rules/history.js';
import { RECOVERY_REQUESTS } from './rules/recovery-requests.js';

/**
 * Random sequences of everything that can be asked of an entity, by several logins and the host. After each request
 * the rules of the domain must hold, judged from what the authenticators show and what the logins were granted.
 */

interface Begun {
  readonly model: History;
  readonly real: Service;
}

/** A user of whom nothing is known. */
function unknown(): Begun {
  return { model: new History(), real: new Service() };
}

/** A user who has a factor already, and whose first login has shown it. */
function enrolled(): Begun {
  const { model, real } = unknown();
  const authenticator = model.newAuthenticator();
  const wanted = { secret: authenticator.secret, config: authenticator.config };
  const { entity, answer } = importFactor(real.entity, wanted, contextAt(model.now - DAY));
  real.entity = frozen(entity);
  model.authenticators.set(answer.sid, authenticator);
  model.give(actorOf({ login: 0, isNew: false, grant: 0 }, model), entity, answer.sid);
  return { model, real };
}

/** The same, with recovery codes. */
function withRecoveryCodes(): Begun {
  const { model, real } = enrolled();
  const actor = actorOf({ login: 0, isNew: false, grant: 0 }, model);
  const context = contextAt(model.now);
  const { entity, answer } = createRecoveryCodes(real.entity, HOST, context);
  const codes = answer.codes.map((written) => written.replaceAll('-', ''));
  real.entity = frozen(confirmRecoveryCodes(entity, HOST, { id: answer.id, code: nth(codes, 0) }, context).entity);
  model.endGrants();
  model.carry(actor, real.entity);
  model.recoveryCodes = new Set(codes);
  model.shownRecoveryCodes.push(...codes);
  return { model, real };
}

const R = { ...FACTOR_REQUESTS, ...CHALLENGE_REQUESTS, ...RECOVERY_REQUESTS };

const times = (count: number, asked: fc.Arbitrary<Request>): readonly fc.Arbitrary<Request>[] =>
  Array.from({ length: count }, () => asked);

/** More of what is asked more often. */
const ASKED: readonly fc.Arbitrary<Request>[] = [
  ...times(6, R.wait),
  ...times(4, R.createFactor),
  ...times(6, R.verifyFactor),
  ...times(3, R.importFactor),
  R.renameFactor,
  R.removeFactor,
  R.lookAtFactor,
  ...times(6, R.guess),
  ...times(8, R.createChallenge),
  ...times(8, R.answerChallenge),
  R.denyChallenge,
  ...times(5, R.useApproval),
  ...times(5, R.createRecoveryCodes),
  ...times(7, R.confirmRecoveryCodes),
  ...times(5, R.createByRecoveryCode),
  ...times(3, R.answerByRecoveryCode),
  ...times(10, R.unlock),
  ...times(2, R.endOthers),
  R.endLogin,
  R.reset,
  R.openByAdministrator,
];

it('whatever is asked, in whatever order, by whomever: no rule of the domain bends', () => {
  const anySequence = fc.commands([...ASKED], { maxCommands: 80, size: 'max' });
  const anyBeginning = fc.constantFrom(unknown, enrolled, withRecoveryCodes, withRecoveryCodes);
  fc.assert(
    fc.property(anySequence, anyBeginning, (sequence, begin) => {
      fc.modelRun(begin, sequence);
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1000) },
  );
});
