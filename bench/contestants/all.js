import { byHand } from './by-hand.js';
import { limit1, limit2 } from './floor.js';
import { protectedPage, throughRouter, throughStrategy } from './ours.js';
import { pageBare, pageLimit0, pageLimit1 } from './pages.js';
import { betterAuth, otplib, passportTotp, speakeasy } from './peers.js';

/** Every contestant by the name that its process is started with. */
export const CONTESTANTS = {
  limit1,
  limit2,
  'by-hand': byHand,
  'router-redis': throughRouter('redis'),
  'strategy-redis': throughStrategy('redis'),
  'router-memory': throughRouter('memory'),
  'strategy-memory': throughStrategy('memory'),
  'better-auth': betterAuth,
  'passport-totp': passportTotp,
  speakeasy,
  otplib,
  'page-bare': pageBare,
  'page-limit0': pageLimit0,
  'page-limit1': pageLimit1,
  'page-redis': protectedPage('redis'),
  'page-redis-30s': protectedPage('redis', '30s'),
  'page-memory': protectedPage('memory'),
};
