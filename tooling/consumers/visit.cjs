// The README's wiring in an app that got its packages its own way, and a visit to it.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');

module.exports = async function visit({
  express,
  session,
  passport,
  createMfa,
  MemoryStore,
  RedisStore,
  describeStore,
  createVerifyApi,
}) {
  const mfa = createMfa({ issuer: 'Acme', store: new MemoryStore(), keys: 'A'.repeat(43) });
  passport.use(mfa.strategy());
  passport.serializeUser((user, done) => done(null, user.id));
  passport.deserializeUser((id, done) => done(null, { id }));

  const app = express();
  app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false }));
  app.use(passport.session());
  app.use(mfa.session());
  app.use('/mfa', mfa.router());
  const [sid, authToken] = [`AC${'0'.repeat(32)}`, 'a token of the account'.repeat(2)];
  const verifyApi = createVerifyApi({ mfa, accounts: [{ sid, authToken }] });
  app.use(verifyApi);
  app.get('/login', (req, res, next) =>
    req.logIn({ id: 'alice' }, (error) => (error ? next(error) : res.send('hello'))),
  );
  app.get('/payroll', passport.authenticate('totp'), (req, res) => res.send('salaries'));

  const server = app.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address();
    const get = (path, headers) => fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' });

    assert.equal((await get('/payroll')).status, 401, 'nobody is not let in');

    const login = await get('/login');
    assert.equal(login.status, 200, 'a user without a factor logs in');
    const cookie = login.headers.get('set-cookie').split(';')[0];
    const refused = await get('/payroll', { cookie, accept: 'application/json' });
    assert.equal(refused.status, 403, 'a user without a factor is not let in');
    assert.equal((await refused.json()).code, 'enrollment_required');
    // fetch() says that it is no browser.
    const asked = http.get({ host: '127.0.0.1', port, path: '/mfa/factors', headers: { cookie, accept: 'text/html' } });
    const [page] = await once(asked, 'response');
    assert.match(String(await page.toArray()), /^<!DOCTYPE html>/, 'a page is shown');

    const { binding } = await mfa.factors.create({ identity: 'alice', friendlyName: 'phone' });
    assert.match(binding.uri, /^otpauth:\/\/totp\/Acme/);
    assert.equal((await get('/mfa', { accept: 'application/json' })).status, 401, 'the router answers');
    const authorization = `Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}`;
    assert.equal((await get('/v2/Services', { authorization })).status, 200, 'the Verify API answers');
  } finally {
    await verifyApi.close();
    server.close();
    server.closeAllConnections();
  }

  assert.equal(typeof RedisStore, 'function');
  const titles = [];
  describeStore('MemoryStore', async () => ({ store: new MemoryStore() }), {
    describe: (name, define) => define(),
    it: (title) => titles.push(title),
  });
  assert(titles.length > 5, 'the store suite names its tests');
};
