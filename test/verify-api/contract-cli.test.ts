/** Section 1.3 of the contract: `twilio`, pointed here by the preload of docs/verify-api.md, with the commands that stand there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { oathtoolCodes } from '../support/oathtool.js';
import { INSTALL_PATIENCE_MS, requireTwilioCli } from '../support/twilio-cli.js';
import { ACME, closeAfterTest, IDENTITY, nothing, sidOf, verifyApi, type VerifyApi } from '../support/verify-api.js';

const run = promisify(execFile);
const [, section = ''] =
  /^### twilio-cli$([^]*?)^##/m.exec(readFileSync(join(__dirname, '../../docs/verify-api.md'), 'utf8')) ?? [];

/** The lines of the section's one block in this language. */
function documented(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(section)?.[1] ?? '';
}

const settings =
  documented('sh')
    .match(/^export .*\n/gm)
    ?.join('') ?? '';

type Variables = Readonly<Record<string, string>>;
type Terminal = (command: string, variables?: Variables) => Promise<{ stdout: string; stderr: string }>;

/** Runs commands in a shell whose home is a new folder with the preload in it. */
function terminal({ base }: VerifyApi): Terminal {
  const home = mkdtempSync(join(tmpdir(), 'passport-factors-cli-'));
  closeAfterTest(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, 'verify-here.cjs'), documented('js'));
  const path = [requireTwilioCli(), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const credentials = { TWILIO_ACCOUNT_SID: ACME.sid, TWILIO_AUTH_TOKEN: ACME.secret };
  return async (command, variables = {}) => {
    const script = settings.replaceAll('https://verify.example.com', base) + command;
    const env = { PATH: path, HOME: home, ...credentials, IDENTITY, ...variables };
    return run('/bin/sh', ['-c', script], { cwd: home, env });
  };
}

type Printed = Readonly<Record<string, unknown>>;

/** What a command printed as JSON, and nothing beside it. */
async function printed(command: Promise<{ stdout: string; stderr: string }>): Promise<readonly Printed[]> {
  const { stdout, stderr } = await command;
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

beforeAll(requireTwilioCli, INSTALL_PATIENCE_MS);

it('the commands of the docs take a person from a new service to an approved challenge', async () => {
  const api = await verifyApi();
  const shell = terminal(api);
  const [newService = '', newFactor = '', verify = '', challenge = '', ...others] =
    documented('sh').match(/^twilio .*\n/gm) ?? [];
  expect(others).toEqual([]);
  const [service] = await printed(shell(newService));
  expect(service).toMatchObject({ friendlyName: 'Acme', accountSid: ACME.sid });
  const SERVICE = String(service?.['sid']);

  const [factor] = await printed(shell(newFactor, { SERVICE }));
  expect(factor).toMatchObject({ sid: expect.stringMatching(sidOf('YF')), identity: IDENTITY, status: 'unverified' });
  const FACTOR = String(factor?.['sid']);
  const { secret } = factor?.['binding'] as { readonly secret: string };
  const code = (): string => oathtoolCodes({ secret, seconds: Math.floor(api.clock.now() / 1000) })[0] ?? '';

  const [verified] = await printed(shell(verify, { SERVICE, FACTOR, CODE: code() }));
  expect(verified).toMatchObject({ sid: FACTOR, status: 'verified', dateUpdated: '2026-11-20T12:00:05.000Z' });
  api.clock.advance(30_000);
  const [approved] = await printed(shell(challenge, { SERVICE, FACTOR, NEXT_CODE: code() }));
  expect(approved).toMatchObject({ sid: expect.stringMatching(sidOf('YC')), factorSid: FACTOR, status: 'approved' });
});

it('what was made is listed, fetched and removed, and an error is printed with its code', async () => {
  const api = await verifyApi();
  const shell = terminal(api);
  const { sid: SERVICE } = (await api.post('/v2/Services', { FriendlyName: 'Acme' })).body;
  const entity = `/v2/Services/${SERVICE}/Entities/${IDENTITY}`;
  const factor = (await api.post(`${entity}/Factors`, { FriendlyName: 'Phone', FactorType: 'totp' })).body;
  const [code = ''] = oathtoolCodes({ secret: factor.binding.secret, seconds: Math.floor(api.clock.now() / 1000) });
  await api.post(`${entity}/Factors/${factor.sid}`, { AuthPayload: code });
  const { sid: CHALLENGE } = (await api.post(`${entity}/Challenges`, { FactorSid: factor.sid })).body;
  const ofEntity = async (command: string): ReturnType<Terminal> =>
    shell(`twilio api:verify:v2:services:entities:${command} --service-sid ${SERVICE} --identity ${IDENTITY}`);

  expect(await printed(shell('twilio api:verify:v2:services:list -o json'))).toMatchObject([{ sid: SERVICE }]);
  const found = { sid: factor.sid, status: 'verified', config: { alg: 'sha1', code_length: 6 } };
  expect(await printed(ofEntity('factors:list -o json'))).toMatchObject([found]);
  expect(await printed(ofEntity(`factors:fetch -o json --sid ${factor.sid}`))).toMatchObject([found]);
  const waiting = { sid: CHALLENGE, status: 'pending', dateResponded: null };
  expect(await printed(ofEntity('challenges:list -o json --status pending'))).toMatchObject([waiting]);
  expect(await printed(ofEntity(`challenges:fetch -o json --sid ${CHALLENGE}`))).toMatchObject([waiting]);

  const { stderr } = await ofEntity(`factors:remove --sid ${factor.sid}`);
  expect(stderr).toContain('The resource was deleted successfully');
  expect((await api.get(`${entity}/Factors`)).body.factors).toEqual([]);
  const path = `${entity.replace('/v2', '')}/Factors/${nothing('YF')}`;
  await expect(ofEntity(`factors:fetch --sid ${nothing('YF')}`)).rejects.toThrow(
    `Error code 20404 from Twilio: The requested resource ${path} was not found. ` +
      'See https://www.twilio.com/docs/errors/20404 for more info.',
  );
});
