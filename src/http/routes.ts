import { answerChallenge, createChallenge, listChallenges, showChallenge } from './challenges.js';
import type { Route } from './exchange.js';
import { changeFactor, createFactor, listFactors, removeFactor, showFactor } from './factors.js';
import { logOutOthers, showUnlock, unlock } from './logins.js';
import { confirmRecoveryCodes, createRecoveryCodes, showRecoveryCodes } from './recovery-codes.js';
import { showState } from './state.js';

export type Method = 'GET' | 'POST' | 'DELETE';

/** Every path of the router and what can be done there. Any other method is answered with 405. */
export const ROUTES: Readonly<Record<string, Readonly<Partial<Record<Method, Route>>>>> = {
  '/': { GET: showState },
  '/factors': { GET: listFactors, POST: createFactor },
  '/factors/:sid': { GET: showFactor, POST: changeFactor, DELETE: removeFactor },
  // A form cannot say DELETE.
  '/factors/:sid/remove': { POST: removeFactor },
  '/challenges': { GET: listChallenges, POST: createChallenge },
  '/challenges/:sid': { GET: showChallenge, POST: answerChallenge },
  '/recovery-codes': { GET: showRecoveryCodes, POST: createRecoveryCodes },
  '/recovery-codes/confirm': { POST: confirmRecoveryCodes },
  '/unlock': { GET: showUnlock, POST: unlock },
  '/logout-others': { POST: logOutOthers },
};
