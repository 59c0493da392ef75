import { randomBytes } from 'node:crypto';
import { generateSecret } from 'otplib';
import { bytesOf, codeAt } from '../codes.js';

/** A route of Passport's own, for a logged-in session. */
function inRoute(verifierOf) {
  return {
    path: '/verify',
    codes: 'present',
    store: 'none',
    wire: async ({ app, passport }) => {
      const { newSecret, verify } = await verifierOf();
      const secrets = new Map();
      app.use(passport.session());
      app.post('/verify', async (req, res) => {
        const approved = await verify(secrets.get(req.user.id), req.body.code);
        res.status(approved ? 200 : 401).json({ approved });
      });
      return {
        enroll: async (id) => {
          secrets.set(id, newSecret());
          return { secret: secrets.get(id) };
        },
      };
    },
    isApproved: ({ status, body }) => status === 200 && body.approved === true,
    isRefused: ({ status, body }) => status === 401 && body.approved === false,
  };
}

export const speakeasy = inRoute(async () => {
  const { default: library } = await import('speakeasy');
  return {
    newSecret: () => library.generateSecret({ length: 20 }).base32,
    verify: (secret, token) => library.totp.verify({ secret, encoding: 'base32', token, window: 1 }),
  };
});

export const otplib = inRoute(async () => {
  const { verify } = await import('otplib');
  return {
    newSecret: () => generateSecret(),
    verify: async (secret, token) => (await verify({ secret, token, epochTolerance: 30 })).valid,
  };
});

export const passportTotp = {
  path: '/verify',
  codes: 'present',
  store: 'none',
  wire: async ({ app, passport }) => {
    const { Strategy } = (await import('passport-totp')).default;
    const keys = new Map();
    app.use(passport.session());
    passport.use(new Strategy((user, done) => done(null, keys.get(user.id), 30)));
    app.post('/verify', passport.authenticate('totp'), (_req, res) => res.json({ approved: true }));
    return {
      enroll: async (id) => {
        const secret = generateSecret();
        keys.set(id, bytesOf(secret));
        return { secret };
      },
    };
  },
  isApproved: ({ status, body }) => status === 200 && body.approved === true,
  isRefused: ({ status }) => status === 401,
};

export const betterAuth = {
  path: '/api/auth/two-factor/verify-totp',
  codes: 'present',
  store: 'none',
  parsesBodies: true,
  /** Its passwords cost what passwords should. */
  mostPeople: 50,
  wire: async ({ app }) => {
    const { betterAuth: create } = await import('better-auth');
    const { memoryAdapter } = await import('better-auth/adapters/memory');
    const { twoFactor } = await import('better-auth/plugins');
    const { toNodeHandler } = await import('better-auth/node');
    const auth = create({
      baseURL: 'http://127.0.0.1',
      trustedOrigins: ['*'],
      secret: randomBytes(32).toString('base64'),
      database: memoryAdapter({ user: [], session: [], account: [], verification: [], twoFactor: [] }),
      emailAndPassword: { enabled: true },
      plugins: [twoFactor({ issuer: 'Acme' })],
      rateLimit: { enabled: false },
    });
    app.all('/api/auth/*splat', toNodeHandler(auth));
    return {
      enroll: async (id) => {
        const password = randomBytes(12).toString('hex');
        const signedUp = await auth.api.signUpEmail({
          body: { email: `${id}@example.com`, password, name: id },
          returnHeaders: true,
        });
        const cookie = cookiesOf(signedUp.headers);
        const { totpURI } = await auth.api.enableTwoFactor({ body: { password }, headers: { cookie } });
        const secret = new URL(totpURI).searchParams.get('secret');
        const code = codeAt(secret, Date.now());
        // The first code makes a new session.
        const proved = await auth.api.verifyTOTP({ body: { code }, headers: { cookie }, returnHeaders: true });
        return { secret, cookie: cookiesOf(proved.headers) };
      },
    };
  },
  isApproved: ({ status, body }) => status === 200 && body.token !== undefined,
  isRefused: ({ status }) => status === 401,
};

function cookiesOf(headers) {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
