import type { agentOf } from './host-app.js';

/** A new set of recovery codes, not yet confirmed, by a session with a fresh second factor. */
export async function renewRecoveryCodes(
  agent: ReturnType<typeof agentOf>,
): Promise<{ readonly id: string; readonly codes: readonly string[] }> {
  const { status, body } = await agent.post('/mfa/recovery-codes');
  if (status !== 201) throw new Error(`no recovery codes were made: ${JSON.stringify(body)}`);
  return body;
}

/** A new set of recovery codes that counts. */
export async function confirmRecoveryCodes(agent: ReturnType<typeof agentOf>): Promise<readonly string[]> {
  const { id, codes } = await renewRecoveryCodes(agent);
  const { body } = await agent.post('/mfa/recovery-codes/confirm').send({ id, code: codes[0] });
  if (body.status !== 'confirmed') throw new Error(`the recovery codes were not confirmed: ${JSON.stringify(body)}`);
  return codes;
}
