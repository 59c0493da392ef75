import type { Express } from 'express';
import type { Mfa } from '../../src/index.js';
import { enroll, hostApp, logIn, logInFully, agentOf, verdictOf, type HostApp } from '../support/host-app.js';
import { codeAt } from '../support/rfc-code.js';

/** Holds the next save back until it is told to land. */
function holdSave({ store }: HostApp): { land: () => Promise<void> } {
  const held: { go?: () => void } = {};
  const landed = new Promise<void>((resolve) => {
    held.go = resolve;
  });
  store.before = async (verb) => {
    if (verb !== 'save') return;
    store.before = null;
    await landed;
  };
  return {
    land: async () => {
      held.go?.();
      // What was held back goes on in turns of the event loop, not in time.
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    },
  };
}

describe('a save that lands after its request was answered', () => {
  it('leaves a code spent and nobody with a second factor', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const code = codeAt(secret, made.clock.now());
    const { land } = holdSave(made);
    expect(verdictOf(await agent.post('/mfa/challenges').send({ code }))).toEqual([503, 'store_unavailable']);
    await land();
    expect((await agent.get('/whoami')).body).toMatchObject({ state: 'challenge_required', aal: 1 });
    expect((await agent.post('/mfa/challenges').send({ code })).body).toMatchObject({
      status: 'pending',
      reason: 'code_already_used',
    });
  });

  it('leaves an approval used up, and its request unserved', async () => {
    const served: unknown[] = [];
    const routes = (app: Express, { mfa }: { readonly mfa: Mfa }): void => {
      app.post('/wire', mfa.require({ purpose: (req) => ({ to: req.body.to }) }), (req, res) => {
        served.push(req.mfa.approved);
        res.json({});
      });
    };
    const made = hostApp({ routes });
    const { secret } = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', { secret });
    const asked = await agent.post('/wire').send({ to: 'bob' });
    await agent.post(asked.body.challenge_url).send({ code: codeAt(secret, made.clock.now()) });
    const { land } = holdSave(made);
    expect(verdictOf(await agent.post('/wire').send({ to: 'bob' }))).toEqual([503, 'store_unavailable']);
    await land();
    expect(verdictOf(await agent.post('/wire').send({ to: 'bob' }))).toEqual([401, 'step_up_required']);
    expect(served).toEqual([]);
  });
});
