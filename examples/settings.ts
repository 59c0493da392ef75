import { createHash } from 'node:crypto';

/** What the environment says, with values that serve for development and are refused in production. */
export const settings = {
  port: Number(process.env['PORT'] ?? 3000),
  redisUrl: process.env['REDIS_URL'],
  issuer: process.env['MFA_ISSUER'] ?? 'Acme',
  policy: policyFrom(process.env['MFA_POLICY'] ?? 'optional'),
  keys: process.env['MFA_KEYS'] ?? developmentSecret('MFA_KEYS'),
  sessionSecret: process.env['SESSION_SECRET'] ?? developmentSecret('SESSION_SECRET'),
};

/** The same in every process, so that two of them can share one Redis; and known to everybody who reads this line. */
function developmentSecret(name: string): string {
  if (process.env['NODE_ENV'] === 'production') throw new Error(`${name} must be set in production`);
  return createHash('sha256').update(`development only: ${name}`).digest('base64');
}

function policyFrom(value: string): 'required' | 'optional' | 'off' {
  if (value === 'required' || value === 'optional' || value === 'off') return value;
  throw new Error(`MFA_POLICY must be required, optional or off, got ${value}`);
}
