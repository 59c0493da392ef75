/** Section 1.2 of the contract, by Debian's python3-twilio. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { ACME, verifyApi } from '../support/verify-api.js';
import { findInstalled, requireProgram } from '../support/program.js';

const run = promisify(execFile);

/** A Python that has Twilio's client. @throws Error that says what to install */
function requirePython(): string {
  const hasClient = (python: string): boolean => spawnSync(python, ['-c', 'import twilio']).status === 0;
  const found = findInstalled(() => ['/usr/bin/python3', 'python3'].find(hasClient), 'python3-twilio');
  if (found !== undefined) return found;
  throw new Error("The tests need Twilio's Python client: apt-get install python3-twilio");
}

describe.each(['base_url', 'http_client'])('the official Python client, pointed here by %s', (technique) => {
  it('goes through the main flow and reads every answer as it reads those of Twilio', async () => {
    const python = requirePython();
    requireProgram({ names: ['oathtool'], debianPackage: 'oathtool' });
    const api = await verifyApi();
    const seconds = Math.floor(api.clock.now() / 1000).toString();
    const script = join(__dirname, 'main_flow.py');
    const { stdout } = await run(python, [script, api.base, ACME.sid, ACME.secret, technique, seconds]);
    expect(JSON.parse(stdout)).toEqual({
      version: expect.stringMatching(/^\d+\.\d+/),
      issuer: 'Acme',
      dates: true,
      'not responded': null,
      statuses: ['unverified', 'unverified', 'verified'],
      challenges: ['pending', 'approved', 'pending'],
      hidden: { ip: '192.0.2.1' },
      entities: ['user-0001-0002'],
      factors: [[true, { os: 'Android' }]],
      listed: ['pending', 'approved'],
      services: ['My service', 'Two', 'Three', 'Four', 'Five'],
      webhooks: [['factor.verified', 'challenge.approved']],
      fetched: 'approved',
      removed: [true, true, true, true],
      missing: [404, 20404, expect.stringMatching(/The requested resource \/Services\/VA[0-9a-f]{32} was not found$/)],
      signature: getExpectedTwilioSignature(ACME.secret, 'https://hooks.example.com/', { a: 'b' }),
    });
  });
});
