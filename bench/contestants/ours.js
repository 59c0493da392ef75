import { randomBytes } from 'node:crypto';
import { generateSecret } from 'otplib';

const KEYS = randomBytes(32).toString('base64');

/** passport-factors, wired as its README says. */
async function wireMfa({ id, app, passport, clock, redis }, store, options = {}) {
  const { createMfa, MemoryStore } = await import('passport-factors');
  const { RedisStore } = await import('passport-factors/redis');
  const mfa = createMfa({
    issuer: 'Acme',
    clock,
    ...(store === 'redis'
      ? { store: new RedisStore(redis(), { keyPrefix: id }), keys: KEYS }
      : { store: new MemoryStore() }),
    accountName: (user) => user.id,
    ...options,
  });
  app.use(passport.session());
  app.use(mfa.session());
  app.use('/mfa', mfa.router());
  passport.use(mfa.strategy());
  return {
    mfa,
    enroll: async (identity) => {
      const secret = generateSecret();
      await mfa.factors.import({ identity, secret, friendlyName: 'Phone' });
      return { secret };
    },
  };
}

/** One wrong code in 50,000 is right for a clock that is some minutes behind, and refused as such. */
const isRefused = ({ status, body }) =>
  status === 201 && body.status === 'pending' && ['incorrect_code', 'clock_drift'].includes(body.reason);

export function throughRouter(store) {
  return {
    path: '/mfa/challenges',
    codes: 'moving',
    store,
    wire: (host) => wireMfa(host, store),
    isApproved: ({ status, body }) => status === 201 && body.status === 'approved',
    isRefused,
  };
}

export function throughStrategy(store) {
  return {
    path: '/verify',
    codes: 'moving',
    store,
    wire: async (host) => {
      const wired = await wireMfa(host, store);
      host.app.post('/verify', host.passport.authenticate('totp', { force: true }), (_req, res) =>
        res.json({ approved: true }),
      );
      return wired;
    },
    isApproved: ({ status, body }) => status === 200 && body.approved,
    isRefused: ({ status }) => status === 401,
  };
}

/** A page that only a session with a second factor may see. */
export function protectedPage(store, recheck) {
  return {
    path: '/page',
    provePath: '/mfa/challenges',
    codes: 'none',
    store,
    wire: async (host) => {
      const wired = await wireMfa(host, store, recheck ? { grant: { recheck } } : {});
      host.app.get('/page', wired.mfa.require(), (req, res) => res.json({ id: req.user.id }));
      return wired;
    },
    isApproved: ({ status, body }) => status === 200 && body.id !== undefined,
    isRefused: ({ status }) => status === 401,
  };
}
