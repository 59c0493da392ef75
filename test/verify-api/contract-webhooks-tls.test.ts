/** Section 8 over TLS, by a process that trusts a CA of the test, and what its operator is told of a delivery that failed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import request from 'supertest';
import twilio from 'twilio';
import { certificateAuthority } from '../support/certificates.js';
import { until } from '../support/redis-server.js';
import { ACME, closeAfterTest, IDENTITY } from '../support/verify-api.js';
import { webhookReceiver, type Receiver } from '../support/webhook-receiver.js';

interface Caused {
  readonly webhook: string;
  /** What the process has printed. */
  readonly printed: () => string;
}

/** A process that trusts this CA is made to tell the receiver of a new factor. */
async function causeDelivery(caFile: string, { base }: Receiver): Promise<Caused> {
  const program = fileURLToPath(new URL('../support/hasty-verify-api.ts', import.meta.url));
  const child = fork(program, [ACME.sid, ACME.secret], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
    silent: true,
  });
  closeAfterTest(() => child.kill());
  let printed = '';
  child.stderr?.on('data', (text: Buffer) => (printed += text.toString()));
  const died = once(child, 'exit').then(() => {
    throw new Error(`the process ended at its start: ${printed}`);
  });
  const [port] = (await Promise.race([once(child, 'message'), died])) as [number];
  const post = async (path: string, form: Readonly<Record<string, string>>): Promise<string> => {
    const sent = request(`http://127.0.0.1:${port}/v2`).post(path).auth(ACME.sid, ACME.secret);
    return (await sent.type('form').send(form).expect(201)).body.sid;
  };
  const service = `/Services/${await post('/Services', { FriendlyName: 'Acme' })}`;
  const hook = { FriendlyName: 'Audit', EventTypes: '*', WebhookUrl: `${base}/hook` };
  const webhook = await post(`${service}/Webhooks`, hook);
  await post(`${service}/Entities/${IDENTITY}/Factors`, { FriendlyName: 'Phone', FactorType: 'totp' });
  return { webhook, printed: () => printed };
}

const warningOf = (webhook: string): string =>
  `MfaWarning: 60330 Failed to invoke the webhook ${webhook}: no 200 in 4 attempts to tell of factor.created`;

it('a delivery reaches a receiver whose certificate is of its name, by a CA that is trusted', async () => {
  const ca = certificateAuthority();
  const receiver = await webhookReceiver(() => ({ status: 200 }), ca.sign('localhost'));
  await causeDelivery(ca.file, receiver);
  await until(() => receiver.deliveries.length > 0, 'a delivery');
  const url = `${receiver.base}/hook`;
  expect(receiver.deliveries).toMatchObject([{ url, params: { type: 'factor.created' } }]);
  for (const { headers, params } of receiver.deliveries) {
    expect(twilio.validateRequest(ACME.secret, String(headers['x-twilio-signature']), url, params)).toBe(true);
  }
});

it.each([
  ['by a CA that nobody trusts', 'localhost', false],
  ['of another name', 'hooks.example.com', true],
])(
  'a receiver with a certificate %s is told nothing, and the operator is told 60330',
  async (_what, name, isTrusted) => {
    const ca = certificateAuthority();
    const signer = isTrusted ? ca : certificateAuthority();
    const receiver = await webhookReceiver(() => ({ status: 200 }), signer.sign(name));
    const { webhook, printed } = await causeDelivery(ca.file, receiver);
    const warning = `MfaWarning: 60330 Failed to invoke the webhook ${webhook}: no 200 in 4 attempts to tell of factor.created`;
    await until(() => printed().includes(warning), warning);
    expect([receiver.connections(), receiver.deliveries]).toEqual([4, []]);
    expect(printed()).not.toContain(receiver.base);
  },
);

it('a receiver that never answers 200 is told four times, and then the operator 60330', async () => {
  const ca = certificateAuthority();
  const receiver = await webhookReceiver(() => ({ status: 204 }), ca.sign('localhost'));
  const { webhook, printed } = await causeDelivery(ca.file, receiver);
  await until(() => printed().includes(warningOf(webhook)), 'the warning');
  expect(receiver.deliveries).toHaveLength(4);
});
