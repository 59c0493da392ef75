// Whether time tells something about a code or a user: Welch's t-test as in dudect (Reparaz, Balasch, Verbauwhede 2017),
// over interleaved samples, of the built package. |t| < 4.5 says that no difference was found. Not part of the tests:
// it depends on how quiet the machine is. Usage: npm run test:timing [samples per class]
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const SAMPLES = Number(process.argv[2] ?? 100_000);
const BOUND = 4.5;
const built = (path) => import(pathToFileURL(resolve('dist/cjs', path)).href);

const { matchingSteps, stepAt } = await built('domain/totp.js');
const { Secret } = await built('domain/secret.js');

/** Welch's t of two classes; of each the slowest tenth is left out, which is the machine's doing. */
function welch(a, b) {
  const bound = [...a, ...b].sort((x, y) => x - y)[Math.floor((a.length + b.length) * 0.9)];
  const [x, y] = [a, b].map((class_) => {
    const kept = class_.filter((time) => time <= bound);
    const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
    const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  });
  return { t: (x.mean - y.mean) / Math.sqrt(x.error + y.error), means: [x.mean, y.mean] };
}

/** Times two classes, in an order that nothing of the machine can be in step with. */
async function compare(claim, samples, classes) {
  const times = [[], []];
  for (let warmUp = 0; warmUp < Math.min(2000, samples / 5); warmUp += 1) await classes[warmUp % 2]();
  while (times[0].length < samples || times[1].length < samples) {
    const which = randomInt(2);
    const startedAt = process.hrtime.bigint();
    await classes[which]();
    times[which].push(Number(process.hrtime.bigint() - startedAt));
  }
  const { t, means } = welch(...times);
  const isFound = Math.abs(t) >= BOUND;
  console.log(
    `${isFound ? 'DIFFERS' : 'same   '}  |t| = ${Math.abs(t).toFixed(2)}  ${claim} ` +
      `(${means.map((ns) => (ns / 1000).toFixed(2)).join(' and ')} µs, ${samples} samples a class)`,
  );
  if (isFound) process.exitCode = 1;
}

const now = Date.UTC(2026, 10, 20, 12, 0, 5);
const config = { algorithm: 'sha1', codeLength: 6, timeStep: 30, skew: 1 };
const secret = new Secret(Buffer.from('12345678901234567890'));
const step = stepAt(now, config.timeStep);
const window = { first: step - 1, last: step + 1 };
const all = Array.from({ length: 10 ** 6 }, (_, i) => i.toString().padStart(6, '0'));
const rightAt = (at) => all.find((code) => matchingSteps(secret, config, code, { first: at, last: at }).length > 0);
const [before, present, after] = [step - 1, step, step + 1].map(rightAt);
const changed = (code, place) =>
  code.slice(0, place) + ((Number(code[place]) + 5) % 10).toString() + code.slice(place + 1);
const judge = (code) => () => matchingSteps(secret, config, code, window);

await compare('a wrong code that differs in its first digit, and in its last', SAMPLES, [
  judge(changed(present, 0)),
  judge(changed(present, 5)),
]);
await compare('a wrong code, and one with no digit right', SAMPLES, [
  judge(changed(present, 5)),
  judge(Array.from(present, (digit) => ((Number(digit) + 5) % 10).toString()).join('')),
]);
await compare('the code of the first step of the window, and of the last', SAMPLES, [judge(before), judge(after)]);

// Over HTTP, to somebody without the first factor.
const { app, users } = await host();
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function show({ code, sid, identity }) {
  const body = JSON.stringify({ code, factor_sid: sid, identity });
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'content-length': body.length };
  const { port } = server.address();
  const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/mfa/challenges', headers });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  if (answer.statusCode !== 401) throw new Error(`answered with ${answer.statusCode}`);
  answer.resume();
  await once(answer, 'end');
}

const requests = Math.min(SAMPLES, 20_000);
for (const [one, other] of [
  ['unknown', 'enrolled'],
  ['wrong', 'right'],
  ['enrolled', 'locked'],
  ['enrolled', 'unverified'],
]) {
  await compare(`without the first factor, ${one} and ${other}`, requests, [
    () => show(users[one]),
    () => show(users[other]),
  ]);
}
agent.destroy();
server.close();

/** A host app with users in every state, and what somebody without a session shows in the name of each. */
async function host() {
  const { default: express } = await import('express');
  const { default: session } = await import('express-session');
  const { default: passport } = await import('passport');
  const { createMfa } = await built('index.js');
  const mfa = createMfa({ issuer: 'Acme', clock: { now: () => now } });
  const served = express();
  served.use(express.json(), session({ secret: 's', resave: false, saveUninitialized: false }), passport.session());
  served.use(mfa.session());
  served.use('/mfa', mfa.router());

  const base32 = secret.base32();
  const wrong = changed(present, 5);
  for (const identity of ['enrolled', 'locked']) await mfa.factors.import({ identity, secret: base32 });
  for (let guesses = 0; guesses < 5; guesses += 1) await mfa.challenges.create({ identity: 'locked', code: wrong });
  await mfa.factors.create({ identity: 'unverified', secret: base32 });
  const sidOf = async (identity) => (await mfa.factors.list({ identity })).items[0].sid;
  const enrolled = { identity: 'enrolled', sid: await sidOf('enrolled') };
  return {
    app: served,
    users: {
      unknown: { identity: 'somebody', sid: `YF${'0'.repeat(32)}`, code: wrong },
      enrolled: { ...enrolled, code: wrong },
      wrong: { ...enrolled, code: wrong },
      right: { ...enrolled, code: present },
      locked: { identity: 'locked', sid: await sidOf('locked'), code: wrong },
      unverified: { identity: 'unverified', sid: await sidOf('unverified'), code: wrong },
    },
  };
}
