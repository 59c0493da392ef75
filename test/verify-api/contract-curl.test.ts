/** The curl samples of Twilio's TOTP quickstart and of its API pages, run by curl with another base URL. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ACME, IDENTITY, sidOf, verifyApi, type VerifyApi } from '../support/verify-api.js';
import { oathtoolCodes } from '../support/oathtool.js';
import { requireProgram } from '../support/program.js';
import type { Response } from 'supertest';

const run = promisify(execFile);

/** Runs a sample as a shell would, with the variables that the quickstart exports; what curl prints, and the status. */
async function shell(api: VerifyApi, command: string): Promise<Pick<Response, 'status' | 'body'>> {
  requireProgram({ names: ['curl'], debianPackage: 'curl' });
  const env = { PATH: process.env['PATH'], TWILIO_ACCOUNT_SID: ACME.sid, TWILIO_AUTH_TOKEN: ACME.secret };
  const script = command
    .replace('https://verify.twilio.com', api.base)
    .replace(/^curl/, String.raw`curl --silent --show-error --write-out '\n%{http_code}'`);
  const { stdout } = await run('/bin/sh', ['-c', script], { env });
  const [, text = '', status] = /^([^]*)\n(\d{3})$/.exec(stdout) ?? [];
  return { status: Number(status), body: text === '' ? null : JSON.parse(text) };
}

function code({ clock }: VerifyApi, secret: string): string {
  return oathtoolCodes({ secret, seconds: Math.floor(clock.now() / 1000) })[0] ?? '';
}

it('every step of the quickstart is answered as Twilio answers it', async () => {
  const api = await verifyApi();
  const service = await shell(
    api,
    `curl -X POST "https://verify.twilio.com/v2/Services" \\
--data-urlencode "FriendlyName=My First Verify Service" \\
-u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"`,
  );
  expect([service.status, service.body.friendly_name]).toEqual([201, 'My First Verify Service']);
  const entity = `https://verify.twilio.com/v2/Services/${service.body.sid}/Entities/${IDENTITY}`;

  const created = await shell(
    api,
    `curl -X POST ${entity}/Factors \\
--data-urlencode "FriendlyName=Taylor's Account Name" \\
--data-urlencode "FactorType=totp" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([created.status, created.body.status]).toEqual([201, 'unverified']);
  const { secret, uri } = created.body.binding;
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const label = decodeURIComponent(new URL(uri).pathname);
  expect(label).toMatch(/^(\/\/totp)?\/My First Verify Service:Taylor's Account Name$/);

  const unverified = await shell(
    api,
    `curl -X POST ${entity}/Factors/${created.body.sid} \\
--data-urlencode "AuthPayload=000000" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([unverified.status, unverified.body.status]).toEqual([200, 'unverified']);

  const verified = await shell(
    api,
    `curl -X POST ${entity}/Factors/${created.body.sid} \\
--data-urlencode "AuthPayload=${code(api, secret)}" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([verified.status, verified.body.status]).toEqual([200, 'verified']);
  expect(verified.body).not.toHaveProperty('binding');

  const listed = await shell(
    api,
    `curl -X GET "${entity}/Factors?PageSize=20" -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect(listed.status).toBe(200);
  expect(listed.body.factors).toEqual([verified.body]);

  api.clock.advance(30_000);
  const approved = await shell(
    api,
    `curl -X POST "${entity}/Challenges" \\
--data-urlencode "AuthPayload=${code(api, secret)}" \\
--data-urlencode "FactorSid=${created.body.sid}" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([approved.status, approved.body.status]).toEqual([201, 'approved']);

  api.clock.advance(30_000);
  const pending = await shell(
    api,
    `curl -X POST "${entity}/Challenges" \\
-d "FactorSid=${created.body.sid}" -d AuthPayload=000000 \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([pending.status, pending.body.status]).toEqual([201, 'pending']);
  const updated = await shell(
    api,
    `curl -X POST "${entity}/Challenges/${pending.body.sid}" \\
--data-urlencode "AuthPayload=${code(api, secret)}" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([updated.status, updated.body.status]).toEqual([200, 'approved']);
});

it('the quickstart with a seed of your own: the secret that is sent is the one that is answered', async () => {
  const api = await verifyApi();
  const service = await shell(
    api,
    `curl -X POST "https://verify.twilio.com/v2/Services" -d FriendlyName=Import -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const created = await shell(
    api,
    `curl -X POST "https://verify.twilio.com/v2/Services/${service.body.sid}/Entities/${IDENTITY}/Factors" \\
--data-urlencode "Binding.Secret=${secret}" \\
--data-urlencode "Config.Alg=sha1" \\
--data-urlencode "Config.TimeStep=30" \\
--data-urlencode "Config.CodeLength=6" \\
--data-urlencode "Config.Skew=1" \\
--data-urlencode "FriendlyName=Taylor" \\
--data-urlencode "FactorType=totp" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`,
  );
  expect([created.status, created.body.binding.secret]).toEqual([201, secret]);
});

it('entities, services and webhooks are made, read and removed as on their pages', async () => {
  const api = await verifyApi();
  const auth = '-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN';
  const service = await shell(api, `curl -X POST https://verify.twilio.com/v2/Services -d FriendlyName=Pages ${auth}`);
  const path = `https://verify.twilio.com/v2/Services/${service.body.sid}`;
  const fetched = await shell(api, `curl -X GET "${path}" ${auth}`);
  expect(fetched).toEqual({ status: 200, body: service.body });
  const entity = await shell(api, `curl -X POST "${path}/Entities" --data-urlencode "Identity=${IDENTITY}" ${auth}`);
  expect([entity.status, entity.body.sid]).toEqual([201, expect.stringMatching(sidOf('YE'))]);
  const webhook = await shell(
    api,
    `curl -X POST "${path}/Webhooks" \\
--data-urlencode "FriendlyName=My webhook" \\
--data-urlencode "EventTypes=factor.deleted" \\
--data-urlencode "EventTypes=factor.verified" \\
--data-urlencode "WebhookUrl=https://owlbank.example.com" ${auth}`,
  );
  expect([webhook.status, webhook.body.event_types]).toEqual([201, ['factor.deleted', 'factor.verified']]);
  expect(await shell(api, `curl -X DELETE "${path}/Webhooks/${webhook.body.sid}" ${auth}`)).toEqual({
    status: 204,
    body: null,
  });
  expect(await shell(api, `curl -X DELETE "${path}/Entities/${IDENTITY}" ${auth}`)).toEqual({
    status: 204,
    body: null,
  });
  expect(await shell(api, `curl -X DELETE "${path}" ${auth}`)).toEqual({ status: 204, body: null });
  expect((await shell(api, `curl -X GET "${path}" ${auth}`)).status).toBe(404);
});
