import assert from 'node:assert/strict';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { createMfa, MemoryStore, MfaError, type Mfa, type MfaOptions, type Store } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';
import { describeStore } from 'passport-factors/testing';
import { createVerifyApi } from 'passport-factors/verify-api';
import visit from './visit.cjs';

interface User {
  readonly id: string;
  readonly email?: string;
}

const store: Store = new MemoryStore();
const options: MfaOptions<User> = {
  issuer: 'Acme',
  store,
  keys: 'A'.repeat(43),
  accountName: (user) => user.email ?? user.id,
};
const mfa: Mfa = createMfa<User>(options);

const app = express();
passport.use(mfa.strategy());
app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false }));
app.use(passport.session());
app.use(mfa.session());
app.use('/mfa', mfa.router());
app.get('/payroll', passport.authenticate('totp'), (req, res) => {
  res.json({ state: req.mfa.state });
});
app.post('/transfer', mfa.require({ maxAge: '5m' }), (req, res) => {
  res.json({ amr: req.mfa.amr });
});

const { factor, binding } = await mfa.factors.create({ identity: 'alice', friendlyName: 'phone' });
const uri: string = binding.uri;
assert.match(uri, /^otpauth:/);
await assert.rejects(mfa.factors.fetch({ identity: 'mallory', sid: factor.sid }), MfaError);

await visit({ express, session, passport, createMfa, MemoryStore, RedisStore, describeStore, createVerifyApi });
