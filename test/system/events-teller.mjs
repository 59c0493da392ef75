// A process that writes and tells, from the built package. It does what it is sent, with a clock that stands still, and
// prints what a listener of it gets and what it answers, line by line, at once: what was printed outlives a kill.
//
// LISTENER says what its listeners do: `ends`, `dies` (the process does, within the listener), `hangs`, or `none`.
// DIES says where else the process dies: `before save` or `after save` of the first write that verifies a factor.
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { createMfa } from 'passport-factors';
import { RedisStore } from 'passport-factors/redis';

const { LISTENER, DIES, NOW, TEST_REDIS_URL } = process.env;
const print = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

const store = new RedisStore(new Redis(TEST_REDIS_URL));
const save = store.save.bind(store);
let isArmed = false;
store.save = async (...write) => {
  if (isArmed && DIES === 'before save') die();
  const answer = await save(...write);
  if (isArmed && DIES === 'after save') die();
  return answer;
};

const clock = { now: () => Number(NOW) };
const mfa = createMfa({ issuer: 'Acme', store, keys: Buffer.alloc(32, 7).toString('base64'), clock });
if (LISTENER !== 'none') {
  mfa.events.on('*', (event) => {
    print({ event });
    if (LISTENER === 'dies' && event.type === 'factor.verified') die();
    return LISTENER === 'hangs' ? new Promise(() => undefined) : undefined;
  });
}

process.on('message', ({ api, verb, request }) => {
  isArmed = verb === 'verify';
  mfa[api][verb](request).then(
    (answer) => print({ answer }),
    (error) => print({ error: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
print({ answer: 'ready' });
