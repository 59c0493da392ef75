import { MemoryStore } from '../../src/index.js';
import { agentOf, enroll, hostApp, logIn, logInFully } from '../support/host-app.js';
import { confirmRecoveryCodes } from '../support/recovery.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const [OLD, NEW] = ['1'.repeat(64), '2'.repeat(64)];

describe('mfa.admin', () => {
  it.each(['no cursor', {}, 7])('list and rekey refuse %j, which is no cursor', async (value) => {
    const { admin } = hostApp().mfa;
    const request = { cursor: value as string };
    for (const page of [admin.list(request), admin.rekey(request)]) {
      await expect(page).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('reset takes everything from a user, ends every session, and lets the policy decide again', async () => {
    const made = hostApp({ options: { enrolled: () => true } });
    const ann = await enroll(made, 'ann');
    const agent = await logInFully(made, 'ann', ann);
    await confirmRecoveryCodes(agent);
    await made.mfa.admin.reset({ identity: 'ann' });
    expect((await agent.get('/whoami')).body).toMatchObject({ state: 'not_required', aal: 1, amr: [] });
    expect(await made.mfa.recoveryCodes.fetch({ identity: 'ann' })).toMatchObject({ left: 0 });
    expect(await made.mfa.factors.list({ identity: 'ann' })).toMatchObject({ items: [] });
    expect((await enroll(made, 'ann')).secret).not.toBe(ann.secret);
  });

  it('reset opens what is disabled, but what was guessed in 30 days stays counted', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    const guess = async (times: number): Promise<void> => {
      for (let wrong = 0; wrong < times; wrong += 1) {
        await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(secret, made.clock.now()) });
        made.clock.advance(60 * 60_000);
      }
    };
    // Right codes between them: it is the rolling cap that the hundredth reaches.
    for (let round = 0; round < 24; round += 1) {
      await guess(4);
      await made.mfa.challenges.create({ identity: 'ann', code: codeAt(secret, made.clock.now()) });
      made.clock.advance(30_000);
    }
    await guess(4);
    await expect(made.mfa.challenges.create({ identity: 'ann', code: '123456' })).rejects.toMatchObject({
      code: 'disabled',
    });
    await made.mfa.admin.reset({ identity: 'ann' });
    const next = await enroll(made, 'ann');
    expect((await (await logInFully(made, 'ann', next)).get('/whoami')).body.state).toBe('satisfied');
    await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(next.secret, made.clock.now()) });
    await expect(made.mfa.challenges.create({ identity: 'ann', code: '123456' })).rejects.toMatchObject({
      code: 'disabled',
    });
    await made.mfa.admin.unlock({ identity: 'ann' });
    made.clock.advance(30_000);
    expect((await (await logInFully(made, 'ann', next)).get('/whoami')).body.state).toBe('satisfied');
  });

  it('reset makes an emptied record of one that is lost, and of one that does not open', async () => {
    const store = new MemoryStore();
    const before = hostApp({ options: { store, keys: OLD } });
    await enroll(before, 'ann');
    const made = hostApp({ options: { store, keys: NEW, enrolled: () => true } });
    for (const identity of ['ann', 'bob']) {
      const agent = agentOf(made.app);
      await logIn(agent, identity);
      expect((await agent.get('/whoami')).body.state).toBe('unavailable');
      await made.mfa.admin.reset({ identity });
      expect((await agent.get('/whoami')).body.state).toBe('not_required');
    }
  });

  it('unlock opens what wrong codes have closed; the factors stay', async () => {
    const made = hostApp();
    const { secret } = await enroll(made, 'ann');
    for (let wrong = 0; wrong < 20; wrong += 1) {
      await made.mfa.challenges.create({ identity: 'ann', code: wrongCodeAt(secret, made.clock.now()) });
      made.clock.advance(60 * 60_000);
    }
    expect((await made.mfa.admin.list()).entities).toMatchObject([{ identity: 'ann', disabled: true }]);
    await made.mfa.admin.unlock({ identity: 'ann' });
    expect((await made.mfa.admin.list()).entities).toEqual([
      { identity: 'ann', verifiedFactors: 1, recoveryCodesLeft: 0, lockedUntil: null, disabled: false },
    ]);
    expect((await (await logInFully(made, 'ann', { secret })).get('/whoami')).body.state).toBe('satisfied');
  });

  it('list gives every entity of this service, page by page', async () => {
    const store = new MemoryStore();
    const made = hostApp({ options: { store } });
    const elsewhere = hostApp({ options: { store, service: 'other' } });
    const identities = Array.from({ length: 7 }, (_, index) => `user-${index.toString()}`);
    for (const identity of identities) await enroll(made, identity);
    await enroll(elsewhere, 'stranger');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof made.mfa.admin.list>> = await made.mfa.admin.list({ cursor, limit: 3 });
      expect(page.entities.length).toBeLessThanOrEqual(3);
      seen.push(...page.entities.map(({ identity }) => identity));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(seen.sort()).toEqual(identities);
  });

  it.each([0, 1001, 1.5, Number.NaN])('a page of %d entities is refused', async (limit) => {
    await expect(hostApp().mfa.admin.list({ limit })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('rekey seals everything with the first key, page by page, so that the old one can go', async () => {
    const store = new MemoryStore();
    const before = hostApp({ options: { store, keys: OLD } });
    const people = new Map<string, { readonly secret: string }>();
    for (const identity of ['ann', 'bob', 'cat']) people.set(identity, await enroll(before, identity));
    const both = hostApp({ options: { store, keys: [NEW, OLD] }, clock: before.clock });
    const first = await both.mfa.admin.rekey({ limit: 2 });
    expect(first).toMatchObject({ rekeyed: 2, current: 0, unreadable: [] });
    expect(await both.mfa.admin.rekey({ limit: 2, cursor: first.cursor })).toMatchObject({ rekeyed: 1, cursor: null });
    expect(await both.mfa.admin.rekey()).toMatchObject({ rekeyed: 0, current: 3, cursor: null });
    const after = hostApp({ options: { store, keys: NEW }, clock: before.clock });
    for (const [identity, person] of people) {
      expect((await (await logInFully(after, identity, person)).get('/whoami')).body.state).toBe('satisfied');
    }
  });

  it('list and rekey name the records that no key opens, and go on', async () => {
    const store = new MemoryStore();
    await enroll(hostApp({ options: { store, keys: OLD } }), 'ann');
    const made = hostApp({ options: { store, keys: NEW } });
    await enroll(made, 'bob');
    const { entities, unreadable } = await made.mfa.admin.list();
    expect(entities.map(({ identity }) => identity)).toEqual(['bob']);
    expect(unreadable).toEqual([expect.stringMatching(/^entity:default:/)]);
    expect(await made.mfa.admin.rekey()).toMatchObject({ rekeyed: 0, current: 1, unreadable });
  });
});
