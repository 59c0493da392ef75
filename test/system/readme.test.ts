import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const blocks = codeOf('README.md');
const pageBlocks = codeOf('docs/pages.md');
const [wiring = '', routes = '', approval = '', production = '', rekeying = ''] = blocks;

/** What the README takes for granted: the host's own users, first factor and handlers. */
const HOST = `
passport.use({ name: 'local', authenticate() { this.success({ id: '1', hasMfa: false }); } });
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
const show = (_req, res) => res.json({ shown: true });
const pay = (_req, res) => res.json({ paid: true });
`;
const HOST_TYPES = `
import type { RequestHandler } from 'express';
declare global {
  namespace Express {
    interface User { id: string; hasMfa: boolean }
  }
}
passport.use({ name: 'local', authenticate() { this.success({ id: '1', hasMfa: false }); } } as passport.Strategy & ThisType<passport.StrategyCreated<passport.Strategy>>);
passport.serializeUser<Express.User>((user, done) => { done(null, user); });
passport.deserializeUser<Express.User>((user, done) => { done(null, user); });
const show: RequestHandler = (_req, res) => { res.json({ shown: true }); };
const pay: RequestHandler = (_req, res) => { res.json({ paid: true }); };
`;
const LISTEN = `
app.get('/state', (req, res) => { res.json({ state: req.mfa.state }); });
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify(server.address()));
});
`;

describe('the code of the README', () => {
  let folder: string;
  beforeAll(() => {
    // Inside the package, so that its name leads to the built one.
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache/readme-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('stands in five blocks: the wiring, the routes, an approval, production, a change of keys', () => {
    expect(blocks).toHaveLength(5);
    expect(production).toContain('RedisStore');
  });

  it('compiles as strict TypeScript, as does that of the pages', () => {
    const files = pageBlocks.map((code, index) => {
      const file = `pages-${index.toString()}.ts`;
      writeFileSync(join(folder, file), code);
      return file;
    });
    expect(files).toHaveLength(4);
    writeFileSync(join(folder, 'escape.ts'), 'export declare function escape(text: string): string;\n');
    writeFileSync(join(folder, 'app.ts'), [wiring, HOST_TYPES, routes, approval].join('\n'));
    writeFileSync(
      join(folder, 'production.ts'),
      `import { createMfa } from 'passport-factors';\n${HOST_USER}\n${production}\n${rekeying}`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          target: 'es2022',
          module: 'nodenext',
          types: ['node'],
          noEmit: true,
        },
        files: ['app.ts', 'production.ts', ...files],
      }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, [tsc, '-p', folder])).toBe('');
  }, 60_000);

  it('runs as JavaScript, and does what it says', async () => {
    const file = join(folder, 'app.mjs');
    writeFileSync(file, [wiring, HOST, routes, approval, LISTEN].join('\n'));
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { port } = JSON.parse(line.toString()) as { port: number };
      const at = `http://127.0.0.1:${port.toString()}`;
      const json = { accept: 'application/json' };
      expect((await fetch(`${at}/payroll`, { headers: json })).status).toBe(401);
      const login = await fetch(`${at}/login`, { method: 'POST', redirect: 'manual', headers: json });
      expect([login.status, login.headers.get('location')]).toEqual([302, '/']);
      const headers = { ...json, cookie: login.headers.getSetCookie().join('').split(';', 1).join('') };
      expect(await (await fetch(`${at}/state`, { headers })).json()).toEqual({ state: 'not_required' });
      expect((await fetch(`${at}/payroll`, { headers })).status).toBe(403);
      const factor = await fetch(`${at}/mfa/factors`, { method: 'POST', headers });
      expect(await factor.json()).toMatchObject({
        status: 'unverified',
        binding: { uri: expect.stringMatching(/^otpauth:/) as string },
      });
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  }, 60_000);

  it('is wired as the example server is, line by line', () => {
    const example = readFileSync(join(root, 'examples/server.ts'), 'utf8').replaceAll('<User>', '');
    const lines = wiring.split('\n').flatMap((line) => /^(.+?);? \/\/ ([1-5])/.exec(line)?.[1] ?? []);
    expect(lines).toHaveLength(5);
    const places = lines.map((line) => example.indexOf(line.replace(' });', '').replace(' })', '')));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

const HOST_USER = `declare global { namespace Express { interface User { id: string; hasMfa: boolean } } }`;

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** The blocks of JavaScript and TypeScript in a document. */
function codeOf(file: string): readonly string[] {
  return Array.from(readFileSync(join(root, file), 'utf8').matchAll(/```[jt]s\n([^]*?)```/g), ([, code = '']) => code);
}
