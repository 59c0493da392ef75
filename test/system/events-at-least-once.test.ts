import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { codeAt } from '../support/rfc-code.js';

jest.setTimeout(60_000);

const NOW = Date.UTC(2026, 10, 20);

interface Told {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly identity: string;
  readonly factorSid: string | null;
}

interface Ways {
  readonly LISTENER?: 'ends' | 'dies' | 'hangs' | 'none';
  readonly DIES?: 'before save' | 'after save';
}

interface Teller {
  /** Has it call an API of the service level; rejects where the process dies first. */
  readonly call: (api: string, verb: string, request: object) => Promise<Record<string, unknown>>;
  /** The events that its listener got before it answered the last call, or died. */
  readonly told: () => readonly Told[];
  readonly kill: () => Promise<void>;
}

const running = new Set<Teller>();
let users = 0;

type Line = { readonly event: Told } | { readonly answer: Record<string, unknown> } | { readonly error: string };

async function startTeller({ LISTENER = 'ends', DIES }: Ways = {}): Promise<Teller> {
  const env = { ...process.env, LISTENER, NOW: NOW.toString(), ...(DIES !== undefined && { DIES }) };
  const child = fork(resolve(__dirname, 'events-teller.mjs'), { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout === null) throw new Error('the process has no output');
  const ended = once(child, 'exit').then(([, signal]: unknown[]) => signal);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told: Told[] = [];

  /** Events come before the answer of what brought them about; both by one pipe, that is in their order. */
  async function reply(): Promise<Record<string, unknown>> {
    for (;;) {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`died of ${String(await ended)}`);
      const line = JSON.parse(value) as Line;
      if ('error' in line) throw new Error(line.error);
      if ('answer' in line) return line.answer;
      told.push(line.event);
    }
  }
  const teller: Teller = {
    call: async (api, verb, request) => {
      child.send({ api, verb, request });
      return reply();
    },
    told: () => [...told],
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  running.add(teller);
  await reply();
  return teller;
}

afterEach(async () => {
  await Promise.all([...running].map(async (teller) => teller.kill()));
  running.clear();
});

/** An enrollment that one code proves, which is a security event. */
async function begin(teller: Teller): Promise<{ readonly identity: string; readonly verify: object }> {
  users += 1;
  const identity = `told-${users.toString()}-${process.pid.toString()}`;
  const { factor, binding } = (await teller.call('factors', 'create', { identity })) as {
    factor: { sid: string };
    binding: { secret: string };
  };
  return { identity, verify: { identity, sid: factor.sid, code: codeAt(binding.secret, NOW) } };
}

const write = async (teller: Teller, identity: string): Promise<unknown> =>
  teller.call('challenges', 'create', { identity });

const typesOf = (told: readonly Told[]): readonly string[] => told.map(({ type }) => type);

/** What a new process tells of its first write for this user, and another one after it. */
async function toldByNext(identity: string): Promise<readonly (readonly Told[])[]> {
  const next = await startTeller();
  await write(next, identity);
  const first = next.told();
  // Behind whatever the first write has left to do.
  await write(next, identity);
  const last = await startTeller();
  await write(last, identity);
  return [first, next.told().slice(first.length), last.told()];
}

describe('a security event whose process was killed', () => {
  it('within the listener: is told by the next write of another process, with the same id, and then no more', async () => {
    const dying = await startTeller({ LISTENER: 'dies' });
    const { identity, verify } = await begin(dying);
    await expect(dying.call('factors', 'verify', verify)).rejects.toThrow('died of SIGKILL');
    const [created, verified] = dying.told();
    expect([created?.type, verified?.type, verified?.identity]).toEqual([
      'factor.created',
      'factor.verified',
      identity,
    ]);
    const [first, second, third] = await toldByNext(identity);
    expect(typesOf(first ?? [])).toEqual(['factor.verified', 'challenge.created']);
    expect(first?.[0]).toEqual(verified);
    expect([typesOf(second ?? []), typesOf(third ?? [])]).toEqual([['challenge.created'], ['challenge.created']]);
  });

  it('between the write and the listener: is told by the next write, once', async () => {
    const dying = await startTeller({ DIES: 'after save' });
    const { identity, verify } = await begin(dying);
    await expect(dying.call('factors', 'verify', verify)).rejects.toThrow('died of SIGKILL');
    expect(typesOf(dying.told())).toEqual(['factor.created']);
    const told = await toldByNext(identity);
    expect(told.map(typesOf)).toEqual([
      ['factor.verified', 'challenge.created'],
      ['challenge.created'],
      ['challenge.created'],
    ]);
    expect(told[0]?.[0]).toMatchObject({ identity, at: new Date(NOW).toISOString() });
    const listed = (await (await startTeller()).call('factors', 'list', { identity })) as { items: { sid: string }[] };
    expect(listed.items.map(({ sid }) => sid)).toEqual([told[0]?.[0]?.factorSid]);
  });

  it('before the write: is told by nobody, for nothing has happened', async () => {
    const dying = await startTeller({ DIES: 'before save' });
    const { identity, verify } = await begin(dying);
    await expect(dying.call('factors', 'verify', verify)).rejects.toThrow('died of SIGKILL');
    expect(typesOf(dying.told())).toEqual(['factor.created']);
    const next = await startTeller();
    await expect(write(next, identity)).rejects.toThrow('A second factor must be set up first');
    await next.call('factors', 'verify', verify);
    expect(typesOf(next.told())).toEqual(['factor.verified']);
  });

  it('while its listener was at work: is told again, and so are those that waited with it, in their order', async () => {
    const hanging = await startTeller({ LISTENER: 'hangs' });
    const { identity, verify } = await begin(hanging);
    await hanging.call('factors', 'verify', verify);
    const { id, codes } = await hanging.call('recoveryCodes', 'create', { identity });
    const [code] = codes as readonly string[];
    await hanging.call('recoveryCodes', 'confirm', { identity, id, code });
    await hanging.kill();
    const kept = hanging.told().filter(({ type }) => /verified|confirmed/.test(type));
    const [first, ...later] = await toldByNext(identity);
    expect(typesOf(first ?? [])).toEqual(['factor.verified', 'recovery_codes.confirmed', 'challenge.created']);
    expect(first?.slice(0, 2)).toEqual(kept);
    expect(later.map(typesOf)).toEqual([['challenge.created'], ['challenge.created']]);
  });
});

describe('a security event whose process lives', () => {
  it('is told once where its listeners end', async () => {
    const teller = await startTeller();
    const { identity, verify } = await begin(teller);
    await teller.call('factors', 'verify', verify);
    await write(teller, identity);
    const [first, ...later] = await toldByNext(identity);
    expect(typesOf(teller.told())).toEqual(['factor.created', 'factor.verified', 'challenge.created']);
    expect([first, ...later].map((told) => typesOf(told ?? []))).toEqual(Array(3).fill(['challenge.created']));
  });

  it('and whose listener never ends is told once by it, and once by another process', async () => {
    const hanging = await startTeller({ LISTENER: 'hangs' });
    const { identity, verify } = await begin(hanging);
    await hanging.call('factors', 'verify', verify);
    for (let time = 0; time < 3; time += 1) await write(hanging, identity);
    const [first, ...later] = await toldByNext(identity);
    expect(typesOf(hanging.told()).filter((type) => type === 'factor.verified')).toHaveLength(1);
    expect(first?.[0]).toEqual(hanging.told().find(({ type }) => type === 'factor.verified'));
    expect(later.map(typesOf)).toEqual([['challenge.created'], ['challenge.created']]);
  });

  it('is kept for nobody where nobody listens', async () => {
    const deaf = await startTeller({ LISTENER: 'none' });
    const { identity, verify } = await begin(deaf);
    await deaf.call('factors', 'verify', verify);
    expect((await toldByNext(identity)).map(typesOf)).toEqual(Array(3).fill(['challenge.created']));
  });
});
