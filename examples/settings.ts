import { createHash } from 'node:crypto';

const {
  PORT = '3000',
  REDIS_URL,
  MFA_ISSUER = 'Acme',
  MFA_POLICY = 'optional',
  MFA_KEYS,
  SESSION_SECRET,
  VERIFY_ACCOUNT_SID,
  VERIFY_AUTH_TOKEN,
  VERIFY_PUBLIC_URL,
  NODE_ENV,
} = process.env;

const isProduction = NODE_ENV === 'production';

/** What the environment says, with values that serve for development and are refused in production. */
export const settings = {
  port: Number(PORT),
  redisUrl: REDIS_URL,
  issuer: MFA_ISSUER,
  policy: policyFrom(MFA_POLICY),
  keys: MFA_KEYS ?? developmentSecret('MFA_KEYS'),
  session: {
    secret: SESSION_SECRET ?? developmentSecret('SESSION_SECRET'),
    // Browsers take a cookie of this name over TLS alone, for this host alone.
    ...(isProduction && { name: '__Host-session' }),
    cookie: { httpOnly: true, sameSite: 'lax', secure: isProduction },
  } as const,
  /** Who may call the Verify API; there is none where this is not set. */
  verifyAccount: verifyAccountFrom(VERIFY_ACCOUNT_SID, VERIFY_AUTH_TOKEN),
  publicUrl: VERIFY_PUBLIC_URL,
  /** Who speaks TLS in front of this server; it listens to its own machine only. */
  trustProxy: isProduction ? 'loopback' : false,
};

/** The same in every process, so that two of them can share one Redis; and known to everybody who reads this line. */
function developmentSecret(name: string): string {
  if (isProduction) throw new Error(`${name} must be set in production`);
  if (REDIS_URL !== undefined)
    console.warn(`${name} is not set: using a value that everybody knows, for development only`);
  return createHash('sha256').update(`development only: ${name}`).digest('base64');
}

function verifyAccountFrom(
  sid: string | undefined,
  authToken: string | undefined,
): { readonly sid: string; readonly authToken: string } | undefined {
  return sid === undefined || authToken === undefined ? undefined : { sid, authToken };
}

function policyFrom(value: string): 'required' | 'optional' | 'off' {
  if (value === 'required' || value === 'optional' || value === 'off') return value;
  throw new Error(`MFA_POLICY must be required, optional or off, got ${value}`);
}
