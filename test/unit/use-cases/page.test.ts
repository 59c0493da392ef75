import { pageOf, type PageRequest } from '../../../src/use-cases/page.js';
import { refusalOf } from '../refusal.js';

const ITEMS = Array.from({ length: 120 }, (_, index) => index);

describe('a page of a list', () => {
  it('is the first 50, unless asked otherwise', () => {
    expect(pageOf(ITEMS, {})).toEqual({ items: ITEMS.slice(0, 50), page: 0, pageSize: 50, hasNext: true });
  });

  it.each([
    [{ page: 1 }, ITEMS.slice(50, 100), true],
    [{ page: 2 }, ITEMS.slice(100), false],
    [{ page: 3 }, [], false],
    [{ page: 1, pageSize: 60 }, ITEMS.slice(60), false],
    [{ pageSize: 119 }, ITEMS.slice(0, 119), true],
    [{ pageSize: 120 }, ITEMS, false],
    [{ pageSize: 1000 }, ITEMS, false],
    [{ page: Number.MAX_SAFE_INTEGER, pageSize: 1000 }, [], false],
  ])('%j: every item once, and whether there are more', (request, items, hasNext) => {
    expect(pageOf(ITEMS, request)).toMatchObject({ items, hasNext });
  });

  it.each<unknown>([
    { page: -1 },
    { page: 1.5 },
    { page: NaN },
    { page: '0' },
    { page: null },
    { pageSize: 0 },
    { pageSize: 1001 },
    { pageSize: -1 },
    { pageSize: 1.5 },
    { pageSize: Infinity },
    { pageSize: '50' },
  ])('%j is refused', (request) => {
    // As a caller without types may.
    expect(refusalOf(() => pageOf(ITEMS, request as PageRequest))).toBe('invalid_request');
  });
});
