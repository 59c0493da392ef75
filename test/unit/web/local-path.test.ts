import fc from 'fast-check';
import { localPath } from '../../../src/web/local-path.js';

describe('a path on this origin', () => {
  it.each([
    ['/', '/'],
    ['/account', '/account'],
    ['/account?tab=2#top', '/account?tab=2#top'],
    ['/a/../b', '/b'],
    ['/a b', '/a%20b'],
    ['/über', '/%C3%BCber'],
    ['/login?next=//evil.com', '/login?next=//evil.com'],
    ['/user@evil.com', '/user@evil.com'],
  ])('%j is %j', (target, path) => {
    expect(localPath(target)).toBe(path);
  });

  it.each<unknown>([
    undefined,
    null,
    42,
    ['/account'],
    { toString: () => '/account' },
    '',
    'account',
    '?next=/account',
    'https://evil.com/',
    'javascript:alert(1)',
    '//evil.com',
    '///evil.com',
    '/\\evil.com',
    '\\/evil.com',
    '/\t/evil.com',
    '/\n/evil.com',
    '/\r\n/evil.com',
    '\t//evil.com',
    ' //evil.com',
    '/.//evil.com',
    '/..//evil.com',
    '/a/..//evil.com',
    '/%2e//evil.com',
    '//',
    '//origin.invalid//evil.com',
    '//[',
  ])('%j leads elsewhere, or nowhere: null', (target) => {
    expect(localPath(target)).toBeNull();
  });

  it('leads a browser to this origin, whatever it was made of', () => {
    const unit = fc.constantFrom(
      '/',
      '\\',
      '.',
      '\t',
      '\n',
      ' ',
      '%2f',
      '%5c',
      '@',
      ':',
      '?',
      '#',
      'evil.com',
      '\0',
      'é',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 10 }), (target) => {
        const path = localPath(`/${target}`);
        if (path === null) return;
        expect(path).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
        expect(new URL(path, 'https://app.example.com').origin).toBe('https://app.example.com');
      }),
      { numRuns: 2000 },
    );
  });
});
