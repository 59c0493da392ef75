import express from 'express';
import { createMfa } from '../../src/index.js';
import { agentOf, browserOf, enroll, hostApp, logIn } from '../support/host-app.js';

const failure = (): never => {
  throw new Error('the app is wrong');
};

describe('a hook of the host that throws', () => {
  it.each(['accountName', 'csrf'])('%s: 503 with Retry-After, and nothing is created', async (hook) => {
    const made = hostApp({ options: { [hook]: failure } });
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    const { status, headers, text } = await browser.get('/mfa/factors');
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(text).not.toContain('the app is wrong');
    expect((await made.mfa.factors.list({ identity: 'ann' })).items).toEqual([]);
  });
});

describe('a parser of the host that hands on raw bytes', () => {
  it('is told, instead of a code that is silently not read', async () => {
    const made = hostApp({ parsersAt: 'never', early: [express.raw({ type: '*/*' })] });
    await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await agent.post('/login?username=ann&password=secret');
    const { status, body } = await agent.post('/mfa/challenges').send({ code: '123456' });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('a page of ours', () => {
  it('is shown in no frame of anybody else: a click on Deny is to be meant', async () => {
    const made = hostApp();
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    expect((await agent.get('/mfa')).headers['x-frame-options']).toBe('DENY');
  });

  it('for a login asks for a code and offers nothing to approve or deny', async () => {
    const made = hostApp();
    await enroll(made, 'ann');
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const { body } = await agent.post('/mfa/challenges').send({});
    const { text } = await agent.get(String(body.url)).set('Accept', 'text/html');
    expect(text).toContain('Enter your code');
    expect(text).not.toMatch(/Approve|Deny/);
  });

  it('for a factor that there is not is 404', async () => {
    const made = hostApp();
    const browser = browserOf(made.app);
    await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
    expect((await browser.get(`/mfa/factors/YF${'0'.repeat(32)}`)).status).toBe(404);
  });
});

it('an origin with a wildcard, which would never match, is a TypeError that names origins', () => {
  const origins = ['https://*.example.net'];
  expect(() => createMfa({ issuer: 'Acme', origins })).toThrow(TypeError);
  expect(() => createMfa({ issuer: 'Acme', origins })).toThrow('origins');
});
