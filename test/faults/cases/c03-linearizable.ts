import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { codeAt } from '../../support/rfc-code.js';
import type { Answer } from '../client.js';
import { faultCase } from '../fault-case.js';
import { isLinearizable, type Operation } from '../linearize.js';
import { stepAt } from '../visitor.js';

const SPREAD_MS = 8;

/** The entity and one granted session, as far as they can be told from outside. */
interface State {
  readonly hasFactor: boolean;
  readonly lastStep: number;
  readonly isLoggedIn: boolean;
}

type Judge = (answer: Answer) => Operation<State>['after'];

/** What a code of a step may have been answered, and what it then leaves behind. */
function judgeCode(step: number): Judge {
  return (answer) => (state) => {
    const isFresh = state.hasFactor && step > state.lastStep;
    const spent = { ...state, lastStep: step };
    switch (verdictOf(answer)) {
      case 'approved':
        return isFresh ? [spent] : [];
      case 'code_already_used':
        return state.hasFactor && !isFresh ? [state] : [];
      case 'enrollment_required':
        return state.hasFactor ? [] : [state];
      case 'store_unavailable':
        return isFresh ? [spent, state] : [state];
      default:
        return [];
    }
  };
}

const judgeRemoval: Judge = (answer) => (state) => {
  const removed = { ...state, hasFactor: false };
  if (answer.status === 503) return [removed, state];
  return (answer.status === 200) === state.hasFactor ? [removed] : [];
};

const judgeLook: Judge = (answer) => (state) => {
  const { items } = answer.body;
  return answer.status === 503 || (Array.isArray(items) && items.length === (state.hasFactor ? 1 : 0)) ? [state] : [];
};

const judgeOpening: Judge = (answer) => (state) =>
  answer.status === 503 || (answer.status === 200) === (state.hasFactor && state.isLoggedIn) ? [state] : [];

const judgeLogout: Judge = () => (state) => [{ ...state, isLoggedIn: false }];

function verdictOf({ body }: Answer): string {
  return String(body['reason'] ?? body['code'] ?? body['status']);
}

type Ask = readonly [ask: (url: string) => Promise<Answer>, judge: Judge];

export const c03 = faultCase({
  id: 'C03',
  claim:
    'Codes, removal of the factor, looks, guarded requests and a logout at once have one order that explains every answer',
  backends: ['standalone', 'cluster'],
  counts: { bounded: { rounds: 5 }, full: { rounds: 1000 } },
  run: async ({ backend, counts, random, stage }) => {
    const racers = await stage.racers(await stage.backend(backend));
    const client = stage.client();
    const [here = ''] = racers.urls;
    let operations = 0;
    let approvals = 0;
    for (let round = 0; round < counts.rounds; round += 1) {
      const { identity, secret } = await racers.enroll();
      const { body: listed } = await client.post(here, '/factors', { identity });
      const [{ sid }] = listed['items'] as [{ sid: string }];
      const login = await client.post(here, '/login', { username: identity, password: 'any' });
      const lastStep = stepAt(racers.now);
      const { cookie } = await client.post(here, '/mfa/challenges', { code: codeAt(secret, racers.now) }, login.cookie);
      await racers.advance(30_000);
      const show = (step: number): Ask => [
        (url) => client.post(url, '/answer', { identity, code: codeAt(secret, step * 30_000) }),
        judgeCode(step),
      ];
      const remove: Ask = [(url) => client.post(url, '/remove', { identity, sid }), judgeRemoval];
      const look: Ask = [(url) => client.post(url, '/factors', { identity }), judgeLook];
      const open: Ask = [(url) => client.get(url, '/payroll', cookie), judgeOpening];
      const logOut: Ask = [(url) => client.post(url, '/logout', {}, cookie), judgeLogout];
      const codes = [lastStep + 1, lastStep + 1, lastStep + 2, lastStep + 2].map(show);
      const history = await Promise.all(
        [...codes, remove, remove, look, look, open, open, logOut].map(
          async ([ask, judge]): Promise<Operation<State>> => {
            const url = random.pick(racers.urls);
            await delay(random.between(0, SPREAD_MS));
            const begin = performance.now();
            const answer = await ask(url);
            return { name: verdictOf(answer), begin, end: performance.now(), after: judge(answer) };
          },
        ),
      );
      const initial: State = { hasFactor: true, lastStep, isLoggedIn: true };
      assert.ok(isLinearizable(history, initial), `no order explains round ${round}`);
      operations += history.length;
      for (const approved of history.filter(({ name }) => name === 'approved')) {
        approvals += 1;
        // The checker is sharp: the same code accepted once more has no explanation.
        assert.ok(!isLinearizable([...history, { ...approved }], initial));
      }
    }
    assert.notEqual(approvals, 0);
    return { operations, approvals };
  },
});
