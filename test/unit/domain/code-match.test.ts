import { matchCode, matchWhileEnrolling } from '../../../src/domain/code-match.js';
import { Authenticator } from '../authenticator.js';
import { contextAt, MINUTE, newAuthenticator, NOW, SECOND, verifiedFactor } from '../entity-builders.js';

const authenticator = newAuthenticator();
const STEP = authenticator.stepAt(NOW);
const factor = verifiedFactor(authenticator);

describe('a code of a verified factor', () => {
  it('burns the step that it is of', () => {
    expect(matchCode([factor], authenticator.codeOf(STEP - 1), contextAt(NOW))).toEqual({
      burned: [{ sid: factor.sid, step: STEP - 1 }],
    });
  });

  it('that is right at two steps burns the higher one', () => {
    const { twin, step } = authenticatorWithTwins();
    const holder = verifiedFactor(twin);
    const now = (step + 1) * 30 * SECOND;
    expect(matchCode([holder], twin.codeOf(step), contextAt(now))).toEqual({
      burned: [{ sid: holder.sid, step: step + 2 }],
    });
  });

  it('that two factors have burns both', () => {
    const other = verifiedFactor(authenticator);
    const unlike = verifiedFactor(newAuthenticator());
    expect(matchCode([factor, unlike, other], authenticator.codeOf(STEP), contextAt(NOW))).toEqual({
      burned: [
        { sid: factor.sid, step: STEP },
        { sid: other.sid, step: STEP },
      ],
    });
  });

  it('that is used on one factor and fresh on another burns the fresh one', () => {
    const used = verifiedFactor(authenticator, { lastStep: STEP });
    expect(matchCode([used, factor], authenticator.codeOf(STEP), contextAt(NOW))).toEqual({
      burned: [{ sid: factor.sid, step: STEP }],
    });
  });

  it.each([-1, 0, 1])('of step now%i is used where that step was the last', (later) => {
    const used = verifiedFactor(authenticator, { lastStep: STEP + later });
    expect(matchCode([used], authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
      burned: [],
      wrong: { reason: 'code_already_used', retryAfter: 25 },
    });
  });

  it('of a step below the last one is used too, though it never was itself', () => {
    const used = verifiedFactor(authenticator, { lastStep: STEP });
    expect(matchCode([used], authenticator.codeOf(STEP - 1), contextAt(NOW))).toMatchObject({
      wrong: { reason: 'code_already_used' },
    });
  });

  it.each([
    [0, 30],
    [1, 29],
    [29, 1],
  ])('used %i s into a step may be followed by the next in %i s', (seconds, retryAfter) => {
    const used = verifiedFactor(authenticator, { lastStep: STEP + 1 });
    const now = STEP * 30 * SECOND + seconds * SECOND;
    expect(matchCode([used], authenticator.codeOf(STEP), contextAt(now))).toMatchObject({ wrong: { retryAfter } });
  });

  it('used, of a factor with another time step, names that factor’s next code', () => {
    const minutes = newAuthenticator({ timeStep: 60 });
    const used = verifiedFactor(minutes, { lastStep: minutes.stepAt(NOW) });
    expect(matchCode([factor, used], minutes.codeAt(NOW), contextAt(NOW))).toMatchObject({
      wrong: { reason: 'code_already_used', retryAfter: 55 },
    });
  });
});

describe('a code of another time', () => {
  it.each([
    [-2, -60],
    [-20, -600],
  ])('of %i steps ago is named as a clock behind by %i s', (later, driftSeconds) => {
    expect(matchCode([factor], authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
      burned: [],
      wrong: { reason: 'clock_drift', driftSeconds },
    });
  });

  it('is named in the time step of the factor that made it', () => {
    const minutes = newAuthenticator({ timeStep: 60, skew: 0 });
    const code = minutes.codeAt(NOW, -1);
    expect(matchCode([factor, verifiedFactor(minutes)], code, contextAt(NOW))).toEqual({
      burned: [],
      wrong: { reason: 'clock_drift', driftSeconds: -60 },
    });
  });

  it('of 21 steps ago is an incorrect one', () => {
    expect(matchCode([factor], authenticator.codeOf(STEP - 21), contextAt(NOW))).toEqual({
      burned: [],
      wrong: { reason: 'incorrect_code' },
    });
  });

  it.each(Array.from({ length: 24 }, (_, index) => index + 2))(
    'of step now+%i is never named: a guesser would learn when his guess becomes right',
    (later) => {
      expect(matchCode([factor], authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
        burned: [],
        wrong: { reason: 'incorrect_code' },
      });
    },
  );
});

describe('a code while enrolling', () => {
  const enrolling = { secret: authenticator.secret, config: authenticator.config };

  it.each([-1, 0, 1])('of step now%i proves', (later) => {
    expect(matchWhileEnrolling(enrolling, authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
      step: STEP + later,
    });
  });

  it('that is right at two steps spends the higher one', () => {
    const { twin, step } = authenticatorWithTwins();
    const now = (step + 1) * 30 * SECOND;
    expect(
      matchWhileEnrolling({ secret: twin.secret, config: twin.config }, twin.codeOf(step), contextAt(now)),
    ).toEqual({ step: step + 2 });
  });

  it.each([
    [-20, -600],
    [-2, -60],
    [2, 60],
    [20, 600],
  ])('of step now%i is named as a clock wrong by %i s, both ways', (later, driftSeconds) => {
    expect(matchWhileEnrolling(enrolling, authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
      step: null,
      wrong: { reason: 'clock_drift', driftSeconds },
    });
  });

  it.each([-21, 21])('of step now%i is an incorrect one', (later) => {
    expect(matchWhileEnrolling(enrolling, authenticator.codeOf(STEP + later), contextAt(NOW))).toEqual({
      step: null,
      wrong: { reason: 'incorrect_code' },
    });
  });
});

describe('after a store has lost its newest writes', () => {
  const since = NOW;
  const sinceStep = STEP;

  it.each([-1, 0, 1])('no step up to that of since + skew is accepted of an older factor: now%i', (later) => {
    const result = matchCode([factor], authenticator.codeOf(STEP + later), contextAt(NOW, { since }));
    expect(result).toMatchObject({ burned: [], wrong: { reason: 'code_already_used' } });
  });

  it('the first step beyond is accepted again, a minute later at most', () => {
    const now = since + MINUTE;
    expect(matchCode([factor], authenticator.codeOf(sinceStep + 1), contextAt(now, { since }))).toMatchObject({
      burned: [],
    });
    expect(matchCode([factor], authenticator.codeOf(sinceStep + 2), contextAt(now, { since }))).toEqual({
      burned: [{ sid: factor.sid, step: sinceStep + 2 }],
    });
  });

  it.each([0, 1, 2])('with skew %i the quarantine reaches exactly that far', (skew) => {
    const shown = new Authenticator(authenticator.bytes, { skew });
    const older = verifiedFactor(shown);
    const burnedOf = (step: number): unknown =>
      matchCode([older], shown.codeOf(step), contextAt(step * 30 * SECOND, { since })).burned;
    expect(burnedOf(sinceStep + skew)).toEqual([]);
    expect(burnedOf(sinceStep + skew + 1)).toEqual([{ sid: older.sid, step: sinceStep + skew + 1 }]);
  });

  it.each([since, since + 1])('a factor made since then has lost nothing', (createdAt) => {
    const younger = verifiedFactor(authenticator, { createdAt });
    expect(matchCode([younger], authenticator.codeOf(STEP), contextAt(NOW, { since }))).toEqual({
      burned: [{ sid: younger.sid, step: STEP }],
    });
  });

  it('a factor made a millisecond before is quarantined', () => {
    const older = verifiedFactor(authenticator, { createdAt: since - 1 });
    expect(matchCode([older], authenticator.codeOf(STEP), contextAt(NOW, { since })).burned).toEqual([]);
  });

  it('what was burned beyond stays burned', () => {
    const used = verifiedFactor(authenticator, { lastStep: STEP + 5 });
    const now = NOW + 5 * 30 * SECOND;
    expect(matchCode([used], authenticator.codeOf(STEP + 5), contextAt(now, { since })).burned).toEqual([]);
  });
});

/** An authenticator whose code at some step comes again two steps later. */
function authenticatorWithTwins(): { readonly twin: Authenticator; readonly step: number } {
  const twin = new Authenticator(authenticator.bytes, { codeLength: 3 });
  for (let step = STEP; ; step += 1) {
    if (twin.codeOf(step) === twin.codeOf(step + 2)) return { twin, step };
  }
}
