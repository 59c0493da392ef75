import { inspect } from 'node:util';
import { MfaError, type MfaEvent } from '../../src/index.js';
import { enroll, hostApp } from '../support/host-app.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

const identity = 'ann';

describe('mfa.events', () => {
  it('tells of everything that happened, once each, with id, instant and identity', async () => {
    const { mfa, clock } = hostApp();
    const events: MfaEvent[] = [];
    mfa.events.on('*', (event) => void events.push(event));
    const { factor, binding } = await mfa.factors.create({ identity });
    const of = { identity, sid: factor.sid };
    await mfa.factors.verify({ ...of, code: wrongCodeAt(binding.secret, clock.now()) });
    await mfa.factors.verify({ ...of, code: codeAt(binding.secret, clock.now()) });
    await mfa.factors.update({ ...of, friendlyName: 'Phone' });
    clock.advance(30_000);
    const { challenge } = await mfa.challenges.create({ identity });
    const on = { identity, sid: challenge.sid };
    await mfa.challenges.answer({ ...on, code: wrongCodeAt(binding.secret, clock.now()) });
    await mfa.challenges.answer({ ...on, code: codeAt(binding.secret, clock.now()) });
    const denied = (await mfa.challenges.create({ identity })).challenge.sid;
    await mfa.challenges.deny({ identity, sid: denied });
    await mfa.factors.remove(of);
    const [factorSid, wrong] = [factor.sid, 'incorrect_code'];
    const nothingElse = { recoveryCodesLeft: null, source: null };
    const told = events.map(({ id: _id, at: _at, identity: _identity, ...event }) => event);
    expect(told).toEqual(
      [
        { type: 'factor.created', factorSid, challengeSid: null, reason: null },
        { type: 'factor.rejected', factorSid, challengeSid: null, reason: wrong },
        { type: 'factor.verified', factorSid, challengeSid: null, reason: null },
        { type: 'factor.updated', factorSid, challengeSid: null, reason: null },
        { type: 'challenge.created', factorSid, challengeSid: challenge.sid, reason: null },
        { type: 'challenge.rejected', factorSid, challengeSid: challenge.sid, reason: wrong },
        { type: 'challenge.approved', factorSid, challengeSid: challenge.sid, reason: null },
        { type: 'challenge.created', factorSid, challengeSid: denied, reason: null },
        { type: 'challenge.denied', factorSid, challengeSid: denied, reason: null },
        { type: 'factor.deleted', factorSid, challengeSid: null, reason: null },
      ].map((event) => ({ ...event, ...nothingElse })),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map((event) => event.identity)).toEqual(events.map(() => identity));
    expect(events.map(({ at }) => at.getTime() <= clock.now())).toEqual(events.map(() => true));
    expect(events.at(-1)?.at).toEqual(new Date(clock.now()));
  });

  it('hold no secret and no code, right or wrong', async () => {
    const { mfa, clock } = hostApp();
    const printed: string[] = [];
    mfa.events.on('*', (event) => void printed.push(JSON.stringify(event), inspect(event, { depth: Infinity })));
    const { factor, binding } = await mfa.factors.create({ identity });
    const codes = [wrongCodeAt(binding.secret, clock.now()), codeAt(binding.secret, clock.now())];
    for (const code of codes) await mfa.factors.verify({ identity, sid: factor.sid, code });
    clock.advance(30_000);
    codes.push(codeAt(binding.secret, clock.now()));
    for (const code of codes) await mfa.challenges.create({ identity, code });
    await mfa.factors.import({ identity, secret: 'CANARY22CANARY22CANARY22CANARY22' });
    expect(printed.length).toBeGreaterThan(10);
    expect(printed.join()).not.toMatch(new RegExp(`CANARY|${binding.secret}|\\b(${codes.join('|')})\\b`));
  });

  it('come after the write that they tell of, and not at all where it failed', async () => {
    const { mfa, store } = hostApp();
    const heard: string[] = [];
    mfa.events.on('factor.created', ({ type }) => void heard.push(type));
    store.before = async (verb) => (verb === 'save' ? Promise.reject(new MfaError('store_unavailable')) : undefined);
    await expect(mfa.factors.create({ identity })).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(heard).toEqual([]);
    store.before = null;
    await mfa.factors.create({ identity });
    expect(heard).toEqual(['factor.created']);
  });

  it('a wait and its end in a switch-off are told', async () => {
    const made = hostApp({ options: { limits: { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 3 } } });
    const { secret } = await enroll(made, identity);
    const heard: string[] = [];
    made.mfa.events.on('entity.locked', ({ type }) => void heard.push(type));
    made.mfa.events.on('entity.disabled', ({ type }) => void heard.push(type));
    for (let i = 0; i < 3; i += 1) {
      await made.mfa.challenges.create({ identity, code: wrongCodeAt(secret, made.clock.now()) });
      made.clock.advance(60_000);
    }
    expect(heard).toEqual(['entity.locked', 'entity.disabled']);
    await expect(
      made.mfa.challenges.create({ identity, code: codeAt(secret, made.clock.now()) }),
    ).rejects.toMatchObject({ code: 'disabled' });
  });

  it('a listener that throws or rejects breaks nothing, and one that was ended hears nothing', async () => {
    const { mfa } = hostApp();
    const heard: string[] = [];
    mfa.events.on('*', () => {
      throw new Error('broken');
    });
    mfa.events.on('*', async () => Promise.reject(new Error('broken')));
    const end = mfa.events.on('*', ({ type }) => void heard.push(type));
    await mfa.factors.create({ identity });
    end();
    await mfa.factors.create({ identity });
    expect(heard).toEqual(['factor.created']);
  });
});
