import type { Response, Test } from 'supertest';
import { agentOf, enroll, hostApp, logIn, type HostApp, type HostAppOptions } from './host-app.js';
import { codeAt } from './rfc-code.js';

/** A place that takes a code, with somebody before it whose code would be right there. */
export interface Door {
  readonly made: HostApp;
  readonly path: string;
  readonly post: (path?: string) => Test;
  readonly code: () => string;
  /** The secret of which it is one. */
  readonly secret: string;
  /** Whether an answer says that the code was right. */
  readonly isRight: (answer: Response) => boolean;
}

const isApproved = ({ body }: Response): boolean => body.status === 'approved';

async function challenged(
  made: HostApp,
): Promise<Pick<Door, 'made' | 'code' | 'secret'> & { agent: ReturnType<typeof agentOf> }> {
  const { secret } = await enroll(made, 'ann');
  const agent = agentOf(made.app);
  await logIn(agent, 'ann');
  return { made, agent, secret, code: () => codeAt(secret, made.clock.now()) };
}

const OPENERS: Readonly<Record<string, (made: HostApp) => Promise<Door>>> = {
  'POST /mfa/challenges': async (made) => {
    const { agent, ...rest } = await challenged(made);
    const path = '/mfa/challenges';
    return { ...rest, path, post: (to = path) => agent.post(to), isRight: isApproved };
  },
  'POST /mfa/challenges/:sid': async (made) => {
    const { agent, ...rest } = await challenged(made);
    const path = String((await agent.post('/mfa/challenges')).body.url);
    return { ...rest, path, post: (to = path) => agent.post(to), isRight: isApproved };
  },
  'POST /mfa/factors/:sid': async (made) => {
    const agent = agentOf(made.app);
    await logIn(agent, 'ann');
    const { body } = await agent.post('/mfa/factors').send({});
    return {
      made,
      path: body.url,
      post: (to = body.url) => agent.post(to),
      secret: body.binding.secret,
      code: () => codeAt(body.binding.secret, made.clock.now()),
      isRight: (answer) => answer.body.status === 'verified',
    };
  },
  "passport.authenticate('totp')": async (made) => {
    const { agent, ...rest } = await challenged(made);
    return {
      ...rest,
      path: '/vault',
      post: (to = '/vault') => agent.post(to),
      isRight: ({ status }) => status === 204,
    };
  },
};

/** Every place that takes a code, by name. */
export const DOORS: readonly string[] = Object.keys(OPENERS);

/** One of `DOORS`, in a host app of its own. */
export async function openDoor(door: string, host: HostAppOptions = {}): Promise<Door> {
  const made = hostApp({
    ...host,
    routes: (app, { passport }) => {
      app.post('/vault', passport.authenticate('totp'), (_req, res) => {
        res.status(204).end();
      });
    },
  });
  const opened = await OPENERS[door]?.(made);
  if (opened === undefined) throw new Error(`there is no door "${door}"`);
  return opened;
}
