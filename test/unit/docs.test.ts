import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OTHER_EVENTS, SECURITY_EVENTS } from '../../src/domain/event.js';
import { HTTP_MEANING } from '../../src/errors.js';
import { ROUTES } from '../../src/http/routes.js';
import { createMfa } from '../../src/index.js';

const root = resolve(__dirname, '../..');

/** The cells of a Markdown table's first columns, without its head. */
function rowsOf(file: string, heading: string): readonly (readonly string[])[] {
  const text = readFileSync(resolve(root, file), 'utf8');
  const table = text.slice(text.indexOf(heading)).split('\n\n', 1).join('');
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1));
}

describe('the documentation', () => {
  it('lists every error code with its status, and no other', () => {
    const documented = rowsOf('docs/errors.md', '| code ').map(([code, status]) => [code, Number(status)]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(HTTP_MEANING).map(([code, { status }]) => [code, status])),
    );
  });

  it('lists every route, and no other', () => {
    const documented = rowsOf('docs/routes.md', '| method and path ').map(([route]) => route);
    const served = Object.entries(ROUTES).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect([...documented].sort()).toEqual(served.sort());
  });

  it('lists every event, and marks those of security', () => {
    const documented = rowsOf('docs/events.md', '| type ').map(([type]) => type);
    const marked = [...SECURITY_EVENTS.map((type) => `**${type}**`), ...OTHER_EVENTS];
    expect([...documented].sort()).toEqual(marked.sort());
  });

  it('lists every option, and no other', () => {
    const documented = rowsOf('README.md', '| option ').flatMap(([names = '']) =>
      names.replace(/\(.*?\)/g, '').split(', '),
    );
    const misspelt = { issuer: 'Acme', isuer: 'Acme' };
    const refusal = /there is no option "isuer"; the options are (.*)$/.exec(messageOf(() => createMfa(misspelt)));
    expect([...documented].sort()).toEqual(refusal?.[1]?.split(', ').sort());
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}
